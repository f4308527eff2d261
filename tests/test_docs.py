"""README and commands cannot drift apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from archive.cli.main import ExampleCommand, QueryCommand, main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `cuttings ([a-z]+(?: [a-z]+)?)\b[^`]*` \| (.+) \|$", re.MULTILINE)


def commands(group: click.Group = main, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands())


def test_the_readme_lists_exactly_the_commands_there_are() -> None:
    assert sorted(name for name, _ in ROW.findall(README)) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_for_itself_and_each_option_and_an_example_that_runs_it(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert isinstance(command, ExampleCommand)
    assert f"cuttings {name}" in command.example
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_options_in_an_example_exist(name: str) -> None:
    known = {flag for option in COMMANDS[name].params for flag in option.opts}
    example = COMMANDS[name].example  # type: ignore[attr-defined]
    marks = r"(?<!\S)--[a-z][a-z-]*" if isinstance(COMMANDS[name], QueryCommand) else r"(?<!\S)--?[a-z][a-z-]*"
    used = {
        flag for line in example.splitlines() for flag in re.findall(marks, line.split("cuttings", 1)[-1].split("|")[0])
    }
    assert used <= known


def test_the_readme_names_the_exit_codes() -> None:
    for code in (0, 1, 2, 3, 4, 5):
        assert re.search(rf"^\| {code} \|", README, re.MULTILINE), code
