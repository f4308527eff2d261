"""Words for people: names of kinds of blocks and texts, of languages and months."""

from __future__ import annotations

from typing import Final

KIND_NAMES: Final = {
    "newsletter": "newsletter sign-ups", "promo": "promos", "related": "related links", "ad": "advertisements",
    "affiliate": "affiliate notes", "social": "social media", "byline": "bylines", "stamp": "dates and stamps",
    "credit": "credits", "caption": "captions", "author-box": "author boxes", "comment": "comments", "paywall": "paywall notes",
    "consent": "consent boxes", "legal": "legal notes", "tags": "tags", "navigation": "navigation", "repeat": "repeats",
    "other": "other",
}  # fmt: skip
"""Kinds of removed blocks."""

TEXT_KINDS: Final = {
    "ok": "whole text", "short": "short text", "paywall": "behind a paywall", "truncated": "cut text", "empty": "no text",
    "consent": "consent page", "listing": "list of links", "error-page": "error page",
    "needs-javascript": "needs JavaScript",
}  # fmt: skip
"""Kinds of texts, by verdict."""

LANGUAGES: Final = {
    "af": "Afrikaans", "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian",
    "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
    "km": "Khmer", "kn": "Kannada", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian",
    "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "nb": "Norwegian",
    "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""Languages by their codes (ISO 639-1)."""

MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def language_name(code: str) -> str:
    """The language of a code; the code itself for one without a name here.

    >>> language_name("de"), language_name("tlh")
    ('German', 'tlh')
    """
    return LANGUAGES.get(code, code)


def month_name(month: str) -> str:
    """A month as people write it.

    >>> month_name("2026-11"), month_name("0000-99")
    ('Nov 2026', '0000-99')
    """
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}" if number.isdecimal() and 1 <= int(number) <= 12 else month
