"""Dates that sources give pages they named before: which are a reason to look at the page again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scraper.discovery.lastmod import changed_since
from scraper.types import Known, Link

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
URL = "https://herald.example/harbour"
HOUR = timedelta(hours=1)
HAD = Known("x", "", NOW - 500 * HOUR, due=False, own=URL)
LINK = Link(URL, "herald", modified=NOW - 10 * HOUR)
OTHERS = tuple(Link(f"{URL}/{number}", "herald", modified=LINK.modified) for number in range(4))


def changed(*links: Link, had: Known = HAD, revisit_delays: tuple[float, ...] = (3600.0,)) -> list[str]:
    return list(changed_since(links, {URL: had}, revisit_delays=revisit_delays, now=NOW))


def test_a_later_date_than_the_last_look_is_a_reason() -> None:
    assert changed(LINK) == [URL]
    assert changed(replace(LINK, modified=None, published=LINK.modified)) == [URL]
    assert changed(replace(LINK, published=NOW - 900 * HOUR)) == [URL]
    assert (
        changed(LINK, *OTHERS[:3])
        == changed(LINK, *(replace(link, modified=NOW - 90 * HOUR) for link in OTHERS))
        == [URL]
    )


def test_a_page_known_by_another_address_is_named_by_its_own() -> None:
    assert changed(LINK, had=replace(HAD, own=f"{URL}?a")) == [f"{URL}?a"]


@pytest.mark.parametrize(
    "link",
    [
        replace(LINK, modified=None),
        replace(LINK, modified=NOW - 501 * HOUR),
        replace(LINK, modified=NOW + HOUR),
        replace(LINK, url=f"{URL}/new"),
    ],
    ids=["none", "as old as ever", "still to come", "of a page that is not known"],
)
def test_other_dates_are_none(link: Link) -> None:
    assert changed(link) == []


@pytest.mark.parametrize(
    "had",
    [
        replace(HAD, own=""),
        replace(HAD, due=True),
        replace(HAD, fetched_at=None),
        replace(HAD, fetched_at=NOW - HOUR / 2),
    ],
    ids=["gone, or between two tries", "due anyway", "never had", "looked at just now"],
)
def test_what_is_known_of_the_page_may_be_a_reason_not_to(had: Known) -> None:
    assert changed(replace(LINK, modified=NOW - HOUR / 4), had=had) == []


def test_a_source_that_is_never_looked_at_again_stays_so() -> None:
    assert changed(LINK, revisit_delays=()) == changed(LINK, revisit_delays=(0.0,)) == []


def test_a_list_that_dates_all_its_pages_alike_tells_when_it_was_written() -> None:
    assert changed(LINK, *OTHERS) == []
