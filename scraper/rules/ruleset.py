"""A set of rules, indexed so that each page and each text meets only the rules that could match."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from scraper.rules.model import Rule
from scraper.rules.selectors import ElementIndex
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.urls.canonical import host_matches

LENGTHS: Final = (50, 100, 200, 400)
"""Characters from which texts are not searched for the words of rules that are for shorter ones only."""


class RuleSet:
    """Rules ready for use: text rules found by their words, element rules as selectors. Immutable once made."""

    def __init__(self, rules: Iterable[Rule], *, hash: str = "") -> None:
        self.rules = tuple(rules)
        self.hash = hash or hashlib.sha256(repr(self.rules).encode()).hexdigest()[:16]
        self.hosted = any(rule.hosts for rule in self.rules)
        self.chosen: dict[tuple[bool, ...], RuleSet] = {}
        self.compiled = {rule.id: compile_pattern(rule.pattern) for rule in self.rules if rule.stage == "text"}
        self.elements = ElementIndex(rule for rule in self.rules if rule.stage == "element")
        self.finders = [find_by_words(self.rules, length=length) for length in (0, *LENGTHS)]

    def candidates(self, text: str) -> list[Rule]:
        """The text rules of which a word, or the beginning of a phrase, occurs in `text`, in table order; hardly any that is for shorter texts."""
        places = self.finders[bisect(LENGTHS, len(text))].places_in(text)
        return [self.rules[place] for place in sorted(places)] if places else []

    def for_url(self, url: str) -> RuleSet:
        """The rules that apply to the page at an address; those for every site when it has no host."""
        try:
            return self.for_host((urlsplit(url).hostname or "").lower()) if self.hosted else self
        except ValueError:
            return self.for_host("")

    def for_host(self, host: str) -> RuleSet:
        """The rules that apply to a host: those for every site and its own. Their hash stays that of the whole set."""
        if not self.hosted:
            return self
        applies = tuple(not rule.hosts or any(host_matches(host, own) for own in rule.hosts) for rule in self.rules)
        if (
            applies not in self.chosen
        ):  # many hosts share a choice; to index it anew for each page takes longer than the page
            self.chosen[applies] = RuleSet(
                (rule for rule, use in zip(self.rules, applies, strict=True) if use), hash=self.hash
            )
        return self.chosen[applies]


@dataclass(frozen=True, slots=True)
class Finder:
    """What text rules are found by, with their places: words, or signs, or syllables in scripts that set no words apart."""

    tokens: frozenset[str]
    by_token: Mapping[str, Sequence[int]]
    by_substring: Sequence[tuple[str, int]]
    by_sign: Sequence[tuple[str, int]]
    signs: re.Pattern[str] | None

    def places_in(self, text: str) -> set[int]:
        """The places of the rules that a text may be."""
        places: set[int] = set()
        for token in self.tokens.intersection(fold(text)):
            places.update(self.by_token[token])
        folded = text if text.isascii() else text.casefold()  # ASCII has no signs in two cases
        if self.signs and self.signs.search(folded):
            places.update([place for sign, place in self.by_sign if sign in folded])
        if folded is not text and UNSPACED.search(folded):
            places.update([place for word, place in self.by_substring if word in folded])
        return places


def find_by_words(rules: Sequence[Rule], *, length: int) -> Finder:
    """What those text rules are found by that texts of a length can match."""
    by_token: dict[str, list[int]] = {}
    by_substring: list[tuple[str, int]] = []
    by_sign: list[tuple[str, int]] = []
    for place, rule in enumerate(rules):
        for word in rule.words if rule.stage == "text" and rule.max_chars >= length else ():
            tokens = fold(word)
            if UNSPACED.search(word):
                by_substring.append((word, place))
            elif tokens:
                by_token.setdefault(tokens[0], []).append(place)
            else:
                by_sign.append((word, place))
    first = "".join({sign[0] for sign, _ in by_sign})
    return Finder(
        frozenset(by_token), by_token, by_substring, by_sign, re.compile(f"[{re.escape(first)}]") if first else None
    )


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A text rule's pattern, case ignored. Raises `re.error`."""
    return re.compile(pattern, re.IGNORECASE)
