"""Pages that a source says were changed since they were had: when to believe it.

A schedule of looks ends after a week; an edit after that is known from the date that a feed or sitemap gives the page. Such
dates are often made up: many a site writes the time of the request beside each of its pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from scraper.types import Known, Link

SUSPECT: Final = 5
"""From so many dated links on, a minute that more than half of them share says when the list was written, and no more."""


def changed_since(
    links: Iterable[Link], known: Mapping[str, Known], *, looks: Sequence[float], now: datetime
) -> dict[str, Link]:
    """Those of a list's links that are known and whose source dates them later than the page was had, by the address that the page is looked at under.

    Not believed: a date that is still to come, and one that most of the list share. `looks` are the source's seconds after
    which pages are looked at again: none comes sooner after the last look than the first of these, and nothing without any.
    """
    soonest = min((seconds for seconds in looks if seconds >= 1), default=None)
    if soonest is None:
        return {}
    dated = [(link, date) for link in links if (date := last_date(link))]
    minutes = Counter(date.replace(second=0, microsecond=0) for _, date in dated)
    made_up = {minute for minute, count in minutes.items() if len(dated) >= SUSPECT and 2 * count > len(dated)}
    found: dict[str, Link] = {}
    for link, date in dated:
        had = known.get(link.url)
        if had is None or had.due or not had.own or had.fetched_at is None:
            continue
        rested = now - had.fetched_at >= timedelta(seconds=soonest)
        if rested and had.fetched_at < date <= now and date.replace(second=0, microsecond=0) not in made_up:
            found[had.own] = link
    return found


def last_date(link: Link) -> datetime | None:
    """The later of the times that a source gives a link; without any, None."""
    return max((date for date in (link.published, link.modified) if date), default=None)
