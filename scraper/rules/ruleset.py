"""A set of rules, indexed so that each page and each text is compared only with the rules that could match."""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from scraper.rules.model import DECIDING_FIELDS, Rule
from scraper.rules.selectors import ElementIndex
from scraper.text.invisible import without_joiners
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.urls.canonical import host_matches

INDEXED_LENGTHS: Final = (50, 100, 200, 400)
"""Text lengths with an index of their own, which leaves out rules for shorter texts (`max_chars`)."""


Places: TypeAlias = frozenset[int] | None
"""Places of rules in the table; None: all."""
ANY_PLACE: Final = None


class RuleSet:
    """Rules ready for use: text rules indexed by their words, element rules by their selectors. Immutable."""

    def __init__(self, rules: Iterable[Rule], *, hash: str = "") -> None:
        self.rules = tuple(rules)
        self.hash = hash or hash_rules(self.rules)
        self.hosted = any(rule.hosts for rule in self.rules)
        self.chosen: dict[tuple[bool, ...], RuleSet] = {}
        self.spoken: dict[frozenset[str], Places] = {frozenset(): ANY_PLACE}
        self.compiled = {rule.id: compile_pattern(rule.pattern) for rule in self.rules if rule.stage == "text"}
        self.links = tuple(rule for rule in self.rules if rule.stage == "link")
        self.elements = ElementIndex(rule for rule in self.rules if rule.stage == "element")
        self.indexes = build_indexes(self.rules)

    def candidates(self, text: str, among: Places = ANY_PLACE) -> list[Rule]:
        """The text rules at these places that could match `text`, in table order: one of their words occurs in it."""
        places = self.indexes[bisect(INDEXED_LENGTHS, len(text))].places_in(text)
        if among is not None:
            places &= among
        return [self.rules[place] for place in sorted(places)] if places else []

    def places_for(self, languages: frozenset[str]) -> Places:
        """The places of the rules that apply to pages in these languages."""
        if languages not in self.spoken:
            self.spoken[languages] = frozenset(
                place for place, rule in enumerate(self.rules) if applies_to(rule, languages)
            )
        return self.spoken[languages]

    def for_url(self, url: str) -> RuleSet:
        """The rules that apply to a page. Without a host in the URL: the rules for all sites."""
        try:
            return self.for_host((urlsplit(url).hostname or "").lower()) if self.hosted else self
        except ValueError:
            return self.for_host("")

    def for_host(self, host: str) -> RuleSet:
        """The rules for all sites and for this host. Their hash is that of the whole set."""
        if not self.hosted:
            return self
        applies = tuple(not rule.hosts or any(host_matches(host, own) for own in rule.hosts) for rule in self.rules)
        if applies not in self.chosen:  # many hosts share a choice, and indexing takes longer than extracting a page
            self.chosen[applies] = RuleSet(
                (rule for rule, use in zip(self.rules, applies, strict=True) if use), hash=self.hash
            )
        return self.chosen[applies]


@dataclass(frozen=True, slots=True)
class WordIndex:
    """Index of text rules, as places in the table: by word, by symbol, by substring in scripts without spaces."""

    tokens: frozenset[str]
    by_token: Mapping[str, Sequence[int]]
    by_substring: Sequence[tuple[str, int]]
    by_symbol: Sequence[tuple[str, int]]
    symbols: re.Pattern[str] | None

    def places_in(self, text: str) -> set[int]:
        """The places of the rules that could match a text."""
        places: set[int] = set()
        for token in self.tokens.intersection(fold(text)):
            places.update(self.by_token[token])
        folded = text if text.isascii() else text.casefold()  # symbols in ASCII have no case
        if self.symbols and self.symbols.search(folded):
            places.update([place for symbol, place in self.by_symbol if symbol in folded])
        if folded is not text and UNSPACED.search(folded):
            places.update([place for word, place in self.by_substring if word in folded])
        return places


def applies_to(rule: Rule, languages: Set[str]) -> bool:
    """Whether a rule applies to pages in these languages. English rules apply everywhere: all sites borrow its words."""
    return not rule.languages or not languages or "en" in rule.languages or not languages.isdisjoint(rule.languages)


def hash_rules(rules: Iterable[Rule]) -> str:
    """The hash that extractions are stored with: equal for rules that decide alike, even if their reasons differ."""
    import hashlib  # loads a large library

    deciding = [[getattr(rule, name) for name in DECIDING_FIELDS] for rule in rules]
    return hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:16]


class IndexTables(NamedTuple):
    """The tables of a `WordIndex`, while they are filled."""

    by_token: dict[str, list[int]]
    by_substring: list[tuple[str, int]]
    by_symbol: list[tuple[str, int]]

    def finished(self) -> WordIndex:
        first = "".join({symbol[0] for symbol, _ in self.by_symbol})
        symbols = re.compile(f"[{re.escape(first)}]") if first else None
        return WordIndex(frozenset(self.by_token), *self, symbols)


def build_indexes(rules: Sequence[Rule]) -> list[WordIndex]:
    """The indexes of the text rules that can match texts of at least no and of `INDEXED_LENGTHS` characters."""
    lengths = (0, *INDEXED_LENGTHS)
    indexes = [IndexTables({}, [], []) for _ in lengths]
    for place, rule in enumerate(rules):
        if rule.stage != "text":
            continue
        own = indexes[: sum(rule.max_chars >= length for length in lengths)]
        for word in rule.words:
            if UNSPACED.search(word):
                for index in own:
                    index.by_substring.append((word, place))
            elif tokens := fold(word):
                for index in own:
                    index.by_token.setdefault(tokens[0], []).append(place)
            else:
                for index in own:
                    index.by_symbol.append((word, place))
    return [index.finished() for index in indexes]


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A text rule's pattern, case ignored, without joiners, as the texts that it is tried on; compiled at first use."""
    return lazy_pattern(without_joiners(pattern), re.IGNORECASE)
