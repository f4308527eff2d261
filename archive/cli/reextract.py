"""The command `reextract`: the run with its row in `runs`, its report and its exit code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.exit_codes import DONE, SOME_FAILED, print_error, signal_code
from archive.cli.interrupts import catch_signals
from archive.cli.options import DB, JOBS, JSON, QUIET, RULES, SITE, ExampleCommand, start_date, warn_unknown_site
from archive.cli.printing import JsonForm, print_json
from archive.learning.rule_files import read_rules, rule_paths
from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from archive.runs.reextract_report import Report
    from archive.runs.stored_pages import Selection
    from archive.store.archive import Archive


@click.command(
    cls=ExampleCommand,
    example="""cuttings reextract --dry-run
    cuttings reextract --site example.com --rules my-rules.toml""",
)
@DB
@SITE
@click.option("--rule", default="", metavar="ID", help="Only articles in which this rule removes or removed a block.")
@click.option(
    "--since",
    type=start_date,
    metavar="DATE",
    help="Only pages fetched on this date or later: a day, a month (2026-11), 7d (ago).",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; show which paragraphs would be added and removed.")
@click.option("--again", is_flag=True, help="Also pages that were already extracted with these rules.")
@click.option("--accept-worse", "worse", is_flag=True, help="Also store texts that are shorter or rated worse.")
@JOBS
@RULES
@QUIET
@JSON
def reextract(
    path: Path, *, site: str, rule: str, since: datetime | None, again: bool, worse: bool, dry_run: bool, jobs: int,
    rules_paths: tuple[Path, ...], quiet: bool, as_json: JsonForm,
) -> None:  # fmt: skip
    """Extract stored pages again with the current rules.

    Nothing is fetched. A text that changes becomes a new revision. Exit code 1 means that some texts would become worse
    and were rejected, or that some pages could not be read.
    """
    from archive.runs.stored_pages import Selection

    selection = Selection(site, rule, since, again, worse)
    report = run(path, selection, dry_run=dry_run, jobs=jobs, rules_paths=rules_paths)
    if as_json:
        print_json(report.as_dict(), as_json)
    else:
        for line in report.lines():
            click.echo(line)
    if not quiet:
        click.echo(report.summary(), err=True)
    for message in report.damaged:
        print_error(message)
    raise SystemExit(report_code(report))


def report_code(report: Report) -> int:
    """The exit code: 1 if a text would become worse, or a page could not be read."""
    if report.stopped_by:
        return signal_code(report.stopped_by)
    return SOME_FAILED if report.damaged or report.total("worse") or report.total("failed") else DONE


def run(path: Path, selection: Selection, *, dry_run: bool, jobs: int, rules_paths: tuple[Path, ...]) -> Report:
    """Extracts the selected pages and reports the result. Raises `LockedError`, `ArchiveError`, `ConfigError`."""
    from archive.runs.reextract import ReextractRun, reextract_pages
    from archive.runs.reextract_report import Report
    from archive.runs.stored_pages import rule_filter
    from archive.runs.writer import now
    from archive.store.archive import Archive
    from archive.store.lock import locked
    from scraper.crawl.worker_pool import ExtractPool

    paths = rule_paths(path, rules_paths)
    rules = read_rules(paths)
    report = Report(dry_run, rules.hash)
    with (
        nullcontext() if dry_run else locked(path),
        Archive.open(path, write=not dry_run) as archive,
        catch_signals() as stop,
        nullcontext(None) if dry_run else recorded(archive, report) as run_id,
        ExtractPool(jobs, preload=("archive.runs.reextract",)) as pool,
    ):
        work = ReextractRun(archive, selection, rules.hash, paths, run_id, now)
        wanted = rule_filter(archive, rules, selection.rule)
        for found in reextract_pages(work, pool.map_ordered, wanted=wanted, stopped=stop.is_set):
            if isinstance(found, ArchiveError):
                report.damaged.append(str(found))
            else:
                report.count(found)
        if not report.sites:
            warn_unknown_site(archive, selection.site)
        report.stopped_by = stop.signal_name
    return report


@contextmanager
def recorded(archive: Archive, report: Report) -> Iterator[int]:
    """The run's number, between its two entries in `runs`."""
    from archive.monitoring.alarms import close_repaired

    started, started_at = time.monotonic(), datetime.now(UTC)
    run_id = archive.start_run(at=started_at, sources="reextract")
    yield run_id
    counts = {outcome: report.total(outcome) for outcome in ("revised", "found", "filled", "worse", "failed")}
    report.closed_alarms = close_repaired(archive, at=datetime.now(UTC))
    note = f"stopped by {report.stopped_by}" if report.stopped_by else ""
    ended_at = started_at + timedelta(seconds=time.monotonic() - started)  # the clock may have been set meanwhile
    archive.finish_run(run_id, at=ended_at, counts=counts, note=note)
