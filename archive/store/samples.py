"""What each page of a run looked like, noted as it is saved, so that a run that is killed has not seen it for nothing."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.store.columns import Visit, plain
from archive.store.decisions import Stored
from scraper.types import Fetched

_NOTE: Final = """
INSERT INTO samples (run_id, source, outcome, stored, chars, removed, has_author, has_date, rule, taken)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def note_sample(
    db: Database, visit: Visit, fetched: Fetched, *, stored: Stored | None, outcome: str, chars: int
) -> None:
    """Note one page with so many characters of text, inside the caller's transaction.

    Captions stay beside the text, so they count as no loss.
    """
    article = fetched.extraction.article
    taken: dict[str, int] = {}
    for removal in fetched.extraction.removals:
        if removal.kind != "caption":
            taken[removal.rule_id] = taken.get(removal.rule_id, 0) + len(removal.text)
    rule, most = max(taken.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    row = (
        visit.run,
        plain(fetched.link.source),
        outcome,
        len(stored.text) if stored else None,
        chars,
        sum(taken.values()),
        int(bool(article and article.authors)),
        int(bool(article and article.published)),
        plain(rule),
        most,
    )
    db.conn.execute(_NOTE, row)
