"""The table of links: the state of each URL, and the time of its next fetch."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from archive.store.archive import Archive
from scraper.types import Failure, Fetched, Known, Link, SourceRead, Unchanged
from tests.support.visits import OTHER, START, URL, article, hours, rows, save, visit

FEED = "https://herald.example/feed"
READ = SourceRead("herald", found=3, wanted=2, validators=((FEED, Known("f", "Mon", START)),))


def failure(kind: str = "status", *, status: int = 500, url: str = URL, **changes: Any) -> Failure:
    return Failure(Link(url=url, source="herald"), kind, f"it was {kind}", status=status, **changes)


def due(archive: Archive, at: float, *urls: str) -> list[str]:
    """The URLs that a run would fetch if its feed named them, `at` hours after the first run."""
    archive.start_run(at=hours(at), sources="x")
    known = archive.known(urls)
    return [url for url in urls if url not in known or known[url].due]


def waiting(archive: Archive, at: float) -> list[str]:
    """The links that the run would fetch by itself."""
    archive.start_run(at=hours(at), sources="x")
    return [link.url for link in archive.waiting("herald")]


def test_a_failed_link_waits_longer_each_time_and_is_then_due_again(archive: Archive) -> None:
    now, waits = 0.0, []
    for _ in range(6):
        assert save(archive, failure(), now) == "failed"
        ((next_try,),) = rows(archive, "SELECT (julianday(next_try) - julianday(last_seen)) * 1440 FROM links")
        waits.append(round(next_try))
        assert (due(archive, now + next_try / 60 - 0.01, URL), waiting(archive, now + next_try / 60 - 0.01)) == ([], [])
        now += next_try / 60 + 0.01
        assert (due(archive, now, URL), waiting(archive, now)) == ([URL], [URL])
    assert waits == [0, 15, 30, 60, 120, 240]


@pytest.mark.parametrize(
    ("asked", "minutes"), [(60, 15), (7200, 120), (10**12, 7 * 24 * 60)], ids=["less than our own", "more", "absurd"]
)
def test_a_retry_after_that_is_later_than_our_own_retry_is_obeyed(archive: Archive, asked: float, minutes: int) -> None:
    for _ in range(2):
        save(archive, failure(status=503, retry_after=asked))
    assert due(archive, (minutes - 1) / 60, URL) == waiting(archive, (minutes - 1) / 60) == []
    assert due(archive, (minutes + 1) / 60, URL) == waiting(archive, (minutes + 1) / 60) == [URL]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_never_fetched_again_and_its_article_stays(archive: Archive, status: int) -> None:
    save(archive, visit(article()))
    save(archive, failure(status=status), 2)
    assert archive.article(URL).article == article()
    assert rows(archive, "SELECT kind, article_id FROM events") == [("gone", 1)]
    assert (due(archive, 9999, URL), waiting(archive, 9999)) == ([], [])


def test_another_address_of_a_page_that_is_gone_is_fetched(archive: Archive) -> None:
    save(archive, visit(article(), url=URL + "?a", final_url=URL))
    assert due(archive, 5000, URL) == []
    save(archive, failure(status=410, url=URL + "?a"), 2)
    assert due(archive, 5000, URL) == [URL]


def test_a_failure_keeps_the_validators_of_the_text_that_is_stored(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, failure(), 2)
    archive.start_run(at=hours(3), sources="x")
    assert archive.known([URL]) == {URL: Known("x", "", START, scheduled=True)}


def test_a_304_moves_last_seen(archive: Archive) -> None:
    save(archive, visit(article(), url=URL + "?a", final_url=URL, etag="x"))
    for url in (URL + "?a", URL):
        assert save(archive, Unchanged(Link(url=url, source="herald")), 3) == "unchanged"
    assert archive.article("1").last_seen == hours(3)
    assert archive.known([URL + "?a"]) == {
        URL + "?a": Known("x", "", hours(3), due=False, own=URL + "?a", scheduled=True)
    }


NEW_URL = "https://herald.example/2026/harbour-vote"


def moved_visit() -> Fetched:
    """The refetch of a page that moved for good."""
    found = visit(article(url=NEW_URL), final_url=NEW_URL, at=hours(1))
    return replace(found, page=replace(found.page, moved=True))


@pytest.mark.parametrize("again", [moved_visit(), Unchanged(Link(URL, "herald"), moved_to=NEW_URL)], ids=["200", "304"])
def test_a_link_that_moved_is_left_to_the_link_of_its_new_address(archive: Archive, again: Any) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, visit(article(url=NEW_URL), url=NEW_URL), 0.5)
    save(archive, again, 1)
    assert (waiting(archive, 1.4), waiting(archive, 7)) == ([], [NEW_URL])


def test_a_link_that_moved_keeps_its_refetches_if_its_new_address_was_never_fetched(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, failure(status=410, url=NEW_URL), 0.5)
    save(archive, Unchanged(Link(URL, "herald"), moved_to=NEW_URL), 1)
    assert waiting(archive, 7) == [URL]


SAME = Unchanged(Link(url=URL, source="herald"))


@pytest.mark.parametrize(
    "again",
    [SAME, visit(article(), etag="x"), visit(article("An edited text."), etag="y"), visit(article())],
    ids=["304", "the same", "edited", "no validators"],
)
def test_an_article_is_refetched_an_hour_six_hours_a_day_and_a_week_after_its_first_fetch(
    archive: Archive, again: Any
) -> None:
    save(archive, visit(article(), etag="x"))
    refetches = []
    for hour in range(1, 1000):
        if due(archive, hour + 0.01, URL):
            assert waiting(archive, hour + 0.01) == [URL]
            refetches.append(hour)
            save(archive, again, hour + 0.01)
    assert refetches == [1, 6, 24, 168]


def test_one_refetch_replaces_several_missed_refetches(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    assert due(archive, 20, URL) == [URL]
    save(archive, SAME, 20)
    assert (due(archive, 23.9, URL), due(archive, 24.1, URL)) == ([], [URL])


def test_a_refetch_that_fails_is_retried_and_the_schedule_continues(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, failure(), 1.1)
    assert due(archive, 1.2, URL) == [URL]
    save(archive, SAME, 1.2)
    assert (due(archive, 5.9, URL), due(archive, 6.1, URL)) == ([], [URL])


@pytest.mark.parametrize(("delays", "at"), [((1800.0,), [0.5]), ((), []), ((0.0, 7200.0), [2])])
def test_a_source_may_have_a_schedule_of_its_own(archive: Archive, delays: tuple[float, ...], at: list[float]) -> None:
    archive.save_many(
        [visit(article(), etag="x")], run=1, at=START, revisit_delays={"herald": delays, "other": (60.0,)}
    )
    found = []
    for number in range(1, 100):
        if waiting(archive, number / 2):
            found.append(number / 2)
            archive.save_many([SAME], run=1, at=hours(number / 2), revisit_delays={"herald": delays})
    assert found == at


def test_links_that_were_named_wait_newest_first_until_they_are_fetched(archive: Archive) -> None:
    links = tuple(Link(f"{URL}/{day}", "herald", f"Day {day}", hours(24 * day)) for day in (2, 3, 1))
    save(archive, SourceRead("herald", 3, 1, links=(*links, Link(OTHER, "herald"))))
    assert archive.known([link.url for link in links]) == {}
    assert waiting(archive, 0) == [f"{URL}/3", f"{URL}/2", f"{URL}/1", OTHER]
    assert archive.waiting("herald", limit=1) == (links[1],)
    assert archive.waiting("another") == ()
    save(archive, visit(article(), url=f"{URL}/3"), 1)
    assert waiting(archive, 1) == [f"{URL}/2", f"{URL}/1", OTHER]
    assert waiting(archive, 3)[-1] == f"{URL}/3"


def test_a_link_that_is_named_again_is_unchanged(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, SourceRead("herald", 1, 0, links=(Link(URL, "herald"),)), 1)
    assert rows(archive, "SELECT state, etag FROM links") == [("done", "x")]


def test_signals_to_archives_are_recorded(archive: Archive) -> None:
    save(archive, replace(visit(article()), signals=("noarchive", "tdm-reservation")))
    assert rows(archive, "SELECT signals FROM links") == [('["noarchive","tdm-reservation"]',)]


def test_a_feed_is_always_fetched_conditionally(archive: Archive) -> None:
    assert save(archive, READ) == "read"
    assert archive.known([FEED]) == {FEED: Known("f", "Mon", START)}
    save(archive, failure(status=404, url=FEED, of_source=True), 1)
    assert due(archive, 9999, FEED) == [FEED]
    assert waiting(archive, 9999) == []
    assert rows(archive, "SELECT kind, state FROM links") == [("source", "gone")]


def test_the_latest_signals_to_archives_are_kept(archive: Archive) -> None:
    for at, signals in enumerate([("noarchive", "tdm-reservation"), ()]):
        save(archive, replace(visit(article()), signals=signals), at)
        assert [tuple(json.loads(told)) for (told,) in rows(archive, "SELECT signals FROM links")] == [signals]


def test_runs_and_tallies_are_recorded(archive: Archive) -> None:
    save(archive, READ)
    save(archive, visit(article()))
    save(archive, failure("timeout", url=OTHER))
    save(archive, failure("timeout", url=OTHER + "2"))
    archive.finish_run(1, at=hours(1), counts={"new": 1}, note="done")
    ((started, finished, counts, version),) = rows(
        archive, "SELECT started_at, finished_at, counts, sqlite_version FROM runs"
    )
    assert (started, finished, json.loads(counts)) == ("2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z", {"new": 1})
    assert version == sqlite3.sqlite_version
    tallies = rows(archive, "SELECT outcome, error, number FROM tallies")
    assert set(tallies) == {("found", "", 3), ("wanted", "", 2), ("new", "", 1), ("failed", "timeout", 2)}


def test_known_takes_many_addresses_of_any_kind(archive: Archive) -> None:
    save(archive, visit(article()))
    assert set(archive.known([URL, "", "\ud800", "\0", *(f"https://herald.example/{n}" for n in range(50_000))])) == {
        URL
    }


def test_a_url_refused_for_its_private_address_waits_until_a_run_allows_the_host(
    archive: Archive,
) -> None:
    spelled, named, moved = "http://[fd00::1]:8000/a", "http://intra.example/a", "https://herald.example/moved"
    for url, host in ((spelled, "fd00::1"), (named, "intra.example"), (moved, "10.0.0.1")):
        save(
            archive,
            replace(
                failure("private-address", status=0, url=url), detail=f"{host} is a private or loopback address (...)"
            ),
        )
    save(archive, failure("refused", status=0, url=OTHER), 1)
    assert (due(archive, 2, spelled, named, moved), len(due(archive, 12.1, spelled, named, moved))) == ([], 3)
    for hosts, opened in (
        ((), []),
        (("[fd00::2]",), []),
        (("[fd00::1]:8000", "10.0.0.1"), [spelled, moved]),
        (None, [spelled, named, moved]),
    ):
        due(archive, 3)
        archive.retry_refused_hosts(hosts)
        assert due(archive, 3, spelled, named, moved) == opened
        assert waiting(archive, 3) == [OTHER, *opened]


def test_a_url_refused_too_often_is_retried_when_its_host_is_allowed(archive: Archive) -> None:
    for _ in range(12):
        save(
            archive,
            replace(failure("private-address", status=0), detail="herald.example is a private or loopback address"),
        )
    assert rows(archive, "SELECT state, next_try FROM links") == [("gone", None)]
    due(archive, 3)
    archive.retry_refused_hosts(("herald.example",))
    assert (due(archive, 3, URL), waiting(archive, 3)) == ([URL], [URL])
