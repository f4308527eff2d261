"""A text with a date, in the form that the patterns of `dates.py` read: digits, signs and years as in English.

Texts in ASCII, four in five of those with a date, need none of this.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from scraper.text.patterns import lazy_pattern

_ZEROS: Final = "٠۰०০੦૦୦௦౦೦൦๐໐၀០０"
"""The zeros of scripts with digits of their own; the other nine follow each in Unicode."""
_SIGNS: Final = {ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)} | {
    **dict.fromkeys(map(ord, "‐‑‒−"), "-"),
    **dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"), None),
    ord("：") : ":",
    ord("／") : "/",
}  # fmt: skip
"""Digits, hyphens and full-width signs as in ASCII; marks of the direction of writing left out."""
_LONG_MONTHS: Final = {
    "كانون الثاني": "يناير", "كانون الأول": "ديسمبر", "كانون الاول": "ديسمبر", "تشرين الأول": "أكتوبر", "تشرين الاول": "أكتوبر",
    "تشرين الثاني": "نوفمبر",
}  # fmt: skip
"""Names of months of two words, and one of one word for each."""
_ERAS: Final = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
"""The year before the first one of an era."""
_ERA: Final = lazy_pattern(rf"({'|'.join(_ERAS)})\s*(元|\d{{1,3}})\s*年")
_THAI: Final = lazy_pattern("[\u0e01-\u0e2e]")
_BUDDHIST: Final = lazy_pattern(r"(?<![\d.])25[3-9]\d(?![\d.]*\d)")
_BUDDHIST_SHORT: Final = lazy_pattern(r"(\d\s*[\u0e01-\u0e4e.]{3,14}\s*)([4-9]\d)(?![\d:./]|\s*[\u0e01-\u0e4e])")
BUDDHIST_AHEAD: Final = 543
"""Years by which the Thai calendar is ahead."""


def plain_date(text: str, language: str = "") -> str:
    """The text with the digits, signs and years that English uses, its months unchanged.

    >>> plain_date("۳ مه ۲۰۲۴"), plain_date("令和6年5月3日"), plain_date("3 พ.ค. 2567"), plain_date("3/5/2567", "th")
    ('3 مه 2024', '2024年5月3日', '3 พ.ค. 2024', '3/5/2024')
    """
    is_thai = language[:2] == "th"
    if text.isascii() and not is_thai:
        return text
    text = unicodedata.normalize("NFC", text).translate(_SIGNS)
    if "ين ال" in text or "ون ال" in text:
        for name, month in _LONG_MONTHS.items():
            text = text.replace(name, month)
    text = _ERA.sub(_western_year, text)
    if is_thai or _THAI.search(text):
        text = _BUDDHIST.sub(lambda found: str(int(found[0]) - BUDDHIST_AHEAD), text)
        text = _BUDDHIST_SHORT.sub(lambda found: f"{found[1]}{2500 + int(found[2]) - BUDDHIST_AHEAD}", text)
    return text


def _western_year(found: re.Match[str]) -> str:
    """The year of an era, in the western count."""
    return f"{_ERAS[found[1]] + (1 if found[2] == '元' else int(found[2]))}年"
