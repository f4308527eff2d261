"""Fetchers, routes and a fake clock for tests of fetching."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.throttle import RetryPolicy
from scraper.types import Page
from tests.support.loopback import Exchange, Route, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

OPEN = Settings(
    user_agent="Test/1.0 (+https://example.org)",
    delay=0,
    allow_private=True,
    deadline=5,
    max_body_bytes=200_000,
    max_wire_bytes=100_000,
    retry_policy=RetryPolicy(retries=0),
)
HTML = b"<html><body><p>" + b"words and words " * 500 + b"</p></body></html>"

PATIENT = RetryPolicy(jitter=0.0)
SETTINGS = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=5, retry_policy=PATIENT)
PAGE = "<html><body><p>Text.</p></body></html>"


def fetcher(settings: Settings = OPEN, **kwargs: Any) -> Fetcher:
    return Fetcher(settings, clock=lambda: NOW, **kwargs)


def fetched(
    routes: dict[str, Route], path: str = "/a", settings: Settings = OPEN, **kwargs: Any
) -> tuple[Page, Server]:
    """The page at a path of a server with these routes."""

    async def run() -> tuple[Page, Server]:
        async with serving(routes) as server, fetcher(settings) as client:
            return await client.fetch(server.url(path), **kwargs), server

    return asyncio.run(run())


def refused(routes: dict[str, Route], path: str = "/a", settings: Settings = OPEN, **kwargs: Any) -> FetchError:
    """The error that fetching a path raises."""
    with pytest.raises(FetchError) as caught:
        fetched(routes, path, settings, **kwargs)
    return caught.value


def answer(body: bytes = HTML, status: int = 200, **fields: str) -> Callable[[Exchange], Awaitable[None]]:
    async def route(exchange: Exchange) -> None:
        await exchange.send(body, status, **fields)

    return route


class FakeTime:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def fetcher(self, settings: Settings = SETTINGS, **kwargs: Any) -> Fetcher:
        return Fetcher(
            settings,
            clock=lambda: NOW + timedelta(seconds=self.now),
            sleep=self.sleep,
            monotonic=lambda: self.now,
            chance=lambda: 0.0,
            **kwargs,
        )


def failing(times: int, status: int = 503, **fields: str) -> Any:
    """A route that fails this many times before it answers with a page."""

    async def route(exchange: Exchange) -> None:
        if exchange.server.count(exchange.path) <= times:
            await exchange.send("", status, **fields)
        else:
            await exchange.send(PAGE)

    return route


async def outcomes(client: Fetcher, server: Server, *paths: str) -> list[str]:
    """Return for each path "page" or the kind of error; fetched one after the other."""
    found = []
    for path in paths:
        try:
            found.append("page" if isinstance(await client.fetch(server.url(path)), Page) else "")
        except FetchError as exc:
            found.append(exc.kind)
    return found
