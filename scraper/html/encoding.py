"""Decodes a page's bytes by the web's rules (WHATWG), and replaces characters that parsers refuse."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Final

import numpy as np
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

from scraper.html.attributes import holds_wide_tag, limit_attributes
from scraper.html.charset import WESTERN, declared_encodings, encoding_of, guess_encoding, in_markup
from scraper.html.nesting import MAX_UNCHECKED_TAGS, limit_depth
from scraper.text.garbled import find_garbled
from scraper.text.patterns import lazy_pattern
from scraper.types import Page

UNSAFE: Final = lazy_pattern("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters outside XML 1.0 (2.2): with one of them, lxml refuses the whole document."""

REFERENCE: Final = (
    r"&#(?:x0*(?:[0-8bef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f])|0*(?:[0-8]|11|1[4-9]|2\d|3[01])(?!\d));?"
)
ENTITY: Final = lazy_pattern(REFERENCE, re.IGNORECASE | re.ASCII)
ENTITY_BYTES: Final = lazy_pattern(REFERENCE.encode(), re.IGNORECASE)
"""Character references to unsafe characters."""
UNSAFE_DECODED: Final = [chr(code) for code in (*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF)]
"""Unsafe characters that a decoder gives."""
NUL: Final = lazy_pattern("\x00(?![^<>]{0,40}>)")
"""A NUL outside of a tag, which browsers drop (HTML, 13.2.6.4.7); in a tag it becomes U+FFFD."""
UTF16_STARTS: Final = (b"<\x00", b"\x00<")
"""First bytes of UTF-16 without a byte order mark."""

PART_BYTES: Final = 4_096
"""Least size of the parts in which bytes beyond ASCII are looked for."""
NONCHARACTER: Final = (0xEF, 0xBF, 0xBE)
"""U+FFFE in UTF-8; U+FFFF follows."""


def replace_unsafe(text: str) -> str:
    """The text with every unsafe character, raw or as a reference, replaced by U+FFFD.

    >>> replace_unsafe("a\\x0bb&#11;c&#x1b;d &#160; &#x2014;").replace("\\ufffd", "?")
    'a?b?c?d &#160; &#x2014;'
    """
    return ENTITY.sub("\ufffd", UNSAFE.sub("\ufffd", text))


def markup(page: Page) -> str | bytes:
    """The page's markup for Lexbor, which reads UTF-8: the bytes themselves if `decode` would change nothing."""
    return page.body if is_parser_safe(page) else decode(page)


def is_parser_safe(page: Page) -> bool:
    """Whether a page's bytes are UTF-8 without unsafe characters, deep nesting or wide tags."""
    body = page.body
    if not body or holds_controls(body) or holds_unsafe_references(body) or body.startswith(BOM_UTF8):
        return False
    if count_tags(body) > MAX_UNCHECKED_TAGS or holds_wide_tag(body):
        return False
    parts = b"".join(parts_beyond_ascii(body))
    try:
        text = parts.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if "\ufffe" in text or "\uffff" in text:
        return False
    return len(parts) - len(text) >= MIN_CONTINUATION_BYTES or is_utf8_at_first(page)


def is_utf8_at_first(page: Page) -> bool:
    """Whether bytes that are UTF-8 with next to nothing beyond ASCII are read as such.

    They are if that is the first encoding to try. ASCII is the same in all encodings but UTF-16, whose readings have no tags.
    """
    if page.body.isascii() and b"<" in page.body:
        return True
    return next(encodings(page.body, page.header("content-type"))) == "utf-8"


def count_tags(body: bytes) -> int:
    """Upper bound of the number of tags. Much faster than `bytes.count` on a page with many."""
    return int(np.count_nonzero(np.frombuffer(body, dtype=np.uint8) == ord("<")))


def holds_controls(body: bytes) -> bool:
    """Whether bytes contain a control character other than white space: 00 to 08, 0B, 0E to 1F, 7F.

    The lowest number and searches for one byte take a third of the time of a look at each byte below the space.
    """
    if not body:
        return False
    codes = np.frombuffer(body, dtype=np.uint8)
    if codes.min() < 0x09 or b"\x0b" in body or b"\x7f" in body:
        return True
    return int((codes - np.uint8(0x0E)).min()) <= 0x1F - 0x0E  # all below 0E are now above


def holds_unsafe_references(body: bytes) -> bool:
    """Whether bytes contain a character reference to an unsafe character."""
    return ENTITY_BYTES.search(body) is not None


def parts_beyond_ascii(body: bytes) -> Iterator[bytes]:
    """The parts of bytes, each between two spaces, that hold bytes beyond ASCII. Most of a page is not decoded so."""
    at = 0
    while at < len(body):
        end = body.find(b" ", at + PART_BYTES)
        part = body[at : end if end >= 0 else len(body)]
        if not part.isascii():
            yield part
        at += len(part)


def holds_noncharacters(body: bytes) -> bool:
    """Whether bytes contain U+FFFE or U+FFFF in UTF-8. A search for each takes seven times as long."""
    first, second, third = NONCHARACTER
    if first not in body:
        return False
    codes = np.frombuffer(body, dtype=np.uint8)
    places = np.flatnonzero(codes[:-2] == first)
    return bool(((codes[places + 1] == second) & (codes[places + 2] >= third)).any())


def decode(page: Page) -> str:
    """The page's markup as text. Never fails.

    Text that is clearly valid UTF-8 is UTF-8, even if its labels say otherwise. Otherwise the byte order mark decides, then the
    first of `encodings` that gives a text. Deep nesting (`limit_depth`) and wide tags (`limit_attributes`) are reduced for
    the parsers. A NUL is dropped, as browsers do.
    """
    text = read_bytes(page.body, page.header("content-type"))
    if holds_controls(page.body) or holds_noncharacters(page.body):  # else no search is needed
        text = replace_raw(NUL.sub("", text) if "\x00" in text else text)
    return limit_depth(limit_attributes(ENTITY.sub("\ufffd", text)))


def replace_raw(text: str) -> str:
    """A decoded text, which has no surrogates, with all other unsafe characters replaced. A search for `UNSAFE` reads each
    character, and takes three times as long on a whole page.

    >>> replace_raw("a\\x0bb\\x7fc\\uffff").replace("\\ufffd", "?")
    'a?b?c?'
    """
    for char in UNSAFE_DECODED:
        text = text.replace(char, "\ufffd")
    return text


def read_bytes(body: bytes, content_type: str) -> str:
    """The decoded text, with unsafe characters still in it."""
    if (text := read_utf8(body)) is not None:
        return text
    encoding, mark = read_bom(body)
    if encoding and mark:
        return to_unicode(body[len(mark) :], encoding)
    first: str | None = None
    for encoding in dict.fromkeys(encodings(body, content_type)):
        text = to_unicode(body, encoding).removeprefix("\ufeff")
        if is_written(text, body, encoding):
            return text
        first = text if first is None else first
    return first or ""


def encodings(body: bytes, content_type: str) -> Iterator[str]:
    """The encodings to try, best first, each found only when it is needed.

    `Content-Type` and the declarations in the markup come first, as in browsers (HTML, 13.2.3.2), then the declaration that
    w3lib finds, UTF-8 with damaged places, a guess by letters, and windows-1252.
    """
    yield from filter(None, (encoding_of(http_content_type_encoding(content_type) or ""),))
    if body.startswith(UTF16_STARTS):
        yield "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
    yield from declared_encodings(body)
    yield from filter(None, (in_markup((html_body_declared_encoding(body) or "").encode("latin-1", "ignore")),))
    if is_damaged_utf8(body):
        yield "utf-8"
    yield from filter(None, (guess_encoding(body),))
    yield WESTERN


def is_written(text: str, body: bytes, encoding: str) -> bool:
    """Whether a decoded text is one that people and servers write: not garbled, and with the tags of its bytes."""
    if encoding != "iso2022_jp" and text.count("<") * 2 < body.count(b"<"):
        return False
    return find_garbled(text) is None


MIN_CONTINUATION_BYTES: Final = 4
"""Continuation bytes of UTF-8 from which valid UTF-8 is no accident: a word or two of GBK can be valid UTF-8 too."""
MIN_CHARS_PER_NUL: Final = 20
"""Characters for each NUL in a text that was damaged; UTF-16 has one in two."""


def read_utf8(body: bytes) -> str | None:
    """The text of bytes that are clearly UTF-8: valid, with enough bytes beyond ASCII. Otherwise None."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    sure = len(body) - len(text) >= MIN_CONTINUATION_BYTES and text.count("\x00") * MIN_CHARS_PER_NUL <= len(text)
    return text.removeprefix("\ufeff") if sure else None


def is_damaged_utf8(body: bytes) -> bool:
    """Whether most multi-byte sequences are valid UTF-8: a page may be cut or damaged in places."""
    text = body.decode("utf-8", "replace")
    other = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") * 20 <= other
