"""Limits on what a server may send on one connection beside the bodies of its responses.

httpcore reads a connection as fast as it can and has no limit on interim responses, chunks or control frames. h11's
patterns take quadratic time for a header that is invalid. So each connection has an object that looks at the received
bytes before httpcore sees them. It raises `FetchError` (`too-large`, `protocol`, `truncated`) when a server sends too
much of what no article needs.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from scraper.errors import FetchError

MAX_HEAD_BYTES: Final = 65_536
"""Size limit of a response's header in bytes, the interim responses before it included. Over HTTP/2: as compressed."""
MAX_FIELDS: Final = 256
"""Limit on header fields of a response; real ones have thirty."""
MAX_INTERIM_REPLIES: Final = 10
"""Limit on responses of status 1xx before the final one."""
MAX_FRAMING_FACTOR: Final = 8
"""Limit on received body bytes, as a multiple of the largest body: chunks have their own frames and extensions."""
MAX_FRAMES: Final = 10_000
"""HTTP/2 frames, or chunks, that a server may send for each response. Servers that flush each line need thousands."""
BYTES_PER_FRAME: Final = 128
"""Body bytes for which a server may send one more frame or chunk."""
MAX_CREDIT: Final = MAX_FRAMES * BYTES_PER_FRAME
"""Body bytes that a server need not send for the frames of a response."""
MAX_LINE_BYTES: Final = 8_192
"""Length limit of a chunk's line with its extensions, and of a field behind the last chunk, in bytes."""

HEAD_END: Final = re.compile(rb"\n\r?\n")
"""End of a header. A bare line feed ends a line too (RFC 9112, 2.2), as in h11."""
TAIL_BYTES: Final = 2
"""Bytes in which an end may begin without being found."""
NEVER_IN_HEADS: Final = re.compile(rb"[\0\v\f]|\r[^\n]")
"""Bytes that h11 accepts nowhere in a header. Without them its pattern for a field matches in linear time."""
CHUNK_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*|[ \t]*)\r\n")
"""Size of a chunk with its extensions, as h11 accepts it (RFC 9112, 7.1)."""
BLANK_LINES: Final = frozenset({b"\n", b"\r\n"})

FRAME_HEAD_BYTES: Final = 9
"""Length of a frame's header (RFC 9113, 4.1)."""
MAX_FRAME_BYTES: Final = 16_384
"""Length of a frame's content unless a client allows more (RFC 9113, 4.2). h2 would wait for the end of a longer one."""
DATA_FRAME: Final = 0
HEADERS_FRAME: Final = 1
SETTINGS_FRAME: Final = 4
CONTINUATION_FRAME: Final = 9
FRAMES_PER_SETTINGS: Final = 100
"""Frames that count for one of SETTINGS: httpcore may have to admit or to stop a hundred requests, one after the other."""
END_STREAM_FLAG: Final = 0x1
PADDED_FLAG: Final = 0x8
MAX_HEADS: Final = MAX_INTERIM_REPLIES + 2
"""Limit on HEADERS frames of one HTTP/2 response: interim responses, the final one, and trailers."""


class Bounds(Protocol):
    """Counter of the bytes that one connection receives."""

    is_silent: bool
    """Whether an end now means that no response was begun. Over HTTP/2 it does: such a server says goodbye first."""
    has_answered: bool
    """Whether a response was received since the last request: bytes that follow it are no response to the next one."""

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
        self.has_answered = False
        self.head_bytes = self.body_bytes = self.interim_replies = 0
        self.start = self.tail = b""
        self.left: int | None = None
        self.chunks: ChunkBounds | None = None

    def take(self, data: bytes) -> int:
        self.is_silent = self.is_silent and not data
        return self.take_head(data) if self.in_head else self.take_body(data)

    def take_head(self, data: bytes) -> int:
        """Return the number of bytes up to the end of a header."""
        self.start += data[: max(0, 12 - len(self.start))]
        window = self.tail + data
        end = HEAD_END.search(window)
        taken = end.end() - len(self.tail) if end else len(data)
        self.head_bytes += taken
        if self.head_bytes > MAX_HEAD_BYTES:
            raise FetchError("", "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes")
        if NEVER_IN_HEADS.search(window, 0, end.end() if end else len(window)):
            raise FetchError("", "protocol", "the header contains a character that no header may contain")
        self.tail = b"" if end else window[-TAIL_BYTES:]
        if end and self.start[9:10] == b"1":
            self.start = b""
            self.interim_replies += 1
            if self.interim_replies > MAX_INTERIM_REPLIES:
                raise FetchError("", "protocol", f"the server sent more than {MAX_INTERIM_REPLIES} interim responses")
        elif end:
            self.in_head = False
            self.has_answered = True
        return taken

    def expect_body(self, length: int | None, *, chunked: bool) -> None:
        self.left = length
        self.chunks = ChunkBounds() if chunked and length is None else None

    def take_body(self, data: bytes) -> int:
        """Return the number of bytes that belong to the body, as far as its framing is known."""
        taken = len(data)
        if self.left is not None:
            taken = min(taken, self.left)
            self.left -= taken
        elif self.chunks is not None:
            taken = self.chunks.take(data)
        self.body_bytes += taken
        if self.body_bytes > MAX_FRAMING_FACTOR * self.max_body_bytes:
            raise FetchError("", "too-large", "the body consists almost only of framing")
        return taken


class ChunkBounds:
    """Bounds of a body in chunks (RFC 9112, 7.1). They find its end as h11 does, or raise `FetchError`."""

    def __init__(self) -> None:
        self.left = 0
        self.line = b""
        self.credit = MAX_CREDIT
        self.allowed_trailer_bytes = MAX_HEAD_BYTES
        self.in_trailers = self.is_complete = False

    def take(self, data: bytes) -> int:
        """Return the number of bytes up to the end of the body."""
        at = 0
        while at < len(data) and not self.is_complete:
            if self.left:
                step = min(self.left, len(data) - at)
                self.left -= step
                at += step
                continue
            end = data.find(b"\n", at) + 1
            self.line += data[at : end or len(data)]
            at = end or len(data)
            if len(self.line) > MAX_LINE_BYTES:
                raise FetchError("", "too-large", f"a line between the chunks exceeds {MAX_LINE_BYTES:,} bytes")
            if end:
                self.read_line(self.line)
                self.line = b""
        return at

    def read_line(self, line: bytes) -> None:
        """Note a chunk's size, or a field behind the last chunk."""
        if self.in_trailers:
            self.read_trailer(line)
            return
        size = CHUNK_LINE.fullmatch(line)
        if size is None:
            raise FetchError("", "truncated", "the body broke off: a chunk has no valid size")
        length = int(size[1], 16)
        self.credit += length - BYTES_PER_FRAME
        if self.credit < 0:
            raise FetchError("", "too-large", "the server sent chunks that carry almost nothing")
        self.in_trailers = length == 0
        self.left = length + len(b"\r\n") if length else 0

    def read_trailer(self, line: bytes) -> None:
        """Note a field behind the last chunk, or the blank line that ends the body."""
        self.allowed_trailer_bytes -= len(line)
        if self.allowed_trailer_bytes < 0:
            raise FetchError("", "too-large", f"the fields behind the body exceed {MAX_HEAD_BYTES:,} bytes")
        self.is_complete = line in BLANK_LINES


class FrameBounds:
    """Bounds of an HTTP/2 connection: frames in relation to the responses and body bytes, and the headers of each stream.

    PING, SETTINGS, RST_STREAM and empty frames cost the client time and, where they must be answered, memory. Each
    response gives a server credit for frames, in body bytes; at most the credit of two responses is kept.
    """

    is_silent = True
    has_answered = False

    def __init__(self) -> None:
        self.credit = MAX_CREDIT
        self.heads: dict[int, tuple[int, int]] = {}
        self.rest = b""
        self.skip = 0

    def begin(self) -> None:
        pass

    def expect_body(self, length: int | None, *, chunked: bool) -> None:
        self.credit = min(self.credit, MAX_CREDIT) + MAX_CREDIT

    def take(self, data: bytes) -> int:
        window, at = self.rest + data, self.skip
        while at + FRAME_HEAD_BYTES <= len(window):
            length = int.from_bytes(window[at : at + 3], "big")
            self.note_frame(window[at + 3], window[at + 4], int.from_bytes(window[at + 5 : at + 9], "big"), length)
            at += FRAME_HEAD_BYTES + length
        if self.credit < 0:
            raise FetchError("", "protocol", "the server sent HTTP/2 frames that carry almost nothing")
        self.skip, self.rest = max(0, at - len(window)), window[at:]
        return len(data)

    def note_frame(self, kind: int, flags: int, stream: int, length: int) -> None:
        """Count a frame. A piece of a body adds its length to the credit; other frames take theirs from it."""
        if length > MAX_FRAME_BYTES:
            raise FetchError("", "protocol", f"an HTTP/2 frame exceeds {MAX_FRAME_BYTES:,} bytes")
        if kind == DATA_FRAME and stream in self.heads:
            gain = (0 if flags & PADDED_FLAG else length) - BYTES_PER_FRAME
        elif kind == SETTINGS_FRAME:
            gain = -FRAMES_PER_SETTINGS * BYTES_PER_FRAME
        else:
            gain = -BYTES_PER_FRAME - length
        self.credit = min(self.credit + gain, 2 * MAX_CREDIT)
        if kind in (HEADERS_FRAME, CONTINUATION_FRAME):
            self.note_head(stream, kind, length)
        if kind in (DATA_FRAME, HEADERS_FRAME) and flags & END_STREAM_FLAG:
            self.heads.pop(stream, None)

    def note_head(self, stream: int, kind: int, length: int) -> None:
        """Count a stream's frames with header fields, and their bytes."""
        number, size = self.heads.get(stream, (0, 0))
        number, size = number + (kind == HEADERS_FRAME), size + length
        self.heads[stream] = (number, size)
        if size > MAX_HEAD_BYTES:
            raise FetchError("", "too-large", f"the headers exceed {MAX_HEAD_BYTES:,} bytes")
        if number > MAX_HEADS:
            raise FetchError("", "protocol", f"the server sent more than {MAX_INTERIM_REPLIES} interim responses")
