"""The vocabulary: the numbers of the tokens that the network knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

MarkedWord: TypeAlias = tuple[str, str]
"""A mark and a word."""
Token: TypeAlias = str | tuple[str, str]
"""A word; two words in a row; or a marked word."""
Integers: TypeAlias = NDArray[np.int32]

FIRST, LAST, LINKED, NAME, TAG, ADDRESS, PATH, HOST = ("^", "$", "a:", "n:", "t:", "h:", "p:", "x:")
WORD_MARKS: Final = (LINKED, NAME, TAG, ADDRESS, PATH, HOST)
"""Marks of words; the first two stand in pairs, for the edges of a text."""
EDGE: Final = "|"
"""The end of a text and the start of the next, among words."""
EDGE_NUMBER: Final = -1
MAX_TOKENS: Final = 46_340
"""The square of it fits 32 bits."""


class Numbering(Protocol):
    """Numbers tokens from 1 on; an unknown one has the number 0, or none."""

    def of_words(self, words: Iterable[str]) -> Integers:
        """The number of each word; `EDGE_NUMBER` for `EDGE`."""

    def of_pairs(self, first: Integers, second: Integers) -> Integers:
        """The numbers of pairs of known words, given the words' own.

        A pair of an edge and a word is the token of a text's first word, a pair of a word and an edge that of its last one.
        """

    def finder(self, mark: str) -> Callable[[str], int | None]:
        """What finds the number of a word with this mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Known tokens, numbered from 1 on without a gap.

    `words` has the number of each word, and of `EDGE`; `marked` those of words by their mark. Pairs are found by the numbers
    of their words (`pair_codes`, in rising order): one of which a word is no token of its own is never found.
    """

    words: dict[str, int]
    marked: dict[str, dict[str, int]]
    pair_codes: Integers
    pair_numbers: Integers

    @classmethod
    def of(cls, tokens: Iterable[Token]) -> Vocabulary:
        """The tokens in their order. Raises ValueError if they are too many for `codes_of`."""
        tokens = tuple(tokens)
        if len(tokens) > MAX_TOKENS - 2:
            raise ValueError(f"a vocabulary of more than {MAX_TOKENS - 2:,} tokens: {len(tokens):,}")
        words: dict[str, int] = {EDGE: EDGE_NUMBER}
        marked: dict[str, dict[str, int]] = {mark: {} for mark in WORD_MARKS}
        pairs: dict[tuple[str, str], int] = {}
        for number, token in enumerate(tokens, start=1):
            if isinstance(token, str):
                words[token] = number
            elif token[0] in marked:
                marked[token[0]][token[1]] = number
            else:
                pairs[in_order(token)] = number
        known = [(words[a], words[b], number) for (a, b), number in pairs.items() if a in words and b in words]
        first, second, numbers = np.array(known, dtype=np.int32).reshape(-1, 3).T
        codes = codes_of(first, second)
        order = np.argsort(codes)
        return cls(words, marked, codes[order], numbers[order])

    def tokens(self) -> tuple[Token, ...]:
        """All tokens that can be found, by their numbers."""
        named = {number: word for word, number in self.words.items()}
        numbered: dict[int, Token] = {number: word for number, word in named.items() if number != EDGE_NUMBER}
        for mark, words in self.marked.items():
            numbered |= {number: (mark, word) for word, number in words.items()}
        for code, number in zip(self.pair_codes.tolist(), self.pair_numbers.tolist(), strict=True):
            first, second = divmod(code, MAX_TOKENS)
            numbered[number] = as_token((named[first - 1], named[second - 1]))
        return tuple([numbered[number] for number in sorted(numbered)])

    def of_words(self, words: Iterable[str]) -> Integers:
        return np.fromiter(map(self.words.get, words, repeat(0)), dtype=np.int32)

    def of_pairs(self, first: Integers, second: Integers) -> Integers:
        if not len(self.pair_codes):
            return np.zeros(len(first), dtype=np.int32)
        codes = codes_of(first, second)
        places = self.pair_codes.searchsorted(codes)
        numbers, known = (own.take(places, mode="clip") for own in (self.pair_numbers, self.pair_codes))
        return np.asarray(numbers * (known == codes))

    def finder(self, mark: str) -> Callable[[str], int | None]:
        return self.marked[mark].get


def codes_of(first: Integers, second: Integers) -> Integers:
    """A number for each pair of words, given their numbers, that fits 32 bits."""
    return (first + 1) * MAX_TOKENS + (second + 1)


def in_order(pair: tuple[str, str]) -> tuple[str, str]:
    """A pair as it is met in a text.

    >>> in_order(("sign", "up")), in_order(("^", "sign")), in_order(("$", "now"))
    (('sign', 'up'), ('|', 'sign'), ('now', '|'))
    """
    mark, word = pair
    return {FIRST: (EDGE, word), LAST: (word, EDGE)}.get(mark, pair)


def as_token(pair: tuple[str, str]) -> tuple[str, str]:
    """The token of a pair that is met in a text: what `in_order` made of it.

    >>> as_token(("sign", "up")), as_token(("|", "sign")), as_token(("now", "|"))
    (('sign', 'up'), ('^', 'sign'), ('$', 'now'))
    """
    first, second = pair
    if first == EDGE:
        return FIRST, second
    return (LAST, first) if second == EDGE else pair
