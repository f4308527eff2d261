"""The command `export`: articles to standard output, a file or a folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from archive.cli.options import (
    DB,
    FRONT_MATTER,
    SITE,
    WITH,
    WITHOUT,
    ExampleCommand,
    date_options,
    form_options,
    form_with_front_matter,
    output_path,
    text_choice,
    warn_unknown_site,
)
from archive.cli.output_files import FORCE, check_free, new_file
from archive.output.article import counted
from scraper.errors import InputError

if TYPE_CHECKING:
    from archive.formats.export_formats import ExportFormat, ExportRequest
    from archive.output.export import FolderResult
    from archive.store.archive import Archive

NAMES: Final = ("jsonl", "json", "markdown", "csv", "parquet", "chunks", "atom", "jsonfeed", "epub", "warc")
"""The formats of `archive.formats.export_formats`, which the help does not load."""
WITH_REVISIONS: Final = ("jsonl", "json", "markdown", "csv")
"""Formats that can hold every text of an article."""


@click.command(
    cls=ExampleCommand,
    example="""cuttings export --format jsonl | jq -r .title
    cuttings export --format markdown --with captions,corrections --without tables
    cuttings export --front-matter -o notes/
    cuttings export --new daily -o today.jsonl
    cuttings export --format parquet -o articles.parquet
    cuttings export --format epub --since 1d -o today.epub""",
)
@DB
@form_options(*NAMES)
@date_options("Published")
@SITE
@click.option("--query", help="Only what this search finds.")
@WITH
@WITHOUT
@FRONT_MATTER
@click.option(
    "--max-tokens", type=click.IntRange(8, 1_000_000), help="chunks: maximum number of tokens of each.  [default: 512]"
)
@click.option(
    "--tokens-of",
    metavar="MODEL",
    help="chunks: count tokens as this model does, such as gpt-4o, with the extra `tokens`.  [default: an estimate]",
)
@click.option(
    "--new",
    "name",
    metavar="NAME",
    help="Only texts that the last export of this name did not have. It counts once its output is complete.",
)
@click.option("--revisions", is_flag=True, help="jsonl, json, markdown, csv: every text that an article ever had.")
@click.option(
    "--newest",
    type=click.IntRange(1, 100_000),
    help="atom, jsonfeed, epub: only so many articles.  [default: 50 in a feed]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    callback=output_path,
    help="File or device to write to. For jsonl, markdown and csv also a folder for one file per article: an existing "
    "folder, or a new name without a suffix or with a slash at its end.  [default: standard output]",
)
@FORCE
def export(
    path: Path, form: str | None, front_matter: bool, output: Path | None, force: bool, added: frozenset[str],
    left_out: frozenset[str], name: str | None, revisions: bool, **named: Any,
) -> None:  # fmt: skip
    """Write articles as files that other programs read.

    jsonl, json, markdown, csv and parquet hold whole articles, chunks pieces of them for language models, atom and jsonfeed
    the newest as a feed, epub a book, warc the pages from which the texts came. Articles are written one at a time, so the
    archive may be larger than memory; a run may write meanwhile.
    """
    from archive.formats.export_formats import EXPORT_FORMATS, ExportRequest
    from archive.store.archive import Archive

    form = form_with_front_matter(form or "jsonl", front_matter, is_given=form is not None)
    chosen = EXPORT_FORMATS[form]
    conditions = {name: named.pop(name) for name in ("since", "until", "site", "query")}
    options = {name: value for name, value in named.items() if value is not None}
    request = ExportRequest(
        text_choice(added, left_out, front_matter), conditions, options, revisions, note=partial(click.echo, err=True)
    )
    check_options(form, options, name=name, revisions=revisions)
    check_output(output, form, chosen, force=force)
    with Archive.open(path, write=name is not None) as archive:
        warn_unknown_site(archive, conditions["site"])
        if name is None:
            print_count(write_output(archive, form, request, output, force=force), request, output)
        else:
            export_new(archive, form, request, output, name=name, force=force)


def write_output(archive: Archive, form: str, request: ExportRequest, output: Path | None, *, force: bool) -> int:
    """Writes the articles; returns their number. At the return all of them are written."""
    from archive.formats.export_formats import EXPORT_FORMATS, texts
    from archive.output.export import write_folder

    chosen = EXPORT_FORMATS[form]
    if output is None:
        count = chosen.write(archive, sys.stdout if chosen.is_text else sys.stdout.buffer, request)
        sys.stdout.flush()
        return count
    if chosen.has_folders and (output.is_dir() or not (output.suffix or output.exists())):
        result = write_folder(texts(archive, request), output, request.choice, form=form, force=force)
        return folder_count(result, output)
    with new_file(output, is_text=chosen.is_text, force=force) as out:
        return chosen.write(archive, out, request)


def export_new(
    archive: Archive, form: str, request: ExportRequest, output: Path | None, *, name: str, force: bool
) -> None:
    """Writes what the last export of this name did not have, then moves the name's cursor."""
    from archive.store.exports import changed_articles, move_cursor, read_cursor

    conditions = dict(request.conditions)
    cursor = read_cursor(archive, name, {key: conditions[key] for key in ("site", "query")})
    if request.revisions:
        conditions |= {"after": cursor.after, "upto": cursor.upto}
    else:
        conditions |= {"ids": changed_articles(archive, cursor)}
    count = write_output(archive, form, replace(request, conditions=conditions), output, force=force)
    move_cursor(archive, cursor, at=datetime.now(UTC))
    print_count(
        count, request, output, note=f", new since {cursor.since}" if cursor.since else f", the first of {name}"
    )


def print_count(count: int, request: ExportRequest, output: Path | None, *, note: str = "") -> None:
    """Says how many articles or texts a file or folder got; also of standard output, if there is something to note."""
    if output is not None or note:
        noun = "text" if request.revisions else "article"
        click.echo(f"{counted(count, noun)} written to {output or 'standard output'}{note}", err=True)


def check_options(form: str, options: Mapping[str, Any], *, name: str | None, revisions: bool) -> None:
    """Raises `UsageError` for an option of another format. Says on standard error that tokens are estimated."""
    if revisions and form not in WITH_REVISIONS:
        raise click.UsageError(f"--revisions: {form} holds newest texts; use --format {' or '.join(WITH_REVISIONS)}")
    if name is not None and "newest" in options:
        raise click.UsageError("--new writes all that is new; leave out --newest")
    from archive.formats.export_formats import misplaced_options

    for name, others in misplaced_options(form, options):
        option = f"--{name.replace('_', '-')}"
        raise click.UsageError(f"{option}: {form} has no such option; it belongs to --format {' or '.join(others)}")
    if form == "chunks" and "tokens_of" not in options:
        click.echo("chunks: tokens are estimated; --tokens-of MODEL counts them", err=True)


def check_output(output: Path | None, form: str, chosen: ExportFormat, *, force: bool) -> None:
    """Raises `UsageError` if the format cannot be written there, and `InputError` if a file is there."""
    if output is None and not chosen.is_text and sys.stdout.isatty():
        raise click.UsageError(f"--format {form}: the file is not for a terminal; name one with --output")
    if output is not None and output.is_dir() and not chosen.has_folders:
        raise click.UsageError(f"--output {output}: {form} is one file and this is a folder; name a file")
    if output is not None:
        check_free(output, force=force)


def folder_count(result: FolderResult, folder: Path) -> int:
    """The number of written files. Raises `InputError` if files with other contents were kept."""
    if result.kept:
        files, first = counted(len(result.kept), "file"), result.kept[0].name
        raise InputError(
            f"{folder}: {counted(result.written, 'article')} written; {files} with another content kept, such as {first}; "
            "replace them with --force"
        )
    return result.written
