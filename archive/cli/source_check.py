"""`cuttings sources check`: the sources of a list read once, and what is printed of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from archive.cli.scrape import Options, make_settings, pick_sources
from archive.output.article import counted, iso, one_line, printable, to_json
from scraper.crawl.source_check import CheckResult, check_sources
from scraper.crawl.worker_pool import ExtractPool
from scraper.fetch.client import Fetcher
from scraper.sources.source_list import SourceList, load_sources, utc_now

PRELOAD: Final = ("scraper.discovery.parse",)
"""What a worker that reads feeds needs; no article is extracted."""


def check_list(
    path: Path, *, only: tuple[str, ...], delay: float | None, allow_private: bool, allow_hosts: tuple[str, ...]
) -> list[CheckResult]:
    """What the sources of a list give. Raises `ConfigError`."""
    loaded = load_sources(path)
    picked = pick_sources(loaded.sources, only, origin=str(path))
    options = Options(
        delay=delay,
        per_host=None,
        allow_private=allow_private,
        jobs=1,
        rules_paths=(),
        quiet=True,
        as_json=True,
        allow_hosts=allow_hosts,
    )
    return asyncio.run(checked_with(SourceList(picked, loaded.defaults), options))


async def checked_with(loaded: SourceList, options: Options) -> list[CheckResult]:
    """The same, with a client and a worker of its own."""
    settings = make_settings(loaded.sources, options, loaded.defaults)
    with ExtractPool(1, preload=PRELOAD, need_rules=False) as pool:
        async with Fetcher(settings, clock=utc_now) as fetcher:
            return await check_sources(loaded.sources, fetcher, pool)


def print_checked(checked: list[CheckResult], *, as_json: bool) -> None:
    """Prints what each source gave, and how many are broken."""
    if as_json:
        click.echo(to_json([as_row(one) for one in checked], indent=1))
        return
    for one in checked:
        for line in lines_of(one):
            click.echo(one_line(printable(line)).rstrip())
    broken = sum(one.broken for one in checked)
    click.echo(f"{counted(len(checked), 'source')}, {broken or 'none'} broken", err=True)


def lines_of(one: CheckResult) -> Iterator[str]:
    """A source in a few lines."""
    source = one.source
    state = "broken" if one.broken else "ok"
    if one.error:
        yield f"{state:<7} {source.name}  {source.kind}  {one.error}: {one.detail}"
    else:
        newest = f", newest {one.newest:%Y-%m-%d %H:%M}" if one.newest else ""
        documents = f" in {one.documents} documents" if one.documents > 1 else ""
        yield f"{state:<7} {source.name}  {source.kind}  {one.document_type}: {counted(one.found, 'link')}{documents}, {one.wanted} wanted{newest}"
    yield from (f"        note: {note}" for note in notes_of(one))
    yield from (
        f"        {link.dated.date() if link.dated else 'no date   '}  {link.title[:60] or '(no title)'}  {link.url}"
        for link in one.examples
    )


def notes_of(one: CheckResult) -> Iterator[str]:
    """What somebody should know or do about a source."""
    source = one.source
    if one.forbidden:
        yield f"robots.txt forbids {one.forbidden} of {one.asked} links"
    if one.found and not one.wanted:
        yield "include, exclude and since leave none of its links"
    for feed in one.feeds[:3]:
        yield f'its page announces a feed: url = "{feed}"'
    if one.full_text and not source.full_text:
        yield "its entries hold whole texts: full_text = true uses them where a page gives none"
    yield from (f"could not be read: {failure}" for failure in one.failures[:3])


def as_row(one: CheckResult) -> dict[str, Any]:
    """A source for JSON."""
    return {
        "name": one.source.name,
        "kind": one.source.kind,
        "url": one.source.urls[0],
        "status": one.error or "ok",
        "detail": one.detail,
        "broken": one.broken,
        "what": one.document_type,
        "documents": one.documents,
        "found": one.found,
        "wanted": one.wanted,
        "newest": iso(one.newest),
        "feeds": list(one.feeds),
        "full_text": one.full_text,
        "robots": {"asked": one.asked, "forbidden": one.forbidden},
        "failures": list(one.failures),
        "examples": [{"url": link.url, "title": link.title, "date": iso(link.dated)} for link in one.examples],
    }
