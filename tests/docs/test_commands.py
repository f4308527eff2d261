"""Every command has help, an example that runs it, and its place in the reference."""

from __future__ import annotations

import re

import click
import pytest

from archive.cli.options import ExampleCommand, QueryCommand
from tests.docs.reference import REFERENCE, commands, reference

COMMANDS = {" ".join(words): command for words, command in commands()}


def test_the_reference_is_what_the_commands_say() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "run: python -m tests.docs.reference"


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
