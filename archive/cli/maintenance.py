"""The commands `check`, `backup`, `vacuum` and `prune`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from archive.cli.exit_codes import ARCHIVE, print_error
from archive.cli.options import DB, JSON, ExampleCommand, start_date
from archive.cli.printing import JsonForm, print_json
from archive.output.article import counted, in_bytes, printable

if TYPE_CHECKING:
    from archive.maintenance.backup import OldPages

NOTHING_OLD: Final = "no raw page is older than that date"


@click.command(cls=ExampleCommand, example="cuttings check --db news.db")
@DB
@click.option("--quick", is_flag=True, help="Do not check raw pages and full-text indexes.")
@JSON
def check(path: Path, quick: bool, as_json: JsonForm) -> None:
    """Check the archive for damage.

    Reads the file, references, texts, hashes, the ledger and the search index, and writes nothing. Exit code 5 means
    that there is damage.
    """
    from archive.cli.progress import show_stages
    from archive.maintenance.integrity import check_archive

    with show_stages(f"{path.name}: check") as watch:
        found = check_archive(path, quick=quick, watch=watch)
    if as_json:
        print_json({**asdict(found), "sound": not found.problems}, as_json)
    else:
        for problem in found.problems:
            click.echo(printable(problem.line()))
    for note in found.skipped:
        print_error(note)
    checked = f"{counted(found.articles, 'article')} and {counted(found.pages, 'page')}"
    if found.problems:
        problems = counted(len(found.problems), "problem")
        print_error(f"{path}: it is damaged: {problems} in {checked}; restore a backup, or export what can be read")
        raise SystemExit(ARCHIVE)
    click.echo(f"{path}: no damage in {checked}", err=True)


@click.command(cls=ExampleCommand, example="cuttings backup /backups/news-2026-11-22.db --db news.db")
@click.argument("copy", metavar="FILE", type=click.Path(path_type=Path))
@DB
@click.option("--quick", is_flag=True, help="Do not check raw pages and full-text indexes of the copy.")
@JSON
def backup(copy: Path, path: Path, quick: bool, as_json: JsonForm) -> None:
    """Copy the archive, and check the copy.

    The copy shows the archive at one moment, even while a run writes to it. An existing file is never overwritten. If
    the archive is damaged, the copy is kept and the exit code is 5.
    """
    from archive.cli.progress import show_stages
    from archive.maintenance.backup import back_up
    from archive.maintenance.integrity import check_archive

    with show_stages(f"{path.name}: backup") as watch:
        written = back_up(path, copy, watch=watch)
    with show_stages(f"{copy.name}: check") as watch:
        problems = check_archive(copy, quick=quick, watch=watch).problems
    if as_json:
        print_json({"copy": str(copy), "bytes": written, "problems": [asdict(one) for one in problems]}, as_json)
    if problems:
        more = f" and {counted(len(problems) - 1, 'problem')} more" if len(problems) > 1 else ""
        print_error(
            printable(
                f"{copy}: complete, but it has the damage of {path} ({problems[0].line()}{more}); "
                "`cuttings check` lists all problems"
            )
        )
        raise SystemExit(ARCHIVE)
    click.echo(f"{copy}: {in_bytes(written)}, no damage", err=True)


@click.command(cls=ExampleCommand, example="cuttings vacuum --db news.db")
@DB
@JSON
def vacuum(path: Path, as_json: JsonForm) -> None:
    """Shrink the archive's file to what it holds.

    Needs as much free disk space as the archive has.
    """
    from archive.maintenance import backup as upkeep
    from archive.store.archive import Archive
    from archive.store.lock import locked

    with locked(path), Archive.open(path) as archive:
        before, after = upkeep.vacuum(archive)
    if as_json:
        print_json({"archive": str(path), "bytes_before": before, "bytes": after}, as_json)
    click.echo(f"{path}: {in_bytes(before)} before, {in_bytes(after)} now", err=True)


@click.command(
    cls=ExampleCommand,
    example="""cuttings prune --before 2025-01-01
    cuttings prune --before 2025 --apply""",
)
@DB
@click.option(
    "--before",
    type=start_date,
    required=True,
    metavar="DATE",
    help="Only pages fetched before this date begins: a day, a month (2026-11), 90d (ago).",
)
@click.option("--apply", is_flag=True, help="Delete the pages. Without this option they are only counted.")
@JSON
def prune(path: Path, before: datetime, apply: bool, as_json: JsonForm) -> None:
    """Delete old raw pages, and keep their texts.

    Texts, revisions and the ledger are kept. Deleted pages cannot be extracted again.
    """
    from archive.maintenance import backup as upkeep
    from archive.store.archive import Archive
    from archive.store.lock import locked

    if not apply:
        with Archive.open(path, write=False) as archive:
            old = upkeep.find_old_pages(archive, before)
        if as_json:
            print_json({**asdict(old), "deleted": 0}, as_json)
        click.echo(prune_preview(old), err=True)
        return
    with locked(path), Archive.open(path) as archive:
        old = upkeep.find_old_pages(archive, before)
        deleted = sum(upkeep.prune(archive, before))
    if as_json:
        print_json({**asdict(old), "deleted": deleted}, as_json)
    done = f"{counted(deleted, 'raw page')} deleted; `cuttings vacuum` frees their disk space"
    click.echo(done if deleted else NOTHING_OLD, err=True)


def prune_preview(old: OldPages) -> str:
    """The pages that `--apply` would delete, in one line."""
    if not old.pages:
        return NOTHING_OLD
    unread = f", {old.unread:,} of them without a text so far" if old.unread else ""
    return f"{counted(old.pages, 'raw page')}, {in_bytes(old.bytes)}{unread}; --apply deletes them"
