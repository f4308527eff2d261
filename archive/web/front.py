"""The front page: newest articles, counts by day and site, removed blocks by kind, recent edits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from archive.store.archive import Archive
from archive.store.records import select
from archive.web.limits import in_time
from archive.web.listing import Count
from archive.web.newest import Choice, Newest, read_newest

PLOT_DAYS: Final = 30
"""Days in the plot of articles."""
MAX_EDITS: Final = 6
"""Edited articles that the page lists."""
MAX_SITES: Final = 24
"""Sites that the page counts articles of."""
MAX_REMOVALS: Final = 20_000
"""Newest removals that are counted, so that the time is bounded for an archive of any size."""
MAX_SECONDS: Final = 0.8
"""Time for each count over the whole archive. The page says so if a count took longer."""

ALL: Final = Choice()

DAY_SQL: Final = (
    "SELECT count(*) FROM articles WHERE coalesce(published, first_seen) >= ? AND coalesce(published, first_seen) < ?"
)

SITES_SQL: Final = (
    "SELECT site, sum(articles) AS articles FROM article_counts GROUP BY site HAVING sum(articles) > 0 "
    "ORDER BY articles DESC, site LIMIT :limit"
)

ARTICLES_SQL: Final = "SELECT coalesce(sum(articles), 0) FROM article_counts"

KINDS_SQL: Final = """
SELECT kind, count(*) AS blocks FROM (SELECT kind FROM current_removals ORDER BY id DESC LIMIT :ledger)
GROUP BY kind ORDER BY blocks DESC, kind"""

EDITED_SQL: Final = """
SELECT revisions.article_id AS id, revisions.number, revisions.title, revisions.seen_at, revisions.added, revisions.removed,
       articles.site, revisions.origin
FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.number > 1 ORDER BY revisions.seen_at DESC LIMIT :limit"""


@dataclass(frozen=True, slots=True)
class Day:
    """Articles of one day, UTC."""

    day: date
    articles: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A revision that is not the first. `origin` tells an edit of the publisher from a change of ours (`m004_ledger.ORIGINS`)."""

    id: int
    number: int
    title: str
    site: str
    seen_at: str
    added: int
    removed: int
    origin: str


@dataclass(frozen=True, slots=True)
class Front:
    """The front page. A count is None if it took too long. `partial_ledger`: `kinds` counts only the newest removals."""

    newest: Newest | None
    days: tuple[Day, ...] | None
    sites: tuple[Count, ...] | None
    articles: int | None
    kinds: tuple[Count, ...] | None
    partial_ledger: bool
    edits: tuple[Edit, ...]


def read_front(archive: Archive, *, now: datetime, choice: Choice = ALL) -> Front:
    """The front page at this time. A choice narrows the newest articles."""
    conn = archive.db.conn
    kinds = in_time(conn, MAX_SECONDS, lambda: read_kinds(archive))
    return Front(
        newest=in_time(conn, MAX_SECONDS, lambda: read_newest(archive, choice)),
        days=in_time(conn, MAX_SECONDS, lambda: read_days(archive, last=now.date())),
        sites=in_time(conn, MAX_SECONDS, lambda: read_sites(archive)),
        articles=in_time(conn, MAX_SECONDS, lambda: int(conn.execute(ARTICLES_SQL).fetchone()[0])),
        kinds=kinds,
        partial_ledger=sum(kind.number for kind in kinds or ()) == MAX_REMOVALS,
        edits=tuple(Edit(**row) for row in select(archive.db, EDITED_SQL, {"limit": MAX_EDITS})),
    )


def read_days(archive: Archive, *, last: date) -> tuple[Day, ...]:
    """Number of articles published on each of the last days, oldest first. An old archive ends with its newest day."""
    found = archive.db.conn.execute(
        "SELECT max(coalesce(published, first_seen)) FROM articles WHERE coalesce(published, first_seen) < ?",
        ((last + timedelta(days=1)).isoformat(),),
    ).fetchone()[0]
    newest = date.fromisoformat(found[:10]) if found else last
    if last - newest >= timedelta(days=PLOT_DAYS // 2):
        last = newest
    days = [last - timedelta(days=back) for back in reversed(range(PLOT_DAYS))]
    counts = [
        archive.db.conn.execute(DAY_SQL, (day.isoformat(), (day + timedelta(days=1)).isoformat())).fetchone()[0]
        for day in days
    ]
    return tuple(Day(day, count) for day, count in zip(days, counts, strict=True))


def read_kinds(archive: Archive) -> tuple[Count, ...]:
    """The newest removed blocks by kind."""
    rows = select(archive.db, KINDS_SQL, {"ledger": MAX_REMOVALS})
    return tuple(Count(row["kind"], row["blocks"]) for row in rows)


def read_sites(archive: Archive) -> tuple[Count, ...]:
    """The sites with the most articles."""
    return tuple(Count(row["site"], row["articles"]) for row in select(archive.db, SITES_SQL, {"limit": MAX_SITES}))
