"""httpx's transport over httpcore: one pool of connections for each scheme, host and port.

httpcore assigns requests to connections by walking all of them, so each origin has a pool of its own. A pool is retired
when its connections can no longer be trusted: it serves no new requests and is closed after its last response.

- A request failed or was cancelled. httpcore keeps a connection that was cancelled while it was being made.
- An HTTP/2 response was not read to its end. httpcore neither resets its stream nor counts its remaining bytes.
- A kept connection turned out to be closed (`StaleConnection`). The request may be sent again (RFC 9110, 9.2.2).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

from scraper.errors import FetchError
from scraper.fetch.failures import fetch_error, reason_of
from scraper.fetch.network import Network, Stream

MAX_IDLE_POOLS: Final = 100
"""Number of idle origins whose connections are kept open."""
MAX_IDLE_SECONDS: Final = 15.0
"""Time after which an idle connection is not used again. It is closed when its origin or a new one is asked next."""
WITHOUT_BODY: Final = frozenset({204, 304})
"""Statuses whose response ends with its header (RFC 9112, 6.3)."""

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]
"""httpcore's `trace` extension: it is told of each step of a request."""


class StaleConnection(FetchError):
    """A kept connection turned out to be closed. The next attempt uses a new one."""


@dataclass(slots=True)
class Pool:
    """The connections to one origin, and the number of its requests in flight."""

    connections: httpcore.AsyncConnectionPool
    active: int = 0
    is_retired: bool = False


class Progress:
    """What httpcore reports of one request: `connects` if a connection was made for it, `tunnelled` if a proxy gave one."""

    def __init__(self, outer: Trace | None) -> None:
        self.outer = outer
        self.connects = self.tunnelled = False

    async def __call__(self, name: str, info: dict[str, Any]) -> None:
        self.connects = self.connects or name == "connection.connect_tcp.started"
        self.tunnelled = self.tunnelled or name == "proxy.start_tls.started"
        if self.outer is not None:
            await self.outer(name, info)


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 and HTTP/2 over the connections of `network`, or of `proxy_network` to a proxy.

    Raises the exceptions of httpcore, and `FetchError`.
    """

    def __init__(
        self,
        network: Network,
        *,
        tls: Callable[[], ssl.SSLContext],
        http2: bool = True,
        proxy: httpx.Proxy | None = None,
    ) -> None:
        self.network = network
        self.tls = tls
        self.http2 = http2
        self.proxy = proxy
        self.pools: dict[tuple[str, bytes, int | None], Pool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request; its body is still to be read."""
        progress = Progress(request.extensions.get("trace"))
        message = httpcore.Request(
            request.method,
            core_url(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions={**request.extensions, "trace": progress},
        )
        pool = await self.pool(request.url)
        pool.active += 1
        try:
            response = await pool.connections.handle_async_request(message)
            stream = ReplyStream(response, self, pool)
        except BaseException as exc:
            pool.is_retired = True
            await self.leave(pool)
            meaning = self.meaning_of(exc, request.url, progress)
            raise meaning from (exc.__context__ if meaning is exc else exc)  # httpcore removes the causes of its errors
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=stream,
            extensions=response.extensions,
        )

    def meaning_of(self, exc: BaseException, url: httpx.URL, progress: Progress) -> BaseException:
        """Return an error of httpcore, or the `FetchError` for what it does not tell apart."""
        host = url.raw_host.decode("ascii")
        if isinstance(exc, httpcore.NetworkError) and not progress.connects:
            return StaleConnection(str(url), "refused", "the server closed the connection")
        if isinstance(exc, ValueError):  # raised for a status over HTTP/2 that is no number
            return FetchError(host, "protocol", f"the server did not speak valid HTTP: {reason_of(exc)}")
        is_of_proxy = isinstance(exc, (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError))
        if is_of_proxy and self.proxy is not None and url.scheme == "https" and not progress.tunnelled:
            detail = fetch_error(exc, host, f"the proxy gave no tunnel to {host}").detail
            return FetchError(host, "proxy", detail)
        return exc

    async def pool(self, url: httpx.URL) -> Pool:
        """Return the pool of an origin; close the pools of the origins that were idle longest."""
        key = (url.scheme, url.raw_host, url.port)
        pool = self.pools.pop(key, None)
        if pool is None or pool.is_retired:
            pool = Pool(self.new_connections(url.scheme))
        self.pools[key] = pool
        idle = [(name, old) for name, old in self.pools.items() if old.active == 0 and old is not pool]
        for name, old in idle[: max(0, len(idle) - MAX_IDLE_POOLS)]:
            del self.pools[name]
            await old.connections.aclose()
        return pool

    def new_connections(self, scheme: str) -> httpcore.AsyncConnectionPool:
        """Return an empty pool of httpcore."""
        return httpcore.AsyncConnectionPool(
            ssl_context=self.tls() if scheme == "https" else None,
            proxy=None if self.proxy is None else core_proxy(self.proxy),
            max_connections=None,
            keepalive_expiry=MAX_IDLE_SECONDS,
            http2=self.http2,
            network_backend=self.network,
        )

    async def leave(self, pool: Pool) -> None:
        """End one request of a pool."""
        pool.active -= 1
        if pool.is_retired and pool.active == 0:
            await pool.connections.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self.pools.values():
            await pool.connections.aclose()
        self.pools.clear()
        await asyncio.sleep(0)  # aborted connections close their sockets now


class ReplyStream(httpx.AsyncByteStream):
    """The body of a response. Raises `httpcore.RemoteProtocolError` for bytes behind its end, except line ends."""

    def __init__(self, response: httpcore.Response, transport: Transport, pool: Pool) -> None:
        self.response = response
        self.transport = transport
        self.pool = pool
        self.is_complete = self.is_closed = False
        stream = response.extensions.get("network_stream")
        self.connection = stream if isinstance(stream, Stream) else None
        if self.connection is not None:
            self.connection.bounds.expect_body(body_length(response), chunked=is_chunked(response))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.response.aiter_stream():
            yield chunk
        if self.connection is not None and self.is_http1 and (await self.connection.unread_bytes()).strip(b"\r\n"):
            raise httpcore.RemoteProtocolError("the body is longer than announced")
        self.is_complete = True

    @property
    def is_http1(self) -> bool:
        """Whether the connection serves one request after the other."""
        return self.response.extensions.get("http_version") != b"HTTP/2"

    async def aclose(self) -> None:
        """End the response. If its body was not read to its end, its connection is not used again."""
        if self.is_closed:
            return
        self.is_closed = True
        self.pool.is_retired = self.pool.is_retired or not (self.is_complete or self.is_http1)
        try:
            await self.response.aclose()
        finally:
            await self.transport.leave(self.pool)


def core_url(url: httpx.URL) -> httpcore.URL:
    """Return a URL as httpcore's. The host keeps its brackets, which a proxy needs; `Network` removes them."""
    host = b"[%b]" % url.raw_host if b":" in url.raw_host else url.raw_host
    return httpcore.URL(scheme=url.raw_scheme, host=host, port=url.port, target=url.raw_path)


def core_proxy(proxy: httpx.Proxy) -> httpcore.Proxy:
    """Return a proxy as httpcore's."""
    return httpcore.Proxy(core_url(proxy.url), auth=proxy.raw_auth, headers=proxy.headers.raw)


def header(response: httpcore.Response, name: bytes) -> str:
    """Return the first value of a header, or an empty string."""
    return next((value.decode("latin-1").strip() for key, value in response.headers if key.lower() == name), "")


def is_chunked(response: httpcore.Response) -> bool:
    """Whether a body is sent in chunks (RFC 9112, 7.1)."""
    return bool(header(response, b"transfer-encoding"))


def body_length(response: httpcore.Response) -> int | None:
    """Return the length of a body in bytes, None if its header does not tell."""
    if response.status in WITHOUT_BODY:
        return 0
    length = header(response, b"content-length")
    return int(length) if length.isdecimal() and not is_chunked(response) else None
