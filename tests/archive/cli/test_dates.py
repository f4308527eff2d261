"""Dates mean the same in every option and in queries: `--until` includes the date, `--before` and `before:` do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.search.query_syntax import parse_query
from archive.store.archive import Archive
from scraper.text.date_spans import DATE_FORMS
from tests.support.commands import run
from tests.support.visits import article, hours, visit

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
BOUNDS = [
    ("since", "2026-11", "2026-11-01T00:00:00+00:00"),
    ("since", "7d", "2026-11-21T21:30:00+00:00"),
    ("since", "yesterday", "2026-11-27T00:00:00+00:00"),
    ("until", "2026-11", "2026-12-01T00:00:00+00:00"),
    ("until", "yesterday", "2026-11-28T00:00:00+00:00"),
    ("before", "2026-11", "2026-11-01T00:00:00+00:00"),
    ("before", "today", "2026-11-28T00:00:00+00:00"),
]


@pytest.fixture
def dated(path: Path) -> Path:
    """The archive with an article that was published at this time yesterday."""
    url = "https://bay.example/yesterday"
    found = article("The ferry sails.", url=url, title="Yesterday", published=datetime.now(UTC) - timedelta(days=1))
    with Archive.open(path) as archive:
        archive.save(visit(found, url=url), run=1, at=hours(3))
    return path


@pytest.mark.parametrize(("name", "date", "moment"), BOUNDS, ids=[f"{name} {date}" for name, date, _ in BOUNDS])
def test_a_bound_of_a_query_is_the_moment_that_its_date_means(name: str, date: str, moment: str) -> None:
    found = parse_query(f"ferry {name}:{date}", NOW)
    bound = found.since if name == "since" else found.before
    assert bound is not None
    assert (bound.isoformat(), len(found.wanted), found.undated) == (moment, 1, ())


def test_of_several_bounds_the_narrowest_holds() -> None:
    found = parse_query("since:2026-11 since:2025 until:2026-11-20 before:2026-11-25 until:2027", NOW)
    assert (str(found.since)[:10], str(found.before)[:10]) == ("2026-11-01", "2026-11-21")


@pytest.mark.parametrize("date", ["2026-11", "2026-11-19", "2026-11-19T17:30Z", "7d", "yesterday", "today"])
@pytest.mark.parametrize("name", ["since", "until", "before"])
def test_an_option_and_the_operator_of_its_name_agree_in_search_and_export(dated: Path, name: str, date: str) -> None:
    db = ("--db", str(dated))
    by_option = run("search", "the", f"--{name}", date, "--json", *db)
    by_query = run("search", f"the {name}:{date}", "--json", *db)
    exported = run("export", f"--{name}", date, *db)
    titles = [{row["title"] for row in json.loads(shown.stdout)} for shown in (by_option, by_query)]
    assert titles[0] == titles[1] == {json.loads(line)["title"] for line in exported.stdout.splitlines()}


def test_until_includes_a_date_and_before_does_not(dated: Path) -> None:
    def found(*options: str) -> set[str]:
        shown = run("search", "the", *options, "--json", "--db", str(dated))
        return {row["title"] for row in json.loads(shown.stdout)}

    earlier = {"Harbour to be dredged", "Mill burns"}
    assert found("--until", "2026-11-19") == found("--before", "2026-11-20") == earlier
    assert found("--before", "2026-11-19") == found("--until", "2026-11-18") == set()
    assert found("--until", "2026-11-19", "--before", "2026-11-19") == set()


@pytest.mark.parametrize(
    "call",
    [
        ["search", "x", "--since"],
        ["search", "x", "--before"],
        ["export", "--until"],
        ["import", "a.warc", "--since"],
        ["import", "a.warc", "--before"],
        ["reextract", "--since"],
        ["prune", "--before"],
    ],
    ids=" ".join,
)
def test_every_option_names_the_forms_of_a_date(call: list[str], path: Path) -> None:
    result = run(*call, "soon", "--db", str(path))
    assert result.exit_code == 2
    assert f"'soon' is not a date: give {DATE_FORMS}" in " ".join(result.stderr.split())


def test_a_bound_of_a_query_without_a_date_is_said_to_be_searched_as_words(path: Path) -> None:
    result = run("search", "harbour since:soon", "--db", str(path))
    assert f"since:soon has no date and is searched as words; a date is {DATE_FORMS}" in result.stderr
