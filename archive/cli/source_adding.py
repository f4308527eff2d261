"""`cuttings sources add`: finds a source at each address, tries it, and appends it to the list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from archive.cli.run_plan import RunOptions, make_settings
from archive.cli.source_files import HEAD, Added, NewSource, add_sources, read_text, source_block, toml_text
from scraper.crawl.source_check import CheckResult
from scraper.crawl.source_finding import FoundSource, find_source
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.opml import Outline
from scraper.errors import ConfigError, FetchError
from scraper.fetch.addresses import is_local_name
from scraper.fetch.client import Fetcher
from scraper.fetch.throttle import RetryPolicy
from scraper.sources.source_list import SourceList, parse_sources, utc_now
from scraper.types import Source
from scraper.urls.canonical import DEFAULT_PORTS, canonicalize, spellings, without_feed_scheme
from scraper.urls.variants import page_key

RETRY_POLICY: Final = RetryPolicy(retries=1)
"""Somebody waits for the answer, and types the address again."""
LARGE_SITEMAP_LINKS: Final = 1_000
"""Links of a sitemap that names all articles that a site ever had. A list of today's news is not made of those."""
LARGE_SITEMAP_LINES: Final = ('since = "30d"   # the sitemap names older articles too',)


def find_sources(urls: Sequence[str], path: Path, options: RunOptions) -> list[FoundSource]:
    """What was found at each address, each once. Raises `ConfigError` for a bad address, or a list that cannot be loaded."""
    addresses = {page_key(url): (url, "://" not in typed) for typed in urls for url in (parse_address(typed),)}
    text = read_text(path) if path.exists() else HEAD
    templates = [list_with(text, url, path.name) for url, _ in addresses.values()]
    return asyncio.run(find_all(templates, options, guessed=[guessed for _, guessed in addresses.values()]))


def list_with(text: str, url: str, origin: str) -> SourceList:
    """A source for an address, with the defaults of the list."""
    known = parse_sources(f"{text}\n{source_block(f'new {url}', Outline('', url))}", origin=origin)
    return SourceList((known.sources[-1],), known.defaults)


def parse_address(text: str) -> str:
    """The address of a site or feed, which people write without https://, and browsers with feed:. Raises `ConfigError`."""
    text = without_feed_scheme(text)
    try:
        return canonicalize(text if "://" in text else f"https://{text}")
    except FetchError as exc:
        raise ConfigError(str(exc)) from exc


async def find_all(
    templates: Sequence[SourceList], options: RunOptions, *, guessed: Sequence[bool]
) -> list[FoundSource]:
    """Finds the sources with one client and one worker, hosts in parallel. `guessed`: nobody typed the scheme."""
    sources = tuple(one.sources[0] for one in templates)
    settings = replace(make_settings(sources, options, templates[0].defaults), retry_policy=RETRY_POLICY)
    with ExtractPool(1, need_rules=False) as pool:
        async with Fetcher(settings, clock=utc_now) as fetcher:
            searches = (
                find_by_either_scheme(source, fetcher, pool) if is_guess else find_source(source, fetcher, pool)
                for source, is_guess in zip(sources, guessed, strict=True)
            )
            return list(await asyncio.gather(*searches))


async def find_by_either_scheme(template: Source, fetcher: Fetcher, pool: ExtractPool) -> FoundSource:
    """The source at an https address, or at the same address of http if no server answers by https."""
    secure = await find_source(template, fetcher, pool)
    if not secure.unreachable:
        return secure
    plain = f"http{template.urls[0].removeprefix('https')}"
    found = await find_source(replace(template, urls=(plain,)), fetcher, pool)
    return secure if found.unreachable else found


def write_found(path: Path, found: Sequence[FoundSource], *, allow_hosts: Sequence[str] = ()) -> Added:
    """Appends the sources that were found to a list, with the private hosts that were allowed. Raises `ConfigError`."""
    return add_sources(path, [new_source(one.found, allow_hosts) for one in found if one.found])


def new_source(result: CheckResult, allow_hosts: Sequence[str] = ()) -> NewSource:
    """The table of a found source. It allows a private host, because a run of the list is given no option that does."""
    source = result.source
    is_large = source.kind == "sitemap" and result.found >= LARGE_SITEMAP_LINKS
    lines = LARGE_SITEMAP_LINES if is_large else ()
    if host := private_host(source.urls[0], allow_hosts):
        lines = (*lines, f"allow_hosts = [{toml_text(host)}]")
    return NewSource(Outline("", source.urls[0]), source.kind, lines)


def private_host(url: str, allow_hosts: Sequence[str]) -> str:
    """The host of a URL as `allow_hosts` writes it, if it is private by its spelling or one of those given; otherwise "".

    >>> private_host("http://127.0.0.1:8000/rss", ()), private_host("https://paper.example/rss", ("10.0.0.1",))
    ('127.0.0.1:8000', '')
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    spelled = spellings(host, port)
    return spelled[-1] if is_local_name(host) or not set(spelled).isdisjoint(allow_hosts) else ""


def renamed(found: Sequence[FoundSource], added: Added) -> list[FoundSource]:
    """What was found, with the names under which the list has it."""
    names = {source.urls[0]: source.name for source in added.sources}
    return [
        replace(one, found=replace(one.found, source=replace(one.found.source, name=name)))
        for one in found
        if one.found and (name := names.get(one.found.source.urls[0]))
    ]
