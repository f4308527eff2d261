"""`cuttings sources add`: finds a source at each address, tries it, and appends it to the list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from archive.cli.run_plan import RunOptions, make_settings
from archive.cli.source_files import HEAD, Added, NewSource, add_sources, read_text, source_block
from scraper.crawl.source_check import CheckResult
from scraper.crawl.source_finding import FoundSource, find_source
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.opml import Outline
from scraper.errors import ConfigError, FetchError
from scraper.fetch.client import Fetcher
from scraper.sources.source_list import SourceList, parse_sources, utc_now
from scraper.urls.canonical import canonicalize
from scraper.urls.variants import page_key

LARGE_SITEMAP_LINKS: Final = 1_000
"""Links of a sitemap that names all articles that a site ever had. A list of today's news is not made of those."""
LARGE_SITEMAP_LINES: Final = ('since = "30d"   # the sitemap names older articles too',)


def find_sources(urls: Sequence[str], path: Path, options: RunOptions) -> list[FoundSource]:
    """What was found at each address, each once. Raises `ConfigError` for a bad address, or a list that cannot be loaded."""
    addresses = {page_key(url): url for url in map(parse_address, urls)}
    text = read_text(path) if path.exists() else HEAD
    templates = [list_with(text, url, path.name) for url in addresses.values()]
    return asyncio.run(find_all(templates, options))


def list_with(text: str, url: str, origin: str) -> SourceList:
    """A source for an address, with the defaults of the list."""
    known = parse_sources(f"{text}\n{source_block(f'new {url}', Outline('', url))}", origin=origin)
    return SourceList((known.sources[-1],), known.defaults)


def parse_address(text: str) -> str:
    """The address of a site, which people write without https://. Raises `ConfigError`."""
    try:
        return canonicalize(text if "://" in text else f"https://{text}")
    except FetchError as exc:
        raise ConfigError(str(exc)) from exc


async def find_all(templates: Sequence[SourceList], options: RunOptions) -> list[FoundSource]:
    """Finds the sources with one client and one worker, hosts in parallel."""
    sources = tuple(one.sources[0] for one in templates)
    settings = make_settings(sources, options, templates[0].defaults)
    with ExtractPool(1, need_rules=False) as pool:
        async with Fetcher(settings, clock=utc_now) as fetcher:
            return list(await asyncio.gather(*(find_source(source, fetcher, pool) for source in sources)))


def write_found(path: Path, found: Sequence[FoundSource]) -> Added:
    """Appends the sources that were found to a list. Raises `ConfigError`."""
    return add_sources(path, [new_source(one.found) for one in found if one.found])


def new_source(result: CheckResult) -> NewSource:
    """The table of a found source."""
    source = result.source
    is_large = source.kind == "sitemap" and result.found >= LARGE_SITEMAP_LINKS
    return NewSource(Outline("", source.urls[0]), source.kind, LARGE_SITEMAP_LINES if is_large else ())


def renamed(found: Sequence[FoundSource], added: Added) -> list[FoundSource]:
    """What was found, with the names under which the list has it."""
    names = {source.urls[0]: source.name for source in added.sources}
    return [
        replace(one, found=replace(one.found, source=replace(one.found.source, name=name)))
        for one in found
        if one.found and (name := names.get(one.found.source.urls[0]))
    ]
