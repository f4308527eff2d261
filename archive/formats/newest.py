"""Articles from the newest to the oldest, each with the time of its newest revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from archive.output.export import selected_by
from archive.search.conditions import DATE
from archive.store.connection import archive_errors
from archive.store.records import ARTICLE_COLUMNS, StoredArticle, select, stored_article, time

if TYPE_CHECKING:
    from archive.store.archive import Archive

_BATCH_ROWS: Final = 50
_SELECT: Final = f"""
SELECT {ARTICLE_COLUMNS}, revisions.seen_at AS revised_at FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.id IN"""


@dataclass(frozen=True, slots=True)
class DatedArticle:
    """A stored article, and when its text was first seen."""

    stored: StoredArticle
    revised_at: datetime


def newest_articles(archive: Archive, conditions: Mapping[str, Any], count: int | None) -> Iterator[DatedArticle]:
    """The `count` newest articles, or all, by date of publication, else of the first visit. Ids are read at once, texts in batches."""
    with archive_errors(archive.path):
        condition = selected_by(archive, **conditions)
        if condition is None:
            return
        sql = f"SELECT articles.id FROM articles {condition.where} ORDER BY {DATE} DESC, articles.id DESC LIMIT :newest"
        values = {**condition.values, "newest": -1 if count is None else count}
        ids = [row["id"] for row in select(archive.db, sql, values)]
    yield from dated_articles(archive, ids)


def dated_articles(archive: Archive, ids: Iterable[int]) -> Iterator[DatedArticle]:
    """These articles in this order, read in batches."""
    waiting = iter(ids)
    while batch := [*islice(waiting, _BATCH_ROWS)]:
        with archive_errors(archive.path):
            rows = {row["id"]: row for row in select(archive.db, f"{_SELECT} ({','.join('?' * len(batch))})", batch)}
        for row in (rows[number] for number in batch if number in rows):
            yield DatedArticle(stored_article(row), time(row["revised_at"]))


def collection_id(archive: Archive, *parts: str) -> UUID:
    """An id that an archive and these words always have: from the time of the archive's first run."""
    with archive_errors(archive.path):
        first = archive.db.conn.execute("SELECT min(started_at) FROM runs").fetchone()[0] or ""
    return uuid5(NAMESPACE_URL, "\n".join(("cuttings", first, *parts)))
