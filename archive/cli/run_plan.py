"""From options to a run's plan: the sources of `scrape`, or the pages of `add`, with the settings of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from archive.cli.exit_codes import print_error
from archive.cli.printing import JsonForm
from archive.learning.rule_files import read_rules, rule_paths
from archive.runs.scrape import RunPlan
from archive.store.links import BY_HAND
from scraper.discovery.saved_link import SavedLink
from scraper.errors import ConfigError, FetchError
from scraper.fetch.browser import check_renderer
from scraper.fetch.client import Settings
from scraper.fetch.settings import USER_AGENT
from scraper.sources.source_list import Defaults, SourceList, load_sources
from scraper.types import Source
from scraper.urls.canonical import canonicalize, host_of


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run. None means the source list's value, or else the built-in default."""

    delay: float | None
    per_host: int | None
    allow_private: bool
    jobs: int
    rules_paths: tuple[Path, ...]
    quiet: bool
    as_json: JsonForm
    max_pages: int | None = None
    max_time: float | None = None
    only: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()


def plan_sources(list_path: Path, archive: Path, options: RunOptions) -> RunPlan:
    """The plan for the sources of a list. Raises `ConfigError`."""
    loaded = load_sources(list_path)
    sources = pick_sources(with_added_pages(loaded), options.only, origin=str(list_path))
    if loaded.defaults.user_agent == USER_AGENT and not options.quiet:
        print_error(
            f"{list_path}: the user agent has no contact address; "
            'under [defaults], set user_agent = "your-archive (+https://your.site/contact)"'
        )
    return make_plan(sources, archive, options, loaded.defaults, name=str(list_path))


def plan_pages(urls: Sequence[str], archive: Path, options: RunOptions) -> RunPlan:
    """The plan for single pages. Raises `ConfigError`."""
    try:
        pages = tuple(dict.fromkeys(canonicalize(url) for url in urls))
    except FetchError as exc:
        raise ConfigError(str(exc)) from exc
    source = Source(name=BY_HAND, kind="urls", urls=pages)
    plan = make_plan((source,), archive, options, Defaults(), name=" ".join(pages))
    return replace(plan, ignore_schedule=True)


def plan_reading_lists(links: Sequence[SavedLink], names: Sequence[str], archive: Path, options: RunOptions) -> RunPlan:
    """The plan for the pages of reading lists. Pages that were fetched before are fetched when they are due."""
    source = Source(name=BY_HAND, kind="urls", urls=tuple(link.url for link in links))
    plan = make_plan((source,), archive, options, Defaults(), name=" ".join(names))
    return replace(plan, saved=tuple(links))


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
    links = read_rules(rules_paths).links if rules_paths else ()  # a bad file is reported before anything is fetched
    if any(source.render for source in sources):
        check_renderer()
    return RunPlan(
        archive=archive,
        sources=sources,
        sources_name=name,
        settings=make_settings(sources, options, defaults),
        jobs=options.jobs,
        rules_paths=rules_paths,
        paged_hosts=tuple({host for rule in links for host in rule.hosts}),
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
