"""Decodes a page's bytes by the web's rules (WHATWG), and replaces characters that parsers refuse."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Final

import numpy as np
from w3lib.encoding import html_to_unicode

from scraper.html.attributes import holds_wide_tag, limit_attributes
from scraper.html.nesting import MAX_UNCHECKED_TAGS, limit_depth
from scraper.types import Page

UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters outside XML 1.0 (2.2): with one of them, lxml refuses the whole document."""

REFERENCE: Final = (
    r"&#(?:x0*(?:[0-8bef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f])|0*(?:[0-8]|11|1[4-9]|2\d|3[01])(?!\d));?"
)
ENTITY: Final = re.compile(REFERENCE, re.IGNORECASE | re.ASCII)
ENTITY_BYTES: Final = re.compile(REFERENCE.encode(), re.IGNORECASE)
"""Character references to unsafe characters."""


NONCHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""U+FFFE and U+FFFF in UTF-8."""


def replace_unsafe(text: str) -> str:
    """The text with every unsafe character, raw or as a reference, replaced by U+FFFD.

    >>> replace_unsafe("a\\x0bb&#11;c&#x1b;d &#160; &#x2014;").replace("\\ufffd", "?")
    'a?b?c?d &#160; &#x2014;'
    """
    return ENTITY.sub("\ufffd", UNSAFE.sub("\ufffd", text))


def markup(page: Page) -> str | bytes:
    """The page's markup for Lexbor, which reads UTF-8: the bytes themselves if `decode` would change nothing."""
    return page.body if is_parser_safe(page.body) else decode(page)


def is_parser_safe(body: bytes) -> bool:
    """Whether bytes are UTF-8 without unsafe characters, deep nesting or wide tags. The fastest checks come first."""
    if holds_controls(body) or ENTITY_BYTES.search(body):
        return False
    if b"\xef" in body and (body.startswith(BOM_UTF8) or any(code in body for code in NONCHARACTERS)):
        return False
    return count_tags(body) <= MAX_UNCHECKED_TAGS and is_utf8(body) and not holds_wide_tag(body)


def count_tags(body: bytes) -> int:
    """Upper bound of the number of tags. Much faster than `bytes.count` on a page with many."""
    return int(np.count_nonzero(np.frombuffer(body, dtype=np.uint8) == ord("<")))


IS_SPACE: Final = np.isin(np.arange(0x20), [0x09, 0x0A, 0x0C, 0x0D])
"""For each code below the space: whether it is white space rather than a control character."""


def holds_controls(body: bytes) -> bool:
    """Whether bytes contain a control character other than white space."""
    codes = np.frombuffer(body, dtype=np.uint8)
    return not IS_SPACE[codes[codes < 0x20]].all() or b"\x7f" in body


def decode(page: Page) -> str:
    """The page's markup as text. Never fails.

    Text that is clearly valid UTF-8 is UTF-8, even if its labels say otherwise. Otherwise the byte order mark decides, then
    `Content-Type`, then a meta tag, then a guess. A label that is a codec of Python but not of the web (`rot13`, `idna`)
    is ignored. Deep nesting (`limit_depth`) and wide tags (`limit_attributes`) are reduced for the parsers.
    """
    text = read_bytes(page.body, page.header("content-type"))
    if holds_controls(page.body) or any(code in page.body for code in NONCHARACTERS):  # else no search is needed
        text = UNSAFE.sub("\ufffd", text)
    return limit_depth(limit_attributes(ENTITY.sub("\ufffd", text)))


def read_bytes(body: bytes, content_type: str) -> str:
    """The decoded text, with unsafe characters still in it."""
    if (text := read_utf8(body)) is not None:
        return text
    for header in (content_type, ""):
        try:
            return html_to_unicode(header, body, auto_detect_fun=guess_encoding)[1]
        except (LookupError, UnicodeError):
            continue
    return body.decode(guess_encoding(body), "replace")


MIN_CONTINUATION_BYTES: Final = 4
"""Continuation bytes of UTF-8 from which valid UTF-8 is no accident: a word or two of GBK can be valid UTF-8 too."""


def read_utf8(body: bytes) -> str | None:
    """The text of bytes that are clearly UTF-8: valid, with enough bytes beyond ASCII. Otherwise None."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    sure = len(body) - len(text) >= MIN_CONTINUATION_BYTES and "\x00" not in text
    return text.removeprefix("\ufeff") if sure else None


def is_utf8(body: bytes) -> bool:
    """Whether `read_utf8` accepts bytes (NUL aside). Faster, because ASCII is not decoded."""
    codes = np.frombuffer(body, dtype=np.uint8)
    chosen = codes > 0x7F
    chosen[1:] |= chosen[:-1]
    runs = codes[chosen].tobytes()
    try:
        return len(runs) - len(runs.decode("utf-8")) >= MIN_CONTINUATION_BYTES
    except UnicodeDecodeError:
        return False


def guess_encoding(body: bytes) -> str:
    """UTF-8 if most multi-byte sequences are valid (a page may be cut or damaged in places), else windows-1252."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        other = len(text) - len(text.encode("ascii", "ignore"))
        return "utf-8" if text.count("\ufffd") * 20 <= other else "windows-1252"
    return "utf-8"
