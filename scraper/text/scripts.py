"""Writing systems that set no spaces between words, as one pattern."""

from __future__ import annotations

import re
from typing import Final

UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts in which a word is not set off by spaces, or (Korean) is glued to its particles."""
