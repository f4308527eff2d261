"""`scrape` and `add`: options to a plan, a run with its progress line, the summary and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import click

from archive.cli.exit_codes import DONE, SOME_FAILED, UNREACHED, print_error, stopped_code
from archive.cli.progress import Progress
from archive.cli.rules import chosen_rules, own_rules
from archive.output.article import to_json
from archive.runs.scrape import TIME_UP, RunPlan, Tally, run_scrape, summary_line
from archive.store.links import BY_HAND
from scraper.errors import ConfigError, FetchError
from scraper.fetch.browser import check_renderer
from scraper.fetch.client import Settings
from scraper.fetch.settings import USER_AGENT
from scraper.sources.source_list import Defaults, SourceList, load_sources
from scraper.types import Failure, Outcome, Source
from scraper.urls.canonical import canonicalize, host_of


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of a run. None: as the source list or the built-in default has it."""

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


def scrape_sources(list_path: Path, archive: Path, options: Options) -> int:
    """Runs over a source list; returns the exit code."""
    loaded = load_sources(list_path)
    sources = pick_sources(with_added(loaded), options.only, origin=str(list_path))
    if loaded.defaults.user_agent == USER_AGENT and not options.quiet:
        print_error(
            f'{list_path} names nobody to write to; under [defaults], set user_agent = "your-archive (+https://your.site/contact)"'
        )
    return carry_out(make_plan(sources, archive, options, loaded.defaults, name=str(list_path)), options)


def add_urls(urls: Sequence[str], archive: Path, options: Options) -> int:
    """Runs over single addresses, telling of each that could not be had; returns the exit code."""
    try:
        pages = tuple(dict.fromkeys(canonicalize(url) for url in urls))
    except FetchError as exc:
        raise ConfigError(str(exc)) from exc
    source = Source(name=BY_HAND, kind="urls", urls=pages)
    plan = make_plan((source,), archive, options, Defaults(), name=" ".join(pages))
    return carry_out(replace(plan, insist=True), options, each_failure=True)


def with_added(loaded: SourceList) -> tuple[Source, ...]:
    """The sources of a list, and the pages that `add` was given: theirs is no other list to be looked at again by."""
    if any(source.name == BY_HAND for source in loaded.sources):
        return loaded.sources
    own = loaded.defaults
    return (
        *loaded.sources,
        Source(BY_HAND, "urls", (), max_pages=own.max_pages, honour=own.honour, revisit=own.revisit),
    )


def make_plan(
    sources: tuple[Source, ...], archive: Path, options: Options, defaults: Defaults, *, name: str
) -> RunPlan:
    """The run that the options and the list's defaults ask for. Raises `ConfigError` for a rule file or a missing browser."""
    rules_paths = (*own_rules(archive), *options.rules_paths)
    if rules_paths:  # the workers load them too; here a bad file is told of before anything is fetched
        chosen_rules(rules_paths)
    if any(source.render for source in sources):
        check_renderer()
    return RunPlan(
        archive=archive,
        sources=sources,
        sources_name=name,
        settings=make_settings(sources, options, defaults),
        jobs=options.jobs,
        rules_paths=rules_paths,
        looks={source.name: defaults.revisit if source.revisit is None else source.revisit for source in sources},
        max_pages=options.max_pages,
        max_time=defaults.max_time if options.max_time is None else options.max_time,
    )


def make_settings(sources: tuple[Source, ...], options: Options, defaults: Defaults) -> Settings:
    """How to fetch. `--delay` counts for every host, whatever its source says."""
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
    """The sources that `--only` names, all when it names none. Raises `ConfigError` for a name that is not there."""
    names = [source.name for source in sources]
    for name in only:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            raise ConfigError(f"{origin}: no source {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return tuple(source for source in sources if not only or source.name in only)


def carry_out(plan: RunPlan, options: Options, *, each_failure: bool = False) -> int:
    """Runs, shows progress on a terminal, prints the summary; returns the exit code."""
    progress = Progress(sys.stderr) if sys.stderr.isatty() and not options.quiet else None

    def watch(tally: Tally, outcome: Outcome) -> None:
        if each_failure and isinstance(outcome, Failure):
            print_error(f"{outcome.link.url}: {outcome.detail}")
        if progress:
            progress(tally, outcome)

    try:
        tally = run_scrape(plan, watch=watch)
    finally:
        if progress:
            progress.clear()
    report(plan, tally, options)
    return code_of(tally)


def report(plan: RunPlan, tally: Tally, options: Options) -> None:
    """Prints what a run did: a line for people on standard error, or JSON on standard output."""
    if options.as_json:
        click.echo(to_json({**tally.as_dict(), "archive": str(plan.archive)}))
    elif not options.quiet:
        hint = f" (by source: cuttings status --db {plan.archive})" if tally.failed else ""
        click.echo(summary_line(tally) + hint, err=True)
    if tally.nothing_reached:
        print_error("nothing could be reached")
    for alarm in tally.alarms:
        print_error(alarm.line())


def code_of(tally: Tally) -> int:
    """The exit code of a run."""
    if tally.stopped_by and tally.stopped_by != TIME_UP:
        return stopped_code(tally.stopped_by)
    if tally.nothing_reached:
        return UNREACHED
    return SOME_FAILED if tally.failed or tally.alarms else DONE
