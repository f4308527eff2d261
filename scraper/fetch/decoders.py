"""Decoders of content encodings (RFC 9110, 8.4.1), with bounded output.

A few hundred encoded bytes can hold a gigabyte, so each call says how many bytes the decoder may return.
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

GZIP_WINDOW_BITS: Final = 16 + zlib.MAX_WBITS
"""zlib's window bits for gzip."""
MAX_MEMBERS: Final = 1_000
"""Limit on consecutive streams in one body: millions of tiny ones would only cost time."""
MAX_ZSTD_WINDOW_LOG: Final = 23
"""Window of 8 MB as a power of two, the largest that zstd over HTTP may use (RFC 9659)."""
DECODE_ERRORS: Final = (zlib.error, brotli.error, zstd.ZstdError)
"""Exceptions of the decoders for invalid input."""


class Decoder(Protocol):
    """Decoder of one body. `done` is true once the end was reached; later bytes are not part of the body."""

    done: bool

    def decode(self, data: bytes, limit: int) -> bytes:
        """Return between 1 and `limit` more bytes, or none if more input is needed. Unused `data` is kept for the next
        call.

        Raises one of `DECODE_ERRORS`.
        """


class ZlibDecoder:
    """gzip, in one or several members, or deflate (zlib's format, which some servers send without its header)."""

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
                if not self.has_next_member():
                    self.rest = b""
                    break
                self.inflater = zlib.decompressobj(self.window_bits())
            out = self.inflater.decompress(self.rest, limit)
            self.rest = self.inflater.unconsumed_tail or self.inflater.unused_data
            self.done = self.inflater.eof
        return out

    def has_next_member(self) -> bool:
        """Whether the remaining bytes are another stream. Padding at the end is ignored, as in browsers."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise zlib.error("too many members")
        return self.members == 1 or (not self.deflate and self.rest[0] == 0x1F)

    def window_bits(self) -> int:
        """Return zlib's window bits, chosen by the first byte."""
        if not self.deflate:
            return GZIP_WINDOW_BITS
        return zlib.MAX_WBITS if self.rest[0] & 0x0F == 8 else -zlib.MAX_WBITS


class BrotliDecoder:
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


class ZstdDecoder:
    """Zstandard (RFC 8878), in one or several frames."""

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self.frames = 0
        self.decoder: zstd.ZstdDecompressor | None = None

    def decode(self, data: bytes, limit: int) -> bytes:
        self.rest += data
        out = b""
        while not out and (self.rest or self.has_pending_output()):
            if self.decoder is None or self.decoder.eof:
                self.frames += 1
                if self.frames > MAX_MEMBERS:
                    raise zstd.ZstdError("too many frames")
                self.decoder = zstd.ZstdDecompressor(
                    options={zstd.DecompressionParameter.window_log_max: MAX_ZSTD_WINDOW_LOG}
                )
            given, self.rest = self.rest, b""
            out = self.decoder.decompress(given, max_length=limit)
            self.done = self.decoder.eof
            if self.done:
                self.rest = self.decoder.unused_data
        return out

    def has_pending_output(self) -> bool:
        """Whether the decoder can return more without further input."""
        return self.decoder is not None and not self.decoder.eof and not self.decoder.needs_input


DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "gzip": lambda: ZlibDecoder(deflate=False),
    "x-gzip": lambda: ZlibDecoder(deflate=False),
    "deflate": lambda: ZlibDecoder(deflate=True),
    "br": BrotliDecoder,
    "zstd": ZstdDecoder,
}
ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
"""The request header that offers these encodings."""
