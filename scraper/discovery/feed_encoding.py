"""The bytes of an XML feed as UTF-8, where its labels disagree with them.

XML's own declaration is believed first: servers add a charset to feeds that they did not write. It is wrong if the bytes are
UTF-8 beyond doubt, or if it is UTF-8 and the bytes are not; then the feed is read like a page, whose Content-Type counts.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from scraper.discovery.document_types import DECLARED_ENCODING
from scraper.html.charset import encoding_of
from scraper.html.encoding import read_bytes, read_utf8
from scraper.text.patterns import lazy_pattern

WIDE_MARKS: Final = (BOM_UTF16_LE, BOM_UTF16_BE)
DECLARATION: Final = lazy_pattern(rb"\s*<\?xml[^>]{0,500}\?>")
UTF_8: Final = b'<?xml version="1.0" encoding="UTF-8"?>'


def as_utf8(body: bytes, content_type: str) -> bytes:
    """Return a feed whose declared encoding is that of its bytes: the body itself unless a label is wrong.

    >>> as_utf8("<?xml version='1.0' encoding='latin1'?><a>Größe für Städte</a>".encode(), "").decode()
    '<?xml version="1.0" encoding="UTF-8"?><a>Größe für Städte</a>'
    """
    if body.isascii() or body.startswith(WIDE_MARKS) or 0 in body[:4]:
        return body
    plain = body.removeprefix(BOM_UTF8)
    declared = DECLARED_ENCODING.match(plain.lstrip())
    says_utf8 = declared is None or encoding_of(declared[1].decode("latin-1")) in {"utf-8", ""}
    text = read_utf8(plain)
    if says_utf8 == (text is not None or is_utf8(plain)):
        return body
    start = DECLARATION.match(plain)
    rest = plain[start.end() :] if start else plain
    return UTF_8 + read_bytes(rest, content_type).encode("utf-8", "replace") if says_utf8 or text is not None else body


def is_utf8(body: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
