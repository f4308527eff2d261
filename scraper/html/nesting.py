"""Markup nested deeper than a parser can bear, made shallow before it is parsed: Lexbor is quadratic in depth.

40,000 nested lists take it 17 s. No text is lost: a box too deep becomes a paragraph break, an inline tag too deep goes.
"""

from __future__ import annotations

import re
from typing import Final

from scraper.html.nodes import INLINE

MANY_TAGS: Final = 20_000
"""Tags, opening and closing, up to which a page is left as it is: the busiest news pages have 7,000."""
MAX_DEPTH: Final = 400
"""Levels of nesting that are kept. Real pages stay below 60; lxml silently drops what lies below 256."""
LOOK_UP: Final = 60
"""Open elements searched for the one that a closing tag names."""

TAG: Final = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9:-]*)|!--)")
VOID: Final = frozenset("area base br col embed hr img input link meta param source track wbr".split())
UNREAD: Final = frozenset("script style textarea title xmp iframe noembed noframes noscript svg math".split())
"""Elements whose content is no markup, or none that is read."""
SIBLINGS: Final[dict[str, frozenset[str]]] = {
    "p": frozenset({"p"}),
    "li": frozenset({"li", "p"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dt", "dd", "p"})),
    **dict.fromkeys(("td", "th"), frozenset({"td", "th", "p"})),
    "tr": frozenset({"tr", "td", "th", "p"}),
    "option": frozenset({"option"}),
}
"""Elements that a tag closes when it opens beside them (HTML, 13.1.2.4: optional tags); other boxes close a paragraph."""
BREAK: Final = "<br><br>"


def limit_depth(markup: str) -> str:
    """The same markup, no element nested deeper than about `MAX_DEPTH`.

    >>> limit_depth("<p>One<p>Two")
    '<p>One<p>Two'
    """
    if markup.count("<") <= MANY_TAGS:
        return markup
    parts: list[str] = []
    open_tags: list[str] = []
    lost: set[str] = set()
    copied = at = 0
    while match := TAG.search(markup, at):
        at = match.end()
        name = (match[2] or "").lower()
        if match[1]:
            deep = close(open_tags, name)
        elif not name or name in UNREAD:
            at = skip(markup, f"</{match[2]}" if name else "-->", at, lost)
            continue
        elif name in VOID:
            continue
        else:
            deep = enter(open_tags, name)
        if deep:
            at = skip(markup, ">", at, lost)
            text = markup[copied : match.start()]
            parts += [text, BREAK] if text and name not in INLINE else [text]
            copied = at
    return "".join([*parts, markup[copied:]]) if parts else markup


def skip(markup: str, mark: str, at: int, lost: set[str]) -> int:
    """The place after the next `mark`, or `at` when there is none; then it is `lost` and not looked for again."""
    found = -1 if mark in lost else markup.find(mark, at)
    if found < 0:
        lost.add(mark)
    return at if found < 0 else found + len(mark)


def enter(open_tags: list[str], name: str) -> bool:
    """Open an element, closing those that end where it begins. Whether it is too deep to be kept."""
    if name not in INLINE:
        closed = SIBLINGS.get(name, SIBLINGS["p"])
        place = len(open_tags)
        for tag in reversed(open_tags[-LOOK_UP:]):
            place -= 1
            if tag in closed:
                del open_tags[place:]
            elif tag not in INLINE:
                break
    open_tags.append(name)
    return len(open_tags) > MAX_DEPTH


def close(open_tags: list[str], name: str) -> bool:
    """Close the nearest open element of a name. Whether it was too deep to be kept."""
    place = len(open_tags)
    for tag in reversed(open_tags[-LOOK_UP:]):
        place -= 1
        if tag == name:
            del open_tags[place:]
            return place >= MAX_DEPTH
    return len(open_tags) > MAX_DEPTH
