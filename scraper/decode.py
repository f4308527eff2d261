"""Bytes to text, once, by WHATWG labels; what the parsers choke on is scrubbed here."""

from __future__ import annotations

import re
from typing import Final

from w3lib.encoding import html_to_unicode

from scraper.types import Page

UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What is not a character of XML 1.0 (2.2): one of them and lxml refuses the whole document."""

ENTITY: Final = re.compile(
    r"&#(?:x0*(?:[0-8bef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])(?![0-9a-f])|0*(?:[0-8]|11|1[4-9]|2\d|3[01])(?!\d));?",
    re.IGNORECASE,
)
"""Character references to the same."""


def scrub(text: str) -> str:
    """`text` with every unsafe character, raw or as a reference, replaced by U+FFFD.

    >>> scrub("a\\x0bb&#11;c&#x1b;d &#160;")
    'a\ufffdb\ufffdc\ufffdd &#160;'
    """
    return ENTITY.sub("\ufffd", UNSAFE.sub("\ufffd", text))


def decode(page: Page) -> str:
    """The page's markup as text: byte order mark, then `Content-Type`, then meta, then a guess; never fails.

    A label that Python knows as a codec and the web does not (`rot13`, `idna`) is no label.
    """
    for header in (page.header("content-type"), ""):
        try:
            return scrub(html_to_unicode(header, page.body, auto_detect_fun=guess)[1])
        except (LookupError, UnicodeError):
            continue
    return scrub(page.body.decode(guess(page.body), "replace"))


def guess(body: bytes) -> str:
    """UTF-8 where it holds up to the last bytes, else windows-1252, which decodes anything.

    A page cut or spoilt in a few places is still UTF-8: most of its multi-byte sequences are valid.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return "utf-8" if bad * 20 <= sum(character > "\x7f" for character in text) else "windows-1252"
