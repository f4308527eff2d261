"""Dates of change in feeds and sitemaps: which of them are a reason to refetch a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scraper.discovery.lastmod import changed_since
from scraper.types import Known, Link

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
URL = "https://herald.example/harbour"
HOUR = timedelta(hours=1)
PAGE = Known("x", "", NOW - 500 * HOUR, due=False, own=URL)
LINK = Link(URL, "herald", modified=NOW - 10 * HOUR)
OTHERS = tuple(Link(f"{URL}/{number}", "herald", modified=LINK.modified) for number in range(4))


def changed(*links: Link, page: Known = PAGE, revisit_delays: tuple[float, ...] = (3600.0,)) -> list[str]:
    return list(changed_since(links, {URL: page}, revisit_delays=revisit_delays, now=NOW))


def test_a_date_after_the_last_fetch_is_a_reason_to_refetch() -> None:
    assert changed(LINK) == [URL]
    assert changed(replace(LINK, modified=None, published=LINK.modified)) == [URL]
    assert changed(replace(LINK, published=NOW - 900 * HOUR)) == [URL]
    assert (
        changed(LINK, *OTHERS[:3])
        == changed(LINK, *(replace(link, modified=NOW - 90 * HOUR) for link in OTHERS))
        == [URL]
    )


def test_a_page_known_under_another_url_is_returned_by_that_url() -> None:
    assert changed(LINK, page=replace(PAGE, own=f"{URL}?a")) == [f"{URL}?a"]


@pytest.mark.parametrize(
    "link",
    [
        replace(LINK, modified=None),
        replace(LINK, modified=NOW - 501 * HOUR),
        replace(LINK, modified=NOW + HOUR),
        replace(LINK, url=f"{URL}/new"),
    ],
    ids=["no date", "before the last fetch", "in the future", "of an unknown page"],
)
def test_other_dates_are_no_reason_to_refetch(link: Link) -> None:
    assert changed(link) == []


@pytest.mark.parametrize(
    "page",
    [
        replace(PAGE, own=""),
        replace(PAGE, due=True),
        replace(PAGE, fetched_at=None),
        replace(PAGE, fetched_at=NOW - HOUR / 2),
    ],
    ids=["gone, or waiting for a retry", "due anyway", "never fetched", "fetched just now"],
)
def test_the_state_of_a_page_can_forbid_a_refetch(page: Known) -> None:
    assert changed(replace(LINK, modified=NOW - HOUR / 4), page=page) == []


def test_without_revisit_delays_nothing_is_refetched() -> None:
    assert changed(LINK, revisit_delays=()) == changed(LINK, revisit_delays=(0.0,)) == []


def test_a_date_shared_by_most_pages_is_ignored() -> None:
    assert changed(LINK, *OTHERS) == []
