"""Connections are reused while they can be trusted, and closed when they cannot."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import httpx
import pytest

from scraper.errors import FetchError
from scraper.fetch import transport
from scraper.fetch.addresses import resolve
from scraper.fetch.http_client import default_tls
from scraper.fetch.network import Network, connect
from scraper.fetch.transport import Transport
from tests.support.fetching import HTML, OPEN, fetcher
from tests.support.loopback import Exchange, Server, serving

SLOW = replace(OPEN, deadline=0.3)


async def silent(exchange: Exchange) -> None:
    """Sends nothing until the client closes the connection."""
    await exchange.closed()


async def closing_later(exchange: Exchange) -> None:
    """Answers, and closes the connection when the next request has arrived."""
    if exchange.server.count(exchange.path) == 2:
        exchange.reset()
    else:
        await exchange.send(HTML)


async def open_connections(server: Server) -> int:
    """The number of connections that the server sees open, after closed ones were noticed."""
    await asyncio.sleep(0.05)
    return server.connections - server.ended


def test_requests_to_one_host_share_connections_and_other_hosts_have_their_own() -> None:
    async def run() -> tuple[int, int]:
        async with serving({"/a": HTML}) as one, serving({"/a": HTML}) as other, fetcher() as client:
            for _ in range(3):
                await client.fetch(one.url("/a"))
                await client.fetch(other.url("/a"))
            return one.connections, other.connections

    assert asyncio.run(run()) == (1, 1)


def test_a_connection_that_was_closed_meanwhile_is_replaced_and_the_request_sent_again() -> None:
    async def run() -> tuple[int, int]:
        async with serving({"/a": closing_later}) as server, fetcher() as client:
            for _ in range(2):
                assert (await client.fetch(server.url("/a"))).body == HTML
            return server.count("/a"), server.connections

    assert asyncio.run(run()) == (3, 2)


BAD_ANSWERS = {
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n",
    "a transfer encoding of two": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_request_that_got_an_invalid_response_on_a_kept_connection_is_not_sent_again(bad: bytes) -> None:
    async def route(exchange: Exchange) -> None:
        await exchange.raw(bad)

    async def run() -> tuple[str, int]:
        async with serving({"/a": HTML, "/bad": route}) as server, fetcher() as client:
            await client.fetch(server.url("/a"))
            with pytest.raises(FetchError) as caught:
                await client.fetch(server.url("/bad"))
            return caught.value.kind, server.count("/bad")

    assert asyncio.run(run()) == ("protocol", 1)


def test_a_new_connection_that_is_closed_without_a_response_is_an_error_after_one_request() -> None:
    async def hang_up(exchange: Exchange) -> None:
        exchange.reset()

    async def run() -> int:
        async with serving({"/a": hang_up}) as server, fetcher() as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(server.url("/a"), want="part")
            assert caught.value.kind == "refused"
            return server.count("/a")

    assert asyncio.run(run()) == 1


def test_a_request_that_ran_out_of_time_leaves_no_connection_open() -> None:
    async def run() -> int:
        async with serving({"/silent": silent}) as server, fetcher(SLOW) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(server.url("/silent"))
            assert caught.value.kind == "timeout"
            return await open_connections(server)

    assert asyncio.run(run()) == 0


def test_the_connections_of_hosts_that_were_idle_longest_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_IDLE_POOLS", 2)

    async def run() -> list[int]:
        async with AsyncExitStack() as stack:
            servers = [await stack.enter_async_context(serving({"/a": HTML})) for _ in range(4)]
            client = await stack.enter_async_context(fetcher())
            for number in (0, 1, 0, 2, 3):
                await client.fetch(servers[number].url("/a"))
            return [await open_connections(server) for server in servers]

    assert asyncio.run(run()) == [1, 0, 1, 1]


def test_the_transport_serves_any_client_of_httpx() -> None:
    async def run() -> tuple[bytes, int]:
        own = Transport(Network(resolve, connect, max_body_bytes=1_000_000), tls=default_tls)
        async with serving({"/a": HTML}) as server, httpx.AsyncClient(transport=own, trust_env=False) as client:
            for _ in range(2):
                body = (await client.get(server.url("/a"))).content
            return body, server.connections

    assert asyncio.run(run()) == (HTML, 1)
