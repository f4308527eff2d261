"""Language tags in the form of BCP 47, from what pages declare: tags in many spellings, and names of languages."""

from __future__ import annotations

import re
from typing import Final

from scraper.text.patterns import lazy_pattern

_TAG: Final = lazy_pattern(r"([a-z]{2,3}|[ix](?=-))((?:-[a-z0-9]{2,8})*(?:-x(?:-[a-z0-9]{1,8})+)?)", re.IGNORECASE)
_NONE: Final = frozenset({"und", "mul", "zxx", "nil"})
"""Tags and words of three letters that name no language."""
_NAMES: Final[dict[str, str]] = {
    name: code
    for code, names in {
        "en": "english englisch anglais inglés", "de": "german deutsch", "fr": "french français francais", "es": "spanish español espanol",
        "it": "italian italiano", "pt": "portuguese português portugues", "nl": "dutch nederlands", "pl": "polish polski",
        "sv": "swedish svenska", "da": "danish dansk", "no": "norwegian norsk", "fi": "finnish suomi", "cs": "czech čeština",
        "hu": "hungarian magyar", "ro": "romanian română", "ru": "russian русский", "uk": "ukrainian українська", "el": "greek ελληνικά",
        "tr": "turkish türkçe", "ar": "arabic العربية", "he": "hebrew עברית", "fa": "persian farsi فارسی", "hi": "hindi हिन्दी",
        "ja": "japanese 日本語", "zh": "chinese 中文", "ko": "korean 한국어", "vi": "vietnamese", "th": "thai ไทย", "id": "indonesian",
    }.items()
    for name in names.split()
}  # fmt: skip
"""Codes by the names of languages, in English and in themselves."""


def language_tag(stated: str) -> str:
    """The tag that a page states; empty if it states none.

    >>> [language_tag(stated) for stated in ("pt_br", "DE", "zh-hans-cn", "English (US)", "utf-8")]
    ['pt-BR', 'de', 'zh-Hans-CN', 'en', '']
    """
    text = stated.replace("_", "-").strip().split(",")[0].split(";")[0].strip()
    found = _TAG.fullmatch(text)
    if found and found[1].lower() not in _NONE:
        return found[1].lower() + "".join(f"-{_cased(part)}" for part in found[2].split("-")[1:])
    return _NAMES.get((text.lower().split() or [""])[0], "")


def _cased(part: str) -> str:
    """A part of a tag in its usual case: a script such as Hans, a region such as BR."""
    return part.title() if len(part) == 4 and part.isalpha() else part.upper() if len(part) == 2 else part.lower()
