"""A set of rules, indexed so that each page and each text is compared only with the rules that could match."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Set
from functools import cache
from urllib.parse import urlsplit

from scraper.rules.model import DECIDING_FIELDS, Rule
from scraper.rules.selectors import ElementIndex
from scraper.rules.text_index import EVERY_RULE, RuleBits, build_index, places_of, union
from scraper.text.invisible import without_joiners
from scraper.text.patterns import lazy_pattern
from scraper.urls.canonical import host_matches


class RuleSet:
    """Rules ready for use: text rules indexed by their words, element rules by their selectors. Immutable."""

    def __init__(self, rules: Iterable[Rule], *, hash: str = "") -> None:
        self.rules = tuple(rules)
        self.hash = hash or hash_rules(self.rules)
        self.hosted = any(rule.hosts for rule in self.rules)
        self.chosen: dict[tuple[bool, ...], RuleSet] = {}
        self.spoken: dict[frozenset[str], RuleBits] = {frozenset(): EVERY_RULE}
        self.compiled = {rule.id: compile_pattern(rule.pattern) for rule in self.rules if rule.stage == "text"}
        self.links = tuple(rule for rule in self.rules if rule.stage == "link")
        self.elements = ElementIndex(rule for rule in self.rules if rule.stage == "element")
        self.index = build_index(self.rules)

    def candidates(self, text: str) -> list[Rule]:
        """The text rules that could match `text`, in table order: it has one of their words and is not too long."""
        own = [self.rules[place] for place in places_of(self.index.rules_in(text))]
        return [rule for rule in own if len(text) <= rule.max_chars]

    def spoken_in(self, languages: frozenset[str]) -> RuleBits:
        """The rules that apply to pages in these languages."""
        if languages not in self.spoken:
            self.spoken[languages] = union(
                1 << place for place, rule in enumerate(self.rules) if applies_to(rule, languages)
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


def applies_to(rule: Rule, languages: Set[str]) -> bool:
    """Whether a rule applies to pages in these languages. English rules apply everywhere: all sites borrow its words."""
    return not rule.languages or not languages or "en" in rule.languages or not languages.isdisjoint(rule.languages)


def hash_rules(rules: Iterable[Rule]) -> str:
    """The hash that extractions are stored with: equal for rules that decide alike, even if their reasons differ."""
    import hashlib  # loads a large library

    deciding = [[getattr(rule, name) for name in DECIDING_FIELDS] for rule in rules]
    return hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:16]


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A text rule's pattern, case ignored, without joiners, as the texts that it is tried on; compiled at first use."""
    return lazy_pattern(without_joiners(pattern), re.IGNORECASE)
