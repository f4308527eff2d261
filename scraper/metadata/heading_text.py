"""The text of a main heading as readers see it: without spaces inside words and before signs, without marks of links.

Markup tells little of where words end: a `span` holds a kicker in one heading, the first letter of a word in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import INLINE, SKIPPED
from scraper.text.patterns import lazy_pattern

INSIDE_WORDS: Final = frozenset({"sub", "sup", "wbr"})
"""Elements that part no words."""
STYLES: Final = frozenset({"abbr", "cite", "em", "i", "q"})
"""Elements of style, which begin and end inside words too."""
MAX_NODES: Final = 500
"""Nodes of a heading that are read; real ones have a few dozen."""
_EDGE: Final = "\x00"
"""Between texts: an element of style begins or ends, which is inside a word unless a capital follows."""
_BREAK: Final = ""
"""Between texts: an inline element begins or ends, which may be inside a word."""
_CLOSING: Final = lazy_pattern(r"[,.;:!?…)\]}’”»%、。，！？）」』】]")
"""A sign that follows a word without a space."""
_OPENING: Final = lazy_pattern(r"[(\[{“‘«¿¡$£€（「『【]$")
"""A sign that a word follows without a space."""
_INITIAL: Final = lazy_pattern(r"(?:^|[\s(“‘«])[^\W\d_]$")
"""A single letter: the first of a word if a small letter follows."""
_WORD: Final = lazy_pattern(r"\w")
"""A heading's link without a letter or digit is a mark for copying its address."""


def heading_text(node: LexborNode) -> str:
    """The text of a heading, with a space only where readers see one.

    >>> from selectolax.lexbor import LexborHTMLParser
    >>> heading_text(LexborHTMLParser("<h1>Why <b>Tide</b>, a film, shut the <i>pier</i>s <a href=#>¶</a>").css_first("h1"))
    'Why Tide, a film, shut the piers'
    """
    text, apart, styled = "", False, False
    for part in _parts(node):
        if part in (_BREAK, _EDGE):
            apart, styled = apart or part == _BREAK, styled or part == _EDGE
            continue
        is_new = apart or (styled and text[-1:].isalnum() and part[:1].isupper() and not _INITIAL.search(text))
        text += " " if is_new and not _goes_on(text, part) else ""
        text, apart, styled = text + part, False, False
    return " ".join(text.split())


def _goes_on(text: str, part: str) -> bool:
    """Whether a part continues the text before it without a space."""
    return bool(_CLOSING.match(part) or _OPENING.search(text) or (part[:1].islower() and _INITIAL.search(text)))


def _parts(top: LexborNode) -> Iterator[str]:
    """The texts of an element; `_EDGE` where one of style begins or ends, `_BREAK` for another, a space for a block."""
    stack: list[LexborNode | str] = [top]
    for _ in range(MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        tag = node.tag or ""
        if tag == "-text":
            yield node.text_content or _BREAK
        elif tag not in SKIPPED and tag != "-comment" and (tag != "a" or _WORD.search(node.text())):
            if tag not in INSIDE_WORDS:
                edge = _EDGE if tag in STYLES else _BREAK if tag in INLINE else " "
                yield edge
                stack.append(edge)
            stack.extend(reversed(list(node.iter(include_text=True))))
