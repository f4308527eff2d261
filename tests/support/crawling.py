"""Crawls over loopback sites: pages, feeds and the outcomes of sources."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from scraper.crawl.crawler import crawl
from scraper.crawl.worker_pool import ExtractPool
from scraper.fetch.client import Settings
from scraper.types import Known, Outcome, Source, SourceRead
from tests.support.loopback import Exchange, Route, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


FAST = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=10)


SENTENCES = "The council met on Tuesday and voted to repair the old bridge before winter. Work on the {} pier begins next month, said the mayor. "


def article(name: str) -> str:
    """A page that holds an article."""
    paragraphs = "".join(
        f"<p>{SENTENCES.format(name)}It is the {count} time.</p>" for count in ("first", "second", "third", "fourth")
    )
    return f"<!DOCTYPE html><html><head><title>Bridge {name}</title></head><body><article><h1>Bridge {name}</h1>{paragraphs}</article></body></html>"


def feed(*paths: str, dates: Mapping[str, datetime] | None = None) -> str:
    """An RSS feed that names paths of its own server."""
    stamp = {path: f"<pubDate>{format_datetime(at)}</pubDate>" for path, at in (dates or {}).items()}
    return (
        "<rss><channel>"
        + "".join(f"<item><link>{path}</link>{stamp.get(path, '')}</item>" for path in paths)
        + "</channel></rss>"
    )


def tagged(body: str, etag: str = '"1"') -> Any:
    """A route with an ETag that answers 304 to it."""

    async def route(exchange: Exchange) -> None:
        same = exchange.headers.get("if-none-match") == etag
        await exchange.send("" if same else body, 304 if same else 200, ETag=etag)

    return route


def nothing_known(urls: Sequence[str]) -> dict[str, Known]:
    return {}


async def outcomes_of(sources: Sequence[Source], pool: ExtractPool, **kwargs: Any) -> list[Outcome]:
    options = {"settings": FAST, "known": nothing_known, "clock": lambda: NOW} | kwargs
    return [outcome async for outcome in crawl(sources, pool=pool, **options)]


def crawled(
    routes: Mapping[str, Route], sources: Sequence[tuple[str, str]], pool: ExtractPool, **kwargs: Any
) -> tuple[list[Outcome], Server]:
    """The outcomes of sources (kind and path, named by their path) of one server."""

    async def run() -> tuple[list[Outcome], Server]:
        async with serving(routes) as server:
            rows = [Source(path, kind, (server.url(path),)) for kind, path in sources]  # type: ignore[arg-type]
            return await outcomes_of(rows, pool, **kwargs), server

    return asyncio.run(run())


def reads(outcomes: Sequence[Outcome]) -> dict[str, SourceRead]:
    return {outcome.source: outcome for outcome in outcomes if isinstance(outcome, SourceRead)}


def paths(outcomes: Sequence[Outcome], kind: type[Outcome], server: Server) -> list[str]:
    return [
        outcome.link.url.removeprefix(server.base)
        for outcome in outcomes
        if isinstance(outcome, kind) and not isinstance(outcome, SourceRead)
    ]
