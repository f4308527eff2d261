"""HTTP on one stream: send a request, read a response. HTTP/1.1 uses h11; HTTP/2 uses httpcore's connection.

Everything that a server could send without end is limited: interim responses, header fields, header bytes, raw body
bytes. Failures are `FetchError` (`too-large`, `protocol`) or `Broken`.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol, cast

import h11
import httpcore
from h2.exceptions import DenialOfServiceError, H2Error, InvalidBodyLengthError

from scraper.errors import FetchError
from scraper.fetch.streams import Stream

MAX_HEAD_BYTES: Final = 65_536
"""Size limit of a response's header in bytes."""
MAX_FIELDS: Final = 256
"""Limit on header fields of a response; real ones have thirty."""
MAX_INTERIM_REPLIES: Final = 10
"""Limit on responses of status 1xx before the final one."""
MAX_FRAMING_FACTOR: Final = 8
"""Limit on raw body bytes, as a multiple of the body's size: chunks have their own frames and extensions."""


class Broken(Exception):
    """The exchange broke off or was not HTTP. `spoke`: a first byte of a response arrived."""

    def __init__(self, reason: str, *, spoke: bool, closed: bool) -> None:
        super().__init__(reason)
        self.spoke = spoke
        self.closed = closed


@dataclass(frozen=True, slots=True)
class Request:
    """A GET request. `path` begins with a slash; `headers` have neither Host nor framing."""

    scheme: str
    authority: str
    path: str
    headers: tuple[tuple[str, str], ...]
    absolute: bool = False

    @property
    def target(self) -> str:
        """The target in the request line; for a proxy the whole URL (RFC 9112, 3.2.2)."""
        return f"{self.scheme}://{self.authority}{self.path}" if self.absolute else self.path


@dataclass(frozen=True, slots=True)
class Head:
    """Status and header fields of a response, names in lower case. `open_ended`: only the connection's end ends the
    body.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    open_ended: bool = False

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


class Exchange(Protocol):
    """One request and its response."""

    head: Head

    def chunks(self, most: int) -> AsyncGenerator[bytes, None]:
        """Yield the body. Raises `Broken`; raises `FetchError` if the raw bytes far exceed `most`."""

    async def finish(self) -> None:
        """End the exchange. If the body was not read to its end, close the connection."""


class Http1:
    """An HTTP/1.1 connection: one exchange after the other."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self.head = Head(0, ())
        self.idle_since = 0.0

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self.protocol.our_state is h11.IDLE and self.stream.is_quiet

    async def ask(self, request: Request, url: str) -> Exchange:
        """Send a request and read the response's head. Raises `Broken`, `FetchError`; the connection is closed then."""
        try:
            self.head = await self.read_head(request, url)
        except BaseException:
            await self.close()
            raise
        return self

    async def read_head(self, request: Request, url: str) -> Head:
        """Send a request and read the head of its response."""
        start = self.stream.received
        try:
            event = h11.Request(
                method="GET", target=request.target, headers=[("Host", request.authority), *request.headers]
            )
            data = self.protocol.send(event) or b""
            self.protocol.send(h11.EndOfMessage())
            await self.stream.write(data)
            reply = await self.next_reply(url)
        except h11.ProtocolError as exc:
            if "too long" in str(exc):
                raise FetchError(url, "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes") from exc
            raise Broken(str(exc), spoke=True, closed=False) from exc
        except OSError as exc:
            raise Broken(reason_of(exc), spoke=self.stream.received > start, closed=True) from exc
        headers = tuple((name.decode("latin-1"), value.decode("latin-1").strip()) for name, value in reply.headers)
        check_fields(headers, url)
        framed = any(name in {"content-length", "transfer-encoding"} for name, _ in headers)
        return Head(reply.status_code, headers, open_ended=not framed and self.protocol.their_state is h11.SEND_BODY)

    async def next_reply(self, url: str) -> h11.Response:
        """Return the final response's head."""
        interim = 0
        while True:
            event = self.protocol.next_event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > MAX_INTERIM_REPLIES or event.status_code == 101:
                    raise FetchError(
                        url,
                        "protocol",
                        f"more than {MAX_INTERIM_REPLIES} interim replies, or an unrequested change of protocol",
                    )
            elif event is h11.NEED_DATA:
                spoke = bool(self.protocol.trailing_data[0])
                data = await self.stream.read()
                if not data:
                    raise Broken("the server closed the connection", spoke=spoke, closed=True)
                self.protocol.receive_data(data)
            else:
                raise Broken("the server closed the connection", spoke=True, closed=True)

    async def chunks(self, most: int) -> AsyncGenerator[bytes, None]:
        """Yield the body."""
        start = self.stream.received
        try:
            while True:
                event = self.protocol.next_event()
                if isinstance(event, h11.Data):
                    yield bytes(event.data)
                elif event is h11.NEED_DATA:
                    if self.stream.received - start > MAX_FRAMING_FACTOR * most:
                        raise FetchError("", "too-large", "the body consists almost only of framing")
                    self.protocol.receive_data(await self.stream.read())
                else:
                    break
        except h11.ProtocolError as exc:
            raise Broken(str(exc), spoke=True, closed=False) from exc
        except OSError as exc:
            raise Broken(reason_of(exc), spoke=True, closed=True) from exc
        if self.protocol.their_state is h11.DONE and self.protocol.trailing_data[0].strip(b"\r\n"):
            raise Broken("the body is longer than its Content-Length", spoke=True, closed=False)

    async def finish(self) -> None:
        """Prepare for the next exchange, or close the connection."""
        states = (self.protocol.our_state, self.protocol.their_state)
        if states == (h11.DONE, h11.DONE) and not self.protocol.trailing_data[0]:
            self.protocol.start_next_cycle()
        else:
            await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self.stream.aclose()


class Http2:
    """An HTTP/2 connection: parallel exchanges. An exchange that ends early spoils it, because its bytes are not
    counted.
    """

    def __init__(self, stream: Stream, scheme: str, host: str, port: int) -> None:
        self.stream = stream
        self.origin = httpcore.Origin(scheme.encode(), host.encode(), port)
        self.connection = httpcore.AsyncHTTP2Connection(self.origin, stream)
        self.active = 0
        self.spoilt = False
        self.idle_since = 0.0

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return not self.spoilt and self.connection.is_available() and not self.stream.reader.at_eof()

    async def ask(self, request: Request, url: str) -> Exchange:
        """Send a request and read the response's head. Raises `Broken`, `FetchError`."""
        start = self.stream.received
        headers = [(name.encode(), value.encode()) for name, value in (("host", request.authority), *request.headers)]
        target = httpcore.URL(
            scheme=self.origin.scheme, host=self.origin.host, port=self.origin.port, target=request.path.encode()
        )
        self.active += 1
        try:
            response = await self.connection.handle_async_request(httpcore.Request("GET", target, headers=headers))
            rows = tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in response.headers
            )
            check_fields(rows, url)
            return Stream2(self, response, Head(response.status, rows))
        except BaseException as exc:
            await self.leave(complete=False)
            if came_from(exc, DenialOfServiceError):
                raise FetchError(url, "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes") from exc
            if came_from(exc, InvalidBodyLengthError):
                raise FetchError(url, "truncated", "the body is not as long as announced") from exc
            if isinstance(exc, FAILURES):
                raise Broken(
                    reason_of(exc), spoke=self.stream.received > start, closed=self.stream.reader.at_eof()
                ) from exc
            raise

    async def leave(self, *, complete: bool) -> None:
        """End one exchange; close a spoilt connection after its last exchange."""
        self.active -= 1
        self.spoilt = self.spoilt or not complete
        if self.spoilt and self.active == 0:
            await self.close()

    async def close(self) -> None:
        """Close the connection."""
        self.spoilt = True
        await self.stream.aclose()


class Stream2:
    """One exchange on an HTTP/2 connection."""

    def __init__(self, connection: Http2, response: httpcore.Response, head: Head) -> None:
        self.connection = connection
        self.response = response
        self.head = head
        self.complete = False

    async def chunks(self, most: int) -> AsyncGenerator[bytes, None]:
        """Yield the body."""
        start = self.connection.stream.received
        try:
            async with aclosing(cast("AsyncGenerator[bytes, None]", self.response.aiter_stream())) as chunks:
                async for chunk in chunks:
                    yield chunk
                    if (
                        self.connection.active == 1
                        and self.connection.stream.received - start > MAX_FRAMING_FACTOR * most
                    ):
                        raise FetchError("", "too-large", "the body consists almost only of framing")
            self.complete = True
        except FAILURES as exc:
            raise Broken(reason_of(exc), spoke=True, closed=False) from exc

    async def finish(self) -> None:
        """End the exchange."""
        await self.response.aclose()
        await self.connection.leave(complete=self.complete)


FAILURES: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
    H2Error,
    OSError,
    ValueError,
)
"""Exceptions of httpcore's HTTP/2: h2's own errors while a body is read, `ValueError` for an invalid status."""


def came_from(exc: BaseException, kind: type[BaseException]) -> bool:
    """Whether an error of h2 caused an error of httpcore."""
    return any(isinstance(found, kind) for found in (exc, exc.__cause__, exc.__context__, *exc.args))


def check_fields(headers: tuple[tuple[str, str], ...], url: str) -> None:
    """Raise `FetchError` for a header with too many fields or bytes."""
    if len(headers) > MAX_FIELDS:
        raise FetchError(url, "too-large", f"the header has {len(headers)} fields")
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEAD_BYTES:
        raise FetchError(url, "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes")


def reason_of(exc: BaseException) -> str:
    """Return the message of a foreign error."""
    if isinstance(exc, OSError) and exc.errno and not isinstance(exc, ssl.SSLError):
        return os.strerror(exc.errno) if exc.errno > 0 else str(exc.strerror)
    return str(exc) or type(exc).__name__
