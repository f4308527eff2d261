"""What all commands have in common: JSON in one way, help of a command, the version, the requests of `-v`."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from scraper.fetch.client import LOG
from tests.docs.reference import commands
from tests.support.commands import run
from tests.support.news_server import news_server, publish, status

LIST = '[[source]]\nname = "bay"\nkind = "feed"\nurl = "https://bay.example/rss"\n'
WITH_JSON = {
    " ".join(words)
    for words, command in commands()
    if any("--json" in option.opts for option in command.params if isinstance(option, click.Option))
}
READERS = {
    "search": ["search", "harbour"],
    "show": ["show", "1"],
    "show --removed": ["show", "1", "--removed"],
    "show --history": ["show", "1", "--history"],
    "status": ["status"],
    "alarms": ["alarms", "--all"],
    "rules stats": ["rules", "stats"],
    "learn": ["learn", "-q"],
    "check": ["check", "--quick"],
    "prune": ["prune", "--before", "2030"],
    "rules check": ["rules", "check"],
}
"""Commands that print JSON of an archive."""


def test_every_command_with_json_takes_a_format_too() -> None:
    assert {"scrape", "add", "import", "sources list", "rules list", *READERS} - {
        "show --removed",
        "show --history",
    } <= WITH_JSON
    for words, command in commands():
        options = {name for option in command.params for name in option.opts}
        assert "--format" in options if "--json" in options else " ".join(words) in WITHOUT_JSON, words


WITHOUT_JSON = {"demo", "help", "completion", "man", "serve", "mcp", "sources export", "rules import-ftr", "cron-line"}
"""Commands that print a story, a page, a protocol or a file."""


@pytest.mark.parametrize("name", READERS)
def test_json_is_short_for_a_format_and_jsonl_has_a_line_per_item(name: str, path: Path) -> None:
    call = [*READERS[name], *(() if name == "rules check" else ("--db", str(path)))]
    long, short = run(*call, "--format", "json"), run(*call, "--json")
    assert long.stdout == short.stdout
    value = json.loads(long.stdout)
    lines = [json.loads(line) for line in run(*call, "--format", "jsonl").stdout.splitlines()]
    assert lines == (value if isinstance(value, list) else [value])


def test_commands_that_change_the_archive_say_in_json_what_they_did(path: Path, tmp_path: Path) -> None:
    db = ("--db", str(path), "--json")
    [restored] = json.loads(run("restore", "1", "1", *db).stdout)
    assert (restored["number"], restored["restored"], restored["kind"]) == (1, True, "newsletter")
    [undone] = json.loads(run("restore", "1", "1", "--undo", *db).stdout)
    assert undone == restored | {"restored": False}
    copy = json.loads(run("backup", str(tmp_path / "copy.db"), *db).stdout)
    assert copy == {"copy": str(tmp_path / "copy.db"), "bytes": (tmp_path / "copy.db").stat().st_size, "problems": []}
    old = json.loads(run("prune", "--before", "2030", *db).stdout)
    pruned = json.loads(run("prune", "--before", "2030", "--apply", *db).stdout)
    assert old["pages"] > 0
    assert pruned == old | {"deleted": old["pages"]}
    shrunk = json.loads(run("vacuum", *db).stdout)
    assert (shrunk["bytes"], shrunk["bytes_before"] >= shrunk["bytes"]) == (path.stat().st_size, True)


def test_of_two_formats_the_last_holds(path: Path) -> None:
    shown = run("show", "1", "--json", "--format", "text", "--db", str(path)).stdout
    assert shown == run("show", "1", "--db", str(path)).stdout
    assert not shown.startswith("{")


def test_lists_of_files_have_a_line_per_item_too(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(LIST + LIST.replace("bay", "cove"))
    lines = run("sources", "list", str(tmp_path / "sources.toml"), "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["bay", "cove"]


@pytest.mark.parametrize("words", [(), ("export",), ("sources",), ("sources", "check"), ("import",)], ids=" ".join)
def test_help_prints_what_the_commands_own_help_prints(words: tuple[str, ...]) -> None:
    result = run("help", *words)
    assert (result.exit_code, result.stdout) == (0, run(*words, "--help").stdout)


@pytest.mark.parametrize(
    ("words", "fault"),
    [(["serch"], "No such command 'serch'"), (["scrape", "add"], "'scrape' has no commands of its own")],
    ids=["unknown", "no group"],
)
def test_help_of_no_command_is_a_usage_error(words: list[str], fault: str) -> None:
    result = run("help", *words)
    assert (result.exit_code, fault in result.stderr) == (2, True)


def test_the_version_has_a_short_option() -> None:
    assert run("-V").stdout == run("--version").stdout
    assert run("-V").stdout.split()[1] == version("cuttings")


def test_every_command_that_fetches_can_print_its_requests() -> None:
    options = {" ".join(words): {name for one in command.params for name in one.opts} for words, command in commands()}
    fetching = {name for name, names in options.items() if "--allow-host" in names}
    assert fetching >= {"scrape", "add", "clean", "sources check"}
    assert [name for name in fetching if not {"-v", "--verbose"} <= options[name]] == []


def test_every_output_has_its_short_option_and_force() -> None:
    for words, command in commands():
        names = {name for option in command.params for name in option.opts}
        if "--output" in names:
            assert "-o" in names, words
            assert "--force" in names or words == ("learn",), words  # learn appends


def test_verbose_prints_each_request_with_its_status_and_time(tmp_path: Path) -> None:
    db = str(tmp_path / "archive.db")
    with news_server({"/gone.html": status(404)}) as site:
        publish(site, gull="Gull")
        urls = [f"{site.base}/gull.html", f"{site.base}/gone.html"]
        result = run("add", *urls, "--db", db, "-v", "--delay", "0", "--allow-private")
        quiet = run("add", urls[0], "--db", db, "--delay", "0", "--allow-private")
    lines = [line.split("  ") for line in result.stderr.splitlines() if line.count("  ") == 2]
    told = {(code, url) for code, seconds, url in lines if seconds.endswith(" s")}
    assert told == {("200", f"{site.base}/robots.txt"), ("200", urls[0]), ("404", urls[1])}
    assert "/robots.txt" not in quiet.stderr
    assert LOG.handlers == []


def test_verbose_names_the_kind_of_failure_of_a_request_without_an_answer() -> None:
    result = run("clean", "http://127.0.0.1:9/", "-v", "--allow-private")
    assert result.exit_code == 4
    first = result.stderr.splitlines()[0].split("  ")
    assert (first[0], first[2]) == ("refused", "http://127.0.0.1:9/robots.txt")
