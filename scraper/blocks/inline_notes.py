"""Inline elements beside the sentence that they stand in: notes in the margin, and signs that lead within the page.

A note is a text of its own: its first word is not glued to the word before it. A sign such as the pilcrow behind a
heading, or the arrow at the end of a footnote, is a control and no text.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import texts_below
from scraper.text.patterns import lazy_pattern

NOTE_NAMES: Final = lazy_pattern(
    r"(?:^|[\s_-])(?:(?:side|margin|foot|end|inline)[-_]?notes?)(?:[-_]+(?:text|content|body|inline))?(?:\s|$)"
)
"""Class words of a note, in lower case: of Tufte's style sheet, and of footnotes that stand in their sentence."""
MIN_NOTE_CHARS: Final = 13
"""Characters of the shortest note: "1", "[12]" and "note 3" are marks of a note elsewhere."""
JUMP_SIGNS: Final = frozenset("¶#§∞↩↪⤴⏎↵↑⇑⬆^🔗⚓🖇")
"""Signs of links to the place where they stand, or back to the sentence with a footnote."""
JOINERS: Final = frozenset("\ufe0e\ufe0f\u200b\u2060 ")
"""Characters beside such a sign that are not seen."""
MAX_JUMP_TEXTS: Final = 3


def is_note(node: LexborNode, names: str) -> bool:
    """Whether an inline element with these class words is a note of some words."""
    if not NOTE_NAMES.search(names.lower()):
        return False
    return len(" ".join(islice(texts_below(node), MIN_NOTE_CHARS)).strip()) >= MIN_NOTE_CHARS


def is_jump_sign(node: LexborNode, tag: str) -> bool:
    """Whether an element that leads within the page is a link, and nothing but a sign for that."""
    if tag != "a":
        return False
    text = "".join(islice(texts_below(node), MAX_JUMP_TEXTS + 1))
    return any(sign in JUMP_SIGNS for sign in text) and JUMP_SIGNS.union(JOINERS).issuperset(text)
