"""The command `show`: one article, its removed blocks, its revisions or its raw page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import click

from archive.cli.options import (
    DB,
    FRONT_MATTER,
    WITH,
    WITHOUT,
    ExampleCommand,
    form_options,
    form_with_front_matter,
    text_choice,
)
from archive.cli.printing import JsonForm, print_json
from archive.output.article import printable


@click.command(
    cls=ExampleCommand,
    example="""cuttings show 12 --removed
    cuttings show 12 --front-matter""",
)
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
@FRONT_MATTER
@form_options("text", "markdown", "json", "jsonl")
def show(
    article: str, path: Path, part: str | None, added: frozenset[str], left_out: frozenset[str], front_matter: bool,
    form: str | None,
) -> None:  # fmt: skip
    """Print one article, its removed blocks or its history.

    ARTICLE is its number in the archive; a URL may be any of its addresses.
    """
    from archive.output.show import PARTS, article_markdown, article_part
    from archive.store.archive import Archive

    form = form_with_front_matter(form or "text", front_matter, is_given=form is not None)
    choice = text_choice(added, left_out, front_matter)
    if part == "html" and form != "text":
        raise click.UsageError(f"--html prints the page itself and cannot be combined with --format {form}")
    if part and (choice.changes or form == "markdown"):
        raise click.UsageError(
            f"--with, --without and Markdown are for the article's text; leave --{part} or these options out"
        )
    with Archive.open(path, write=False) as archive:
        stored = archive.article(article)
        if part == "html":
            sys.stdout.buffer.write(archive.body(stored.id))
            return
        read, as_text, as_data = PARTS[part] if part else article_part(choice)
        value = read(archive, stored)
    if form in {"json", "jsonl"}:
        print_json(as_data(value), cast("JsonForm", form))
    elif form == "markdown":
        click.echo(article_markdown(stored, choice), nl=False)
    else:
        click.echo(printable(as_text(value)))
