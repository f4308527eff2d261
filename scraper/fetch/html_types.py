"""Whether a response is an HTML page, by its Content-Type and, where that says nothing, by its first bytes.

Servers send pages as `text/plain`, as no valid type, or with several types. Browsers look at the bytes of some of these (WHATWG
MIME Sniffing, 7.1); a page that was asked for as an article is looked at whenever its type may be a mistake.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from typing import Final

from scraper.fetch.decoders import GZIP_WINDOW_BITS
from scraper.text.patterns import lazy_pattern

HTML_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml"})
"""Content types that are read as HTML; an empty type is too."""
VALID: Final = lazy_pattern(r"[a-z0-9!#$%&'*+.^_`|~-]+/[a-z0-9!#$%&'*+.^_`|~-]+")
"""A media type (RFC 9110, 8.3.1)."""
OTHER_TYPES: Final = lazy_pattern(
    r"(?:image|video|audio|font|model|message|multipart)/.*|text/(?:css|csv|calendar|vcard|markdown|(?:x-)?(?:java|ecma)script)"
    r"|application/(?!(?:octet-stream|xml|html|unknown|x-unknown-content-type|x-httpd-php|x-html|vnd\.wap\.xhtml\+xml)$).*"
)
"""Types of something else, which is not even received. All other types may be a mistake for HTML."""
GZIP_START: Final = b"\x1f\x8b\x08"
"""First bytes of gzip with its one method (RFC 1952, 2.3.1)."""
SNIFFED_BYTES: Final = 4_096
"""Bytes in which a page must begin."""
HTML_START: Final = lazy_pattern(
    rb"(?>\s*+(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+)"
    rb"<(?:!doctype\s+html|(?:html|head|body|title|meta|link|base)(?=[\s/>]))",
    re.IGNORECASE,
)
"""The beginning of an HTML page, after an XML declaration and any comments. Nothing is tried twice: comments can be many."""


def media_type(values: Iterable[str]) -> str:
    """Return the media type that Content-Type headers give, in lower case; empty for none, `*/*` for one that is invalid.

    Of several the last valid one counts (WHATWG Fetch, "extract a MIME type"), unless it may be a mistake for another, HTML.

    >>> media_type(["Text/HTML; charset=utf-8"]), media_type(["text/plain", "text/html"]), media_type(["html"]), media_type([" "])
    ('text/html', 'text/html', '*/*', '')
    >>> media_type(["text/html", "text/plain"]), media_type(["text/html", "image/png"])
    ('text/html', 'image/png')
    """
    named = [part.partition(";")[0].strip().lower() for value in values for part in value.split(",")]
    valid = [name for name in named if VALID.fullmatch(name) and name != "*/*"]
    if not valid:
        return "*/*" if any(named) else ""
    return next((name for name in valid if is_html_type(name) and may_be_html(valid[-1])), valid[-1])


def is_html_type(media: str) -> bool:
    """Whether a media type is HTML or empty."""
    return media in HTML_TYPES


def may_be_html(media: str) -> bool:
    """Whether a body of a media type may be an HTML page, so that its first bytes decide.

    >>> [may_be_html(media) for media in ("text/plain", "*/*", "application/octet-stream", "application/pdf", "image/png")]
    [True, True, True, False, False]
    """
    return is_html_type(media) or not OTHER_TYPES.fullmatch(media)


def looks_html(body: bytes) -> bool:
    """Whether bytes begin as an HTML page.

    >>> looks_html(b"<?xml version='1.0'?>\\n<!-- a --><!DOCTYPE html>"), looks_html(b"<?xml version='1.0'?><rss>")
    (True, False)
    """
    return HTML_START.match(body[:SNIFFED_BYTES]) is not None


def may_become_html(start: bytes) -> bool:
    """Whether a body whose first bytes these are may be an HTML page, also one in gzip that no header names.

    >>> [may_become_html(start) for start in (b"<html>", zlib.compress(b"<html>", wbits=31), zlib.compress(b"MZ", wbits=31))]
    [True, True, False]
    """
    if not start.startswith(GZIP_START):
        return looks_html(start)
    try:
        return looks_html(zlib.decompressobj(GZIP_WINDOW_BITS).decompress(start, SNIFFED_BYTES))
    except zlib.error:
        return False
