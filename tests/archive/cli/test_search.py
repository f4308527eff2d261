"""The command `search`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import data, run
from tests.support.visits import URL


def test_search_prints_hits_with_snippets(path: Path) -> None:
    result = run("search", "dredged spring", "--db", str(path))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "    1  2026-11-19  herald.example  Harbour to be dredged",
        f"       {result.stdout.splitlines()[1].strip()}",
        f"       {URL}",
    ]
    assert "[dredged]" in result.stdout


def test_a_search_that_finds_nothing_offers_another_spelling(path: Path) -> None:
    result = run("search", "harbuor", "--db", str(path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing found; did you mean: harbour\n")


def test_articles_with_some_of_the_words_are_told_apart(path: Path) -> None:
    result = run("search", "dredged mill", "--db", str(path))
    assert result.stderr == "no article has all of the words\narticles with some of the words:\n"
    assert [hit["partial"] for hit in data("search", "dredged mill", "--db", str(path), "--json")] == [True, True]


def test_an_unknown_operator_is_said_to_be_a_word(path: Path) -> None:
    result = run("search", "foo:bar dredged", "--db", str(path))
    assert result.stderr.splitlines()[0].startswith("foo: is no operator and is searched as a word; operators: site:,")
    assert run("search", "title:harbour", "--db", str(path)).stderr == ""


def test_a_query_may_begin_with_an_excluded_word(path: Path) -> None:
    assert [
        hit["title"] for hit in data("search", "--db", str(path), "--json", "--", "-harbour site:post.example")
    ] == ["Mill burns"]


def test_search_takes_filters_and_prints_json(path: Path) -> None:
    [hit] = data("search", "the", "--db", str(path), "--site", "post.example", "--json")
    assert (hit["id"], hit["title"], hit["published"]) == (2, "Mill burns", "2026-11-19T17:30:00Z")
    assert len(data("search", "the", "--db", str(path), "--limit", "1", "--json")) == 1
    assert data("search", "the", "--db", str(path), "--since", "2026-11-20", "--json") == []


def test_until_a_day_includes_the_whole_day(path: Path) -> None:
    assert len(data("search", "the", "--db", str(path), "--until", "2026-11-19", "--json")) == 2
    assert data("search", "the", "--db", str(path), "--until", "2026-11-19T12:00", "--json") == []


def test_every_date_option_takes_a_month_or_a_year(path: Path) -> None:
    for since in ("2026", "2026-11", "2026-11-19"):
        assert len(data("search", "the", "--db", str(path), "--since", since, "--json")) == 2
        assert len(run("export", "--since", since, "--db", str(path)).stdout.splitlines()) == 2
    for until, number in [
        ("2026", 2),
        ("2026-11", 2),
        ("2026-10", 0),
        ("2025", 0),
        ("9999", 2),
        ("9999-12", 2),
        ("9999-12-31", 2),
    ]:
        assert len(data("search", "the", "--db", str(path), "--until", until, "--json")) == number
    assert "3 raw pages, 1 kB" in run("prune", "--before", "2030", "--db", str(path)).stderr
    assert run("prune", "--before", "2026-11", "--db", str(path)).stderr.startswith("no raw page")


@pytest.mark.parametrize("query", ["c++", "don't", '"', "hello, world", "100%", "NEAR(", "-", "AND", "\udcff"])
def test_every_string_is_a_valid_query(path: Path, query: str) -> None:
    result = run("search", query, "--db", str(path))
    assert result.exit_code == 0, result.output
    assert result.stdout or result.stderr.startswith("nothing found")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-ferry"],
        ["-harbour", "--limit", "5"],
        ["--limit", "5", "-harbour", "bridge"],
        ["bridge -harbour"],
        ["--", "-ferry"],
        ["-hurry", "-"],
        ["-site:x"],
    ],
)
def test_a_query_may_begin_with_a_minus_and_be_of_many_words(path: Path, arguments: list[str]) -> None:
    result = run("search", "--db", str(path), *arguments)
    assert (result.exit_code, "Usage" in result.output) == (0, False), result.output


def test_words_with_a_minus_are_left_out(path: Path) -> None:
    assert {row["id"] for row in data("search", "the", "--json", "--db", str(path))} == {1, 2}
    assert {row["id"] for row in data("search", "the", "-dredged", "--json", "--db", str(path))} == {2}
    assert {row["id"] for row in data("search", "-dredged", "the", "--db", str(path), "--json")} == {2}
    assert {row["id"] for row in data("search", "--db", str(path), "--json", "--", "the", "-dredged")} == {2}


@pytest.mark.parametrize(("arguments", "said"), [
    (["the", "--sitte", "x"], "No such option '--sitte'"),
    (["the", "-limit", "5"], "'-limit' is ambiguous: write --limit for the option, or put it after -- to search without that word"),
    (["the", "-limit=5"], "'-limit=5' is ambiguous: write --limit=5 for the option"),
    (["the", "--site"], "Option '--site' requires an argument."),
    ([], "Missing argument 'QUERY'"),
])  # fmt: skip
def test_a_mistyped_option_of_search_is_not_taken_as_a_word(path: Path, arguments: list[str], said: str) -> None:
    result = run("search", "--db", str(path), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("query", ["", "  "])
def test_an_empty_query_is_a_usage_error(path: Path, query: str) -> None:
    result = run("search", query, "--db", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the query is empty" in result.stderr


def test_a_malformed_date_is_a_usage_error(path: Path) -> None:
    for odd in ("2026-13", "2026-02-30", "20", "", "2026-11-"):
        assert run("prune", "--before", odd, "--db", str(path)).exit_code == 2
