"""Inline elements beside the sentence that they stand in: notes in the margin, and signs that lead within the page.

A note is a text of its own: its first word is not glued to the word before it. A sign such as the pilcrow behind a
heading, or the arrow at the end of a footnote, is a control and no text.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import INLINE, TEXT_ID, texts_below
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
SIGNS_ALONE: Final = JUMP_SIGNS | JOINERS
MAX_NOTE_NODES: Final = 64
"""Nodes in which the characters of a note are counted: notes without a text can be nested by thousands."""
MAX_JUMP_TEXTS: Final = 3
MAX_STEPS_BEHIND: Final = 16
"""Elements and texts behind a sign that are looked at, for another text."""


def is_note(node: LexborNode, names: str) -> bool:
    """Whether an inline element with these class words is a note of some words."""
    if not NOTE_NAMES.search(names.lower()):
        return False
    chars = 0
    for inside in islice(node.traverse(include_text=True, skip_empty=True), MAX_NOTE_NODES):
        chars += len((inside.text_content or "").strip()) if inside.tag_id == TEXT_ID else 0
    return chars >= MIN_NOTE_CHARS


def is_jump_sign(node: LexborNode, tag: str, *, begins: bool) -> bool:
    """Whether an element that leads within the page is a link, and nothing but a sign for that.

    Such a sign stands at the end of its block, or at its beginning before a capital. Elsewhere, or alone, it is what the
    text speaks of. `begins`: no text of the block stands before it.
    """
    if tag != "a":
        return False
    texts = list(islice(texts_below(node), MAX_JUMP_TEXTS + 1))
    text = "".join(texts)
    if len(texts) > MAX_JUMP_TEXTS or JUMP_SIGNS.isdisjoint(text) or not SIGNS_ALONE.issuperset(text):
        return False
    behind = text_behind(node)
    return behind[:1].isalpha() and not behind[:1].islower() if begins else not behind


def text_behind(node: LexborNode) -> str:
    """The first text behind an inline element in its block that is no such sign; empty at the block's end."""
    here = node
    for _ in range(MAX_STEPS_BEHIND):
        found = here.next
        if found is None:
            outer = here.parent
            if outer is None or outer.tag not in INLINE:
                break
            here = outer
            continue
        if found.tag_id != TEXT_ID and found.tag not in INLINE:  # a line break, or a block
            break
        texts = [found.text_content or ""] if found.tag_id == TEXT_ID else islice(texts_below(found), MAX_STEPS_BEHIND)
        for text in texts:
            if (shown := text.strip()) and not SIGNS_ALONE.issuperset(shown):
                return shown
        here = found
    return ""
