"""Floods: what a server sends without end is cut off by a limit, soon and in little memory, not by the deadline."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from dataclasses import replace

import pytest

from scraper.errors import FetchError
from tests.support.behaviours import ARTICLE, STORY, Behaviour
from tests.support.fetching import OPEN, fetcher
from tests.support.frames import FrameServer
from tests.support.hostile_frames import AFTER
from tests.support.hostile_sites import PAGES
from tests.support.loopback import Server, serving
from tests.support.tls import client_tls, server_tls

SETTINGS = replace(OPEN, deadline=10, max_wire_bytes=500_000)
MAX_SECONDS = 5.0
MAX_SENT_BYTES = 24_000_000
"""Bytes that a server may send before it notices that the client hung up; the operating system keeps some megabytes."""
MAX_MEMORY_BYTES = 12_000_000
FLOODS = {name: behaviour for name, behaviour in (PAGES | AFTER).items() if behaviour.is_flood}
FILLING = (
    "a status line without end", "early hints of 30 KB without end", "an endless chunk extension", "a trailer without end",
    "a flood of PING", "a flood of unknown type", "a flood of DATA of a byte in the body", "a frame of 16 MB",
    "empty CONTINUATION", "CONTINUATION of 16 KB", "unknown frames of 16 KB", "a flood of PING after an answer",
)  # fmt: skip
"""Floods that a client might keep in memory, or answer to a server that never reads."""


async def fetch(behaviour: Behaviour) -> tuple[str, int]:
    """Return the outcome of fetching from a server with this behaviour, and the bytes that the server sent."""
    tls = server_tls(**behaviour.tls) if behaviour.tls is not None else None
    routes = {STORY: behaviour.route, "/robots.txt": behaviour.robots}
    made = FrameServer if behaviour.http2 else Server
    async with serving(routes, tls=tls, made=made) as server, fetcher(SETTINGS, tls=client_tls) as client:
        outcome = ARTICLE
        try:
            await client.fetch(f"http{'s' if tls else ''}://127.0.0.1:{server.port}{STORY}")
        except FetchError as exc:
            outcome = exc.kind
        return outcome, server.sent_bytes


@pytest.mark.parametrize("behaviour", FLOODS.values(), ids=FLOODS)
def test_a_limit_ends_a_flood(behaviour: Behaviour) -> None:
    started = time.monotonic()
    outcome, sent_bytes = asyncio.run(fetch(behaviour))
    assert outcome == behaviour.expected
    assert time.monotonic() - started < MAX_SECONDS
    assert sent_bytes < MAX_SENT_BYTES


@pytest.mark.parametrize("name", FILLING)
def test_a_flood_fills_no_memory(name: str) -> None:
    tracemalloc.start()
    try:
        asyncio.run(fetch(FLOODS[name]))
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY_BYTES
    finally:
        tracemalloc.stop()
