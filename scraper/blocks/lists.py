"""Items of lists: how each begins. An item may have several blocks, of which only the first has its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.blocks.model import Container
from scraper.text.patterns import lazy_pattern

ITEMS: Final = frozenset({"li", "dt", "dd"})
BULLET: Final = ""
TERM: Final = "term"
DEFINITION: Final = "definition"
CONTINUED: Final = "continued"
"""Markers of a block in a list: an item of a list without numbers; a term and what is said of it; a further block of the
item above. An item of a numbered list has its number and a full stop: `3.`."""

INTEGER: Final = lazy_pattern(r"\s*(\d{1,9})\b")
MAX_COUNTED_ITEMS: Final = 2_000
"""Items of a list that counts down, which begins at their number."""
MAX_LEVELS: Final = 8
"""Levels between a block and its item."""


def stated(value: str | None) -> int | None:
    """The number in an attribute, from 0 to nine digits (all that Markdown can write); None for anything else.

    >>> stated("7"), stated("-2"), stated(None)
    (7, None, None)
    """
    found = INTEGER.match(value or "")
    return int(found[1]) if found else None


@dataclass(slots=True)
class Lists:
    """The items of a page that have been entered: the mark of each, and the next number of each numbered list."""

    marks: dict[int, str] = field(default_factory=dict)
    next: dict[int, tuple[int, int]] = field(default_factory=dict)  # number and step, by the list's container

    def number(self, place: int, node: LexborNode, tag: str, *, outer: int, is_numbered: bool) -> None:
        """Mark the item that is entered. `place` and `outer` are the containers of the item and of its list."""
        if tag != "li":
            self.marks[place] = TERM if tag == "dt" else DEFINITION
            return
        around = node.parent if is_numbered else None
        is_own = around is not None and around.tag == "ol"
        self.marks[place] = self.take(node, around, outer) if is_own and around is not None else BULLET

    def take(self, node: LexborNode, around: LexborNode, outer: int) -> str:
        """The mark of an item of a numbered list; the list counts on from there."""
        number, step = self.next.get(outer) or first_number(around)
        own = stated(node.attributes.get("value"))
        number = number if own is None else own
        self.next[outer] = (number + step, step)
        return f"{number}." if 0 <= number < 10**9 else BULLET

    def marker(self, place: int, containers: Sequence[Container]) -> str:
        """The marker of a block in a container. The next block of the same item continues it."""
        for _ in range(MAX_LEVELS):
            if place in self.marks:
                mark, self.marks[place] = self.marks[place], CONTINUED
                return mark
            if place <= 0:
                break
            place = containers[place].parent
        return BULLET


def first_number(numbered: LexborNode) -> tuple[int, int]:
    """The first number of a numbered list, and the step to the next one."""
    attributes = numbered.attributes
    start = stated(attributes.get("start"))
    if "reversed" not in attributes:
        return (1 if start is None else start), 1
    if start is None:
        start, child = 0, numbered.child
        for _ in range(MAX_COUNTED_ITEMS):
            if child is None:
                break
            start += child.tag == "li"
            child = child.next
    return start, -1
