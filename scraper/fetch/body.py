"""Bodies: taking in what a server sends, decoded as it comes, within bounds.

Encodings that were not offered, and chains of them, are refused; the offered ones are bounded (`decoders`).
"""

from __future__ import annotations

from typing import Final

from scraper.errors import FetchError
from scraper.fetch.decoders import CORRUPT, DECODERS, Decoder

PLAIN: Final = frozenset({"", "identity"})
HTML_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml"})
MAGIC: Final = (
    b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF", b"OggS", b"ID3", b"Rar!", b"\x00\x00\x00",
)  # fmt: skip
"""First bytes of what is served as HTML by mistake: pictures, archives, sound, film."""
ENDS: Final = (b"</html", b"</body")
WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class Body:
    """A body being received. With `cut`, what lies past `max_bytes` is ignored instead of refused."""

    def __init__(self, url: str, encoding: str, *, max_wire: int, max_bytes: int, cut: bool = False) -> None:
        self.url = url
        self.encoding = encoding.strip().lower()
        self.max_wire = max_wire
        self.max_bytes = max_bytes
        self.cut = cut
        self.parts: list[bytes] = []
        self.wire = self.size = 0
        self.full = False
        self.decoder: Decoder | None = None
        if self.encoding not in PLAIN | DECODERS.keys():
            raise FetchError(url, "decode", f"content encoding {encoding[:60]!r} was not offered")

    def add(self, chunk: bytes) -> None:
        """Takes in bytes as they came over the wire. Raises `FetchError`: `too-large` or `decode`."""
        self.wire += len(chunk)
        if self.wire > self.max_wire and not self.cut:
            raise FetchError(self.url, "too-large", f"the body exceeds {self.max_wire:,} bytes")
        if self.encoding in PLAIN:
            self.keep(chunk)
        elif chunk:
            self.decode(chunk)

    def decode(self, data: bytes) -> None:
        """Decodes bytes: at most one more than may still be kept."""
        if self.decoder is None:
            self.decoder = DECODERS[self.encoding]()
        try:
            while not self.full and (out := self.decoder.decode(data, self.max_bytes - self.size + 1)):
                self.keep(out)
                data = b""
        except CORRUPT as exc:
            raise FetchError(self.url, "decode", f"the body is not valid {self.encoding}") from exc

    def keep(self, data: bytes) -> None:
        """Keeps decoded bytes."""
        self.size += len(data)
        if self.size > self.max_bytes:
            if not self.cut:
                raise FetchError(self.url, "too-large", f"the decoded body exceeds {self.max_bytes:,} bytes")
            data = data[: len(data) - (self.size - self.max_bytes)]
            self.full = True
        self.parts.append(data)

    def finish(self) -> bytes:
        """The whole decoded body. Raises `FetchError` of kind `truncated` when the encoding did not reach its end."""
        if self.decoder is not None and not self.decoder.done and not self.full:
            raise FetchError(self.url, "truncated", f"the {self.encoding} body ended before it was complete")
        return b"".join(self.parts)


def is_html_type(content_type: str) -> bool:
    """Whether a Content-Type says HTML, or nothing.

    >>> is_html_type("Text/HTML; charset=utf-8"), is_html_type("image/png")
    (True, False)
    """
    return content_type.partition(";")[0].strip().lower() in HTML_TYPES


def looks_binary(body: bytes) -> bool:
    """Whether bytes that were called text are not: known first bytes, or NUL where UTF-16 and 32 are not announced."""
    return body.startswith(MAGIC) or (b"\x00" in body[:1024] and not body.startswith(WIDE_MARKS))


def lacks_end(body: bytes) -> bool:
    """Whether a page has a beginning and no end in its markup: neither body nor document is closed.

    >>> lacks_end(b"<html><body><p>One"), lacks_end(b"<html><p>One</HTML >"), lacks_end(b"<p>One")
    (True, False, False)
    """
    return b"<html" in body[:2048].lower() and not any(end in body[-65_536:].lower() for end in ENDS)
