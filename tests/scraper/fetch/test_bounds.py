"""Bounds: where h11 sees the end of a body, and honest servers that come close to a limit."""

from __future__ import annotations

from collections.abc import Iterable

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.bounds import BYTES_PER_FRAME, MAX_CREDIT, MAX_FRAMES, ChunkBounds, FrameBounds, MessageBounds
from tests.support.frames import ACK, DATA, END_STREAM, PING, SETTINGS, UNKNOWN, frame, head

PIECES = st.one_of(
    st.sampled_from([
        b"5\r\nhello\r\n", b"5;x=y\r\n0\r\n\r\n\r\n", b"5\r\nhell", b"0\r\n", b"00;x\r\n", b"0 \r\n", b"0;\r\r\n", b"\r\n", b"\n", b"\r", b"X: y\r\n",
        b"X: y\n", b"X: \0\r\n", b"A\r\n0123456789\r\n", b"zz\r\n", b" \r\n", b"0\n", b"0x1\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
    ]),
    st.binary(max_size=4),
)  # fmt: skip


UNFINISHED, REFUSED = -1, -2


def end_by_h11(data: bytes) -> int:
    """Return where a body in chunks ends, as h11 reads it."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    try:
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                return len(data) - len(reader.trailing_data[0])
    except h11.RemoteProtocolError:
        return REFUSED
    return UNFINISHED


def end_by_bounds(pieces: Iterable[bytes]) -> int:
    """Return where a body in chunks ends, as it is read from the network."""
    bounds, taken = ChunkBounds(), 0
    try:
        for piece in pieces:
            taken += bounds.take(piece)
            if bounds.is_complete:
                return taken
    except FetchError:
        return REFUSED
    return UNFINISHED


@settings(max_examples=1000)
@given(st.lists(PIECES, max_size=8))
@example([b"0\r\n", b"\n", b"HTTP/1.1 200 OK\r\n\r\n"])
@example([b"5;x=y\r\n0\r\n\r\n\r\n", b"0\r\n", b"\r\n"])
@example([b"0\r\n", b"X: y\n", b"\r", b"\n"])
def test_a_body_in_chunks_ends_where_h11_ends_it(pieces: list[bytes]) -> None:
    """Otherwise h11 would keep bytes behind the body. Only a body that h11 cannot read may be refused earlier."""
    data = b"".join(pieces)
    expected = end_by_h11(data)
    for split in (pieces, [data], [data[at : at + 1] for at in range(len(data))]):
        found = end_by_bounds(split)
        assert expected == REFUSED or found == expected or (expected == UNFINISHED and found == REFUSED)


def page(size: int, *, in_frames_of: int) -> bytes:
    """A page over HTTP/2 in small frames."""
    return head(1) + frame(DATA, 0, 1, b"x" * in_frames_of) * (size // in_frames_of) + frame(DATA, END_STREAM, 1)


def receive(bounds: FrameBounds, data: bytes) -> None:
    """Read frames as they arrive."""
    for at in range(0, len(data), 65_536):
        bounds.take(data[at : at + 65_536])


def test_a_page_in_frames_of_a_line_each_is_within_the_bounds() -> None:
    bounds = FrameBounds()
    receive(bounds, page(500_000, in_frames_of=40))
    assert bounds.credit > 0


def test_a_long_kept_connection_is_within_the_bounds() -> None:
    bounds = FrameBounds()
    receive(bounds, frame(SETTINGS, body=bytes(6)) + frame(SETTINGS, ACK))
    for _ in range(100):
        receive(bounds, frame(PING, body=bytes(8)) + page(100_000, in_frames_of=40))
        bounds.expect_body(None, chunked=False)


def test_frames_that_were_not_sent_are_not_saved_up_without_end() -> None:
    bounds = FrameBounds()
    for _ in range(100):
        bounds.expect_body(None, chunked=False)
    receive(bounds, frame(UNKNOWN) * (2 * MAX_FRAMES))
    with pytest.raises(FetchError, match="carry almost nothing"):
        receive(bounds, frame(UNKNOWN))


@pytest.mark.parametrize("size", [1, BYTES_PER_FRAME // 2], ids=["a byte", "half of a frame's share"])
def test_small_chunks_are_allowed_up_to_the_bounds(size: int) -> None:
    bounds = ChunkBounds()
    number = MAX_CREDIT // (BYTES_PER_FRAME - size)
    one = b"%x\r\n%s\r\n" % (size, b"x" * size)
    bounds.take(one * number)
    with pytest.raises(FetchError, match="carry almost nothing"):
        bounds.take(one)


def test_chunks_of_a_frames_share_are_allowed_without_end() -> None:
    bounds = ChunkBounds()
    bounds.take((b"%x\r\n%s\r\n" % (BYTES_PER_FRAME, b"x" * BYTES_PER_FRAME)) * 5 * MAX_FRAMES)
    assert not bounds.is_complete


def test_a_header_may_arrive_byte_by_byte() -> None:
    bounds = MessageBounds(1000)
    assert [bounds.take(bytes([byte])) for byte in b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n"] == [1] * 25
    assert bounds.has_answered


def test_an_invalid_byte_is_found_although_the_header_arrives_byte_by_byte() -> None:
    bounds = MessageBounds(1000)
    for byte in b"HTTP/1.1 200 OK\r\nX:\r":
        bounds.take(bytes([byte]))
    with pytest.raises(FetchError, match="character"):
        bounds.take(b"y")
