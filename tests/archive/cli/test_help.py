"""Help texts: complete, in groups, not cut at 80 columns, and shown without loading heavy modules."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Final

import click
import pytest
from click.testing import CliRunner

from archive.cli.main import COMMANDS, GROUPS, main
from tests.docs.reference import commands

PAGES = [(), ("rules",), ("sources",)]
"""Help pages that list commands."""

CALLS: Final = [
    ["--help"],
    *([*words, last] for words, _ in commands() for last in ("--help", "--no-such-option")),
    ["serch"],
    ["search"],
    ["scrape", "--max-time", "soon"],
]
"""Calls that print a help page (exit code 0) or a usage error (exit code 2)."""

HEAVY: Final = ["trafilatura", "httpx", "lxml", "numpy", "sqlite_utils", "selectolax"]

PRINT_LOADED: Final = """
import json, sys
from click.testing import CliRunner
from archive.cli.main import main
given = json.load(sys.stdin)
rows = []
for words in given["calls"]:
    code = CliRunner().invoke(main, words).exit_code
    rows.append([words, code, [name for name in given["heavy"] if name in sys.modules]])
print(json.dumps(rows))
"""
"""Makes the calls in one process; prints for each its exit code and the heavy modules loaded by then."""


def test_every_command_is_in_exactly_one_group() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert len(names) == len(set(names))
    assert names == main.list_commands(click.Context(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_in_the_table_is_the_first_line_of_the_commands_own_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.help is not None
    assert command.help.partition("\n")[0] == COMMANDS[name][1]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_no_summary_is_cut_at_80_columns(page: tuple[str, ...]) -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(main, [*page, "--help"]).stdout
    assert not re.search(r"\.\.\.$|…", shown.partition("\n")[2], re.MULTILINE)
    assert max(map(len, shown.splitlines())) <= 80
    listed = [line.split()[0] for line in shown.splitlines() if re.match(r"  [a-z-]+ {2,}\S", line)]
    expected = [words[-1] for words, _ in commands() if words[:-1] == page] if page else list(COMMANDS)
    assert listed == expected


def test_each_summary_of_a_command_fits_on_one_line() -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["--help"]).stdout
    assert [summary for _, summary in COMMANDS.values() if f"  {summary}\n" not in shown] == []


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_an_example_stands_on_one_line_so_that_it_can_be_pasted(words: tuple[str, ...]) -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(main, [*words, "--help"]).stdout
    command: click.Command = next(command for name, command in commands() if name == words)
    examples = [line.strip() for line in getattr(command, "example", "").splitlines()]
    assert [line for line in examples if f"\n  {line}\n" not in shown] == []


def test_help_and_usage_errors_come_without_loading_the_heavy_modules() -> None:
    given = json.dumps({"calls": CALLS, "heavy": HEAVY})
    done = subprocess.run(
        [sys.executable, "-c", PRINT_LOADED], input=given, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == [[words, 0 if words[-1] == "--help" else 2, []] for words in CALLS]


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["serch"])
    assert (result.exit_code, "No such command 'serch'" in result.stderr) == (2, True)
