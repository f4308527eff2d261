"""Characters that no reader sees: soft hyphens, spaces of no width, and joiners where nothing needs them.

A joiner (U+200D) or non-joiner (U+200C) spells words in the scripts of `JOINING`: Persian "می‌رود" is one word in two
parts, Sinhala "ශ්‍රී" one letter. A joiner also makes one emoji of several. Elsewhere it is a leftover of an editor.
"""

from __future__ import annotations

from typing import Final

from scraper.text.patterns import lazy_pattern

UNSEEN: Final = "\u00ad\u200b\u2060\ufeff"
"""Soft hyphen, spaces of no width and byte order mark, as the inside of a character class."""

JOINERS: Final = "\u200c\u200d"
"""Non-joiner and joiner, as the inside of a character class."""

JOINING: Final = (
    "\u0600-\u0dff\u1000-\u109f\u1780-\u18af\u1b00-\u1bff\ua8e0-\ua8ff\ua980-\ua9df\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefc"
    "\U00011000-\U000114ff"
)
"""Letters after which joiners spell, as the inside of a character class: Arabic to Sinhala, Burmese, Khmer, Mongolian,
Balinese and Javanese, and the scripts of India beyond the first plane (Unicode 15, ArabicShaping and Indic_Syllabic_Category)."""

PICTURES: Final = "\u2190-\u2bff\U0001f000-\U0001faff"
"""Signs that emoji are made of, as the inside of a character class."""

EMOJI_ENDS: Final = f"{PICTURES}\ufe0f\U000e0020-\U000e007f"
"""Ends of an emoji that a joiner may continue: a sign, its colour (U+FE0F), a tag."""

INVISIBLE: Final = lazy_pattern(
    f"[{UNSEEN}{JOINERS}]"
    f"(?:(?<=[{UNSEEN}])|(?<=\u200c)(?<![{JOINING}]\u200c)"
    f"|(?<=\u200d)(?:(?<![{JOINING}{EMOJI_ENDS}]\u200d)|(?<=[{EMOJI_ENDS}]\u200d)(?![{PICTURES}])))"
)
"""A character that no reader sees, and that no word and no emoji needs. The pattern begins with a set of characters, which
makes the search fast, and looks back from there.
"""


def without_joiners(text: str) -> str:
    """The text without joiners: two spellings of a word with and without them are then equal.

    >>> without_joiners("می\\u200cرود") == "میرود"
    True
    """
    if text.isascii():
        return text
    return text.replace("\u200c", "").replace("\u200d", "")
