"""Runs under a clock that is years ahead or behind, between runs under the right clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive.runs.scrape import run_scrape
from tests.archive.runs.test_revisits import Paper
from tests.support.loopback import Exchange, Server
from tests.support.news_server import feed, publish, status, story
from tests.support.scraping import SHIPS
from tests.support.visits import START

TEN_YEARS = 10 * 365 * 24
PAGES = [f"/{slug}.html" for slug in SHIPS]


@pytest.fixture
def paper(site: Server, tmp_path: Path) -> Paper:
    site.routes |= {f"/{slug}.html": story(name) for slug, name in SHIPS.items()}  # without validators
    return Paper(site, tmp_path)


def asked_at(paper: Paper, *times: float) -> list[int]:
    """The number of pages that runs at these hours request."""
    return [len(paper.scrape(hour)[0]) for hour in times]


def test_pages_first_fetched_in_a_future_follow_their_schedule_from_now_on(paper: Paper) -> None:
    assert asked_at(paper, TEN_YEARS, 0, 0.1, 0.9, 1.1, 5.9, 6.1, 25, 100, 169, 500) == [
        3,
        3,
        0,
        0,
        3,
        0,
        3,
        3,
        0,
        3,
        0,
    ]


def test_a_schedule_that_a_jump_ahead_ended_goes_on(paper: Paper) -> None:
    assert asked_at(paper, 0, TEN_YEARS, 0.5, 0.6, 1.1, 1.2) == [3, 3, 3, 0, 3, 0]


def test_a_schedule_that_is_over_stays_over(paper: Paper) -> None:
    assert asked_at(paper, 0, 169, 500, TEN_YEARS, 501) == [3, 3, 0, 0, 0]


def test_pages_of_a_source_without_refetches_are_not_refetched_after_a_jump(paper: Paper) -> None:
    never = {"ships": ()}
    assert [len(paper.scrape(hour, revisit_delays=never)[0]) for hour in (0, TEN_YEARS, 1)] == [3, 0, 0]


def test_failed_and_new_links_of_a_future_are_fetched_now(paper: Paper, site: Server) -> None:
    site.routes["/a.html"] = status(500)
    for hour in (TEN_YEARS, TEN_YEARS + 0.1, TEN_YEARS + 1):
        paper.scrape(hour, budget=1)
    publish(site, **SHIPS)
    site.routes["/feed.xml"] = feed(site.base)
    assert sorted(paper.scrape(0)[0]) == PAGES
    assert paper.scrape(0.1)[0] == []


def test_a_shorter_schedule_applies_to_pages_that_were_fetched_before(paper: Paper) -> None:
    year = {"ships": (365 * 86_400.0,)}
    assert [len(paper.scrape(hour, revisit_delays=year)[0]) for hour in (0, 24)] == [3, 0]
    assert asked_at(paper, 26) == [3]


def test_a_page_that_is_gone_stays_gone(paper: Paper, site: Server) -> None:
    site.routes["/a.html"] = status(404)
    assert asked_at(paper, TEN_YEARS, 0) == [3, 2]


def test_a_pause_of_a_future_does_not_hold_now(paper: Paper, site: Server) -> None:
    async def busy(exchange: Exchange) -> None:
        await exchange.send("", 429, Retry_After="7200")

    site.routes |= dict.fromkeys(PAGES, busy)
    paper.scrape(TEN_YEARS)
    publish(site, **SHIPS)
    assert paper.scrape(0)[1].saved == {"new": 3}


def test_a_run_under_a_clock_that_is_behind_costs_one_refetch(paper: Paper) -> None:
    assert asked_at(paper, 0, -TEN_YEARS, 0.5, 0.6, 1.1) == [3, 3, 3, 0, 0]


@pytest.mark.parametrize("step", [-1.0, 1.0], ids=["back", "ahead"])
def test_a_clock_that_is_set_all_the_time_stops_no_run(paper: Paper, step: float) -> None:
    def times() -> Iterator[datetime]:
        at = START
        while True:
            yield at
            at += timedelta(hours=step)

    clock = times()
    totals = run_scrape(paper.plan, clock=lambda: next(clock))
    assert totals.saved == {"new": 3}
    seconds = "(julianday(finished_at) - julianday(started_at)) * 86400"
    assert paper.rows(f"SELECT {seconds} BETWEEN -0.1 AND 60 FROM runs") == [(1,)]
    assert paper.scrape(24, ignore_schedule=True)[1].saved == {"same": 3}
