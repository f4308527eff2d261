"""Bytes to text, once, by WHATWG labels; what the parsers choke on is scrubbed here."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Final

import numpy as np
from w3lib.encoding import html_to_unicode

from scraper.html.attributes import holds_wide_tag, limit_attributes
from scraper.html.nesting import MANY_TAGS, limit_depth
from scraper.types import Page

UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What is not a character of XML 1.0 (2.2): one of them and lxml refuses the whole document."""

REFERENCE: Final = (
    r"&#(?:x0*(?:[0-8bef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f])|0*(?:[0-8]|11|1[4-9]|2\d|3[01])(?!\d));?"
)
ENTITY: Final = re.compile(REFERENCE, re.IGNORECASE | re.ASCII)
ENTITY_BYTES: Final = re.compile(REFERENCE.encode(), re.IGNORECASE)
"""Character references to the same."""


NO_CHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""U+FFFE and U+FFFF."""


def scrub(text: str) -> str:
    """`text` with every unsafe character, raw or as a reference, replaced by U+FFFD.

    >>> scrub("a\\x0bb&#11;c&#x1b;d &#160; &#x2014;").replace("\\ufffd", "?")
    'a?b?c?d &#160; &#x2014;'
    """
    return ENTITY.sub("\ufffd", UNSAFE.sub("\ufffd", text))


def markup(page: Page) -> str | bytes:
    """The page's markup for Lexbor, which reads UTF-8: its bytes as they are where `decode` would change nothing."""
    return page.body if is_sound(page.body) else decode(page)


def is_sound(body: bytes) -> bool:
    """Whether bytes are UTF-8 with nothing unsafe in them and neither deep nor wide; the quickest looks come first."""
    if holds_controls(body) or ENTITY_BYTES.search(body):
        return False
    if b"\xef" in body and (body.startswith(BOM_UTF8) or any(code in body for code in NO_CHARACTERS)):
        return False
    return count_tags(body) <= MANY_TAGS and is_utf8(body) and not holds_wide_tag(body)


def count_tags(body: bytes) -> int:
    """How many tags there are at most, counted far quicker than `bytes.count` does where they are many."""
    return int(np.count_nonzero(np.frombuffer(body, dtype=np.uint8) == ord("<")))


IS_SPACE: Final = np.isin(np.arange(0x20), [0x09, 0x0A, 0x0C, 0x0D])
"""Of each code below the space, whether it is white space and not a control character."""


def holds_controls(body: bytes) -> bool:
    """Whether a control character is among bytes, white space apart."""
    codes = np.frombuffer(body, dtype=np.uint8)
    return not IS_SPACE[codes[codes < 0x20]].all() or b"\x7f" in body


def decode(page: Page) -> str:
    """The page's markup as text: byte order mark, then `Content-Type`, then meta, then a guess; never fails.

    Nesting too deep for the parsers is made shallow (`limit_depth`), tags with too many attributes are cut short.
    Text that is valid UTF-8 beyond chance is UTF-8, whatever a server or a template says of it. A label that Python
    knows as a codec and the web does not (`rot13`, `idna`) is no label.
    """
    text = read_bytes(page.body, page.header("content-type"))
    if holds_controls(page.body) or any(
        code in page.body for code in NO_CHARACTERS
    ):  # nearly every page is spared the search
        text = UNSAFE.sub("\ufffd", text)
    return limit_depth(limit_attributes(ENTITY.sub("\ufffd", text)))


def read_bytes(body: bytes, content_type: str) -> str:
    """The same, before anything is scrubbed."""
    if (text := read_utf8(body)) is not None:
        return text
    for header in (content_type, ""):
        try:
            return html_to_unicode(header, body, auto_detect_fun=guess)[1]
        except (LookupError, UnicodeError):
            continue
    return body.decode(guess(body), "replace")


MIN_SEQUENCES: Final = 4
"""Bytes beyond ASCII from which valid UTF-8 is no accident; a word or two of GBK can be valid too."""


def read_utf8(body: bytes) -> str | None:
    """The text of bytes that are UTF-8 by their form: valid, and with enough beyond ASCII to tell; otherwise None."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    sure = len(body) - len(text) >= MIN_SEQUENCES and "\x00" not in text
    return text.removeprefix("\ufeff") if sure else None


def is_utf8(body: bytes) -> bool:
    """Whether `read_utf8` takes bytes, NUL apart. Only what is not ASCII is read, each run with the byte that ends it."""
    codes = np.frombuffer(body, dtype=np.uint8)
    told = codes > 0x7F
    told[1:] |= told[:-1]
    runs = codes[told].tobytes()
    try:
        return len(runs) - len(runs.decode("utf-8")) >= MIN_SEQUENCES
    except UnicodeDecodeError:
        return False


def guess(body: bytes) -> str:
    """UTF-8 where it holds up to the last bytes, else windows-1252, which decodes anything.

    A page cut or spoilt in a few places is still UTF-8: most of its multi-byte sequences are valid.
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        other = len(text) - len(text.encode("ascii", "ignore"))
        return "utf-8" if text.count("\ufffd") * 20 <= other else "windows-1252"
    return "utf-8"
