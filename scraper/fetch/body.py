"""Receiving the body of a response: decoded piece by piece, within limits.

A content encoding that was not offered, or a chain of encodings, is refused. `decoders` bounds the offered encodings.
"""

from __future__ import annotations

from typing import Final

from scraper.errors import FetchError
from scraper.fetch.decoders import DECODE_ERRORS, DECODERS, Decoder
from scraper.text.binary import holds_data

NOT_ENCODED: Final = frozenset({"", "identity"})
"""Values of Content-Encoding that mean no encoding."""
HTML_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml"})
"""Content types that are read as HTML; an empty type is too."""
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
        self.encoding = encoding.strip().lower()
        self.max_wire_bytes = max_wire_bytes
        self.max_body_bytes = max_body_bytes
        self.truncate = truncate
        self.parts: list[bytes] = []
        self.wire_bytes = self.body_bytes = 0
        self.full = False
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
            self.decode(chunk)

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

    def finish(self) -> bytes:
        """Return the decoded body. Raises `FetchError` of kind `truncated` if the encoding did not reach its end."""
        if self.decoder is not None and not self.decoder.done and not self.full:
            raise FetchError(self.url, "truncated", f"the {self.encoding} body ended before it was complete")
        return b"".join(self.parts)


def is_html_type(content_type: str) -> bool:
    """Whether a Content-Type is HTML or empty.

    >>> is_html_type("Text/HTML; charset=utf-8"), is_html_type("image/png")
    (True, False)
    """
    return content_type.partition(";")[0].strip().lower() in HTML_TYPES


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
