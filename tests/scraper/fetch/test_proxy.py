"""An explicit proxy, and secrets that go to one host only."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.errors import ConfigError, FetchError
from scraper.fetch.client import Fetcher, Secrets, Settings
from scraper.fetch.proxy import parse_proxy
from scraper.fetch.throttle import RetryPolicy
from tests.support.http2_server import serving_h2
from tests.support.listening import listening
from tests.support.loopback import Exchange, Server, serving
from tests.support.tls import client_tls, server_tls

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HTML = b"<html><body><p>Some words.</p></body></html>"
IPV6 = "[2606:2800:220:1:248:1893:25c8:1946]"
SETTINGS = Settings(user_agent="Test/1.0", delay=0, deadline=2, retry_policy=RetryPolicy(retries=0))


class Proxy:
    """A proxy that records its requests, and resolves hosts that no other resolver knows."""

    def __init__(self, where: dict[str, int], *, status: bytes = b"200") -> None:
        self.where = where
        self.status = status
        self.lines: list[str] = []
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.lines += head.decode().split("\r\n")
                method, target = head.decode().split(" ")[:2]
                if method == "CONNECT":
                    writer.write(b"HTTP/1.1 " + self.status + b" x\r\n\r\n")
                    if self.status != b"200":
                        break
                    await self.join(reader, writer, self.where[target.rpartition(":")[0]])
                    break
                body = b"<html>" + target.encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.wait(
            [asyncio.create_task(pour(reader, far_writer)), asyncio.create_task(pour(far_reader, writer))]
        )


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def proxying(proxy: Proxy) -> AsyncIterator[Proxy]:
    async with listening(proxy.serve) as proxy.port:
        yield proxy
        await asyncio.wait_for(asyncio.gather(*proxy.tasks, return_exceptions=True), 5)  # no tunnel stays open


def through(proxy: Proxy, *, login: str = "", **kwargs: Any) -> Fetcher:
    """A client behind a proxy, with a resolver that must not be asked."""

    async def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    return Fetcher(
        replace(SETTINGS, proxy=f"http://{login}127.0.0.1:{proxy.port}"),
        clock=lambda: NOW,
        resolve=resolve,
        tls=client_tls,
        **kwargs,
    )


def test_http_pages_are_requested_by_their_whole_url_and_the_proxy_resolves_names() -> None:
    async def run() -> list[str]:
        async with proxying(Proxy({})) as proxy:
            async with through(proxy, login="ann:s%40cret@") as client:
                page = await client.fetch("http://news.test/a?b")
            assert page.body == b"<html>http://news.test/a?b"
            return proxy.lines

    lines = asyncio.run(run())
    assert lines[0] == "GET http://news.test/robots.txt HTTP/1.1"
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'ann:s@cret').decode()}" in lines
    assert "Host: news.test" in lines


@pytest.mark.parametrize("h2", [True, False])
def test_https_pages_go_through_a_tunnel_with_a_verified_host(h2: bool) -> None:
    tls = server_tls(hosts=("news.test", IPV6.strip("[]")), h2=h2)

    async def run() -> None:
        hosts = serving_h2({"/a": HTML}, tls=tls) if h2 else serving({"/a": HTML}, tls=tls)
        async with (
            hosts as server,
            proxying(Proxy(dict.fromkeys(("news.test", "other.test", IPV6), server.port))) as proxy,
            through(proxy) as client,
        ):
            assert (await client.fetch("https://news.test/a")).body == HTML
            assert (await client.fetch(f"https://{IPV6}/a")).body == HTML
            with pytest.raises(FetchError) as caught:
                await client.fetch("https://other.test/a")
            assert caught.value.kind == "tls"
            assert [line for line in proxy.lines if line.startswith("CONNECT")] == [
                "CONNECT news.test:443 HTTP/1.1",
                f"CONNECT {IPV6}:443 HTTP/1.1",
                "CONNECT other.test:443 HTTP/1.1",
            ]
            assert [line for line in proxy.lines if "robots" in line] == []

    asyncio.run(run())


def test_a_refusing_or_missing_proxy_is_an_error_of_kind_proxy() -> None:
    async def run() -> list[str]:
        kinds = []
        async with proxying(Proxy({}, status=b"407")) as proxy, through(proxy) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch("https://news.test/a")
            kinds.append(caught.value.kind)
            proxy.port = 1
            async with through(proxy) as lost:
                with pytest.raises(FetchError) as caught:
                    await lost.fetch("http://news.test/a")
            return [*kinds, caught.value.kind]

    assert asyncio.run(run()) == ["proxy", "proxy"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "[::1]", "169.254.169.254", "localhost", "intranet", "db.internal", "[64:ff9b::a00:1]"],
)
def test_a_host_with_a_private_spelling_is_refused_behind_a_proxy_too(host: str) -> None:
    async def run() -> tuple[str, list[str]]:
        async with proxying(Proxy({})) as proxy, through(proxy) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"http://{host}/a")
            return caught.value.kind, proxy.lines

    assert asyncio.run(run()) == ("private-address", [])


def test_proxy_variables_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def run() -> bytes:
        async with (
            serving({"/a": HTML}) as server,
            Fetcher(replace(SETTINGS, allow_private=True), clock=lambda: NOW) as client,
        ):
            return (await client.fetch(server.url("/a"))).body

    assert asyncio.run(run()) == HTML


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.test",
        "proxy.test:80",
        "http://",
        "http://proxy.test/path",
        "http://proxy.test:port",
        "socks5://proxy.test",
    ],
)
def test_an_invalid_proxy_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError):
        parse_proxy(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://ann:secret@proxy.test",
        "ann:secret@proxy.test",
        "http://ann:secret@proxy.test:port",
        "http://ann:secret@proxy.test/path",
    ],
)
def test_the_error_for_an_invalid_proxy_hides_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_proxy(url)
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "proxy.test" in str(caught.value)


SECRETS = (
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("Host", "evil.test"),
    ("User-Agent", "Spoofed"),
    ("Bad Name", "1"),
    ("X-Split", "a\r\nX-More: 1"),
)


def secrets_of(server: Server) -> Secrets:
    return Secrets(f"127.0.0.1:{server.port}", SECRETS, (("session", "s1"), ("b", "2")))


def test_secrets_go_only_to_their_host_and_not_to_robots_txt() -> None:
    async def run() -> tuple[Server, Server]:
        async with serving({"/a": HTML, "/here": HTML}) as other, serving({"/a": HTML}) as server:

            async def away(exchange: Exchange) -> None:
                await exchange.send(b"", 302, Location=other.url("/a"))

            async def within(exchange: Exchange) -> None:
                await exchange.send(b"", 302, Location="/a")

            server.routes |= {"/away": away, "/within": within}
            async with Fetcher(replace(SETTINGS, allow_private=True), clock=lambda: NOW) as client:
                for path in ("/a", "/within", "/away"):
                    await client.fetch(server.url(path), secrets=secrets_of(server))
                await client.fetch(other.url("/here"), secrets=secrets_of(server))
            return server, other

    server, other = asyncio.run(run())
    for path, headers in zip(server.seen, server.asked, strict=True):
        secret = path != "/robots.txt"
        assert (headers.get("authorization"), headers.get("x-key"), headers.get("cookie")) == (
            ("Bearer abc", "k", "session=s1; b=2") if secret else (None,) * 3
        )
        assert (headers["user-agent"], headers["host"]) == ("Test/1.0", f"127.0.0.1:{server.port}")
        assert not {"x-split", "x-more", "bad name"} & set(headers)
    assert all(not {"authorization", "x-key", "cookie"} & set(headers) for headers in other.asked)
    assert len(other.seen) == 3


@pytest.mark.parametrize(
    ("host", "first", "target", "sent"),
    [
        ("news.test", "https://news.test/a", "https://news.test/b", True),
        ("news.test", "http://news.test/a", "https://news.test/a", True),
        ("news.test", "https://news.test/a", "http://news.test/a", False),
        ("news.test", "https://news.test/a", "https://news.test:8443/a", False),
        ("news.test:8443", "https://news.test:8443/a", "https://news.test:8443/b", True),
        ("news.test:443", "https://news.test/a", "https://news.test/b", True),
        ("news.test", "https://news.test/a", "https://www.news.test/a", False),
        ("News.Test.", "https://news.test/a", "https://news.test/a", True),
        ("news.test", "https://news.test/a", "https://news.test.evil.example/a", False),
    ],
)
def test_secrets_match_their_host_by_name_and_port_and_are_never_sent_over_http_after_https(
    host: str, first: str, target: str, sent: bool
) -> None:
    assert bool(Secrets(host, (("X-Key", "k"),)).rows(target, first)) is sent
