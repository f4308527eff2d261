"""The command reference: `docs/commands.md`, made from the commands' own help.

    python -m tests.docs.reference      writes the file again

Exit codes and help are on one page; a test compares the page with what the commands say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from archive.cli.main import main
from tests.support import ROOT

REFERENCE: Final = ROOT / "docs" / "commands.md"
WIDTH: Final = 80
"""Columns of a terminal."""

HEAD: Final = """\
# Commands

The archive is `archive.db` in the current folder unless `--db` names another file. Data goes to standard output, everything
else to standard error.

## Exit codes

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | some items failed, or an alarm: `scrape` if it raises or renews an alarm, `status` while an alarm is open |
| 2 | wrong usage, configuration or input |
| 3 | another run holds the archive's lock |
| 4 | nothing could be reached |
| 5 | the archive cannot be used: missing, not ours, damaged, read-only, newer, or on a full disk |

130 and 143 mean that Ctrl-C or SIGTERM ended the command: see [cron.md](cron.md).
"""


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, by its words, in the order of `cuttings --help`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def help_of(words: tuple[str, ...], command: click.Command) -> str:
    """Text of `cuttings WORDS --help` in a terminal of 80 columns."""
    context = click.Context(
        command,
        info_name=" ".join(("cuttings", *words)),
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=main.context_settings["help_option_names"],
    )
    return command.get_help(context)


def reference() -> str:
    """The text of the page."""
    overview = help_of((), main).strip()
    parts = [HEAD, f"## Overview\n\n```text\n{overview}\n```\n"]
    for words, command in commands():
        parts.append(f"## {' '.join(words)}\n\n```text\n{help_of(words, command).strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(REFERENCE).write_text(reference(), encoding="utf-8")
