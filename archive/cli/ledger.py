"""`restore` and `rules stats`: arguments and printing of what changes the ledger, and of what it says about rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from archive.cli.options import DB, JSON, RULES, ExampleCommand


@click.command(
    cls=ExampleCommand,
    example="""cuttings restore 12 3
    cuttings restore 12 3 --undo""",
)
@click.argument("article", metavar="ARTICLE|URL")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1), metavar="N...")
@DB
@click.option("--undo", is_flag=True, help="Take out again what was put back.")
def restore(article: str, numbers: tuple[int, ...], path: Path, undo: bool) -> None:
    """Put removed blocks back into an article, by their numbers in `show --removed`, and keep them there."""
    from archive.ledger.restore import change_ledger
    from archive.output.article import one_line, printable
    from archive.store.archive import Archive
    from archive.store.lock import locked

    with locked(path), Archive.open(path) as archive:
        article_id = archive.article(article).id
        at = datetime.now(UTC)
        run = archive.start_run(at=at, sources="restore")
        changed = change_ledger(archive, article_id, numbers, run=run, at=at, undo=undo)
        archive.finish_run(
            run,
            at=datetime.now(UTC),
            counts={"restored": 0 if undo else len(changed), "undone": len(changed) if undo else 0},
        )
    for entry in changed:
        click.echo(f"{'taken out again' if undo else 'put back'}: {one_line(printable(entry.removal.text))}", err=True)


@click.command("stats", cls=ExampleCommand, example="cuttings rules stats --site example.com")
@DB
@click.option("--site", default="", help="Only this site, by its host or its name.")
@RULES
@JSON
def stats(path: Path, site: str, rules_paths: tuple[Path, ...], as_json: bool) -> None:
    """Print what each rule takes out of the archive's texts, and how often readers put it back."""
    from dataclasses import asdict

    from archive.cli.rules import chosen_rules, own_rules
    from archive.ledger.rule_stats import rule_stats, stats_lines
    from archive.output.article import to_json
    from archive.store.archive import Archive

    rules = chosen_rules((*own_rules(path), *rules_paths))
    with Archive.open(path, write=False) as archive:
        rows = rule_stats(archive, rules, site=site)
    if as_json:
        click.echo(to_json([asdict(row) for row in rows], indent=1))
        return
    for line in stats_lines(rows):
        click.echo(line)
    idle = len({rule.id for rule in rules.rules} - {row.rule for row in rows})
    click.echo(f"{idle} of {len(rules.rules)} rules took nothing", err=True)
