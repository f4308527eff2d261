"""The commands `scrape` and `add`: a run with its progress line, its summary and its exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import DONE, LOCKED, SOME_FAILED, UNREACHED, print_error, signal_code
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
from archive.output.article import printable
from scraper.errors import LockedError

if TYPE_CHECKING:
    from archive.cli.run_plan import RunOptions
    from archive.runs.scrape import RunPlan
    from archive.runs.totals import RunTotals


MAX_PAGES = click.option(
    "--max-pages", type=click.IntRange(1), help="Maximum number of pages to fetch; the next run fetches the rest."
)
MAX_TIME = click.option(
    "--max-time",
    type=duration,
    metavar="TIME",
    help="Stop after this time (90s, 10m, 2h); the next run fetches the rest.",
)


@click.command(cls=ExampleCommand, example="cuttings scrape sources.toml --db news.db -q")
@click.argument("sources", type=click.Path(path_type=Path), default="sources.toml")
@DB
@DELAY
@PER_HOST
@MAX_PAGES
@MAX_TIME
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
    try:
        code = run(plan_sources(sources, path, given), given)
    except LockedError:
        if not given.quiet:
            raise
        code = LOCKED  # cron starts a run while another works: nobody needs a mail about that
    raise SystemExit(code)


@click.command(
    cls=ExampleCommand,
    example="""cuttings add https://example.com/a-story.html
    cuttings add --from bookmarks.html --max-time 10m""",
)
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--from",
    "lists",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Reading list: bookmarks (HTML), Pocket or Instapaper (CSV), wallabag (JSON), or one address a line; may be repeated.",
)
@DB
@DELAY
@PER_HOST
@MAX_PAGES
@MAX_TIME
@PRIVATE
@ALLOW_HOST
@RULES
@QUIET
@VERBOSE
@JSON
def add(urls: tuple[str, ...], lists: tuple[Path, ...], path: Path, **options: Any) -> None:
    """Fetch and archive single pages, or a reading list.

    Pages are fetched even if they are already archived. `cuttings scrape` refetches them to find edits.

    The pages of a reading list are fetched once. Their dates of saving and tags are kept. Pages that one run does not
    reach wait for the next.
    """
    from archive.cli.run_plan import RunOptions, plan_pages

    if bool(urls) == bool(lists):
        raise click.UsageError("give the addresses of pages, or reading lists with --from")
    if lists:
        raise SystemExit(add_lists(lists, path, RunOptions(jobs=CORES, **options)))
    given = RunOptions(jobs=min(CORES, len(urls)), **options)
    raise SystemExit(run(plan_pages(urls, path, given), given, each=True))


def add_lists(files: tuple[Path, ...], path: Path, options: RunOptions) -> int:
    """Archives the pages of reading lists, prints what became of them; returns the exit code."""
    from archive.cli.reading_lists import all_links, read_lists, states_line
    from archive.cli.run_plan import plan_reading_lists
    from archive.store.archive import Archive

    lists = read_lists(files, options)
    links = all_links(lists)
    if not options.quiet:
        for one in lists:
            click.echo(one.line(), err=True)
    if not links:
        print_error(f"{', '.join(map(str, files))}: no link can be fetched; nothing was added")
        return SOME_FAILED
    plan = plan_reading_lists(links, tuple(map(str, files)), path, options)
    states: dict[str, int] = {}

    def read_states() -> dict[str, Any]:
        with Archive.open(path, write=False) as archive:
            states.update(archive.reading_list_states([link.url for link in links]))
        return {"lists": [one.counts() for one in lists], "reading_list": states}

    code = run(plan, options, further=read_states)
    if not options.quiet:
        click.echo(states_line(states), err=True)
    return code or (SOME_FAILED if states["failed"] or states["gone"] else DONE)


def run(
    plan: RunPlan,
    options: RunOptions,
    *,
    each: bool = False,
    further: Callable[[], dict[str, Any]] = dict,
) -> int:
    """Runs, shows progress on a terminal, prints the summary and the failed links; returns the exit code.

    With `each`, every failed link is told: a person asked for it by its address. `further` gives further values for `--json`,
    after the run.
    """
    from archive.cli.progress import Progress
    from archive.runs.scrape import run_scrape

    if sys.stderr.isatty() and not options.quiet:
        with Progress(sys.stderr) as progress:
            totals = run_scrape(plan, watch=progress, begin=progress.begin)
    else:
        totals = run_scrape(plan)
    print_summary(plan, totals, options, further=further())
    print_failures(plan, totals, options, each=each)
    return run_code(totals, each=each)


def print_summary(plan: RunPlan, totals: RunTotals, options: RunOptions, *, further: Mapping[str, Any]) -> None:
    """Prints a run's totals: one line for people on standard error, or JSON on standard output."""
    from archive.runs.totals import summary_line

    if options.as_json:
        print_json({**totals.as_dict(), "archive": str(plan.archive), **further}, options.as_json)
    elif not options.quiet:
        click.echo(summary_line(totals), err=True)
    if totals.nothing_reached:
        print_error(printable(unreached_line(totals)))
    for alarm in totals.alarms:
        print_error(alarm.line())


def unreached_line(totals: RunTotals) -> str:
    """That no server answered, with the reason of one failed link as an example: most often all have the same."""
    links = [f": {link.url}: {link.reason}" for link in totals.failed_links[:1]]
    return f"nothing could be reached{''.join(links)}; check the network and the addresses in the source list"


def print_failures(plan: RunPlan, totals: RunTotals, options: RunOptions, *, each: bool) -> None:
    """Prints the links that failed. A quiet run, whose output cron mails, tells those that failed for the first time, or for good."""
    from archive.cli.program import program_words
    from archive.monitoring.failures import MAX_TOLD, REQUESTED, told

    if totals.nothing_reached and not each:
        return  # one cause, told already
    failed = [link for link in totals.failed_links if each or link.kind not in REQUESTED]
    links = [link for link in failed if each or not options.quiet or link.is_new or link.gone]
    program, db = program_words(), shlex.quote(str(plan.archive))
    remedy = f"list them with `{program} status --failed --db {db}`"
    for line in told(links, most=len(links) if each else MAX_TOLD, remedy=remedy):
        print_error(printable(line))
    if options.quiet and not each:
        for line in advice(totals, 0 < len(links) <= MAX_TOLD, f"{program} {{}} --db {db}"):
            print_error(line)


def advice(totals: RunTotals, has_failures: bool, command: str) -> Iterator[str]:
    """What a reader of cron's mail can do. `command` has a place for the name of a command."""
    if has_failures:
        yield f"later runs retry links that have a next try; list all with `{command.format('status --failed')}`"
    if totals.alarms:
        closing = command.format(f"alarms --close {totals.alarms[0].id}")
        yield f"see `{command.format('status')}`; if a source is to be as its alarm says, close it with `{closing}`"


def run_code(totals: RunTotals, *, each: bool = False) -> int:
    """The exit code of a run. With `each`, a page that its site asked not to fetch counts as failed: somebody wanted it."""
    from archive.runs.scrape import TIME_UP

    if totals.stopped_by and totals.stopped_by != TIME_UP:
        return signal_code(totals.stopped_by)
    if totals.nothing_reached:
        return UNREACHED
    failed = totals.failed_links if each else totals.failed or totals.gone
    return SOME_FAILED if failed or totals.alarms else DONE
