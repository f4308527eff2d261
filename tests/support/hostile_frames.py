"""Hostile behaviours of HTTP/2: floods of each type of frame, before an answer, in its body, and after it."""

from __future__ import annotations

from tests.support.behaviours import ARTICLE, HTML, RULE, Behaviour, answer
from tests.support.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    UNKNOWN,
    WINDOW_UPDATE,
    Piece,
    body,
    fields,
    frame,
    frames,
    head,
)

H2 = {"h2": True}
ONE, MANY = b"\0\3\0\0\0\1", b"\0\3\0\0\0\x64"
"""Settings that allow one stream at a time, and a hundred."""
BLOCK = fields((":status", "103"), ("link", "</a.css>"))
BOMB = b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4_000 + b"\xbe" * 10_000
"""A header field of 4 KB, stored in the table, and ten thousand references to it (RFC 7541, 6.1)."""


def flood(*before: Piece, then: Piece, expected: str) -> Behaviour:
    """A flood that only a limit ends."""
    return Behaviour(frames(*before, then=then), expected, tls=H2, http2=True, is_flood=True)


def repeated(data: bytes, times: int = 1000) -> Piece:
    """Frames that concern no stream."""
    return lambda _: data * times


def whole(content: bytes) -> Piece:
    """A complete answer."""
    return lambda stream: head(stream) + body(stream, content)


CONTROL: dict[str, Piece] = {
    "SETTINGS": repeated(frame(SETTINGS)),
    "SETTINGS that change": repeated(frame(SETTINGS, body=ONE) + frame(SETTINGS, body=MANY), 100),
    "SETTINGS of 12 KB": repeated(frame(SETTINGS, body=ONE * 2000), 10),
    "acknowledged SETTINGS": repeated(frame(SETTINGS, ACK)),
    "PING": repeated(frame(PING, body=b"12345678")),
    "answered PING": repeated(frame(PING, ACK, body=b"12345678")),
    "WINDOW_UPDATE": repeated(frame(WINDOW_UPDATE, body=b"\0\0\0\1")),
    "WINDOW_UPDATE of the stream": lambda stream: frame(WINDOW_UPDATE, 0, stream, b"\0\0\0\1") * 1000,
    "PRIORITY": lambda stream: frame(PRIORITY, 0, stream, b"\0\0\0\0\1") * 1000,
    "unknown type": repeated(frame(UNKNOWN)),
}
"""Types of frames that a server may send at any time."""
CONTENT: dict[str, Piece] = {
    "empty DATA": lambda stream: frame(DATA, 0, stream) * 1000,
    "DATA of a byte": lambda stream: frame(DATA, 0, stream, b"x") * 1000,
    "DATA that is almost only padding": lambda stream: frame(DATA, PADDED, stream, b"\xffx" + b"\0" * 255) * 50,
}
ONCE: dict[str, Behaviour] = {
    "endless HEADERS of status 103": flood(
        then=lambda stream: frame(HEADERS, END_HEADERS, stream, BLOCK) * 1000, expected="protocol"
    ),
    "HEADERS of status 103 with a thousand fields": flood(
        then=lambda stream: frame(HEADERS, END_HEADERS, stream, BLOCK + b"\x90" * 1000) * 10, expected="protocol"
    ),
    "HEADERS of status 103 with 15 KB": flood(
        then=lambda stream: head(stream, ("x", "y" * 15_000), status="103"), expected="too-large"
    ),
    "empty CONTINUATION": flood(
        lambda stream: frame(HEADERS, 0, stream, BLOCK),
        then=lambda stream: frame(CONTINUATION, 0, stream) * 1000,
        expected="protocol",
    ),
    "CONTINUATION of 16 KB": flood(
        lambda stream: frame(HEADERS, 0, stream, BLOCK),
        then=lambda stream: frame(CONTINUATION, 0, stream, b"\x90" * 16_384),
        expected="too-large",
    ),
    "RST_STREAM": flood(then=lambda stream: frame(RST_STREAM, 0, stream, bytes(4)) * 1000, expected="protocol"),
    "RST_STREAM of the stream before": flood(then=repeated(frame(RST_STREAM, 0, 1, bytes(4))), expected="protocol"),
    "GOAWAY": flood(then=repeated(frame(GOAWAY, body=bytes(8))), expected="protocol"),
    "GOAWAY in the body": flood(head, then=repeated(frame(GOAWAY, body=bytes(8))), expected="truncated"),
    "PUSH_PROMISE": flood(
        then=lambda stream: frame(PUSH_PROMISE, END_HEADERS, stream, b"\0\0\0\2" + BLOCK) * 100, expected="protocol"
    ),
    "a bomb in HPACK": flood(
        then=lambda stream: frame(HEADERS, END_HEADERS, stream, BLOCK + BOMB), expected="too-large"
    ),
    "unknown frames of 16 KB": flood(then=repeated(frame(UNKNOWN, body=bytes(16_384)), 10), expected="protocol"),
    "DATA of a stream that has ended": flood(then=repeated(frame(DATA, 0, 1, bytes(16_384)), 10), expected="protocol"),
    "a frame of 16 MB": flood(
        head,
        lambda stream: b"\xff\xff\xff" + bytes([DATA, 0]) + stream.to_bytes(4, "big"),
        then=repeated(bytes(60_000), 1),
        expected="protocol",
    ),
    "trickled PING": Behaviour(
        frames(then=repeated(frame(PING, body=bytes(8)), 1), pause=0.05, times=1000), "timeout", tls=H2, http2=True
    ),
    "trickled CONTINUATION": Behaviour(
        frames(
            lambda stream: frame(HEADERS, 0, stream, BLOCK),
            then=lambda stream: frame(CONTINUATION, 0, stream, b"\x90"),
            pause=0.5,
            times=100,
        ),
        "timeout",
        tls=H2,
        http2=True,
    ),
    "a few PING after the answer": Behaviour(
        answer(), ARTICLE, frames(whole(RULE), repeated(frame(PING, body=bytes(8)), 100)), tls=H2, http2=True
    ),
    "ten early hints and trailers over HTTP/2": Behaviour(
        frames(
            lambda stream: (
                frame(HEADERS, END_HEADERS, stream, BLOCK) * 10 + head(stream) + frame(DATA, 0, stream, HTML)
            ),
            lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, fields(("x", "y"))),
        ),
        ARTICLE,
        tls=H2,
        http2=True,
    ),
    "10,000 cookies over HTTP/2": Behaviour(
        frames(lambda stream: frame(HEADERS, END_HEADERS, stream, fields((":status", "200")) + b"\xb7" * 10_000)),
        "too-large",
        tls=H2,
        http2=True,
    ),
    "a Location of 60 KB over HTTP/2": Behaviour(
        frames(lambda stream: head(stream, ("location", "/" + "x" * 60_000), status="302", end=True)),
        "redirects",
        tls=H2,
        http2=True,
    ),
}
HTTP_2: dict[str, Behaviour] = {
    **{f"a flood of {name}": flood(then=piece, expected="protocol") for name, piece in CONTROL.items()},
    **{
        f"a flood of {name} in the body": flood(head, then=piece, expected="protocol")
        for name, piece in (CONTROL | CONTENT).items()
    },
    **ONCE,
}
AFTER: dict[str, Behaviour] = {
    f"a flood of {name} after an answer": Behaviour(
        answer(), "protocol", frames(whole(RULE), then=piece), tls=H2, http2=True, is_flood=True
    )
    for name, piece in CONTROL.items()
    if "SETTINGS" not in name  # few of them are allowed, so the answer itself could be lost with them
}
"""Floods on a kept connection. A run of many hosts may have closed that connection before it fetches the page."""
