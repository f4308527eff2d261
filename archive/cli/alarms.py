"""The command `alarms`: lists an archive's alarms and closes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.cli.options import DB, JSON, ExampleCommand
from archive.cli.printing import JsonForm, print_json
from archive.output.article import printable
from scraper.errors import InputError


@click.command(
    cls=ExampleCommand,
    example="""cuttings alarms
    cuttings alarms --close 3""",
)
@DB
@click.option("--all", "with_closed", is_flag=True, help="Also list closed alarms.")
@click.option(
    "--close",
    "ids",
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    help="Close this alarm, because the change is expected; may be repeated.",
)
@JSON
def alarms(path: Path, with_closed: bool, ids: tuple[int, ...], as_json: JsonForm) -> None:
    """List alarms about sources, or close them.

    A source whose alarm was closed is compared with its runs after the change.
    """
    from archive.store.archive import Archive
    from archive.store.connection import archive_errors
    from archive.store.records import select

    if ids:
        close(path, ids)
    with Archive.open(path, write=False) as archive, archive_errors(path):
        condition = "" if with_closed else "WHERE closed_at IS NULL"
        rows = list(select(archive.db, f"SELECT * FROM alarms {condition} ORDER BY id"))
    if as_json:
        print_json(rows, as_json)
        return
    for line in alarm_lines(rows):
        click.echo(line)
    if not rows:
        click.echo("there are no alarms" if with_closed else "no alarm is open", err=True)


def close(path: Path, ids: Sequence[int]) -> None:
    """Closes open alarms: all of them or none. Raises `InputError` for a number that is not an open alarm."""
    from archive.monitoring.alarms import close_alarms
    from archive.store.archive import Archive
    from archive.store.columns import iso
    from archive.store.connection import archive_errors, transaction
    from archive.store.lock import locked

    with locked(path), Archive.open(path) as archive, archive_errors(path), transaction(archive.db):
        if close_alarms(archive.db, ids, at=iso(datetime.now(UTC))) < len(set(ids)):
            raise InputError(
                f"alarm {', '.join(map(str, ids))}: not all are open, so none was closed; `cuttings alarms` lists the open ones"
            )


def alarm_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line per alarm."""
    for row in rows:
        closed = f"closed {row['closed_at']} by {row['closed_by']}" if row["closed_at"] else ""
        state = closed or f"open since {row['raised_at']}"
        yield printable(f"{row['id']:>4}  {row['kind']:<9}  {row['source']}: {row['detail']}  ({state})")
