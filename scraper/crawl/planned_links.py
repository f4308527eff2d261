"""Planning: which links of a source are fetched in this run, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from scraper.crawl.history import History
from scraper.crawl.host_queue import Job
from scraper.discovery.follow import is_wanted
from scraper.discovery.lastmod import changed_since
from scraper.discovery.links import unique
from scraper.text.dates import latest_from, not_later
from scraper.types import REVISIT, Known, Link, Source
from scraper.urls.variants import page_key

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for a missing date in comparisons."""


@dataclass(frozen=True, slots=True)
class PlannedLinks:
    """Plan for the links of one source: `jobs` of this run, best first; unknown links; known pages that changed."""

    jobs: tuple[Job, ...]
    new: tuple[Link, ...]
    changed: tuple[str, ...]


def plan_links(
    source: Source, found: Mapping[str, Link], *, history: History, seen: Set[str], now: datetime
) -> PlannedLinks:
    """Plan a source's links and those that waited: keep the wanted ones that are due and not `seen` in this run.

    Pages not fetched before come first, newest first; a date in the future does not count. Links beyond the source's cap are left for another run.
    """
    links = unique((*history.waiting(source), *found.values()))
    wanted = [link for link in links if is_wanted(source, link) and page_key(link.url) not in seen]
    wanted.sort(key=lambda link: not_later(link.dated, latest_from(now)) or EARLIEST, reverse=True)
    known = history.lookup([link.url for link in wanted])
    due = [Job(link, known.get(link.url), source) for link in wanted if link.url not in known or known[link.url].due]
    changed = changed_jobs(source, found, known, history=history, seen=seen, now=now)
    jobs = sorted(due + changed, key=lambda job: job.known is not None)
    return PlannedLinks(
        tuple(jobs[: source.max_pages]),
        tuple(job.link for job in jobs if job.known is None),
        tuple(job.link.url for job in changed),
    )


def changed_jobs(
    source: Source,
    found: Mapping[str, Link],
    known: Mapping[str, Known],
    *,
    history: History,
    seen: Set[str],
    now: datetime,
) -> list[Job]:
    """Return the known pages that a feed or sitemap reports as changed. A date beside a section's link does not mean a
    change.
    """
    if source.kind not in {"feed", "sitemap"}:
        return []
    delays = REVISIT if source.revisit is None else source.revisit
    changed = changed_since(found.values(), known, revisit_delays=delays, now=now)
    pages = history.lookup([url for url in changed if page_key(url) not in seen])
    return [
        Job(replace(changed[url], url=url), replace(page, due=True), source)
        for url, page in pages.items()
        if not page.due
    ]
