"""Decoders: a body is decoded from pieces of any size, and a bomb stays within the limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.body import Body
from scraper.fetch.decoders import DECODE_ERRORS, DECODERS
from tests.support.bombs import BOMBS

ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def bomb(encoding: str) -> list[bytes]:
    """A gigabyte of zeros, encoded, in pieces as they would come over the wire."""
    wire = BOMBS[encoding]()
    return [wire[start : start + 65_536] for start in range(0, len(wire), 65_536)]


@pytest.fixture(scope="module", params=ENCODE)
def gigabyte(request: pytest.FixtureRequest) -> tuple[str, list[bytes]]:
    return request.param, bomb(request.param)


def test_a_gigabyte_in_any_encoding_uses_no_more_memory_than_the_limit(gigabyte: tuple[str, list[bytes]]) -> None:
    encoding, pieces = gigabyte
    cap = 2_000_000
    body = Body("u", encoding, max_wire_bytes=1 << 30, max_body_bytes=cap)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as caught:
            take_in(body, pieces)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "too-large"
    assert body.body_bytes <= cap + 65_536
    assert peak < 3 * cap


def take_in(body: Body, pieces: list[bytes]) -> None:
    for piece in pieces:
        body.add(piece)


@given(st.sampled_from(sorted(ENCODE)), st.binary(max_size=3000), st.integers(1, 50), st.integers(1, 500))
def test_a_body_is_decoded_from_pieces_of_any_size(encoding: str, data: bytes, step: int, limit: int) -> None:
    wire = ENCODE[encoding](data)
    decoder = DECODERS[encoding]()
    out = []
    for start in range(0, len(wire), step):
        piece = wire[start : start + step]
        while got := decoder.decode(piece, limit):
            assert encoding == "br" or len(got) <= limit
            out.append(got)
            piece = b""
    assert b"".join(out) == data
    assert decoder.done


@given(st.sampled_from(sorted(DECODERS)), st.binary(max_size=400), st.binary(max_size=300), st.integers(0, 60))
def test_any_bytes_are_decoded_within_the_limit_or_refused(encoding: str, data: bytes, noise: bytes, cut: int) -> None:
    wire = ENCODE.get(encoding, gzip.compress)(data)[: max(0, 60 - cut)] + noise
    body = Body("u", encoding, max_wire_bytes=1000, max_body_bytes=200)
    kind = ""
    try:
        body.add(wire)
        assert len(body.finish()) <= 200
    except FetchError as exc:
        kind = exc.kind
    assert kind in {"", "decode", "truncated", "too-large"}


@pytest.mark.parametrize("encoding", ENCODE)
def test_a_cut_body_is_refused_wherever_it_is_cut(encoding: str) -> None:
    wire = ENCODE[encoding](b"A page of text that has some length. " * 20)
    for end in range(1, len(wire)):
        body = Body("u", encoding, max_wire_bytes=10_000, max_body_bytes=10_000)
        body.add(wire[:end])
        with pytest.raises(FetchError) as caught:
            body.finish()
        assert caught.value.kind == "truncated", end


def test_too_many_consecutive_streams_are_refused() -> None:
    for encoding, empty in (("gzip", gzip.compress(b"")), ("zstd", zstandard.compress(b""))):
        with pytest.raises(DECODE_ERRORS):
            DECODERS[encoding]().decode(empty * 2000, 10)


def test_zstd_with_a_large_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27, write_content_size=False)
    coder = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    wire = coder.compress(bytes(1 << 20)) + coder.flush()
    with pytest.raises(DECODE_ERRORS):
        DECODERS["zstd"]().decode(wire, 10)
