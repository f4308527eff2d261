"""The command `show`: one article, its removed blocks, its revisions or its raw page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from archive.cli.options import DB, JSON, ExampleCommand
from archive.ledger.restore import read_ledger
from archive.output import show as output
from archive.output.article import printable, to_json
from archive.store.archive import Archive
from archive.store.records import StoredArticle

Part = tuple[Callable[[Archive, StoredArticle], Any], Callable[[Any], str], Callable[[Any], Any]]

PARTS: Final[dict[str, Part]] = {
    "article": (lambda archive, stored: stored, output.show_text, output.article_json),
    "removed": (lambda archive, stored: read_ledger(archive, stored.id), output.show_removed, output.removed_json),
    "history": (lambda archive, stored: archive.revisions(stored.id), output.show_history, output.history_json),
}
"""For each part: its reader, its printer for text and its printer for JSON."""


@click.command(cls=ExampleCommand, example="cuttings show 12 --removed")
@click.argument("article", metavar="ARTICLE|URL")
@DB
@click.option("--removed", "part", flag_value="removed", help="Its removed blocks, each with the rule that removed it.")
@click.option("--html", "part", flag_value="html", help="Its page as it was fetched.")
@click.option("--history", "part", flag_value="history", help="Its revisions.")
@JSON
def show(article: str, path: Path, part: str | None, as_json: bool) -> None:
    """Print one article, its removed blocks or its history.

    ARTICLE is its number in the archive; a URL may be any of its addresses.
    """
    if part == "html" and as_json:
        raise click.UsageError("--html prints the page itself and cannot be combined with --json")
    with Archive.open(path, write=False) as archive:
        stored = archive.article(article)
        if part == "html":
            sys.stdout.buffer.write(archive.body(stored.id))
            return
        read, as_text, as_data = PARTS[part or "article"]
        value = read(archive, stored)
    click.echo(to_json(as_data(value), indent=1) if as_json else printable(as_text(value)))
