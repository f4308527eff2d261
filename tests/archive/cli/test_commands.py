"""The commands that read an archive, the rules commands, and what every command has in common."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive.cli.exit_codes import CODES, exit_code
from archive.cli.main import main
from archive.store.archive import Archive
from scraper.errors import ArchiveError, ConfigError, ExtractError, FetchError, InputError, LockedError, RuleError
from scraper.types import Failure, HostPaused, Link, SourceRead
from tests.support.visits import BODY, START, URL, article, hours, removal, visit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive of two articles, one with two revisions and a removal."""
    file = tmp_path / "archive.db"
    other = article(
        "The mill on the Tamar burned down on Sunday night, the brigade said.",
        url="https://post.example/mill",
        title="Mill burns",
    )
    with Archive.open(file, create=True) as archive:
        run = archive.start_run(at=START, sources="sources.toml")
        archive.save(visit(article(), removals=(removal(),), body=b"<html>raw \xe9</html>"), run=run, at=START)
        archive.save(
            visit(article(*BODY, "One paragraph more."), removals=(removal(),), body=b"<html>raw \xe9</html>"),
            run=run,
            at=hours(1),
        )
        archive.save(visit(other, url="https://post.example/mill", source="post"), run=run, at=START)
        archive.finish_run(run, at=hours(2), counts={"new": 2, "revised": 1})
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def data(*arguments: str) -> Any:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- search


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


def test_a_query_may_begin_with_what_is_not_wanted(path: Path) -> None:
    assert [
        hit["title"] for hit in data("search", "--db", str(path), "--json", "--", "-harbour site:post.example")
    ] == ["Mill burns"]


def test_search_takes_filters_and_prints_json(path: Path) -> None:
    [hit] = data("search", "the", "--db", str(path), "--site", "post.example", "--json")
    assert (hit["id"], hit["title"], hit["published"]) == (2, "Mill burns", "2026-11-19T17:30:00Z")
    assert len(data("search", "the", "--db", str(path), "--limit", "1", "--json")) == 1
    assert data("search", "the", "--db", str(path), "--since", "2026-11-20", "--json") == []


def test_until_a_day_means_to_its_end(path: Path) -> None:
    assert len(data("search", "the", "--db", str(path), "--until", "2026-11-19", "--json")) == 2
    assert data("search", "the", "--db", str(path), "--until", "2026-11-19T12:00", "--json") == []


def test_a_date_can_be_a_month_or_a_year_wherever_one_is_asked_for(path: Path) -> None:
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
def test_any_text_is_a_query(path: Path, query: str) -> None:
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
def test_a_mistyped_option_of_search_is_no_word(path: Path, arguments: list[str], said: str) -> None:
    result = run("search", "--db", str(path), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("query", ["", "  "])
def test_an_empty_query_is_a_usage_error(path: Path, query: str) -> None:
    result = run("search", query, "--db", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the query is empty" in result.stderr


def test_a_date_that_is_none_is_a_usage_error(path: Path) -> None:
    result = run("search", "x", "--db", str(path), "--since", "yesterday")
    assert result.exit_code == 2
    assert "'yesterday' is not a date: give 2026, 2026-01, 2026-01-31 or 2026-01-31T12:00Z" in result.stderr
    for odd in ("2026-13", "2026-02-30", "20", "", "2026-11-"):
        assert run("prune", "--before", odd, "--db", str(path)).exit_code == 2


# --- show


@pytest.mark.parametrize("ref", ["1", URL])
def test_show_finds_an_article_by_number_and_address(path: Path, ref: str) -> None:
    shown = run("show", ref, "--db", str(path)).stdout
    assert shown.startswith("Harbour to be dredged\nherald.example · Ada Quill, José Ríos")
    assert BODY[2] in shown


def test_show_has_the_ledger_the_history_and_the_page(path: Path) -> None:
    assert "Sign up for our newsletter" in run("show", "1", "--removed", "--db", str(path)).stdout
    assert "+ One paragraph more." in run("show", "1", "--history", "--db", str(path)).stdout
    assert run("show", "1", "--html", "--db", str(path)).stdout_bytes == b"<html>raw \xe9</html>"


def test_show_prints_each_part_as_json(path: Path) -> None:
    assert data("show", "1", "--json", "--db", str(path))["title"] == "Harbour to be dredged"
    assert data("show", "1", "--removed", "--json", "--db", str(path))[0]["kind"] == "newsletter"
    assert [row["revision"] for row in data("show", "1", "--history", "--json", "--db", str(path))] == [1, 2]


def test_an_article_that_is_not_there_is_one_line(path: Path) -> None:
    result = run("show", "99", "--db", str(path))
    assert (result.exit_code, result.stderr) == (
        2,
        f"cuttings: {path}: no article '99'; find one with `cuttings search`\n",
    )


# --- export


def test_export_streams_jsonl_markdown_and_csv(path: Path) -> None:
    lines = [json.loads(line) for line in run("export", "--db", str(path)).stdout.splitlines()]
    assert [line["title"] for line in lines] == ["Harbour to be dredged", "Mill burns"]
    assert run("export", "--format", "markdown", "--db", str(path)).stdout.startswith("# Harbour to be dredged")
    table = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", "--db", str(path)).stdout)))
    assert [row["title"] for row in table] == ["Harbour to be dredged", "Mill burns"]


def test_export_takes_conditions(path: Path) -> None:
    for condition in (["--site", "post.example"], ["--query", "mill"]):
        [line] = run("export", *condition, "--db", str(path)).stdout.splitlines()
        assert json.loads(line)["title"] == "Mill burns"
    assert run("export", "--since", "2027-01-01", "--db", str(path)).stdout == ""


def test_export_writes_a_file_or_a_folder(path: Path, tmp_path: Path) -> None:
    to_file = run("export", "--output", str(tmp_path / "all.jsonl"), "--db", str(path))
    assert to_file.stderr == f"2 articles written to {tmp_path}/all.jsonl\n"
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 2
    run("export", "--format", "markdown", "--output", str(tmp_path / "out"), "--db", str(path))
    assert sorted(file.suffix for file in (tmp_path / "out").iterdir()) == [".md", ".md"]
    assert not list(tmp_path.glob("*.part"))


def test_an_export_that_cannot_be_written_is_one_line(path: Path, tmp_path: Path) -> None:
    result = run("export", "--output", str(tmp_path / "none" / "all.jsonl"), "--db", str(path))
    assert result.exit_code == 1
    assert result.stderr == f"cuttings: {tmp_path}/none/all.jsonl.part: No such file or directory\n"


def test_a_full_disk_behind_standard_output_is_one_line(path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "archive", "export", "--db", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "cuttings: standard output: No space left on device\n")


# --- status, serve


def test_status_shows_the_archives_contents(path: Path) -> None:
    shown = run("status", "--db", str(path)).stdout
    assert "2 articles from 2 sites; 3 revisions" in shown
    assert "2 new, 1 revised" in shown
    assert "herald" in shown
    found = data("status", "--json", "--db", str(path))
    assert found["rows"]["articles"] == 2
    assert found["last_run"]["started_at"] == "2026-11-20T06:00:00Z"


def test_status_shows_waiting_links_due_pages_failures_and_paused_hosts(path: Path) -> None:
    with Archive.open(path) as archive:
        until = datetime(2999, 1, 1, tzinfo=UTC)
        links = tuple(Link(f"https://herald.example/{number}", "herald") for number in range(3))
        failed = Failure(Link("https://herald.example/x", "herald"), "timeout", "it was slow")
        archive.save_many(
            [SourceRead("herald", 3, 3, links=links), failed, HostPaused("coast.example", until, "it asked for it")],
            run=1,
            at=START,
        )
    shown = run("status", "--db", str(path)).stdout
    assert "; 3 links waiting; 2 due for a refetch; failed: 1 (timeout: https://herald.example/x)\n" in shown
    assert "  coast.example is paused until 2999-01-01T00:00:00Z: it asked for it\n" in shown
    found = data("status", "--json", "--db", str(path))
    assert found["paused"] == [{"host": "coast.example", "until": "2999-01-01T00:00:00Z", "reason": "it asked for it"}]
    assert {source["source"]: source["waiting"] for source in found["sources"]}["herald"] == 3


def test_serve_answers_on_loopback_and_ends_on_ctrl_c(path: Path) -> None:
    line = [sys.executable, "-m", "archive", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().split()[0]
            assert url.startswith("http://127.0.0.1:")
            assert "Harbour to be dredged" in fetch(url)
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert "Traceback" not in err


def fetch(url: str) -> str:
    for _ in range(50):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return str(answer.read().decode())
        except ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


# --- archives that cannot be used


COMMANDS = [["search", "x"], ["show", "1"], ["export"], ["status"], ["serve"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_missing_archive_is_one_line_and_is_not_made(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--db", str(tmp_path / "none.db"))
    assert (result.exit_code, result.stdout) == (5, "")
    assert (
        result.stderr
        == f"cuttings: {tmp_path}/none.db: there is no such file; pass --db, or make an archive with `cuttings scrape`\n"
    )
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 something else, and long enough " * 9], ids=["zero bytes", "not a database"]
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_that_is_no_archive_is_one_line_and_stays_as_it_was(
    tmp_path: Path, command: list[str], content: bytes
) -> None:
    file = tmp_path / "archive.db"
    file.write_bytes(content)
    result = run(*command, "--db", str(file))
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
    assert file.read_bytes() == content


def test_a_database_of_another_program_and_of_a_newer_version_are_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE articles (id)")
    connection.close()
    assert "another program" in run("status", "--db", str(other)).stderr
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'm999_future', '2030')"
        )
    connection.close()
    result = run("status", "--db", str(path))
    assert result.exit_code == 5
    assert "newer version" in result.stderr


def test_a_damaged_archive_is_one_line(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    result = run("export", "--db", str(path))
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)


# --- rules


def test_rules_list_names_each_rule_with_its_reason() -> None:
    rules = data("rules", "list", "--json")
    assert {"id", "kind", "why", "hit", "miss"} <= set(rules[0])
    lines = run("rules", "list").stdout.splitlines()
    assert len(lines) == len(rules)
    assert rules[0]["id"] in lines[0]
    assert {rule["kind"] for rule in data("rules", "list", "--kind", "newsletter", "--json")} == {"newsletter"}
    assert run("rules", "list", "--kind", "news").exit_code == 2


def test_rules_check_finds_the_built_in_rules_in_order() -> None:
    result = run("rules", "check")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr


RULE = """
[[rule]]
id = "ad.boats.test"
stage = "{stage}"
kind = "ad"
{words}
pattern = '{pattern}'
why = "a test"
hit = ['{hit}']
miss = ['{miss}']
"""
GOOD_TEXT = {
    "stage": "text",
    "words": 'words = ["boats"]',
    "pattern": "^boats for sale$",
    "hit": "Boats for sale",
    "miss": "No boats for sale",
}
GOOD_ELEMENT = {
    "stage": "element",
    "words": "",
    "pattern": ".boats-ad",
    "hit": '<p class="boats-ad">x</p>',
    "miss": '<p class="boats">x</p>',
}


@pytest.mark.parametrize("good", [GOOD_TEXT, GOOD_ELEMENT], ids=["text", "element"])
def test_rules_check_tries_the_examples_of_a_file(tmp_path: Path, good: dict[str, str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULE.format(**good))
    assert run("rules", "check", str(file)).exit_code == 0
    file.write_text(RULE.format(**{**good, "hit": good["miss"], "miss": good["hit"]}))
    result = run("rules", "check", str(file))
    assert result.exit_code == 1
    assert "mine.toml: line 2: ad.boats.test: does not hit" in result.stderr
    assert "mine.toml: line 2: ad.boats.test: hits its near miss" in result.stderr


def test_rules_check_says_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    rows = [
        RULE.format(**GOOD_TEXT),
        RULE.format(**{**GOOD_ELEMENT, "pattern": "p[["}),
        RULE.format(**{**GOOD_TEXT, "pattern": r"^(\w+ ?)+$"}),
    ]
    file.write_text("".join(rows))
    result = run("rules", "check", str(file))
    assert result.exit_code == 1
    for fault in (
        "line 12: ad.boats.test: bad selector",
        "line 22: ad.boats.test: this id is used in mine.toml, line 2",
        "catastrophic",
    ):
        assert fault in result.stderr
    assert result.stderr.endswith("3 rules checked, 3 faults\n")
    assert result.stderr.count("\n") == 4


def test_rules_check_refuses_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULE.format(**{**GOOD_TEXT, "pattern": "(boats"}))
    assert "bad pattern" in run("rules", "check", str(file)).stderr
    file.write_bytes(b"\xff\xfe nothing")
    result = run("rules", "check", str(file))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


# --- all commands


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (RuleError("x"), 2),
        (InputError("x"), 2),
        (LockedError("a.db", "x"), 3),
        (ArchiveError("a.db", "x"), 5),
        (FetchError("http://x/", "dns"), 4),
        (FetchError("http://x/", "status"), 1),
        (FetchError("x", "url"), 2),
        (ExtractError("http://x/", "extract-timeout"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_exit_code(error: Any, code: int) -> None:
    assert exit_code(error) == code


def test_the_table_of_codes_leaves_no_error_of_ours_out() -> None:
    from scraper.errors import CuttingsError

    assert CODES[-1][0] is CuttingsError
