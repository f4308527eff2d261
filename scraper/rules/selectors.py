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
from typing import Final, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import is_embedded, is_hidden, names_of
from scraper.rules.model import Rule

SIMPLE: Final = re.compile(
    r"""(?P<tag>[a-z][a-z0-9]*)|\.(?P<class>[\w-]+)|\#(?P<id>[\w-]+)|\[(?P<name>[a-z-]+)="(?P<value>[^"\]]*)"\]"""
)
NOWHERE: Final = sys.maxsize
MAX_REMEMBERED_ELEMENTS: Final = 20_000


Nature: TypeAlias = tuple[str, bool, bool, Rule | None]
"""What an element's own tag and attributes say: its class and id words, whether they hide it, whether it is an embedded post, whose it is.

No named tuple: thousands are remembered, and plain ones the garbage collector leaves alone.
"""


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
        self.natures: dict[tuple[str | bool | None, ...], Nature] = {}
        for place, rule in enumerate(self.rules):
            parts = [SIMPLE.fullmatch(part.strip()) for part in rule.pattern.split(",")]
            if None in parts:
                self.searched.append(place)
                continue
            for part in parts:
                self.add(place, part)  # type: ignore[arg-type]
        self.telling = ("class", "id", "style", *self.values)
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
        own = [self.classes[word] for word in (attributes.get("class") or "").split() if word in self.classes]
        own += [known[value] for name, known in self.values.items() if (value := attributes.get(name)) in known]
        place = min(self.tags.get(tag, NOWHERE), self.ids.get(attributes.get("id"), NOWHERE), *own)
        return self.rules[place] if place < NOWHERE else None

    def nature(self, tag: str, attributes: Mapping[str, str | None]) -> Nature:
        """What an element says of itself. Remembered, for a page repeats its elements, and a site's pages do."""
        key = (tag, "hidden" in attributes, *map(attributes.get, self.telling))
        nature = self.natures.get(key)
        if nature is None:
            names = names_of(attributes)
            nature = (names, is_hidden(attributes), is_embedded(names), self.find(tag, attributes))
            if len(self.natures) >= MAX_REMEMBERED_ELEMENTS:
                self.natures.clear()
            self.natures[key] = nature
        return nature

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
