"""Private addresses are refused in every spelling, after every redirect and every look-up."""

from __future__ import annotations

import asyncio
import socket

import pytest

from scraper.errors import FetchError
from scraper.fetch.addresses import is_public
from scraper.fetch.client import Settings
from scraper.fetch.network import connect
from tests.support.fetching import (
    HTML,
    answer,
    fetcher,
)
from tests.support.loopback import Server, serving

SPELLINGS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0", "localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "１２７.0.0.1", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]",
    "127.0.0.1.", "%31%32%37.0.0.1", "127.0.0.0x1", "[::7f00:1]", "[64:ff9b:1:7f00:1::]", "[fec0::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
    "[2001:4860::200:5efe:10.0.0.1]", "[::ffff:169.254.169.254]", "[100::1]", "192.88.99.1", "192.0.0.1", "198.18.0.1", "240.0.0.1", "203.0.113.1", "①②⑦.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_private_address_is_refused_in_every_spelling_before_connecting(host: str) -> None:
    async def run() -> Server:
        async with serving({"/a": HTML}) as server, fetcher(Settings(delay=0)) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"http://{host}:{server.port}/a")
            assert caught.value.kind == "private-address"
            return server

    assert asyncio.run(run()).connections == 0


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_a_redirect_to_a_private_address_is_refused() -> None:
    """The first host is let through by name, the second hop is vetted like any other."""

    async def run() -> Server:
        async with (
            serving({"/secret": HTML}) as inner,
            serving({"/a": answer(b"", 302, Location=inner.url("/secret"))}) as outer,
        ):
            client = fetcher(
                Settings(delay=0), resolve=lambda host, port: only_public(host), connect=Rerouted(outer.port)
            )
            async with client:
                with pytest.raises(FetchError) as caught:
                    await client.fetch("http://public.test/a")
            assert caught.value.kind == "private-address"
            assert outer.count("/a") == 1
            return inner

    assert asyncio.run(run()).connections == 0


async def only_public(host: str) -> list[str]:
    return ["93.184.216.34"] if host == "public.test" else [host]


class Rerouted:
    """Connects a public address to a loopback port, as a machine with a route of its own might."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connected: list[str] = []

    async def __call__(self, address: str, port: int) -> socket.socket:
        self.connected.append(address)
        assert is_public(address)
        return await connect("127.0.0.1", self.port)


def test_a_name_is_resolved_once_per_connection_and_the_vetted_address_is_used() -> None:
    answers = iter([["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    async def run() -> list[str]:
        async with serving({"/a": answer(Connection="close")}) as server:
            route = Rerouted(server.port)
            now = 0.0
            async with fetcher(Settings(delay=0), resolve=rebinding, connect=route, monotonic=lambda: now) as client:
                await client.fetch("http://rebinding.test/a")
                now = 600.0
                with pytest.raises(FetchError) as caught:
                    await client.fetch("http://rebinding.test/a")
            assert caught.value.kind == "private-address"
            return route.connected

    assert asyncio.run(run()) == ["93.184.216.34"]
