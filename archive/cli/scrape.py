"""The commands `scrape` and `add`: from options to a run's plan, then its progress line, summary and exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

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
    ExampleCommand,
    duration,
)
from archive.cli.progress import Progress
from archive.cli.rule_files import read_rules, rule_paths
from archive.output.article import to_json
from archive.runs.scrape import TIME_UP, RunPlan, run_scrape
from archive.runs.totals import RunTotals, summary_line
from archive.store.links import BY_HAND
from scraper.errors import ConfigError, FetchError
from scraper.fetch.browser import check_renderer
from scraper.fetch.client import Settings
from scraper.fetch.settings import USER_AGENT
from scraper.sources.source_list import Defaults, SourceList, load_sources
from scraper.types import Failure, Outcome, Source
from scraper.urls.canonical import canonicalize, host_of


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
@JSON
def scrape(sources: Path, path: Path, **options: Any) -> None:
    """Fetch new articles from your sources, clean and archive them.

    Run it from cron. Each run also refetches articles to find edits ("revisit" in the source list), and the pages that
    `cuttings add` fetched; --only add refetches those alone. Articles of a source that was removed from the list are kept
    and not refetched.
    """
    raise SystemExit(scrape_sources(sources, path, RunOptions(**options)))


@click.command(cls=ExampleCommand, example="cuttings add https://example.com/a-story.html")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@DB
@DELAY
@PER_HOST
@PRIVATE
@ALLOW_HOST
@RULES
@QUIET
@JSON
def add(urls: tuple[str, ...], path: Path, **options: Any) -> None:
    """Fetch and archive single pages now.

    Pages are fetched even if they are already archived. `cuttings scrape` refetches them to find edits.
    """
    raise SystemExit(add_urls(urls, path, RunOptions(jobs=min(CORES, len(urls)), **options)))


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run. None means the source list's value, or else the built-in default."""

    delay: float | None
    per_host: int | None
    allow_private: bool
    jobs: int
    rules_paths: tuple[Path, ...]
    quiet: bool
    as_json: bool
    max_pages: int | None = None
    max_time: float | None = None
    only: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()


def scrape_sources(list_path: Path, archive: Path, options: RunOptions) -> int:
    """Scrapes the sources of a list; returns the exit code."""
    loaded = load_sources(list_path)
    sources = pick_sources(with_added_pages(loaded), options.only, origin=str(list_path))
    if loaded.defaults.user_agent == USER_AGENT and not options.quiet:
        print_error(
            f"{list_path}: the user agent has no contact address; "
            'under [defaults], set user_agent = "your-archive (+https://your.site/contact)"'
        )
    return run(make_plan(sources, archive, options, loaded.defaults, name=str(list_path)), options)


def add_urls(urls: Sequence[str], archive: Path, options: RunOptions) -> int:
    """Fetches single pages and reports each one that fails; returns the exit code."""
    try:
        pages = tuple(dict.fromkeys(canonicalize(url) for url in urls))
    except FetchError as exc:
        raise ConfigError(str(exc)) from exc
    source = Source(name=BY_HAND, kind="urls", urls=pages)
    plan = make_plan((source,), archive, options, Defaults(), name=" ".join(pages))
    return run(replace(plan, ignore_schedule=True), options, report_failures=True)


def with_added_pages(loaded: SourceList) -> tuple[Source, ...]:
    """The sources of a list, and a source for the pages that `add` fetched: no other list would refetch them."""
    if any(source.name == BY_HAND for source in loaded.sources):
        return loaded.sources
    own = loaded.defaults
    return (
        *loaded.sources,
        Source(BY_HAND, "urls", (), max_pages=own.max_pages, honour=own.honour, revisit=own.revisit),
    )


def make_plan(
    sources: tuple[Source, ...], archive: Path, options: RunOptions, defaults: Defaults, *, name: str
) -> RunPlan:
    """The plan for a run. Raises `ConfigError` for a bad rule file or a missing browser."""
    rules_paths = rule_paths(archive, options.rules_paths)
    if rules_paths:  # the workers load them too; loaded here, a bad file is reported before anything is fetched
        read_rules(rules_paths)
    if any(source.render for source in sources):
        check_renderer()
    return RunPlan(
        archive=archive,
        sources=sources,
        sources_name=name,
        settings=make_settings(sources, options, defaults),
        jobs=options.jobs,
        rules_paths=rules_paths,
        revisit_delays={
            source.name: defaults.revisit if source.revisit is None else source.revisit for source in sources
        },
        max_pages=options.max_pages,
        max_time=defaults.max_time if options.max_time is None else options.max_time,
    )


def make_settings(sources: tuple[Source, ...], options: RunOptions, defaults: Defaults) -> Settings:
    """Settings of the fetcher. `--delay` overrides the delay of every source."""
    own = {
        host_of(url).removeprefix("www."): source.delay
        for source in sources
        if source.delay is not None
        for url in source.urls
    }
    return Settings(
        user_agent=defaults.user_agent,
        delay=defaults.delay if options.delay is None else options.delay,
        delays=tuple(own.items()) if options.delay is None else (),
        per_host=options.per_host or defaults.per_host,
        allow_private=options.allow_private,
        allow_hosts=(
            *options.allow_hosts,
            *defaults.allow_hosts,
            *(host for source in sources for host in source.allow_hosts),
        ),
        proxy=defaults.proxy,
    )


def pick_sources(sources: tuple[Source, ...], only: Sequence[str], *, origin: str) -> tuple[Source, ...]:
    """The sources that `--only` names, or all without `--only`. Raises `ConfigError` for an unknown name."""
    names = [source.name for source in sources]
    for name in only:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            raise ConfigError(f"{origin}: no source {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return tuple(source for source in sources if not only or source.name in only)


def run(plan: RunPlan, options: RunOptions, *, report_failures: bool = False) -> int:
    """Runs, shows progress on a terminal, prints the summary; returns the exit code."""
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
    if options.as_json:
        click.echo(to_json({**totals.as_dict(), "archive": str(plan.archive)}))
    elif not options.quiet:
        hint = f" (by source: cuttings status --db {plan.archive})" if totals.failed else ""
        click.echo(summary_line(totals) + hint, err=True)
    if totals.nothing_reached:
        print_error("nothing could be reached; check the network and the addresses in the source list")
    for alarm in totals.alarms:
        print_error(alarm.line())


def run_code(totals: RunTotals) -> int:
    """The exit code of a run."""
    if totals.stopped_by and totals.stopped_by != TIME_UP:
        return signal_code(totals.stopped_by)
    if totals.nothing_reached:
        return UNREACHED
    return SOME_FAILED if totals.failed or totals.alarms else DONE
