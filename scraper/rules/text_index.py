"""Index of text rules: tells which rules could match each line of a page, by its words, its length, its kind and its links.

A set of rules is a whole number (`RuleBits`), in which bit n stands for the rule at place n of the table. `&` meets two sets of
hundreds of rules in 0.05 µs, and no rule is looked at that does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, chain, groupby
from operator import and_, or_
from typing import Final, NamedTuple, TypeAlias

from scraper.rules.model import Rule
from scraper.rules.thresholds import number
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold

MAX_MATCHED_CHARS: Final = number("MAX_MATCHED_CHARS")
RuleBits: TypeAlias = int
"""Rules by their places in the table, one bit each."""
EVERY_RULE: Final[RuleBits] = -1
OTHER_KINDS: Final = ""
"""Key of the kinds of blocks that no rule names."""


class Known(NamedTuple):
    """Rules, and a symbol or a substring that they are known by."""

    text: str
    rules: RuleBits

    def may_be_in(self, text: str) -> bool:
        """Whether its first character occurs in a text, which is not case folded: letters in circles have case."""
        first = self.text[0]
        return first in text or first.upper() in text

    def places_in(self, lines: Sequence[str]) -> list[int]:
        """The places of the lines that hold it."""
        if self.text.upper() != self.text:
            lines = [line.casefold() for line in lines]
        return [place for place, line in enumerate(lines) if self.text in line]


@dataclass(frozen=True, slots=True)
class TextIndex:
    """The text rules of a table, by their words, symbols and substrings, and by the lines that they are for.

    `by_length` has for each kind of block the rules for lines of 0, 1, 2 … characters, `linked` the least share of link text
    that some rules (`any_linked`) ask for. `unspaced` are the rules with words in scripts without spaces, `unspaced_by_sign`
    these words by their first character: a line has a few of these, the table 270 words.
    """

    words: frozenset[str]
    by_word: Mapping[str, RuleBits]
    symbols: tuple[Known, ...]
    unspaced: RuleBits
    unspaced_by_sign: Mapping[str, Sequence[Known]]
    by_length: Mapping[str, Sequence[RuleBits]]
    linked: Sequence[tuple[float, RuleBits]]
    any_linked: RuleBits

    def candidates(
        self, lines: Sequence[str], kinds: Iterable[str], link_share: Callable[[int], float]
    ) -> list[RuleBits]:
        """For each line the rules that could match it. `link_share` tells the share of a line that is link text.

        No line is longer than `MAX_MATCHED_CHARS`.
        """
        others = self.by_length[OTHER_KINDS]
        fitting = [self.by_length.get(kind, others)[len(line)] for kind, line in zip(kinds, lines, strict=True)]
        found = list(map(and_, self._with_words(lines), fitting))
        self._add_symbols(found, lines, fitting)
        for place in [place for place, own in enumerate(found) if own & self.any_linked]:
            share = link_share(place)
            found[place] &= ~union(rules for least, rules in self.linked if share < least)
        return found

    def rules_in(self, line: str) -> RuleBits:
        """The rules that have a word in a line."""
        found = self._with_words([line])
        self._add_symbols(found, [line], [EVERY_RULE])
        return found[0]

    def _with_words(self, lines: Iterable[str]) -> list[RuleBits]:
        """For each line the rules that have a word in it."""
        of_word = self.by_word.__getitem__
        return [union(map(of_word, own)) if own else 0 for own in map(self.words.intersection, map(fold, lines))]

    def _add_symbols(self, found: list[RuleBits], lines: Sequence[str], fitting: Sequence[RuleBits]) -> None:
        """Add to the rules of each line, of those that fit it, the ones that have a symbol or a substring in it."""
        text = "\n".join(lines)
        for one in self.symbols:
            if one.may_be_in(text):  # most are nowhere on a page
                for place in one.places_in(lines):
                    found[place] |= one.rules & fitting[place]
        if text.isascii():
            return
        for place, line in enumerate(lines):
            if not line.isascii() and fitting[place] & self.unspaced and UNSPACED.search(line):
                found[place] |= fitting[place] & self._with_unspaced(line.casefold())

    def _with_unspaced(self, line: str) -> RuleBits:
        """The rules that have a word of a script without spaces in a line, which is case folded: as parts of it."""
        words = chain.from_iterable(map(self.unspaced_by_sign.__getitem__, self.unspaced_by_sign.keys() & set(line)))
        return union(one.rules for one in words if one.text in line)


def build_index(rules: Iterable[Rule]) -> TextIndex:
    """The index of the text rules of a table."""
    own = [(1 << place, rule) for place, rule in enumerate(rules) if rule.stage == "text"]
    by_word: dict[str, RuleBits] = {}
    symbols: dict[str, RuleBits] = {}
    substrings: dict[str, RuleBits] = {}
    linked: dict[float, RuleBits] = {}
    for bit, rule in own:
        for word in rule.words:
            is_unspaced = UNSPACED.search(word)
            parts = () if is_unspaced else fold(word)
            table, key = (by_word, parts[0]) if parts else (substrings if is_unspaced else symbols, word)
            table[key] = table.get(key, 0) | bit
        if rule.min_link_density:
            linked[rule.min_link_density] = linked.get(rule.min_link_density, 0) | bit
    return TextIndex(
        words=frozenset(by_word),
        by_word=by_word,
        symbols=tuple(Known(*row) for row in symbols.items()),
        unspaced=union(substrings.values()),
        unspaced_by_sign={
            sign: tuple(Known(*row) for row in rows)
            for sign, rows in groupby(sorted(substrings.items()), key=first_sign)
        },
        by_length={
            kind: by_length((bit, rule.max_chars) for bit, rule in own if not rule.blocks or kind in rule.blocks)
            for kind in {OTHER_KINDS, *(kind for _, rule in own for kind in rule.blocks)}
        },
        linked=tuple(linked.items()),
        any_linked=union(linked.values()),
    )


def first_sign(row: tuple[str, RuleBits]) -> str:
    """The first character of a word."""
    return row[0][0]


def by_length(rules: Iterable[tuple[RuleBits, int]]) -> list[RuleBits]:
    """The rules for lines of 0, 1, 2 … characters, of rules with the length of their longest line."""
    ending = [0] * (MAX_MATCHED_CHARS + 1)
    for bit, most in rules:
        if most >= 0:
            ending[min(most, MAX_MATCHED_CHARS)] |= bit
    return list(accumulate(reversed(ending), or_))[::-1]


def union(sets: Iterable[RuleBits]) -> RuleBits:
    """The rules of all sets."""
    return reduce(or_, sets, 0)


def places_of(rules: RuleBits) -> Iterator[int]:
    """The places of the rules of a set, in table order.

    >>> list(places_of(0b10110))
    [1, 2, 4]
    """
    while rules:
        lowest = rules & -rules
        yield lowest.bit_length() - 1
        rules ^= lowest
