"""Values as JSON on standard output, the same in every command."""

from __future__ import annotations

from typing import Any, Literal

import click

from archive.output.article import to_json

JsonForm = Literal["", "json", "jsonl"]
"""What `--format` chose, of a command that prints text or JSON; empty for text."""


def print_json(value: Any, form: JsonForm) -> None:
    """Prints a value: indented, or with `jsonl` an item of a list per line, anything else in one line."""
    if form != "jsonl":
        click.echo(to_json(value, indent=1))
        return
    for item in value if isinstance(value, (list, tuple)) else (value,):
        click.echo(to_json(item))
