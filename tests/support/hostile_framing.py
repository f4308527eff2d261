"""Hostile behaviours of HTTP/1.1: interim responses, headers, chunks and trailers without end, or too many, or trickled.

Also servers whose protocol is not the one that was negotiated (ALPN).
"""

from __future__ import annotations

from typing import Any

from tests.support.behaviours import ARTICLE, HTML, LENGTH, OK, Behaviour, answer, chunked, moved, raw, repeat
from tests.support.frames import ACK, SETTINGS, frame, frames, head
from tests.support.loopback import Route

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
BIG_HINT = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 30_000 + b"\r\n\r\n"
SPACES = b" " * 60_000
CHUNK = b"%x\r\n%s\r\n" % (len(HTML), HTML)
LINES = HTML + b"<!-- a line that a template engine sent -->\n" * 5_000


def endless(head: bytes, piece: bytes, expected: str) -> Behaviour:
    """A flood that only a limit ends."""
    return Behaviour(repeat(head, piece, times=1_000_000), expected, is_flood=True)


def costly(data: bytes, expected: str) -> Behaviour:
    """Bytes that a reader must not spend seconds on."""
    return Behaviour(raw(data), expected, is_flood=True)


def trickled(head: bytes, piece: bytes) -> Behaviour:
    """Bytes so slow that only the deadline ends them."""
    return Behaviour(repeat(head, piece, pause=0.05, times=1000), "timeout")


def chunks(data: bytes, size: int, extension: bytes = b"") -> bytes:
    """A body in chunks of a size."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n\r\n"


INTERIM: dict[str, Behaviour] = {
    "early hints without end": endless(b"", HINT * 100, "protocol"),
    "early hints without end, one at a time": Behaviour(repeat(b"", HINT, pause=0.01, times=1000), "protocol"),
    "early hints of 30 KB without end": endless(b"", BIG_HINT, "too-large"),
    "an early hint without end": endless(b"HTTP/1.1 103 Early Hints\r\n", b"Link: </a.css>\r\n" * 1000, "too-large"),
    "requests to continue without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, "protocol"),
    "ten early hints": Behaviour(raw(HINT * 10 + OK + LENGTH + HTML, end="open"), ARTICLE),
    "eleven early hints": Behaviour(raw(HINT * 11 + OK + LENGTH + HTML, end="open"), "protocol"),
}
HEADERS: dict[str, Behaviour] = {
    "a status line without end": endless(b"HTTP/1.1 200 ", b"O" * 50_000, "too-large"),
    "a trickled status line": trickled(b"HTTP/1.1 200 ", b"O"),
    "a trickled header field": trickled(OK + b"X-Fill: ", b"x"),
    "trickled header lines": trickled(OK, b"X: y\r\n"),
    "a folded header without end": endless(OK + b"X: y\r\n", b" folded\r\n" * 5000, "too-large"),
    "spaces of 60 KB and a NUL": costly(OK + b"X:" + SPACES + b"\0\r\n" + LENGTH + HTML, "protocol"),
    "spaces of 60 KB and a carriage return": costly(OK + b"X:" + SPACES + b"\ry\r\n" + LENGTH + HTML, "protocol"),
    "spaces of 60 KB and a form feed": costly(OK + b"X:" + SPACES + b"\f\r\n" + LENGTH + HTML, "protocol"),
    "spaces of 60 KB": costly(OK + b"X:" + SPACES + b"\r\n" + LENGTH + HTML, ARTICLE),
    "10,000 cookies": Behaviour(raw(OK + b"Set-Cookie: a=b\r\n" * 10_000 + LENGTH + HTML), "too-large"),
    "10,000 cookies in 60 KB": Behaviour(
        raw(OK + b"Set-Cookie: " + b"a=b, " * 10_000 + b"\r\n" + LENGTH + HTML), ARTICLE
    ),
    "10,000 fields in 40 KB": Behaviour(raw(OK + b"a:\r\n" * 10_000 + LENGTH + HTML), "too-large"),
    "a Location of 60 KB": Behaviour(moved("/" + "x" * 60_000), "redirects"),
    "a Location of 60 KB at another host": Behaviour(moved(f"http://{'x' * 60_000}/"), "redirects"),
    "a Location of 60 KB for the root": Behaviour(moved("/a/.." * 12_000), "status"),
    "a Location of 60 KB of percent signs": Behaviour(moved("%" * 60_000), "redirects"),
    "a Location of 70 KB": Behaviour(moved("/" + "x" * 70_000), "too-large"),
    "a Location that is just short enough": Behaviour(moved("/" + "x" * 7_900), "status"),
}
TRAILERS = chunked(CHUNK, b"0\r\n")
CHUNKS: dict[str, Behaviour] = {
    "an endless chunk extension": endless(chunked(b"1;"), b"x" * 60_000, "too-large"),
    "chunk extensions of 1 KB without end": endless(chunked(), (b"1;" + b"x" * 1000 + b"\r\na\r\n") * 50, "too-large"),
    "chunk extensions of 8 KB without end": endless(chunked(), (b"1;" + b"x" * 8000 + b"\r\na\r\n") * 6, "too-large"),
    "a chunk extension of 90 KB of spaces": costly(chunked(b"1;" + b" " * 90_000 + b"\n\r\n"), "too-large"),
    "a chunk extension of 8 KB of spaces": costly(chunked(b"1;" + b" " * 8_000 + b"\n\r\n"), "truncated"),
    "a chunk size without end": endless(chunked(), b"0" * 50_000, "too-large"),
    "a trickled chunk size": trickled(chunked(), b"0"),
    "a trickled chunk extension": trickled(chunked(b"1;"), b"x"),
    "chunks of a byte without end": endless(chunked(), b"1\r\na\r\n" * 5000, "too-large"),
    "trickled chunks": trickled(chunked(), b"1\r\na\r\n"),
    "trailers without end": endless(TRAILERS, b"X: y\r\n" * 5000, "too-large"),
    "a trailer without end": endless(TRAILERS + b"X: ", b"y" * 50_000, "too-large"),
    "trickled trailers": trickled(TRAILERS, b"X: y\r\n"),
    "trailers of spaces and a NUL": costly(TRAILERS + (b"X:" + b" " * 8_000 + b"\0\r\n") * 8 + b"\r\n", "truncated"),
    "an answer behind the last chunk": Behaviour(raw(chunked(chunks(HTML, 100)) + OK + LENGTH + HTML), "truncated"),
    "an answer behind the trailers": Behaviour(raw(TRAILERS + b"X: y\r\n\r\n" + OK + LENGTH + HTML), "truncated"),
    "an answer behind an odd last chunk": Behaviour(
        raw(chunked(CHUNK, b"00;x\r\n\n") + OK + LENGTH + HTML), "truncated"
    ),
    "trailers": Behaviour(raw(TRAILERS + b"X: y\r\n\r\n", end="open"), ARTICLE),
    "chunks with extensions": Behaviour(raw(chunked(chunks(HTML, 100, b';name="value"')), end="open"), ARTICLE),
    "a page of 200 KB, each line in a chunk": Behaviour(raw(chunked(chunks(LINES, 45)), end="open"), ARTICLE),
}


def negotiated(route: Route, expected: str, *alpn: str, **others: Any) -> Behaviour:
    """A server that negotiates these protocols."""
    return Behaviour(route, expected, tls={"alpn": alpn}, **others)


FRAMES = frame(SETTINGS) + frame(SETTINGS, ACK) + head(1)
ALPN: dict[str, Behaviour] = {
    "HTTP/2 negotiated, HTTP/1.1 spoken": negotiated(answer(), "robots", "h2"),
    "HTTP/2 negotiated, HTTP/1.1 in the end": negotiated(
        frames(lambda _: OK + LENGTH + HTML), "protocol", "h2", http2=True
    ),
    "HTTP/1.1 negotiated, HTTP/2 spoken": negotiated(answer(), "robots", "http/1.1", http2=True),
    "HTTP/1.1 negotiated, HTTP/2 in the end": negotiated(raw(FRAMES), "protocol", "http/1.1"),
    "nothing negotiated, HTTP/1.1 spoken": negotiated(answer(), ARTICLE),
    "nothing negotiated, HTTP/2 spoken": negotiated(answer(), "robots", http2=True),
    "a protocol that was not offered": negotiated(answer(), ARTICLE, "spdy/3"),
    "HTTP/2, honest": negotiated(answer(), ARTICLE, "h2", http2=True),
}
FRAMING: dict[str, Behaviour] = INTERIM | HEADERS | CHUNKS | ALPN
