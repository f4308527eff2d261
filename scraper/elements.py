"""Element rules, arranged so that a page of thousands of elements is asked once, however many rules there are.

A selector that is one tag, class, id or attribute value is looked up while blocks are read; only the others are
searched in the tree. Looked up are elements that make a box: `span`, `a`, `em` and the like carry the words of a
sentence and are found only when a selector says more than one such word (`span.promo`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

if TYPE_CHECKING:  # `rules` makes these
    from scraper.rules import Rule

SIMPLE: Final = re.compile(r"""(?P<tag>[a-z][a-z0-9]*)|\.(?P<class>[\w-]+)|\#(?P<id>[\w-]+)|\[(?P<name>[a-z-]+)="(?P<value>[^"\]]*)"\]""")
NOWHERE: Final = sys.maxsize
MOST_NAMED: Final = 20_000
"""Tags with class and id whose rule is remembered: a page repeats them, and a site's pages do."""


class ElementIndex:
    """Element rules by what finds them, as their places in the table; the first rule wins. Its answers never change."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self.names_body = any(rule.kind == "body" for rule in self.rules)
        self.tags: dict[str, int] = {}
        self.classes: dict[str, int] = {}
        self.ids: dict[str | None, int] = {}
        self.values: dict[str, dict[str | None, int]] = {}
        self.searched: list[int] = []
        self.named: dict[tuple[str, str | None, str | None], int] = {}
        for place, rule in enumerate(self.rules):
            parts = [SIMPLE.fullmatch(part.strip()) for part in rule.pattern.split(",")]
            if None in parts:
                self.searched.append(place)
                continue
            for part in parts:
                self.add(place, part)  # type: ignore[arg-type]
        self.selector = ", ".join(self.rules[place].pattern for place in self.searched)

    def add(self, place: int, part: re.Match[str]) -> None:
        """Enters one simple selector."""
        if part["name"]:
            self.values.setdefault(part["name"], {}).setdefault(part["value"], place)
            return
        for name, table in (("tag", self.tags), ("class", self.classes), ("id", self.ids)):
            if part[name]:
                table.setdefault(part[name], place)

    def find(self, tag: str, attributes: Mapping[str, str | None]) -> Rule | None:
        """The first rule that names an element by its tag, a class, its id or an attribute value, or None."""
        key = (tag, attributes.get("class"), attributes.get("id"))
        place = self.named.get(key)
        if place is None:
            if len(self.named) >= MOST_NAMED:
                self.named.clear()
            place = self.named[key] = self.place_of(*key)
        for name, known in self.values.items():
            if name in attributes:
                place = min(place, known.get(attributes[name], NOWHERE))
        return self.rules[place] if place < NOWHERE else None

    def place_of(self, tag: str, classes: str | None, name: str | None) -> int:
        """The place of the first rule that names a tag, one of the classes or an id, or `NOWHERE`."""
        own = [self.classes[word] for word in (classes or "").split() if word in self.classes]
        return min(self.tags.get(tag, NOWHERE), self.ids.get(name, NOWHERE), *own)

    def search(self, tree: LexborHTMLParser) -> list[tuple[LexborNode, Rule]]:
        """Elements that the other selectors find, each with its rule, in table order."""
        if not self.selector or not tree.css(self.selector):
            return []
        return [(node, self.rules[place]) for place in self.searched for node in tree.css(self.rules[place].pattern)]


@dataclass(frozen=True, slots=True)
class Marks:
    """What element rules know of one page: elements found beforehand, by `mem_id`, and the index for all others."""

    nodes: Mapping[int, Rule] = field(default_factory=dict)
    index: ElementIndex = field(default_factory=ElementIndex)
