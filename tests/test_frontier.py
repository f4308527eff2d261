"""The frontier: what is remembered of an address, and when it is tried again."""

from __future__ import annotations

import json
import sqlite3

from archive.store import Archive
from scraper.types import Failure, Known, Link, SourceRead, Unchanged
from tests.archiving import OTHER, START, URL, article, hours, rows, save, visit


def failure(kind: str = "status", *, status: int = 500, url: str = URL) -> Failure:
    return Failure(Link(url=url, source="herald"), kind, f"it was {kind}", status=status)


def test_a_failed_link_waits_longer_each_time_and_is_then_due_again(archive: Archive) -> None:
    assert save(archive, failure()) == "failed"
    assert archive.known([URL]) == {}
    save(archive, failure(), 1)
    archive.start_run(at=hours(1.1), sources="x")
    assert archive.known([URL]) == {URL: Known("", "", hours(1))}
    assert archive.pending(at=hours(1.1)) == ()
    assert archive.pending(at=hours(1.3)) == (Link(url=URL, source="herald"),)
    archive.start_run(at=hours(1.3), sources="x")
    assert archive.known([URL]) == {}


def test_a_gone_link_is_left_in_peace_and_its_article_stays(archive: Archive) -> None:
    save(archive, visit(article()))
    save(archive, failure(status=404), 2)
    assert archive.known([URL]) == {URL: Known("", "", hours(2))}
    assert archive.article(URL).article == article()
    assert rows(archive, "SELECT kind, article_id FROM events") == [("gone", 1)]
    assert archive.pending(at=hours(99)) == ()


def test_a_failure_keeps_the_validators_of_the_text_that_is_stored(archive: Archive) -> None:
    save(archive, visit(article(), etag="x"))
    save(archive, failure(), 2)
    archive.start_run(at=hours(3), sources="x")
    assert archive.known([URL]) == {URL: Known("x", "", START)}


def test_not_modified_moves_last_seen(archive: Archive) -> None:
    save(archive, visit(article(), url=URL + "?a", final_url=URL, etag="x"))
    for url in (URL + "?a", URL):
        assert save(archive, Unchanged(Link(url=url, source="herald")), 3) == "unchanged"
    assert archive.article("1").last_seen == hours(3)
    assert archive.known([URL + "?a"]) == {URL + "?a": Known("x", "", hours(3))}


FEED = "https://herald.example/feed"
READ = SourceRead("herald", found=3, wanted=2, validators=((FEED, Known("f", "Mon", START)),))


def test_a_feed_is_asked_conditionally_once_its_run_is_finished(archive: Archive) -> None:
    assert save(archive, READ) == "read"
    assert archive.known([FEED]) == {}
    archive.finish_run(1, at=hours(1), counts={})
    assert archive.known([FEED]) == {FEED: Known("f", "Mon", START)}


def test_a_feed_is_read_again_while_one_of_its_links_is_due(archive: Archive) -> None:
    save(archive, READ)
    save(archive, failure())
    archive.finish_run(1, at=hours(1), counts={})
    assert archive.known([FEED]) == {}
    save(archive, visit(article()), 2)
    assert set(archive.known([FEED])) == {FEED}


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
