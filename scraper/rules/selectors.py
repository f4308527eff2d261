"""Index of element rules: each element of a page is looked up once, however many rules there are.

A selector that is a single tag, class, id or attribute value is looked up while blocks are read. Only other selectors
are searched in the tree. The lookup is for block elements: an inline element (`span`, `a`, `em`) is part of a sentence,
and found only by a longer selector (`span.promo`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.nodes import KIND_PARTS, has_part, is_hidden, kind_by_names, names_of
from scraper.html.visibility import CONCEALING, CONCEALING_PARTS, Concealment, concealment
from scraper.rules.model import Rule, is_xpath
from scraper.text.patterns import lazy_pattern

SIMPLE: Final = lazy_pattern(
    r"""(?P<tag>[a-z][a-z0-9]*)|\.(?P<class>[\w-]+)|\#(?P<id>[\w-]+)|\[(?P<name>[a-z-]+)="(?P<value>[^"\]]*)"\]"""
)
NO_RULE: Final = sys.maxsize
MAX_CACHED_ELEMENTS: Final = 20_000
"""Elements in the cache, to bound its memory."""


Traits: TypeAlias = tuple[bool, Concealment, Literal["", "embed", "code"], Rule | None]
"""Traits of an element by its own tag and attributes: hidden or not and how it is concealed, kind of text by its names, rule."""
NamedTraits: TypeAlias = tuple[str, Traits | None]
"""The class and id words of an element, and its traits; None for the most, which have none.

Plain tuples, because thousands are cached and the garbage collector does not track plain tuples of such values.
"""
NO_TRAITS: Final[Traits] = (False, "", "", None)
TELLING_PARTS: Final = (*CONCEALING_PARTS, *map(str.lower, KIND_PARTS))
"""Parts of all names, in lower case, that tell a concealment or a kind of text."""


class ElementIndex:
    """Element rules by tag, class, id and attribute value. The first rule in the table wins. Only the cache changes."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self.names_body = any(rule.kind == "body" for rule in self.rules)
        self.tags: dict[str, int] = {}
        self.classes: dict[str, int] = {}
        self.ids: dict[str | None, int] = {}
        self.values: dict[str, dict[str | None, int]] = {}
        self.searched: list[int] = []
        self.xpaths: list[int] = []
        self.by_class: dict[str | None, NamedTraits] = {}
        for place, rule in enumerate(self.rules):
            if is_xpath(rule.pattern):
                self.xpaths.append(place)
                continue
            parts = [SIMPLE.fullmatch(part.strip()) for part in rule.pattern.split(",")]
            if None in parts:
                self.searched.append(place)
                continue
            for part in parts:
                self.add(place, part)  # type: ignore[arg-type]
        self.telling = CONCEALING | self.values.keys()
        self.selector = ", ".join(self.rules[place].pattern for place in self.searched)

    def add(self, place: int, part: re.Match[str]) -> None:
        """Add one simple selector."""
        if part["name"]:
            self.values.setdefault(part["name"], {}).setdefault(part["value"], place)
            return
        for name, table in (("tag", self.tags), ("class", self.classes), ("id", self.ids)):
            if part[name]:
                table.setdefault(part[name], place)

    def find(self, tag: str, attributes: Mapping[str, str | None]) -> Rule | None:
        """The first rule for an element's tag, class, id or attribute value, or None."""
        words = (attributes.get("class") or "").split()
        own = [] if self.classes.keys().isdisjoint(words) else [self.classes.get(word, NO_RULE) for word in words]
        if not self.values.keys().isdisjoint(attributes):
            own += [known.get(attributes.get(name), NO_RULE) for name, known in self.values.items()]
        place = min(self.tags.get(tag, NO_RULE), self.ids.get(attributes.get("id"), NO_RULE), *own)
        return self.rules[place] if place < NO_RULE else None

    def traits(self, tag: str, attributes: Mapping[str, str | None]) -> NamedTraits:
        """The names and the traits of an element. Those of class words are cached: a page repeats three in four.

        An `id` is never repeated: it is looked at by itself. A key of several attributes takes as long as to read the few
        elements with one anew.
        """
        if tag in self.tags or not self.telling.isdisjoint(attributes):
            return self.read(tag, attributes)
        words, name = attributes.get("class"), attributes.get("id")
        found = self.by_class.get(words)
        if found is None:
            if len(self.by_class) >= MAX_CACHED_ELEMENTS:
                self.by_class.clear()
            found = self.by_class[words] = self.read_class(words or "")
        if not name:
            return found
        if found[1] is None and name not in self.ids and not has_part(name, KIND_PARTS):
            return f"{found[0]} {name}".strip(), None
        return self.read(tag, attributes)

    def read_class(self, words: str) -> NamedTraits:
        """`traits` of class words that are new. One look for all traits: nine in ten elements have no such word."""
        if self.classes.keys().isdisjoint(words.split()) and not has_part(words.lower(), TELLING_PARTS):
            return words, None
        return self.read("", {"class": words})

    def read(self, tag: str, attributes: Mapping[str, str | None]) -> NamedTraits:
        """`traits` by all attributes."""
        names = names_of(attributes)
        traits: Traits = (
            is_hidden(attributes), concealment(attributes), kind_by_names(names), self.find(tag, attributes)
        )  # fmt: skip
        return names, traits if any(traits) else None

    def search(self, tree: LexborHTMLParser) -> list[tuple[LexborNode, Rule]]:
        """Elements found by the selectors that need a search, each with its rule, in table order."""
        found: list[tuple[int, LexborNode]] = []
        if self.selector and tree.css(self.selector):
            found = [(place, node) for place in self.searched for node in tree.css(self.rules[place].pattern)]
        if self.xpaths:
            from scraper.rules.xpath import PageTree  # lxml is loaded for sites with such rules only

            copied = PageTree(tree)
            found += [(place, node) for place in self.xpaths for node in copied.elements(self.rules[place].pattern)]
            found.sort(key=lambda one: one[0])
        return [(node, self.rules[place]) for place, node in found]


@dataclass(frozen=True, slots=True)
class Marks:
    """Element rules of one page: elements found by a search, by `mem_id`, and the index for all others."""

    nodes: Mapping[int, Rule] = field(default_factory=dict)
    index: ElementIndex = field(default_factory=ElementIndex)
