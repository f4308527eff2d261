"""The command `export`: articles to standard output, a file or a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from archive.cli.options import DB, SITE, WITH, WITHOUT, ExampleCommand, start_date, text_choice, warn_unknown_site
from archive.output.article import counted


@click.command(
    cls=ExampleCommand,
    example="""cuttings export --format jsonl | jq -r .title
    cuttings export --format markdown --with captions,corrections --without tables""",
)
@DB
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "markdown", "csv"]),
    default="jsonl",
    show_default=True,
    help="Format to write.",
)
@click.option("--since", type=start_date, metavar="DATE", help="Published on this date or later.")
@SITE
@click.option("--query", help="Only what this search finds.")
@WITH
@WITHOUT
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="File or device to write to, or folder for one file per article: an existing folder, or a new name without a "
    "suffix.  "
    "[default: standard output]",
)
def export(
    path: Path,
    form: str,
    output: Path | None,
    added: frozenset[str],
    left_out: frozenset[str],
    **conditions: Any,
) -> None:
    """Write articles as JSON Lines, Markdown or CSV.

    Articles are written one at a time, so the archive may be larger than memory.
    """
    from archive.output.export import FORMATS, export_articles, write_folder
    from archive.store.archive import Archive

    choice = text_choice(added, left_out)
    with Archive.open(path, write=False) as archive:
        warn_unknown_site(archive, conditions["site"])
        articles = export_articles(archive, **conditions)
        if output is None:
            FORMATS[form](articles, sys.stdout, choice)
            return
        if output.is_dir() or not (output.suffix or output.exists()):
            count = write_folder(articles, output, choice, form=form)
        else:
            with replacing(output) as out:
                count = FORMATS[form](articles, out, choice)
    click.echo(f"{counted(count, 'article')} written to {output}", err=True)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write, which takes its name only when it is complete. Until then an older file keeps the name.

    An `OSError` names the file, also if the disk is full.
    """
    device = path.exists() and not path.is_file()
    part = path if device else path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
    except BaseException as exc:
        if not device:
            part.unlink(missing_ok=True)
        if isinstance(exc, OSError) and exc.filename is None:
            raise OSError(exc.errno, exc.strerror, str(path)) from exc
        raise
    if not device:
        part.replace(path)
