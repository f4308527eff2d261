"""Compressed bodies that decode to a gigabyte of zeros, in every encoding that the fetcher offers."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli
import zstandard

MEGABYTE = bytes(1 << 20)
MEGABYTES = 1024


def deflated(level: int = 6) -> bytes:
    """A gigabyte as a raw deflate stream without its end. After a full flush a block refers to nothing, so it can be repeated."""
    coder = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return (coder.compress(MEGABYTE) + coder.flush(zlib.Z_FULL_FLUSH)) * MEGABYTES


def gzip_bomb() -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + deflated()


def deflate_bomb() -> bytes:
    return b"\x78\x9c" + deflated()


def brotli_bomb() -> bytes:
    """A gigabyte in 809 bytes. Brotli has no block that could be repeated, but compresses zeros fast."""
    coder = brotli.Compressor(quality=5)
    return b"".join(coder.process(MEGABYTE) for _ in range(MEGABYTES)) + coder.finish()


def zstd_bomb() -> bytes:
    coder = zstandard.ZstdCompressor().compressobj()
    return b"".join(coder.compress(MEGABYTE) for _ in range(MEGABYTES)) + coder.flush()


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": gzip_bomb,
    "deflate": deflate_bomb,
    "br": brotli_bomb,
    "zstd": zstd_bomb,
}
