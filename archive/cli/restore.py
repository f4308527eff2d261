"""The command `restore`: puts removed blocks back into an article, or undoes that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.options import DB, JSON, ExampleCommand
from archive.cli.printing import JsonForm, print_json
from archive.output.article import one_line, printable

if TYPE_CHECKING:
    from archive.ledger.restore import Entry


@click.command(
    cls=ExampleCommand,
    example="""cuttings restore 12 3
    cuttings restore 12 3 --undo""",
)
@click.argument("article", metavar="ARTICLE|URL")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1), metavar="N...")
@DB
@click.option("--undo", is_flag=True, help="Remove restored blocks again.")
@JSON
def restore(article: str, numbers: tuple[int, ...], path: Path, undo: bool, as_json: JsonForm) -> None:
    """Put removed blocks back into an article.

    N is a block's number in `cuttings show ARTICLE --removed` or `--chrome`. Later runs keep restored blocks.
    """
    from archive.ledger.by_hand import restore_by_hand
    from archive.store.archive import Archive
    from archive.store.lock import locked

    with locked(path), Archive.open(path) as archive:
        article_id = archive.article(article).id
        changed = restore_by_hand(archive, article_id, numbers, undo=undo)
    if as_json:
        print_json([entry_json(entry, restored=not undo) for entry in changed], as_json)
    for entry in changed:
        click.echo(f"{'removed again' if undo else 'restored'}: {one_line(printable(entry.removal.text))}", err=True)


def entry_json(entry: Entry, *, restored: bool) -> dict[str, Any]:
    """A changed block, with the names of `show --removed --json`."""
    gone = entry.removal
    return {
        "number": entry.number,
        "rule": gone.rule_id,
        "stage": gone.stage,
        "kind": gone.kind,
        "position": gone.position,
        "text": gone.text,
        "restored": restored,
    }
