"""Content codings (RFC 9110, 8.4.1), decoded as they come and never further than asked.

A few hundred bytes of any of them can hold a gigabyte, so each decoder is told how many bytes it may give back.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Final, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP: Final = 16 + zlib.MAX_WBITS
MAX_MEMBERS: Final = 1_000
"""Streams that may stand one behind the other in a body; tiny ones by the million would only cost time."""
ZSTD_WINDOW: Final = 23
"""Window of 8 MB as a power of two: all that zstd over HTTP may ask for (RFC 9659)."""
CORRUPT: Final = (zlib.error, brotli.error, zstd.ZstdError)


class Decoder(Protocol):
    """Takes a body's bytes in turn. `done` once its end was reached; what follows it is not part of the body."""

    done: bool

    def decode(self, data: bytes, limit: int) -> bytes:
        """At least one and at most `limit` more bytes; nothing when more input is needed. `data` is kept until given back.

        Raises one of `CORRUPT`.
        """


class Zipped:
    """gzip, in one or several members, or zlib's format, which HTTP calls deflate (some servers send it bare)."""

    def __init__(self, *, deflate: bool) -> None:
        self.deflate = deflate
        self.done = False
        self.rest = b""
        self.members = 0
        self.inflater: zlib._Decompress | None = None

    def decode(self, data: bytes, limit: int) -> bytes:
        self.rest += data
        out = b""
        while self.rest and not out:
            if self.inflater is None or self.inflater.eof:
                if not self.begins():
                    self.rest = b""
                    break
                self.inflater = zlib.decompressobj(self.window())
            out = self.inflater.decompress(self.rest, limit)
            self.rest = self.inflater.unconsumed_tail or self.inflater.unused_data
            self.done = self.inflater.eof
        return out

    def begins(self) -> bool:
        """Whether what is left is another stream; padding after the last is ignored, as browsers do."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise zlib.error("too many members")
        return self.members == 1 or (not self.deflate and self.rest[0] == 0x1F)

    def window(self) -> int:
        """zlib's window bits, by the first byte."""
        if not self.deflate:
            return GZIP
        return zlib.MAX_WBITS if self.rest[0] & 0x0F == 8 else -zlib.MAX_WBITS


class Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self) -> None:
        self.done = False
        self.decoder = brotli.Decompressor()
        self.rest = b""

    def decode(self, data: bytes, limit: int) -> bytes:
        self.rest += data
        if self.done:
            return b""
        given = b""
        if self.decoder.can_accept_more_data():
            given, self.rest = self.rest, b""
        out = bytes(self.decoder.process(given, output_buffer_limit=limit))
        self.done = self.decoder.is_finished()
        return out


class Zstd:
    """Zstandard (RFC 8878), in one or several frames."""

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self.frames = 0
        self.decoder: zstd.ZstdDecompressor | None = None

    def decode(self, data: bytes, limit: int) -> bytes:
        self.rest += data
        out = b""
        while not out and (self.rest or self.holds_more()):
            if self.decoder is None or self.decoder.eof:
                self.frames += 1
                if self.frames > MAX_MEMBERS:
                    raise zstd.ZstdError("too many frames")
                self.decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW})
            given, self.rest = self.rest, b""
            out = self.decoder.decompress(given, max_length=limit)
            self.done = self.decoder.eof
            if self.done:
                self.rest = self.decoder.unused_data
        return out

    def holds_more(self) -> bool:
        """Whether the decoder can give more without further input."""
        return self.decoder is not None and not self.decoder.eof and not self.decoder.needs_input


DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "gzip": lambda: Zipped(deflate=False),
    "x-gzip": lambda: Zipped(deflate=False),
    "deflate": lambda: Zipped(deflate=True),
    "br": Brotli,
    "zstd": Zstd,
}
ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
