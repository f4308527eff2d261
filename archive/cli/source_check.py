"""Prints what each source of a list gives, for `cuttings sources check`. `scraper.crawl.source_check` reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive.cli.printing import JsonForm, print_json
from archive.cli.run_plan import RunOptions, make_settings, pick_sources
from archive.output.article import counted, iso, one_line, printable
from scraper.crawl.source_check import CheckResult, check_sources
from scraper.crawl.worker_pool import ExtractPool
from scraper.fetch.client import Fetcher
from scraper.sources.source_list import SourceList, load_sources, utc_now


def check_list(
    path: Path, *, only: tuple[str, ...], delay: float | None, allow_private: bool, allow_hosts: tuple[str, ...]
) -> list[CheckResult]:
    """The result for each source of a list. Raises `ConfigError`."""
    loaded = load_sources(path)
    picked = pick_sources(loaded.sources, only, origin=str(path))
    options = RunOptions(
        delay=delay,
        per_host=None,
        allow_private=allow_private,
        jobs=1,
        rules_paths=(),
        quiet=True,
        as_json="json",
        allow_hosts=allow_hosts,
    )
    return asyncio.run(check_loaded(SourceList(picked, loaded.defaults), options))


async def check_loaded(loaded: SourceList, options: RunOptions) -> list[CheckResult]:
    """Checks the sources with their own client and worker."""
    settings = make_settings(loaded.sources, options, loaded.defaults)
    with ExtractPool(1, need_rules=False) as pool:
        async with Fetcher(settings, clock=utc_now) as fetcher:
            return await check_sources(loaded.sources, fetcher, pool)


def print_checked(checked: list[CheckResult], *, as_json: JsonForm) -> None:
    """Prints the result of each source, and how many are broken."""
    if as_json:
        print_json([as_row(one) for one in checked], as_json)
        return
    for one in checked:
        for line in lines_of(one):
            click.echo(one_line(printable(line)).rstrip())
    broken = sum(one.broken for one in checked)
    click.echo(f"{counted(len(checked), 'source')}, {broken or 'none'} broken", err=True)


def lines_of(one: CheckResult) -> Iterator[str]:
    """The result of a source in a few lines."""
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
    """Advice on a source."""
    source = one.source
    if one.forbidden:
        yield f"robots.txt disallows {one.forbidden} of {one.asked} links"
    if one.found and not one.wanted:
        yield "include, exclude and since reject all of its links"
    for feed in one.feeds[:3]:
        yield f'the page announces a feed: url = "{feed}"'
    if one.full_text and not source.full_text:
        yield "the entries contain whole texts: set full_text = true to use them when a page gives no text"
    yield from (f"could not be read: {failure}" for failure in one.failures[:3])


def as_row(one: CheckResult) -> dict[str, Any]:
    """The result of a source for JSON."""
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
