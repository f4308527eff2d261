"""Dates of change in feeds and sitemaps: which of them are a reason to refetch a known page.

The schedule of refetches ends after a week; later edits show only in the date that a feed or sitemap gives the page.
Many such dates are invented: some sites write the time of the request beside every page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from scraper.types import Known, Link

MIN_SHARED_LINKS: Final = 5
"""From this many dated links on, a minute shared by more than half of them is when the list was written, so it is
ignored."""


def changed_since(
    links: Iterable[Link], known: Mapping[str, Known], *, revisit_delays: Sequence[float], now: datetime
) -> dict[str, Link]:
    """Return the known links that their source dates later than their last fetch, by the URL under which each page is
    refetched.

    Dates in the future, and dates shared by most of the list, are ignored. `revisit_delays` are the source's delays in
    seconds between a fetch and its refetches. The first delay is the shortest time between two fetches; without delays
    nothing is refetched.
    """
    shortest = min((seconds for seconds in revisit_delays if seconds >= 1), default=None)
    if shortest is None:
        return {}
    dated = [(link, date) for link in links if (date := last_date(link))]
    minutes = Counter(minute_of(date) for _, date in dated)
    invented = {
        minute for minute, count in minutes.items() if len(dated) >= MIN_SHARED_LINKS and 2 * count > len(dated)
    }
    found: dict[str, Link] = {}
    for link, date in dated:
        page = known.get(link.url)
        if page is None or page.due or not page.own or page.fetched_at is None:
            continue
        waited = now - page.fetched_at >= timedelta(seconds=shortest)
        if waited and page.fetched_at < date <= now and minute_of(date) not in invented:
            found[page.own] = link
    return found


def minute_of(date: datetime) -> datetime:
    """Return a time cut to its minute."""
    return date.replace(second=0, microsecond=0)


def last_date(link: Link) -> datetime | None:
    """Return the later of a link's two dates; None without any."""
    return max((date for date in (link.published, link.modified) if date), default=None)
