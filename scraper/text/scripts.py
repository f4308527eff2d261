"""Writing systems that set no spaces between words, as patterns.

Texts in these scripts are searched and compared by characters: a text of theirs has hardly any words to count.
"""

from __future__ import annotations

from typing import Final

from scraper.text.patterns import lazy_pattern

EAST_ASIAN: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Kana, Chinese characters and Hangul, as the inside of a character class."""

SOUTH_EAST_ASIAN: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Thai, Lao, Burmese and Khmer, as the inside of a character class."""

UNSPACED: Final = lazy_pattern(f"[{SOUTH_EAST_ASIAN}{EAST_ASIAN}]")
"""A character of a script without spaces between words, or (Korean) with particles glued to the word."""
