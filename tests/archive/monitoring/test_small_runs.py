"""Runs of one or two pages, as a cron job of every few minutes makes them: they are judged together."""

from __future__ import annotations

import pytest

from archive.monitoring.alarms import close_alarms, evaluate, open_alarms
from archive.store.archive import Archive
from archive.store.columns import iso
from scraper.types import Failure, Link, SourceRead
from tests.archive.monitoring.test_alarms import bring, kinds
from tests.support.visits import hours, rows

QUARTER = 0.25
"""Hours between two runs."""


def publish(archive: Archive, runs: int, *, first: int = 0, part: float = 1.0, at: float = 0) -> None:
    """Runs with one new article each."""
    for number in range(runs):
        assert bring(archive, 1, range(first + number, first + number + 1), part=part, at=at + number * QUARTER) == ()


def revisit(archive: Archive, stories: range, *, part: float, at: float) -> list[str]:
    """Runs that refetch two articles each; the open alarms at their end."""
    for number, story in enumerate(stories[::2]):
        bring(archive, 1, range(story, story + 2), part=part, at=at + number * QUARTER)
    return kinds(open_alarms(archive.db))


@pytest.mark.parametrize(("part", "kind"), [(0.0, "emptied"), (0.5, "shortened")])
def test_a_redesign_is_noticed_after_two_small_runs_and_closed_after_it(
    archive: Archive, part: float, kind: str
) -> None:
    publish(archive, 20)
    assert revisit(archive, range(2), part=part, at=6) == []
    assert revisit(archive, range(2, 4), part=part, at=6.25) == [kind]
    assert revisit(archive, range(4, 10), part=part, at=6.5) == [kind]
    assert revisit(archive, range(10), part=1.0, at=9) == []
    assert rows(archive, "SELECT kind, closed_by FROM alarms") == [(kind, "run")]


def test_two_pages_in_many_that_lose_their_text_raise_no_alarm(archive: Archive) -> None:
    publish(archive, 20)
    assert revisit(archive, range(8), part=1.0, at=6) == []
    assert revisit(archive, range(8, 10), part=0.0, at=7) == []
    assert revisit(archive, range(10, 18), part=1.0, at=7.25) == []
    assert rows(archive, "SELECT count(*) FROM alarms") == [(0,)]


def test_pages_of_another_day_are_not_judged_together(archive: Archive) -> None:
    publish(archive, 20)
    assert revisit(archive, range(2), part=0.0, at=6) == []
    assert revisit(archive, range(2, 4), part=0.0, at=6 + 25) == []


def test_runs_before_an_alarm_was_closed_raise_no_other(archive: Archive) -> None:
    publish(archive, 20)
    assert revisit(archive, range(4), part=0.0, at=6) == ["emptied"]
    assert close_alarms(archive.db, [1], at=iso(hours(7))) == 1
    assert revisit(archive, range(4, 6), part=0.0, at=7.25) == []


def test_new_pages_without_an_article_are_noticed_in_small_runs(archive: Archive) -> None:
    publish(archive, 20)
    for number in range(5):
        bring(archive, 1, range(100 + number, 101 + number), part=0.0, at=6 + number * QUARTER)
    assert kinds(open_alarms(archive.db)) == []  # the window has good pages too
    for number in range(3):
        bring(archive, 1, range(110 + number, 111 + number), part=0.0, at=8 + number * QUARTER)
    assert kinds(open_alarms(archive.db)) == ["emptied"]


def test_links_that_robots_txt_forbids_one_at_a_time_are_noticed(archive: Archive) -> None:
    publish(archive, 20)
    raised = []
    for number in range(8):
        at = hours(6 + number * QUARTER)
        run = archive.start_run(at=at, sources="x")
        link = Link(f"https://herald.example/forbidden/{number}", "herald")
        archive.save_many([SourceRead("herald", 20, 1), Failure(link, "robots", "no")], run=run, at=at)
        archive.finish_run(run, at=at, counts={})
        raised.append(kinds(evaluate(archive, run, at=at)))
    assert raised[0] == []
    assert raised[-1] == ["shut"]
