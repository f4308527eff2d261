"""Reduces deep nesting before parsing: Lexbor's time is quadratic in depth, 17 s for 40,000 nested lists.

No text is lost: a block element that is too deep becomes a paragraph break, an inline tag that is too deep is dropped.
"""

from __future__ import annotations

from typing import Final

from scraper.html.nodes import INLINE
from scraper.text.patterns import lazy_pattern

MAX_UNCHECKED_TAGS: Final = 20_000
"""Opening and closing tags of a page that is not checked: the largest news pages have 7,000."""
MAX_NESTING_LEVELS: Final = 400
"""Levels of nesting that are kept. Real pages have fewer than 60; lxml silently drops content below 256."""
MAX_SEARCHED_ELEMENTS: Final = 60
"""Open elements that are searched for the one that a tag closes."""

TAG: Final = lazy_pattern(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9:-]*)|!--)")
VOID: Final = frozenset("area base br col embed hr img input link meta param source track wbr".split())
RAW_CONTENT: Final = frozenset("script style textarea title xmp iframe noembed noframes noscript svg math".split())
"""Elements whose content is no markup, or is not read."""
SIBLINGS: Final[dict[str, frozenset[str]]] = {
    "p": frozenset({"p"}),
    "li": frozenset({"li", "p"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dt", "dd", "p"})),
    **dict.fromkeys(("td", "th"), frozenset({"td", "th", "p"})),
    "tr": frozenset({"tr", "td", "th", "p"}),
    "option": frozenset({"option"}),
}
"""Elements that a tag closes when it opens (HTML, 13.1.2.4: optional tags). Other block elements close a paragraph."""
BREAK: Final = "<br><br>"


def limit_depth(markup: str) -> str:
    """The markup with no element nested deeper than about `MAX_NESTING_LEVELS`.

    >>> limit_depth("<p>One<p>Two")
    '<p>One<p>Two'
    """
    if markup.count("<") <= MAX_UNCHECKED_TAGS:
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
        elif not name or name in RAW_CONTENT:
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
    """The place after the next `mark`. Without one: `at`, and the mark is added to `lost` and never searched again."""
    found = -1 if mark in lost else markup.find(mark, at)
    if found < 0:
        lost.add(mark)
    return at if found < 0 else found + len(mark)


def enter(open_tags: list[str], name: str) -> bool:
    """Open an element, closing those that end where it begins. Return whether it is too deep to be kept."""
    if name not in INLINE:
        closed = SIBLINGS.get(name, SIBLINGS["p"])
        place = len(open_tags)
        for tag in reversed(open_tags[-MAX_SEARCHED_ELEMENTS:]):
            place -= 1
            if tag in closed:
                del open_tags[place:]
            elif tag not in INLINE:
                break
    open_tags.append(name)
    return len(open_tags) > MAX_NESTING_LEVELS


def close(open_tags: list[str], name: str) -> bool:
    """Close the nearest open element of a name. Return whether it was too deep to be kept."""
    place = len(open_tags)
    for tag in reversed(open_tags[-MAX_SEARCHED_ELEMENTS:]):
        place -= 1
        if tag == name:
            del open_tags[place:]
            return place >= MAX_NESTING_LEVELS
    return len(open_tags) > MAX_NESTING_LEVELS
