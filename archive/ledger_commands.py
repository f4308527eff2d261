"""`restore`: arguments, printing and exit codes of what changes an article's ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.options import DB, Example


@click.command(cls=Example, example="""cuttings restore 12 3
    cuttings restore 12 3 --undo""")
@click.argument("article", metavar="ARTICLE|URL")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1), metavar="N...")
@DB
@click.option("--undo", is_flag=True, help="Take out again what was put back.")
def restore(article: str, numbers: tuple[int, ...], path: Path, undo: bool) -> None:
    """Put removed blocks back into an article, by their numbers in `show --removed`, and keep them there."""
    from archive.lock import locked
    from archive.render import one_line, printable
    from archive.restore import change_ledger
    from archive.store import Archive

    with locked(path), Archive.open(path) as archive:
        article_id = archive.article(article).id
        at = datetime.now(UTC)
        run = archive.start_run(at=at, sources="restore")
        changed = change_ledger(archive, article_id, numbers, run=run, at=at, undo=undo)
        archive.finish_run(run, at=datetime.now(UTC), counts={"restored": 0 if undo else len(changed), "undone": len(changed) if undo else 0})
    for entry in changed:
        click.echo(f"{'taken out again' if undo else 'put back'}: {one_line(printable(entry.removal.text))}", err=True)
