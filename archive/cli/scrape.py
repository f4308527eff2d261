"""The commands `scrape` and `add`: a run with its progress line, its summary and its exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import DONE, SOME_FAILED, UNREACHED, print_error, signal_code
from archive.cli.options import (
    ALLOW_HOST,
    CORES,
    DB,
    DELAY,
    JOBS,
    JSON,
    ONLY,
    PER_HOST,
    PRIVATE,
    QUIET,
    RULES,
    VERBOSE,
    ExampleCommand,
    duration,
)
from archive.cli.printing import print_json

if TYPE_CHECKING:
    from archive.cli.run_plan import RunOptions
    from archive.runs.scrape import RunPlan
    from archive.runs.totals import RunTotals
    from scraper.types import Outcome


@click.command(cls=ExampleCommand, example="cuttings scrape sources.toml --db news.db -q")
@click.argument("sources", type=click.Path(path_type=Path), default="sources.toml")
@DB
@DELAY
@PER_HOST
@click.option(
    "--max-pages", type=click.IntRange(1), help="Maximum number of pages to fetch; the next run fetches the rest."
)
@click.option(
    "--max-time",
    type=duration,
    metavar="TIME",
    help="Stop after this time (90s, 10m, 2h); the next run fetches the rest.",
)
@ONLY
@PRIVATE
@ALLOW_HOST
@JOBS
@RULES
@QUIET
@VERBOSE
@JSON
def scrape(sources: Path, path: Path, **options: Any) -> None:
    """Fetch new articles from your sources, clean and archive them.

    Run it from cron. Each run also refetches articles to find edits ("revisit" in the source list), and the pages that
    `cuttings add` fetched; --only add refetches those alone. Articles of a source that was removed from the list are kept
    and not refetched.
    """
    from archive.cli.run_plan import RunOptions, plan_sources

    given = RunOptions(**options)
    raise SystemExit(run(plan_sources(sources, path, given), given))


@click.command(cls=ExampleCommand, example="cuttings add https://example.com/a-story.html")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@DB
@DELAY
@PER_HOST
@PRIVATE
@ALLOW_HOST
@RULES
@QUIET
@VERBOSE
@JSON
def add(urls: tuple[str, ...], path: Path, **options: Any) -> None:
    """Fetch and archive single pages now.

    Pages are fetched even if they are already archived. `cuttings scrape` refetches them to find edits.
    """
    from archive.cli.run_plan import RunOptions, plan_pages

    given = RunOptions(jobs=min(CORES, len(urls)), **options)
    raise SystemExit(run(plan_pages(urls, path, given), given, report_failures=True))


def run(plan: RunPlan, options: RunOptions, *, report_failures: bool = False) -> int:
    """Runs, shows progress on a terminal, prints the summary; returns the exit code."""
    from archive.cli.progress import Progress
    from archive.runs.scrape import run_scrape
    from scraper.types import Failure

    progress = Progress(sys.stderr) if sys.stderr.isatty() and not options.quiet else None

    def watch(totals: RunTotals, outcome: Outcome) -> None:
        if report_failures and isinstance(outcome, Failure):
            print_error(f"{outcome.link.url}: {outcome.detail}")
        if progress:
            progress(totals, outcome)

    try:
        totals = run_scrape(plan, watch=watch)
    finally:
        if progress:
            progress.clear()
    print_summary(plan, totals, options)
    return run_code(totals)


def print_summary(plan: RunPlan, totals: RunTotals, options: RunOptions) -> None:
    """Prints a run's totals: one line for people on standard error, or JSON on standard output."""
    from archive.runs.totals import summary_line

    if options.as_json:
        print_json({**totals.as_dict(), "archive": str(plan.archive)}, options.as_json)
    elif not options.quiet:
        hint = f" (by source: cuttings status --db {plan.archive})" if totals.failed else ""
        click.echo(summary_line(totals) + hint, err=True)
    if totals.nothing_reached:
        print_error("nothing could be reached; check the network and the addresses in the source list")
    for alarm in totals.alarms:
        print_error(alarm.line())


def run_code(totals: RunTotals) -> int:
    """The exit code of a run."""
    from archive.runs.scrape import TIME_UP

    if totals.stopped_by and totals.stopped_by != TIME_UP:
        return signal_code(totals.stopped_by)
    if totals.nothing_reached:
        return UNREACHED
    return SOME_FAILED if totals.failed or totals.alarms else DONE
