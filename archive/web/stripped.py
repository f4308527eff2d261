"""The boilerplate page: what was removed most often, by site and kind, each with articles it was taken from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from archive.render import printable
from archive.rows import plain
from archive.store import Archive
from archive.stored import select
from archive.web.front import Count
from archive.web.limits import in_time
from archive.web.reading import reason
from scraper.types import REMOVAL_KINDS

SCANNED: Final = 50_000
"""Removals that are counted, the newest: what is stripped today, in a bounded scan however old the archive is."""
SCANNED_ARTICLES: Final = 5_000
"""Articles of one site whose removals are counted, the newest."""
LISTED: Final = 100
EXAMPLES: Final = 3
PATIENCE: Final = 2.0

LEDGER: Final = """
SELECT removals.id, removals.kind, removals.text, removals.rule, removals.article_id, articles.site
FROM (SELECT * FROM removals ORDER BY id DESC LIMIT :most) AS removals JOIN articles ON articles.id = removals.article_id"""

LEDGER_OF_SITE: Final = """
SELECT removals.id, removals.kind, removals.text, removals.rule, removals.article_id, newest.site
FROM (SELECT id, site FROM articles WHERE site = :site ORDER BY coalesce(published, first_seen) DESC LIMIT :most) AS newest
JOIN removals ON removals.article_id = newest.id"""

GROUPED: Final = """
WITH ledger AS MATERIALIZED ({ledger})
SELECT site, kind, text, min(rule) AS rule, count(DISTINCT article_id) AS articles,
       min(article_id) AS first, max(article_id) AS last
FROM ledger WHERE (:kind = '' OR kind = :kind) GROUP BY site, kind, text
HAVING articles >= :least ORDER BY articles DESC, length(text) DESC, text LIMIT :listed"""

TOTALS: Final = """
WITH ledger AS MATERIALIZED ({ledger})
SELECT 'kind' AS what, kind AS name, count(*) AS number FROM ledger GROUP BY kind
UNION ALL SELECT 'site', site, count(*) FROM ledger GROUP BY site ORDER BY number DESC, name"""

TITLES: Final = "SELECT id, title FROM articles WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Stripped:
    """One text that was removed, and from how many articles. `examples` are some of them, id and title."""

    site: str
    kind: str
    text: str
    rule: str
    why: str
    articles: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The page. `rows` is None when counting took too long; `counted` removals were looked at, not all if `partial`."""

    site: str
    kind: str
    rows: tuple[Stripped, ...] | None
    kinds: tuple[Count, ...]
    sites: tuple[Count, ...]
    counted: int
    partial: bool


def read_boilerplate(archive: Archive, *, site: str = "", kind: str = "") -> Boilerplate:
    """The most removed texts, of one site or of all; an unknown kind is passed over."""
    site, kind = plain(site).strip(), kind if kind in REMOVAL_KINDS else ""
    return in_time(archive.db.conn, PATIENCE, lambda: count(archive, site, kind)) or Boilerplate(site, kind, None, (), (), 0, False)


def count(archive: Archive, site: str, kind: str) -> Boilerplate:
    """As `read_boilerplate`, however long it takes."""
    ledger = LEDGER_OF_SITE if site else LEDGER
    asked: dict[str, Any] = {"site": site, "most": SCANNED_ARTICLES if site else SCANNED}
    totals = list(select(archive.db, TOTALS.format(ledger=ledger), asked))
    kinds, sites = (tuple(Count(row["name"], row["number"]) for row in totals if row["what"] == what) for what in ("kind", "site"))
    counted = sum(count.number for count in kinds)
    least = 2 if counted > 2 * LISTED else 1
    rows = list(select(archive.db, GROUPED.format(ledger=ledger), {**asked, "kind": kind, "least": least, "listed": LISTED}))
    titles = dict(archive.db.conn.execute(TITLES, (json.dumps([row[key] for row in rows for key in ("first", "last")]),)).fetchall())
    partial = counted >= SCANNED if not site else counted > 0 and articles_of(archive, site) > SCANNED_ARTICLES
    return Boilerplate(site, kind, tuple(stripped(row, titles) for row in rows), kinds, sites, counted, partial)


def articles_of(archive: Archive, site: str) -> int:
    """How many articles a site has."""
    return int(archive.db.conn.execute("SELECT count(*) FROM articles WHERE site = ?", (site,)).fetchone()[0])


def stripped(row: Mapping[str, Any], titles: Mapping[int, str]) -> Stripped:
    """One row of the page."""
    examples = {row["last"], row["first"]}
    return Stripped(
        site=row["site"],
        kind=row["kind"],
        text=printable(row["text"]),
        rule=row["rule"],
        why=reason(row["rule"]),
        articles=row["articles"],
        examples=tuple((number, printable(titles[number])) for number in sorted(examples, reverse=True)),
    )
