"""The command `export`: articles to standard output, a file or a folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
    form_options,
    form_with_front_matter,
    start_moment,
    text_choice,
    warn_unknown_site,
)
from archive.cli.output_files import FORCE, check_free, new_file
from archive.output.article import counted
from scraper.errors import InputError

if TYPE_CHECKING:
    from archive.formats.export_formats import ExportFormat
    from archive.output.export import FolderResult

NAMES: Final = ("jsonl", "json", "markdown", "csv", "parquet", "chunks", "atom", "jsonfeed", "epub", "warc")
"""The formats of `archive.formats.export_formats`, which the help does not load."""


@click.command(
    cls=ExampleCommand,
    example="""cuttings export --format jsonl | jq -r .title
    cuttings export --format markdown --with captions,corrections --without tables
    cuttings export --front-matter -o notes/
    cuttings export --format parquet -o articles.parquet
    cuttings export --format epub --since 1d -o today.epub""",
)
@DB
@form_options(*NAMES)
@click.option(
    "--since",
    type=start_moment,
    metavar="DATE|TIME",
    help="Published on this date or later, or within a time such as 12h or 1d.",
)
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
    "--newest",
    type=click.IntRange(1, 100_000),
    help="atom, jsonfeed, epub: only so many articles.  [default: 50 in a feed]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File or device to write to. For jsonl, markdown and csv also a folder for one file per article: an existing "
    "folder, or a new name without a suffix.  "
    "[default: standard output]",
)
@FORCE
def export(
    path: Path,
    form: str | None,
    front_matter: bool,
    output: Path | None,
    force: bool,
    added: frozenset[str],
    left_out: frozenset[str],
    **named: Any,
) -> None:
    """Write articles as files that other programs read.

    jsonl, json, markdown, csv and parquet hold whole articles, chunks pieces of them for language models, atom and jsonfeed the
    newest as a feed, epub a book, warc the pages from which the texts came. Articles are written one at a time, so the archive
    may be larger than memory; a run may write meanwhile.
    """
    from archive.formats.export_formats import EXPORT_FORMATS, ExportRequest
    from archive.output.export import export_articles, write_folder
    from archive.store.archive import Archive

    form = form_with_front_matter(form or "jsonl", front_matter, is_given=form is not None)
    chosen = EXPORT_FORMATS[form]
    conditions = {name: named.pop(name) for name in ("since", "site", "query")}
    options = {name: value for name, value in named.items() if value is not None}
    request = ExportRequest(text_choice(added, left_out, front_matter), conditions, options)
    check_options(form, options)
    check_output(output, form, chosen, force=force)
    with Archive.open(path, write=False) as archive:
        warn_unknown_site(archive, conditions["site"])
        if output is None:
            chosen.write(archive, sys.stdout if chosen.is_text else sys.stdout.buffer, request)
            return
        if chosen.has_folders and (output.is_dir() or not (output.suffix or output.exists())):
            found = export_articles(archive, **conditions)
            count = folder_count(write_folder(found, output, request.choice, form=form, force=force), output)
        else:
            with new_file(output, is_text=chosen.is_text, force=force) as out:
                count = chosen.write(archive, out, request)
    click.echo(f"{counted(count, 'article')} written to {output}", err=True)


def check_options(form: str, options: Mapping[str, Any]) -> None:
    """Raises `UsageError` for an option of another format. Says on standard error that tokens are estimated."""
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
