"""Alarms: the thresholds' examples, runs of one source over time, and a demo site that is redesigned between two runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.cli.run_plan import RunOptions, make_plan
from archive.cli.scrape import run_code
from archive.learning.rule_files import own_rules_path
from archive.monitoring.alarms import Alarm, evaluate, open_alarms
from archive.monitoring.thresholds import MEASURES, RECOVERED, THRESHOLDS, Threshold
from archive.newsroom.articles import Site, Story
from archive.newsroom.server import NewsroomServer, serve_newsroom
from archive.runs.scrape import run_scrape
from archive.runs.totals import RunTotals
from archive.schema.m004_ledger import ALARM_KINDS
from archive.store.archive import Archive
from scraper.sources.source_list import load_sources
from scraper.types import Failure, Link, SourceRead
from tests.support.visits import START, article, hours, removal, rows, visit

IDS = [f"{row.kind}-{number}" for number, row in enumerate(THRESHOLDS)]


@pytest.mark.parametrize("row", THRESHOLDS, ids=IDS)
def test_a_threshold_holds_for_its_hit_and_not_for_its_near_miss(row: Threshold) -> None:
    assert row.hit
    assert row.miss
    assert row.holds(row.hit)
    assert not row.holds(row.miss)
    assert "{" not in row.detail(row.hit)


def test_thresholds_use_known_measures_and_each_kind_can_be_closed() -> None:
    named = {name for row in THRESHOLDS for name in (*row.least, *row.most)}
    named |= {name for _, least, most in RECOVERED for name in (*least, *most)}
    assert named <= set(MEASURES)
    assert {row.kind for row in THRESHOLDS} == {kind for kind, _, _ in RECOVERED} == set(ALARM_KINDS)


# --- runs of one source -------------------------------------------------------------------------------------------


def text(number: int, part: float = 1.0) -> tuple[str, ...]:
    """An article's paragraphs, or a part of them."""
    own = [
        f"Paragraph {place} of story {number} says that the harbour wall is {place * 7 + number} feet high and will be mended."
        for place in range(20)
    ]
    return tuple(own[: int(20 * part)])


def bring(
    archive: Archive, number: int, stories: range, *, part: float = 1.0, greedy: bool = False, at: float = 0
) -> tuple[Alarm, ...]:
    """One run in which a source has these stories, complete or in part; the alarms after the run."""
    run = archive.start_run(at=hours(at), sources="x")
    for story in stories:
        url = f"https://herald.example/{story}"
        found = article(*text(story, part), url=url, title=f"Story {story}") if part else None
        removed = (removal(" ".join(text(story)), rule_id="promo.box"),) if greedy else (removal(),)
        archive.save(
            visit(found, url=url, verdict="ok" if part else "empty", removals=removed, at=hours(at)),
            run=run,
            at=hours(at),
        )
    archive.save(SourceRead("herald", len(stories), len(stories)), run=run, at=hours(at))
    archive.finish_run(run, at=hours(at), counts={})
    return evaluate(archive, run, at=hours(at))


def kinds(alarms: tuple[Alarm, ...]) -> list[str]:
    return [alarm.kind for alarm in alarms]


def test_first_and_ordinary_runs_raise_no_alarm(archive: Archive) -> None:
    for number in range(6):
        assert (
            bring(
                archive,
                number,
                range(number * 6, number * 6 + 6),
                part=(1, 0.6, 0.9, 1, 0.7, 0.8)[number],
                at=24 * number,
            )
            == ()
        )
    assert rows(archive, "SELECT count(*) FROM samples") == [(0,)]
    row = rows(
        archive, "SELECT pages, revisits, emptied, textless, with_author, with_date FROM vitals WHERE run_id = 2"
    )
    assert row == [(6, 0, 0, 0, 1.0, 1.0)]


def test_a_first_run_without_an_article_raises_no_alarm(archive: Archive) -> None:
    assert bring(archive, 1, range(8), part=0) == ()


def test_pages_that_lose_their_text_raise_one_alarm_until_they_have_it_again(archive: Archive) -> None:
    bring(archive, 1, range(6))
    (alarm,) = bring(archive, 2, range(6), part=0, at=2)
    assert (alarm.kind, alarm.source) == ("emptied", "herald")
    assert alarm.detail.startswith("6 of 6 refetched pages")
    (again,) = bring(archive, 3, range(6), part=0, at=4)
    assert (again.id, again.raised_at, again.seen_at) == (alarm.id, "2026-11-20T08:00:00Z", "2026-11-20T10:00:00Z")
    assert bring(archive, 4, range(6), at=6) == ()
    assert rows(archive, "SELECT closed_at, closed_by FROM alarms") == [("2026-11-20T12:00:00Z", "run")]
    assert {found.revision for found in (archive.article(str(number)) for number in range(1, 7))} == {1}


def test_a_single_page_that_loses_its_text_raises_no_alarm(archive: Archive) -> None:
    bring(archive, 1, range(6))
    assert bring(archive, 2, range(2), part=0, at=2) == ()


def test_pages_that_lose_half_raise_an_alarm_and_keep_their_text(archive: Archive) -> None:
    bring(archive, 1, range(6))
    assert kinds(bring(archive, 2, range(6), part=0.5, at=2)) == ["shortened"]
    assert {len(archive.article(str(number)).article.body) for number in range(1, 7)} == {20}


def test_new_pages_without_an_article_raise_an_alarm_if_earlier_ones_had_one(archive: Archive) -> None:
    for number in range(3):
        bring(archive, number, range(number * 6, number * 6 + 6), at=number)
    assert kinds(bring(archive, 4, range(100, 106), part=0, at=9)) == ["emptied"]


def test_new_texts_of_half_the_usual_length_raise_an_alarm(archive: Archive) -> None:
    for number in range(4):
        bring(archive, number, range(number * 8, number * 8 + 8), at=number)
    assert kinds(bring(archive, 5, range(100, 108), part=0.3, at=9)) == ["shortened"]


def test_a_rule_that_removes_most_of_a_text_is_named(archive: Archive) -> None:
    for number in range(3):
        bring(archive, number, range(number * 6, number * 6 + 6), at=number)
    (alarm,) = bring(archive, 4, range(100, 106), part=0.8, greedy=True, at=9)
    assert alarm.kind == "eaten"
    assert "the rule promo.box removes more than a third of 6 of 6 pages" in alarm.detail


def test_a_silent_feed_raises_an_alarm_after_three_times_its_longest_gap(archive: Archive) -> None:
    for day in range(8):
        bring(archive, day, range(day * 2, day * 2 + 2), at=24 * day)
    assert bring(archive, 9, range(0), at=24 * 9) == ()
    assert bring(archive, 10, range(0), at=24 * 9.5) == ()
    (alarm,) = bring(archive, 11, range(0), at=24 * 11)
    assert (alarm.kind, alarm.detail) == (
        "silent",
        "nothing new for 4 days (longest gap before: 1.0 days); check it with `cuttings sources check`",
    )
    assert bring(archive, 12, range(50, 51), at=24 * 12) == ()
    assert open_alarms(archive.db) == ()


def test_a_run_of_a_future_hides_no_silence(archive: Archive) -> None:
    for day in range(8):
        bring(archive, day, range(day * 2, day * 2 + 2), at=24 * day)
    bring(archive, 9, range(20, 22), at=10 * 365 * 24)
    assert kinds(bring(archive, 10, range(0), at=24 * 8.5)) == []
    assert kinds(bring(archive, 11, range(0), at=24 * 11)) == ["silent"]


def test_urls_that_robots_txt_now_forbids_raise_an_alarm(archive: Archive) -> None:
    bring(archive, 1, range(6))

    def refused(number: int) -> tuple[Alarm, ...]:
        run = archive.start_run(at=hours(number), sources="x")
        for story in range(50, 54):
            link = Link(f"https://herald.example/{story}", "herald")
            archive.save(Failure(link, "robots", "robots.txt forbids it"), run=run, at=hours(number))
        return evaluate(archive, run, at=hours(number))

    assert kinds(refused(2)) == ["shut"]
    assert kinds(bring(archive, 3, range(60, 62), at=4)) == []
    assert open_alarms(archive.db) == ()


def test_the_next_run_evaluates_a_killed_run(archive: Archive) -> None:
    bring(archive, 1, range(6))
    run = archive.start_run(at=hours(2), sources="x")
    for story in range(6):
        url = f"https://herald.example/{story}"
        archive.save(visit(None, url=url, verdict="empty", at=hours(2)), run=run, at=hours(2))  # and is killed
    bring(archive, 3, range(90, 91), at=4)
    assert kinds(open_alarms(archive.db)) == ["emptied"]


def test_an_alarm_closed_by_a_reader_ends_the_comparison_with_earlier_runs(archive: Archive) -> None:
    for number in range(4):
        bring(archive, number, range(number * 8, number * 8 + 8), at=number)
    bring(archive, 5, range(100, 108), part=0.3, at=9)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, [*arguments, "--db", str(archive.path)])

    status = run("status")
    assert (status.exit_code, status.stderr.count("\n")) == (1, 1)
    assert "alarm 1, herald: the median text has" in status.stderr
    assert json.loads(run("status", "--json").stdout)["alarms"][0]["kind"] == "shortened"
    assert run("alarms", "--close", "2").exit_code == 2
    assert "herald: the median text" in run("alarms").stdout
    closed = run("alarms", "--close", "1")
    assert (closed.stdout, closed.stderr) == ("", "no alarm is open\n")
    assert "by reader" in run("alarms", "--all").stdout
    assert run("status").exit_code == 0
    later = (datetime.now(UTC) - START).total_seconds() / 3600 + 1
    assert bring(archive, 6, range(200, 208), part=0.3, at=later) == ()


def test_status_compares_a_source_with_its_own_past(archive: Archive) -> None:
    for number in range(3):
        bring(archive, number, range(number * 6, number * 6 + 6), at=number)
    (source,) = json.loads(CliRunner().invoke(main, ["status", "--json", "--db", str(archive.path)]).stdout)["sources"]
    assert source["vitals"]["pages"] == 6
    assert source["usual_chars"] == pytest.approx(source["vitals"]["median_chars"], rel=0.05)


# --- a redesign between two runs ----------------------------------------------------------------------------------

SHEET = """<!DOCTYPE html><html lang="$language"><head><meta charset="UTF-8"><title>$title</title>
<meta name="author" content="$authors"><meta property="og:type" content="article"><link rel="canonical" href="$url"></head>
<body><header><a href="/">$name</a></header><main><h1>$title</h1>%s</main></body></html>"""
EMPTY = SHEET % '<nav class="reader">$body $after</nav>'
HALF = SHEET % '<article>$body</article><footer class="reader">$after</footer>'
REPAIR = """
[[rule]]
id = "body.fieldnotes"
stage = "element"
kind = "body"
pattern = ".reader"
hosts = ["127.0.0.1"]
why = "since its redesign the site keeps its text in an element for menus"
hit = ["<nav class=reader><p>The creek rose.</p></nav>"]
miss = ["<nav><p>Home</p></nav>"]
"""


def redesigned(site: Site, page: str, *, halved: bool = False) -> Site:
    """The site with another design. `halved`: the second half of each text is outside the article's element."""

    def moved(story: Story) -> Story:
        middle = len(story.pieces) // 2
        return replace(story, pieces=story.pieces[:middle], below=(*story.pieces[middle:], *story.below))

    stories = tuple(map(moved, site.stories)) if halved else site.stories
    return replace(
        site, page=Template(page), stories=stories, validators="etag"
    )  # by date its pages would not have changed


def scrape(stand: NewsroomServer, path: Path, *, later: float) -> RunTotals:
    """One run as `scrape` makes it, `later` hours from now."""
    options = RunOptions(
        delay=0.0, per_host=None, allow_private=True, jobs=1, rules_paths=(), quiet=True, as_json=False
    )
    loaded = load_sources(stand.write_source_list(path.with_suffix(".toml")))
    plan = make_plan(
        tuple(one for one in loaded.sources if one.name == "fieldnotes"), path, options, loaded.defaults, name="test"
    )
    return run_scrape(plan, clock=lambda: datetime.now(UTC) + timedelta(hours=later))


@pytest.fixture(scope="module")
def stand() -> Iterator[NewsroomServer]:
    with serve_newsroom() as stand:
        yield stand


@pytest.mark.parametrize(
    ("page", "halved", "kind"), [(EMPTY, False, "emptied"), (HALF, True, "shortened")], ids=["emptied", "halved"]
)
def test_a_redesign_keeps_the_good_text_raises_an_alarm_and_is_repaired_by_a_rule(
    stand: NewsroomServer, tmp_path: Path, page: str, halved: bool, kind: str
) -> None:
    path, server = tmp_path / "news.db", stand.servers["fieldnotes"]
    before = server.site
    try:
        first = scrape(stand, path, later=0)
        assert first.alarms == ()
        with Archive.open(path, write=False) as archive:
            texts = dict(rows(archive, "SELECT url, text FROM articles"))
        server.site = redesigned(before, page, halved=halved)
        second = scrape(stand, path, later=2)
    finally:
        server.site = before
    assert (kinds(second.alarms), run_code(second)) == ([kind], 1)
    with Archive.open(path, write=False) as archive:
        lost = {url for (url,) in rows(archive, "SELECT url FROM pages WHERE used = 0")}
        assert (
            len(lost)
            == second.saved["worse"]
            == rows(archive, "SELECT count(*) FROM events WHERE kind = 'worse'")[0][0]
        )
        assert len(lost) >= len(texts) - 2 >= 5
        now = dict(rows(archive, "SELECT url, text FROM articles"))
        assert {url: now[url] for url in lost} == {url: texts[url] for url in lost}

    assert_repaired_by_a_rule(path, texts)


def assert_repaired_by_a_rule(path: Path, texts: dict[str, str]) -> None:
    """`reextract` with a rule for the new design closes the alarm, finds the texts again and keeps the first ones."""

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, [*arguments, "--db", str(path)])

    assert run("status").exit_code == 1
    own_rules_path(path).write_text(REPAIR)
    repaired = run("reextract", "--jobs", "1")
    assert "; 1 alarm closed" in repaired.stderr
    assert repaired.exit_code == 0, repaired.output
    assert run("status").exit_code == 0
    with Archive.open(path, write=False) as archive:
        assert rows(archive, "SELECT closed_by FROM alarms") == [("reextract",)]
        assert rows(archive, "SELECT count(*) FROM pages WHERE used = 0") == [(0,)]
        for url, old in texts.items():
            new = archive.article(url).article.text
            assert len(new) > 0.9 * len(old)
            assert sum(part in new for part in old.split("\n\n")) >= 0.75 * len(old.split("\n\n"))
            assert old == archive.revisions(archive.article(url).id)[0].text
