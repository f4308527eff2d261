"""Characters that no reader sees: soft hyphens, spaces of no width, joiners."""

from __future__ import annotations

import re
from typing import Final

UNSEEN: Final = "\u00ad\u200b\u2060\ufeff"
"""Soft hyphen, spaces of no width and byte order mark, as the inside of a character class."""

JOINERS: Final = "\u200c\u200d"
"""Joiner and non-joiner, as the inside of a character class. Persian and Hindi need them to be spelled right."""

INVISIBLE: Final = re.compile(f"[{UNSEEN}{JOINERS}]")
"""A character without a width in any script. The scorer was trained on blocks without them."""
