"""The command `show`: one article, its removed blocks, its revisions or its raw page."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.cli.options import DB, JSON, WITH, WITHOUT, ExampleCommand, text_choice
from archive.cli.printing import JsonForm, print_json
from archive.output.article import printable


@click.command(cls=ExampleCommand, example="cuttings show 12 --removed")
@click.argument("article", metavar="ARTICLE|URL")
@DB
@click.option("--removed", "part", flag_value="removed", help="Its removed blocks, each with the rule that removed it.")
@click.option(
    "--chrome",
    "part",
    flag_value="chrome",
    help="Its removed blocks, and the text outside of the article: menus, footers.",
)
@click.option("--html", "part", flag_value="html", help="Its page as it was fetched.")
@click.option("--history", "part", flag_value="history", help="Its revisions.")
@WITH
@WITHOUT
@JSON
def show(
    article: str, path: Path, part: str | None, added: frozenset[str], left_out: frozenset[str], as_json: JsonForm
) -> None:
    """Print one article, its removed blocks or its history.

    ARTICLE is its number in the archive; a URL may be any of its addresses.
    """
    from archive.output.show import PARTS, article_part
    from archive.store.archive import Archive

    if part == "html" and as_json:
        raise click.UsageError("--html prints the page itself and cannot be combined with --json")
    if part and (added or left_out):
        raise click.UsageError(f"--with and --without choose what is in the text; leave --{part} out")
    choice = text_choice(added, left_out)
    with Archive.open(path, write=False) as archive:
        stored = archive.article(article)
        if part == "html":
            sys.stdout.buffer.write(archive.body(stored.id))
            return
        read, as_text, as_data = PARTS[part] if part else article_part(choice)
        value = read(archive, stored)
    if as_json:
        print_json(as_data(value), as_json)
    else:
        click.echo(printable(as_text(value)))
