"""`reextract`: arguments, the run and its row in `runs`, printing and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.exit_codes import DONE, SOME_FAILED, print_error, stopped_code
from archive.cli.options import DB, JOBS, JSON, QUIET, RULES, ExampleCommand, moment

if TYPE_CHECKING:
    from archive.runs.reextract import Selection
    from archive.runs.reextract_report import Report
    from archive.store.archive import Archive


@click.command(
    cls=ExampleCommand,
    example="""cuttings reextract --dry-run
    cuttings reextract --site example.com --rules my-rules.toml""",
)
@DB
@click.option("--site", default="", help="Only this site, by its host or its name.")
@click.option("--rule", default="", metavar="ID", help="Only articles that this rule took something from, or would.")
@click.option("--since", type=moment, metavar="DATE", help="Only pages fetched then or later.")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what would come and go.")
@click.option("--again", is_flag=True, help="Also pages that these rules have read already.")
@click.option("--accept-worse", "worse", is_flag=True, help="Take texts that are shorter or badly rated, too.")
@JOBS
@RULES
@QUIET
@JSON
def reextract(
    path: Path, *, site: str, rule: str, since: datetime | None, again: bool, worse: bool, dry_run: bool, jobs: int,
    rules_paths: tuple[Path, ...], quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Read stored pages again by today's rules, without the network; what changes becomes a revision."""
    from archive.output.article import to_json
    from archive.runs.reextract import Selection

    choice = Selection(site, rule, since, again, worse)
    report = carry_out(path, choice, dry_run=dry_run, jobs=jobs, rules_paths=rules_paths)
    if as_json:
        click.echo(to_json(report.as_dict(), indent=1))
    else:
        for line in report.lines():
            click.echo(line)
    if not quiet:
        click.echo(report.summary(), err=True)
    for message in report.damaged:
        print_error(message)
    raise SystemExit(code_of(report))


def code_of(report: Report) -> int:
    """The exit code: 1 when a text would have got worse, or a page could not be read."""
    if report.stopped_by:
        return stopped_code(report.stopped_by)
    return SOME_FAILED if report.damaged or report.total("worse") or report.total("failed") else DONE


def carry_out(path: Path, choice: Selection, *, dry_run: bool, jobs: int, rules_paths: tuple[Path, ...]) -> Report:
    """What a run over the stored pages did, or would do. Raises `LockedError`, `ArchiveError`, `ConfigError`."""
    from archive.cli.interrupts import stoppable
    from archive.cli.rules import chosen_rules, own_rules
    from archive.runs.reextract import Rereading, reread, touching
    from archive.runs.reextract_report import Report
    from archive.store.archive import Archive
    from archive.store.lock import locked
    from scraper.crawl.worker_pool import ExtractPool
    from scraper.errors import ArchiveError

    paths = (*own_rules(path), *rules_paths)
    rules = chosen_rules(paths)
    report = Report(dry_run, rules.hash)
    with (
        nullcontext() if dry_run else locked(path),
        Archive.open(path, write=not dry_run) as archive,
        stoppable() as stop,
        nullcontext(None) if dry_run else recorded(archive, report) as run,
        ExtractPool(jobs, preload=("archive.runs.reextract",)) as pool,
    ):
        work = Rereading(archive, choice, rules.hash, paths, run, now)
        for found in reread(work, pool.map_ordered, touched=touching(archive, rules, choice.rule), stopped=stop.asked):
            if isinstance(found, ArchiveError):
                report.damaged.append(str(found))
            else:
                report.count(found)
        report.stopped_by = stop.by
    return report


@contextmanager
def recorded(archive: Archive, report: Report) -> Iterator[int]:
    """The run's number between its two entries in `runs`."""
    from archive.monitoring.alarms import close_repaired

    run = archive.start_run(at=now(), sources="reextract")
    yield run
    counts = {outcome: report.total(outcome) for outcome in ("revised", "found", "filled", "worse", "failed")}
    report.healed = close_repaired(archive, at=now())
    archive.finish_run(
        run, at=now(), counts=counts, note=f"stopped by {report.stopped_by}" if report.stopped_by else ""
    )


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
