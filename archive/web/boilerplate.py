"""The boilerplate page: the texts removed most often, by site and kind, with example articles.

The page reads only the newest removals, so its time is bounded for an archive of any size.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, Final

from archive.output.article import printable
from archive.store.archive import Archive
from archive.store.columns import plain
from archive.store.sites import SiteFilter, resolve_sites
from archive.web.article import reason
from archive.web.limits import in_time
from archive.web.listing import Count, newest_of
from scraper.types import REMOVAL_KINDS

MAX_REMOVALS: Final = 30_000
"""Newest removals that are counted."""
MAX_ARTICLES: Final = 1_500
"""Newest articles of one site whose removals are counted."""
MAX_ROWS: Final = 100
"""Texts that the page lists."""
MAX_REMOVALS_LISTED_ONCE: Final = 200
"""If more removals were counted, a text must have been removed from two articles to be listed."""
MAX_SECONDS: Final = 2.0
"""Time for counting; the page is shown without rows after that."""

LEDGER: Final = """
SELECT articles.site, removals.kind, removals.text, removals.rule, removals.article_id
FROM (SELECT kind, text, rule, article_id FROM removals ORDER BY id DESC LIMIT :most) AS removals
JOIN articles ON articles.id = removals.article_id"""

LEDGER_OF_SITE: Final = """
SELECT newest.site, removals.kind, removals.text, removals.rule, removals.article_id
FROM (SELECT articles.id, articles.site FROM articles {where} ORDER BY coalesce(published, first_seen) DESC LIMIT :most) AS newest
JOIN removals ON removals.article_id = newest.id"""

TITLES: Final = "SELECT id, title FROM articles WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class RemovedText:
    """A removed text, and the number of articles it was removed from. `examples` are ids and titles of some."""

    site: str
    kind: str
    text: str
    rule: str
    why: str
    articles: int
    examples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The page. `rows` is None if counting took too long. `counted` removals were read, not all of them if `partial`."""

    site: str
    kind: str
    rows: tuple[RemovedText, ...] | None
    kinds: tuple[Count, ...]
    sites: tuple[Count, ...]
    counted: int
    partial: bool

    @property
    def only_repeated(self) -> bool:
        """Whether texts removed from one article only are left out."""
        return self.counted > MAX_REMOVALS_LISTED_ONCE


def read_boilerplate(archive: Archive, *, site: str = "", kind: str = "") -> Boilerplate:
    """The texts removed most often, of one site or of all. An unknown kind is ignored."""
    site, kind = plain(site).strip(), kind if kind in REMOVAL_KINDS else ""
    return in_time(archive.db.conn, MAX_SECONDS, lambda: count(archive, site, kind)) or Boilerplate(
        site, kind, None, (), (), 0, False
    )


def count(archive: Archive, site: str, kind: str) -> Boilerplate:
    """The page of `read_boilerplate`, without a time limit."""
    most = MAX_ARTICLES if site else MAX_REMOVALS
    sites = resolve_sites(archive.db.conn, (site,)) if site else None
    sql, values = ledger_query(sites)
    kinds, places = Counter[str](), Counter[str]()
    texts: dict[tuple[str, str, str], tuple[str, set[int]]] = {}
    for place, of, text, rule, article in archive.db.conn.execute(sql, {**values, "most": most}):
        kinds[of] += 1
        places[place] += 1
        if not kind or of == kind:
            texts.setdefault((place, of, text), (rule, set()))[1].add(article)
    counted = kinds.total()
    least = 2 if counted > MAX_REMOVALS_LISTED_ONCE else 1
    often = ((key, rule, articles) for key, (rule, articles) in texts.items() if len(articles) >= least)
    rows = nsmallest(MAX_ROWS, often, key=lambda row: (-len(row[2]), -len(row[0][2]), row[0]))
    shown = json.dumps([number for _, _, articles in rows for number in examples(articles)])
    titles = dict(map(tuple, archive.db.conn.execute(TITLES, (shown,))))
    return Boilerplate(
        site=site,
        kind=kind,
        rows=tuple(
            RemovedText(
                *key,
                rule,
                reason(rule),
                len(articles),
                tuple((number, printable(titles[number])) for number in examples(articles)),
            )
            for key, rule, articles in rows
        ),
        kinds=counts(kinds),
        sites=counts(places),
        counted=counted,
        partial=(articles_of(archive, sites) if sites else counted + 1) > most,
    )


def ledger_query(sites: SiteFilter | None) -> tuple[str, Mapping[str, Any]]:
    """The removals that are counted, at most `:most`, or of at most `:most` articles of the sites."""
    if sites is None:
        return LEDGER, {}
    newest = newest_of(sites, most=MAX_ARTICLES)
    return LEDGER_OF_SITE.format(where=newest.where), newest.values


def counts(found: Counter[str]) -> tuple[Count, ...]:
    """Names with their numbers, largest first."""
    return tuple(Count(name, number) for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def examples(articles: set[int]) -> list[int]:
    """The newest and the oldest article of a set."""
    return sorted({min(articles), max(articles)}, reverse=True)


def articles_of(archive: Archive, sites: SiteFilter) -> int:
    """Number of articles of the sites."""
    condition, values = sites.condition()
    return int(archive.db.conn.execute(f"SELECT count(*) FROM articles WHERE {condition}", values).fetchone()[0])
