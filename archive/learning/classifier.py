"""Tells boilerplate, and its kind, from article text.

Naive Bayes without a prior, over words and pairs of words. Boilerplate: the hits of all rules, and the blocks that rules
removed from the archive's articles. Article text: the near misses of the rules, and the archive's paragraphs. The classifier
works in any language.
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
"""Added to each count, so that an unseen word does not decide."""
MAX_WORD_ODDS: Final = 3.0
"""Log odds of one word, so that no single word decides."""
HINT_ODDS: Final = 2.0
"""Log odds for a kind if all neighbours are of this kind."""
KEPT_ELSEWHERE: Final = frozenset({"caption", "byline"})
"""Kinds that a learned rule never has: such blocks are stored in other fields of the article."""
COUNTED_SIGNS: Final = 4
"""Words and pairs that count: those with the highest odds."""
MAX_TEXTS: Final = 20_000
"""Texts of either class, to bound time and memory."""


def signs(text: str) -> list[str]:
    """Words and pairs of neighbouring words.

    >>> signs("Sign up today")
    ['sign', 'up', 'today', 'sign up', 'up today']
    """
    own = words(text)
    return [*own, *(f"{one} {other}" for one, other in pairwise(own))]


class BoilerplateClassifier:
    """Word counts of both classes and of each kind of boilerplate."""

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
        self.vocabulary = len(self.removed.keys() | self.body.keys()) + 1
        self.totals = (self.removed.total(), self.body.total())

    def odds(self, text: str) -> float:
        """Mean log odds of the words with the highest odds; above 0 for boilerplate.

        Other words do not count, because most words of any text are words of articles.
        """
        found = sorted((self.sign_odds(sign) for sign in set(signs(text))), reverse=True)[:COUNTED_SIGNS]
        return sum(found) / COUNTED_SIGNS

    def sign_odds(self, sign: str) -> float:
        """Log odds of one word; 0 for an unknown word."""
        if sign not in self.removed and sign not in self.body:
            return 0.0
        removed, body = (
            (counter[sign] + SMOOTHING) / (total + SMOOTHING * self.vocabulary)
            for counter, total in zip((self.removed, self.body), self.totals, strict=True)
        )
        return max(-MAX_WORD_ODDS, min(MAX_WORD_ODDS, math.log(removed / body)))

    def kind(self, text: str, *, hints: Sequence[str] = ()) -> str:
        """The most likely kind of a text. `hints` are the kinds of its neighbours and occurrences."""
        scores: dict[str, float] = dict.fromkeys(self.kinds, 0.0)
        counted = [sign for sign in signs(text) if self.sign_odds(sign) > 0]
        for kind, counter in self.kinds.items():
            total = counter.total() + SMOOTHING * self.vocabulary
            rest = self.removed.total() - counter.total() + SMOOTHING * self.vocabulary
            for sign in counted:
                if self.removed[sign]:
                    own, others = counter[sign] + SMOOTHING, self.removed[sign] - counter[sign] + SMOOTHING
                    scores[kind] += max(-MAX_WORD_ODDS, min(MAX_WORD_ODDS, math.log((own / total) / (others / rest))))
            scores[kind] += HINT_ODDS * sum(hint == kind for hint in hints) / max(1, len(hints))
        best = sorted(
            ((kind, score) for kind, score in scores.items() if kind not in KEPT_ELSEWHERE),
            key=lambda pair: (-pair[1], pair[0]),
        )
        return best[0][0] if best and best[0][1] > 0 else "promo"


def train(rules: Sequence[Rule], removed: Iterable[tuple[str, str]], body: Iterable[str]) -> BoilerplateClassifier:
    """A classifier trained on the text rules' examples and the archive's texts."""
    own = [rule for rule in rules if rule.stage == "text" and rule.kind not in {"correction", "body"}]
    hits = [(rule.kind, hit) for rule in own for hit in rule.hit]
    misses = [miss for rule in own for miss in rule.miss]
    return BoilerplateClassifier([*hits, *removed], [*misses, *body])
