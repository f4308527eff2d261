"""Limits on what a server may send on one connection beside the bodies of its responses.

httpcore reads a connection as fast as it can and has no limit on interim responses, chunk extensions or control frames.
So each connection has an object that counts the received bytes before httpcore sees them. It raises `FetchError`
(`too-large`, `protocol`) when a server sends too much of what no article needs.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from scraper.errors import FetchError

MAX_HEAD_BYTES: Final = 65_536
"""Size limit of a response's header in bytes, the interim responses before it included."""
MAX_FIELDS: Final = 256
"""Limit on header fields of a response; real ones have thirty."""
MAX_INTERIM_REPLIES: Final = 10
"""Limit on responses of status 1xx before the final one."""
MAX_FRAMING_FACTOR: Final = 8
"""Limit on received body bytes, as a multiple of the largest body: chunks have their own frames and extensions."""
HEAD_END: Final = re.compile(rb"\n\r?\n")
"""End of a header. A bare line feed ends a line too (RFC 9112, 2.2), as in h11."""
CHUNKS_END: Final = re.compile(rb"0\r\n\r\n")
"""The last chunk (RFC 9112, 7.1). The same bytes may occur in a body: then the body is only read in two pieces."""
MAX_END_BYTES: Final = 5
"""Length of the longest match of both patterns."""

MAX_FRAMES: Final = 1_000
"""HTTP/2 frames that a server may send for each response; pages of megabytes need some hundred."""
BYTES_PER_FRAME: Final = 16
"""Body bytes for which a server may send one more frame: servers that flush often send small frames."""
FRAME_HEAD_BYTES: Final = 9
"""Length of a frame's header (RFC 9113, 4.1)."""
DATA_FRAME: Final = 0
PADDED_FLAG: Final = 0x8


class Bounds(Protocol):
    """Counter of the bytes that one connection receives."""

    is_silent: bool
    """Whether an end now means that no response was begun. Over HTTP/2 it does: such a server says goodbye first."""

    def begin(self) -> None:
        """Note that bytes were sent; over HTTP/1.1 this is a request."""

    def take(self, data: bytes) -> int:
        """Return how many of the received bytes may be read now. Raises `FetchError`."""

    def expect_body(self, length: int | None, *, chunked: bool) -> None:
        """Note that a response's header was read, and how its body is framed. A length of None means: unknown."""


class MessageBounds:
    """Bounds of an HTTP/1.1 connection. They separate the messages: bytes behind a message are not read with it.

    h11 would keep such bytes and read them as the response to the next request.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self.max_body_bytes = max_body_bytes
        self.begin()

    def begin(self) -> None:
        self.is_silent = self.in_head = True
        self.head_bytes = self.body_bytes = self.interim_replies = 0
        self.start = self.tail = b""
        self.left: int | None = None
        self.chunked = False

    def take(self, data: bytes) -> int:
        self.is_silent = self.is_silent and not data
        return self.take_head(data) if self.in_head else self.take_body(data)

    def take_head(self, data: bytes) -> int:
        """Return the number of bytes up to the end of a header."""
        self.start += data[: max(0, 12 - len(self.start))]
        taken, is_end = self.up_to(HEAD_END, data)
        self.head_bytes += taken
        if self.head_bytes > MAX_HEAD_BYTES:
            raise FetchError("", "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes")
        if is_end and self.start[9:10] == b"1":
            self.start = b""
            self.interim_replies += 1
            if self.interim_replies > MAX_INTERIM_REPLIES:
                raise FetchError("", "protocol", f"the server sent more than {MAX_INTERIM_REPLIES} interim responses")
        elif is_end:
            self.in_head = False
        return taken

    def expect_body(self, length: int | None, *, chunked: bool) -> None:
        self.left, self.chunked = length, chunked

    def take_body(self, data: bytes) -> int:
        """Return the number of bytes that belong to the body, as far as its framing is known."""
        taken = len(data)
        if self.left is not None:
            taken = min(taken, self.left)
            self.left -= taken
        elif self.chunked:
            taken, _ = self.up_to(CHUNKS_END, data)
        self.body_bytes += taken
        if self.body_bytes > MAX_FRAMING_FACTOR * self.max_body_bytes:
            raise FetchError("", "too-large", "the body consists almost only of framing")
        return taken

    def up_to(self, end: re.Pattern[bytes], data: bytes) -> tuple[int, bool]:
        """Return the number of bytes through the first match, and whether there is one; it may begin in earlier bytes."""
        window = self.tail + data
        found = end.search(window)
        self.tail = b"" if found else window[1 - MAX_END_BYTES :]
        return (found.end() - len(window) + len(data) if found else len(data)), found is not None


class FrameBounds:
    """Bounds of an HTTP/2 connection: the number of frames, in relation to the responses and body bytes.

    PING, SETTINGS, RST_STREAM and empty frames cost the client time and, where they must be answered, memory.
    """

    is_silent = True

    def __init__(self) -> None:
        self.allowed_frames = MAX_FRAMES
        self.rest = b""
        self.skip = 0

    def begin(self) -> None:
        pass

    def expect_body(self, length: int | None, *, chunked: bool) -> None:
        self.allowed_frames += MAX_FRAMES

    def take(self, data: bytes) -> int:
        window, at = self.rest + data, self.skip
        while at + FRAME_HEAD_BYTES <= len(window):
            length, kind, flags = int.from_bytes(window[at : at + 3], "big"), window[at + 3], window[at + 4]
            self.allowed_frames -= 1
            if kind == DATA_FRAME and not flags & PADDED_FLAG:
                self.allowed_frames += length // BYTES_PER_FRAME
            at += FRAME_HEAD_BYTES + length
        if self.allowed_frames < 0:
            raise FetchError("", "protocol", "the server sent HTTP/2 frames that carry almost nothing")
        self.skip, self.rest = max(0, at - len(window)), window[at:]
        return len(data)
