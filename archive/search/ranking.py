"""Numbers that order search hits: weights of the columns, and the age of an article.

bm25 reads every match. For a word in half of a million articles that takes seconds. So only the `MAX_RANKED_MATCHES` matches
archived last are ranked, which is every match of a word that tells articles apart.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from archive.store.columns import DAY_SECONDS
from archive.store.records import time

COLUMN_WEIGHTS: Final = {"title": 10.0, "text": 1.0, "authors": 5.0}
"""Number of occurrences in the text that count as much as one occurrence in the column. In the index's order.

A title has a fiftieth of a text's words, and each says more."""

WEIGHTS_SQL: Final = ", ".join(map(str, COLUMN_WEIGHTS.values()))
"""The weights as arguments of SQLite's bm25."""

MAX_RANKED_MATCHES: Final = 10_000
"""Matches that are ranked. Ranking 10,000 matches takes 40 ms; half a million take two seconds."""

SPARE_HITS: Final = 100
"""Best hits beyond the requested page, ordered again by age or date."""

HALF_LIFE_DAYS: Final = 30.0
"""With `recent`, age at which an article has lost half of what it can lose of its score."""

OLD_SHARE: Final = 0.3
"""With `recent`, the share of the score that age never takes: a far better match stays first at any age."""


def aged_score(score: float, date: str, *, now: datetime | None) -> float:
    """The score lowered by the article's age. `date` is ISO 8601; without `now`, the score itself."""
    if now is None:
        return score
    days = max(0.0, (now - time(date)).total_seconds() / DAY_SECONDS)
    return score * (OLD_SHARE + (1 - OLD_SHARE) * math.exp2(-days / HALF_LIFE_DAYS))
