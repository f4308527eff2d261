"""Receiving the body of a response: decoded piece by piece, within limits.

A content encoding that exists but was not offered, or a chain of encodings, is refused. `decoders` bounds the offered
encodings. A label that names no encoding, or one that the body visibly does not have, is passed over, as in browsers.
"""

from __future__ import annotations

import re
from typing import Final

from scraper.errors import FetchError
from scraper.fetch.decoders import DECODE_ERRORS, DECODERS, Decoder
from scraper.text.binary import holds_data

NOT_ENCODED: Final = frozenset({"", "identity"})
"""Values of Content-Encoding that mean no encoding."""
NOT_OFFERED: Final = frozenset(
    "aes128gcm bz2 bzip2 compress dcb dcz exi lz4 lzma pack200-gzip sdch snappy x-bzip2 x-compress x-lzma x-xz xz".split()
)
"""Encodings that exist and are not decoded. Every other word is a mistake: servers write `none`, `utf-8` or `text/html`."""
PLAIN_START: Final = re.compile(
    rb"\s*+(?:\xef\xbb\xbf)?\s*+(?:<(?:!doctype|!--|\?xml|html|head|body|rss|rdf|feed|urlset|sitemap)|\{\s*+\"|user-agent\s*+:)",
    re.IGNORECASE,
)
"""The start of a document, which no encoded body has by chance."""
START_BYTES: Final = 64
"""Bytes of a body that are seen before it is decoded."""
BINARY_PREFIXES: Final = (
    b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF", b"OggS",
    b"ID3", b"Rar!", b"\x00\x00\x00",
)  # fmt: skip
"""First bytes of files that servers send as HTML by mistake: pictures, archives, audio, video."""
END_TAGS: Final = (b"</html", b"</body")
"""End tags that show that a page is complete."""


class Body:
    """A body that is being received. With `truncate`, bytes past `max_body_bytes` are ignored instead of refused."""

    def __init__(
        self, url: str, encoding: str, *, max_wire_bytes: int, max_body_bytes: int, truncate: bool = False
    ) -> None:
        self.url = url
        self.encoding = own_encoding(encoding)
        self.max_wire_bytes = max_wire_bytes
        self.max_body_bytes = max_body_bytes
        self.truncate = truncate
        self.parts: list[bytes] = []
        self.wire_bytes = self.body_bytes = 0
        self.full = False
        self.start = b""
        self.decoder: Decoder | None = None
        if self.encoding not in NOT_ENCODED | DECODERS.keys():
            raise FetchError(url, "decode", f"the content encoding {encoding[:60]!r} was not offered")

    def add(self, chunk: bytes) -> None:
        """Add bytes as received. Raises `FetchError`: `too-large` or `decode`."""
        self.wire_bytes += len(chunk)
        if self.wire_bytes > self.max_wire_bytes:
            self.full = self.truncate
        if self.wire_bytes > self.max_wire_bytes and not self.truncate:
            raise FetchError(self.url, "too-large", f"the body exceeds {self.max_wire_bytes:,} bytes as sent")
        if self.encoding in NOT_ENCODED:
            self.keep(chunk)
        elif chunk:
            self.start += chunk
            if self.decoder is not None or len(self.start) >= START_BYTES:
                self.take_start()

    def take_start(self) -> None:
        """Decode the bytes that were received, or keep them as they are if the first of them are a document."""
        data, self.start = self.start, b""
        if self.decoder is None and PLAIN_START.match(data):
            self.encoding = ""
            self.keep(data)
        elif data:
            self.decode(data)

    def decode(self, data: bytes) -> None:
        """Decode bytes, up to one byte past the limit."""
        if self.decoder is None:
            self.decoder = DECODERS[self.encoding]()
        try:
            while not self.full and (out := self.decoder.decode(data, self.max_body_bytes - self.body_bytes + 1)):
                self.keep(out)
                data = b""
        except DECODE_ERRORS as exc:
            raise FetchError(self.url, "decode", f"the body is not valid {self.encoding}") from exc

    def keep(self, data: bytes) -> None:
        """Keep decoded bytes."""
        self.body_bytes += len(data)
        if self.body_bytes > self.max_body_bytes:
            if not self.truncate:
                raise FetchError(self.url, "too-large", f"the decoded body exceeds {self.max_body_bytes:,} bytes")
            data = data[: len(data) - (self.body_bytes - self.max_body_bytes)]
            self.full = True
        self.parts.append(data)

    def begin(self, size: int) -> bytes:
        """Return the first decoded bytes."""
        return b"".join(self.parts)[:size]

    def finish(self) -> bytes:
        """Return the decoded body. Raises `FetchError` of kind `truncated` if the encoding did not reach its end."""
        self.take_start()
        if self.decoder is not None and not self.decoder.done and not self.full:
            raise FetchError(self.url, "truncated", f"the {self.encoding} body ended before it was complete")
        return b"".join(self.parts)


def own_encoding(label: str) -> str:
    """Return the encoding that a Content-Encoding names, in lower case, without words that name none.

    >>> own_encoding("GZIP"), own_encoding("gzip, identity"), own_encoding("UTF-8"), own_encoding("gzip, br")
    ('gzip', 'gzip', '', 'gzip, br')
    """
    words = [part.partition(";")[0].strip() for part in label.lower().split(",")]
    return ", ".join(word for word in words if word in DECODERS or word in NOT_OFFERED)


def looks_binary(body: bytes) -> bool:
    """Whether a body is not text: it has known first bytes, or a NUL among many control characters.

    >>> looks_binary(b"<p>One \\x00 slipped in, and the page is read.</p>"), looks_binary(b"\\x00\\x02PNG\\x01\\x07")
    (False, True)
    """
    return body.startswith(BINARY_PREFIXES) or holds_data(body[:1024])


def lacks_end(body: bytes) -> bool:
    """Whether a page has a start tag but neither its body nor its document is closed.

    >>> lacks_end(b"<html><body><p>One"), lacks_end(b"<html><p>One</HTML >"), lacks_end(b"<p>One")
    (True, False, False)
    """
    return b"<html" in body[:2048].lower() and not any(end in body[-65_536:].lower() for end in END_TAGS)
