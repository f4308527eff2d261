"""What a text sounds like: boilerplate, of which kind, or an article; told from rules' own examples and the archive.

Counts of words and of pairs of words (naive Bayes, without a prior): the hits of all rules and what they took out of the
archive's articles on one side, their near misses and the archive's paragraphs on the other. No language is known.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from archive.learning.repeats import words
from scraper.rules.model import Rule

SMOOTHING: Final = 0.5
CLEAREST: Final = 3.0
"""Log odds that one word may give at most: no single word decides."""
HINT: Final = 2.0
"""Log odds that a kind gains when all neighbours are of it."""
SET_APART: Final = frozenset({"caption", "byline"})
"""Kinds that a learned rule never has: what they take out is kept elsewhere in the article."""
TELLING: Final = 4
"""Words and pairs of words that are listened to."""
TEXTS: Final = 20_000
"""Texts of either side that are counted at most."""


def signs(text: str) -> list[str]:
    """Words, and neighbouring ones together.

    >>> signs("Sign up today")
    ['sign', 'up', 'today', 'sign up', 'up today']
    """
    own = words(text)
    return [*own, *(f"{one} {other}" for one, other in pairwise(own))]


class BoilerplateClassifier:
    """Counts of both sides, and of each kind of boilerplate."""

    def __init__(self, removed: Iterable[tuple[str, str]], body: Iterable[str]) -> None:
        self.kinds: dict[str, Counter[str]] = {}
        self.removed: Counter[str] = Counter()
        for kind, text in removed:
            own = signs(text)
            self.kinds.setdefault(kind, Counter()).update(own)
            self.removed.update(own)
        self.body: Counter[str] = Counter()
        for text in body:
            self.body.update(signs(text))
        self.many = len(self.removed.keys() | self.body.keys()) + 1
        self.totals = (self.removed.total(), self.body.total())

    def odds(self, text: str) -> float:
        """How much rather boilerplate than body: mean log odds of the words that speak for it most, above 0 for boilerplate.

        Only these: any text is mostly made of words that articles are made of.
        """
        found = sorted((self.sign_odds(sign) for sign in set(signs(text))), reverse=True)[:TELLING]
        return sum(found) / TELLING

    def sign_odds(self, sign: str) -> float:
        """The log odds that one word gives; 0 for one never seen."""
        if sign not in self.removed and sign not in self.body:
            return 0.0
        removed, body = (
            (counter[sign] + SMOOTHING) / (total + SMOOTHING * self.many)
            for counter, total in zip((self.removed, self.body), self.totals, strict=True)
        )
        return max(-CLEAREST, min(CLEAREST, math.log(removed / body)))

    def kind(self, text: str, *, hints: Sequence[str] = ()) -> str:
        """The kind that the words speak for most, those of its neighbours and its element counting as some words more."""
        scores: dict[str, float] = dict.fromkeys(self.kinds, 0.0)
        telling = [sign for sign in signs(text) if self.sign_odds(sign) > 0]
        for kind, counter in self.kinds.items():
            total = counter.total() + SMOOTHING * self.many
            rest = self.removed.total() - counter.total() + SMOOTHING * self.many
            for sign in telling:
                if self.removed[sign]:
                    own, others = counter[sign] + SMOOTHING, self.removed[sign] - counter[sign] + SMOOTHING
                    scores[kind] += max(-CLEAREST, min(CLEAREST, math.log((own / total) / (others / rest))))
            scores[kind] += HINT * sum(hint == kind for hint in hints) / max(1, len(hints))
        best = sorted(
            ((kind, score) for kind, score in scores.items() if kind not in SET_APART),
            key=lambda pair: (-pair[1], pair[0]),
        )
        return best[0][0] if best and best[0][1] > 0 else "promo"


def train(rules: Sequence[Rule], removed: Iterable[tuple[str, str]], body: Iterable[str]) -> BoilerplateClassifier:
    """The sound of both sides, out of the text rules' examples and the archive's own texts."""
    own = [rule for rule in rules if rule.stage == "text" and rule.kind not in {"correction", "body"}]
    hits = [(rule.kind, hit) for rule in own for hit in rule.hit]
    misses = [miss for rule in own for miss in rule.miss]
    return BoilerplateClassifier([*hits, *removed], [*misses, *body])
