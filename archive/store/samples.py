"""Samples: measurements of each page of a run, written with the page, so that a killed run leaves its measurements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database

from archive.store.columns import Visit, plain
from archive.store.decisions import Stored
from scraper.rules.reasons import SCORE_IDS
from scraper.types import Fetched, Removal

_NOTE: Final = """
INSERT INTO samples (run_id, source, outcome, stored, chars, removed, has_author, has_date, rule, taken)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


SampleRow = tuple[int | str | None, ...]


def insert_samples(db: Database, rows: Sequence[SampleRow]) -> None:
    """Write samples, inside the caller's transaction."""
    db.conn.executemany(_NOTE, rows)


def sample_row(visit: Visit, fetched: Fetched, *, stored: Stored | None, outcome: str, chars: int) -> SampleRow:
    """The sample of one page with `chars` characters of text.

    Captions are kept apart from the text, so their removal is not a loss.
    """
    article = fetched.extraction.article
    end = max((block.position for block in article.blocks), default=-1) if article else -1
    removed: dict[str, int] = {}
    for removal in fetched.extraction.removals:
        if removal.kind != "caption" and may_be_loss(removal, end=end):
            removed[removal.rule_id] = removed.get(removal.rule_id, 0) + len(removal.text)
    rule, most = max(removed.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    return (
        visit.run,
        plain(fetched.link.source),
        outcome,
        len(stored.text) if stored else None,
        chars,
        sum(removed.values()),
        int(bool(article and article.authors)),
        int(bool(article and article.published)),
        plain(rule),
        most,
    )


def may_be_loss(removal: Removal, *, end: int) -> bool:
    """Whether a removal may have taken a part of the text, which ends at the position `end`.

    After it only text rules take lines of an article. Elements there are threads and rails, as long as they like.
    """
    return removal.position < end or (removal.stage == "text" and removal.rule_id not in SCORE_IDS)
