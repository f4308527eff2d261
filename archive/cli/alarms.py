"""`alarms`: the alarms of an archive, and closing one because that is how its source is now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.cli.options import DB, JSON, ExampleCommand


@click.command(
    cls=ExampleCommand,
    example="""cuttings alarms
    cuttings alarms --close 3""",
)
@DB
@click.option("--all", "closed", is_flag=True, help="Closed ones too.")
@click.option(
    "--close",
    "ids",
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    help="Close this one: the source is now as it is. May be given again.",
)
@JSON
def alarms(path: Path, closed: bool, ids: tuple[int, ...], as_json: bool) -> None:
    """List the alarms, or close some; a source is compared from then on with what came after."""
    from archive.monitoring.alarms import close_alarms
    from archive.output.article import printable, to_json
    from archive.store.archive import Archive
    from archive.store.columns import iso
    from archive.store.connection import archive_errors, transaction
    from archive.store.lock import locked
    from archive.store.records import select
    from scraper.errors import InputError

    if ids:
        with locked(path), Archive.open(path) as archive, archive_errors(path), transaction(archive.db):
            if close_alarms(archive.db, ids, at=iso(datetime.now(UTC))) < len(set(ids)):
                raise InputError(f"no open alarm {', '.join(map(str, ids))}; none was closed")
    with Archive.open(path, write=False) as archive, archive_errors(path):
        rows = list(
            select(archive.db, f"SELECT * FROM alarms {'' if closed else 'WHERE closed_at IS NULL'} ORDER BY id")
        )
    if as_json:
        click.echo(to_json(rows, indent=1))
        return
    for row in rows:
        state = (
            f"closed {row['closed_at']} by {row['closed_by']}" if row["closed_at"] else f"open since {row['raised_at']}"
        )
        click.echo(printable(f"{row['id']:>4}  {row['kind']:<9}  {row['source']}: {row['detail']}  ({state})"))
    if not rows:
        click.echo("there was no alarm yet" if closed else "no alarm is open", err=True)
