"""`check`, `backup`, `vacuum` and `prune`: arguments, printing and exit codes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.exit_codes import ARCHIVE, print_error
from archive.cli.options import DB, JSON, ExampleCommand, moment

if TYPE_CHECKING:
    from archive.maintenance.backup import OldPages


@click.command(cls=ExampleCommand, example="cuttings check --db news.db")
@DB
@click.option("--quick", is_flag=True, help="Leave out raw pages and full-text indexes.")
@JSON
def check(path: Path, quick: bool, as_json: bool) -> None:
    """Look for damage, without writing: the file, references, texts, hashes, ledger, search. Exit code 5 when there is any."""
    from dataclasses import asdict

    from archive.maintenance.integrity import check_archive
    from archive.output.article import counted, printable, to_json

    found = check_archive(path, quick=quick)
    if as_json:
        click.echo(to_json({**asdict(found), "sound": not found.problems}, indent=1))
    else:
        for problem in found.problems:
            click.echo(printable(problem.line()))
    for note in found.skipped:
        print_error(note)
    many = f"{found.articles} articles and {found.pages} pages"
    if found.problems:
        print_error(f"{path}: it is damaged: {counted(len(found.problems), 'problem')} in {many}")
        raise SystemExit(ARCHIVE)
    click.echo(f"{path}: {many}: sound", err=True)


@click.command(cls=ExampleCommand, example="cuttings backup /backups/news-2026-11-22.db --db news.db")
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@DB
@click.option("--quick", is_flag=True, help="Leave raw pages and full-text indexes out of the look at the copy.")
def backup(copy: Path, path: Path, quick: bool) -> None:
    """Copy the archive as it is at one moment, even while a run writes, and look for damage in the copy.

    An existing file is never overwritten. A copy of a damaged archive is kept, as it may be all that is left; exit code 5
    and one line say so.
    """
    from archive.maintenance.backup import back_up
    from archive.maintenance.integrity import check_archive
    from archive.output.article import counted, in_bytes, printable

    written = back_up(path, copy)
    problems = check_archive(copy, quick=quick).problems
    if problems:
        more = f" and {counted(len(problems) - 1, 'problem')} more" if len(problems) > 1 else ""
        print_error(
            printable(
                f"{copy}: it was copied whole, but is as damaged as {path} ({problems[0].line()}{more}); `cuttings check` says all"
            )
        )
        raise SystemExit(ARCHIVE)
    click.echo(f"{copy}: {in_bytes(written)}, sound", err=True)


@click.command(cls=ExampleCommand, example="cuttings vacuum --db news.db")
@DB
def vacuum(path: Path) -> None:
    """Make the file as small as what is in it; it needs as much free disk meanwhile."""
    from archive.maintenance import backup as care
    from archive.output.article import in_bytes
    from archive.store.archive import Archive
    from archive.store.lock import locked

    with locked(path), Archive.open(path) as archive:
        before, after = care.vacuum(archive)
    click.echo(f"{path}: {in_bytes(before)} before, {in_bytes(after)} now", err=True)


@click.command(
    cls=ExampleCommand,
    example="""cuttings prune --before 2025-01-01
    cuttings prune --before 2025 --apply""",
)
@DB
@click.option("--before", type=moment, required=True, metavar="DATE", help="Pages that were fetched before then.")
@click.option("--apply", is_flag=True, help="Drop them; without it they are only counted.")
def prune(path: Path, before: datetime, apply: bool) -> None:
    """Drop raw pages from before a date; texts, revisions and the ledger stay. They cannot be extracted again then."""
    from archive.maintenance import backup as care
    from archive.output.article import counted
    from archive.store.archive import Archive
    from archive.store.lock import locked

    if not apply:
        with Archive.open(path, write=False) as archive:
            old = care.find_old_pages(archive, before)
        click.echo(would_drop(old), err=True)
        return
    with locked(path), Archive.open(path) as archive:
        dropped = sum(care.prune(archive, before))
    click.echo(
        f"{counted(dropped, 'raw page')} dropped; `cuttings vacuum` gives their room back" if dropped else NONE_OLD,
        err=True,
    )


NONE_OLD = "no raw page is from before then"


def would_drop(old: OldPages) -> str:
    """What `--apply` would drop, in one line."""
    from archive.output.article import counted, in_bytes

    if not old.pages:
        return NONE_OLD
    unread = f", {old.unread} of them gave no text yet" if old.unread else ""
    return f"{counted(old.pages, 'raw page')}, {in_bytes(old.bytes)}{unread}; --apply drops them"
