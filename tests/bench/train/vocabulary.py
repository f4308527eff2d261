"""The vocabulary and the scale of the columns, both learned from the training pages alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scraper.scoring.tokens import FIELDS
from scraper.scoring.vocabulary import Token
from tests.bench.train.reading import Sample
from tests.support.token_numbers import TokenNumbers

NAME_FIELDS_FROM: Final = sum(field.width for field in FIELDS[:4])
"""Columns of tokens from which on they are names and addresses."""
MIN_WORD_SITES: Final = 5
MIN_NAME_SITES: Final = 4
MAX_WORDS: Final = 14_000
MAX_BLOCK_WORDS: Final = 40
"""Words of longer blocks are prose: they do not enter the vocabulary."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known tokens by the numbers that reading gave them, sorted, and mean and deviation of each column."""

    numbers: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, tokens: np.ndarray) -> np.ndarray:
        """The place of each token among the known ones, counted from 1; 0 where it is not known.

        >>> Vocabulary(np.array([5, 7]), np.zeros(1), np.ones(1)).rows(np.array([[7, 8, 0]])).tolist()
        [[2, 0, 0]]
        """
        if not len(self):
            return np.zeros(tokens.shape, dtype=np.int32)
        at = np.minimum(np.searchsorted(self.numbers, tokens), len(self) - 1)
        return np.where((tokens > 0) & (self.numbers[at] == tokens), at + 1, 0).astype(np.int32)

    def tokens(self, known: TokenNumbers) -> tuple[Token, ...]:
        """The tokens themselves, in order."""
        by_number = {number: token for token, number in known.items()}
        return tuple(by_number[number] for number in self.numbers.tolist())


def learn_vocabulary(samples: Sequence[Sample]) -> Vocabulary:
    words = frequent(
        ((s.site, s.tokens[s.sizes <= MAX_BLOCK_WORDS, :NAME_FIELDS_FROM]) for s in samples), least=MIN_WORD_SITES
    )
    names = frequent(((s.site, s.tokens[:, NAME_FIELDS_FROM:]) for s in samples), least=MIN_NAME_SITES)
    columns = np.concatenate([sample.inputs.columns for sample in samples])
    return Vocabulary(
        numbers=np.sort(np.concatenate([words[:MAX_WORDS], names])),
        mean=columns.mean(axis=0),
        deviation=columns.std(axis=0) + 1e-3,
    )


def frequent(pages: Iterable[tuple[str, np.ndarray]], *, least: int) -> np.ndarray:
    """Tokens that at least so many sites have, those of most sites first.

    >>> frequent([("a", np.array([7, 0])), ("b", np.array([7, 9])), ("b", np.array([9]))], least=2).tolist()
    [7]
    """
    by_site: dict[str, list[np.ndarray]] = defaultdict(list)
    for site, tokens in pages:
        by_site[site].append(np.unique(tokens))
    found, sites = np.unique(
        np.concatenate([np.unique(np.concatenate(own)) for own in by_site.values()]), return_counts=True
    )
    known = (sites >= least) & (found > 0)
    return np.asarray(found[known][np.argsort(-sites[known], kind="stable")])
