"""Numbers of tokens for whoever must see all of a page's tokens: those who train the network, and the reader's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from scraper.scoring.vocabulary import EDGE, EDGE_NUMBER, FIRST, LAST, Integers, Token


class TokenNumbers(dict[Token, int]):
    """Numbers of tokens, counted from 1 as they are met: none is unknown."""

    def __init__(self) -> None:
        self.met: list[Token] = []

    def __missing__(self, token: Token) -> int:
        self.met.append(token)
        self[token] = len(self.met)
        return self[token]

    def of_words(self, words: Iterable[str]) -> Integers:
        return np.array([EDGE_NUMBER if word == EDGE else self[word] for word in words], dtype=np.int32)

    def of_pairs(self, first: Integers, second: Integers) -> Integers:
        found = [self.of_pair(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True)]
        return np.array(found, dtype=np.int32)

    def of_pair(self, first: int, second: int) -> int:
        """The number of a pair of words; 0 for two edges, between which a text has no words."""
        if first == second == EDGE_NUMBER:
            return 0
        if first == EDGE_NUMBER:
            return self[FIRST, self.word(second)]
        if second == EDGE_NUMBER:
            return self[LAST, self.word(first)]
        return self[self.word(first), self.word(second)]

    def word(self, number: int) -> str:
        token = self.met[number - 1]
        assert isinstance(token, str)
        return token

    def finder(self, mark: str) -> Callable[[str], int]:
        return lambda word: self[mark, word]
