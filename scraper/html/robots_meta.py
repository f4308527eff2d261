"""A page's signals to archives and text miners. Signals are always recorded, and obeyed if the source says so.

Read from `X-Robots-Tag`, from `<meta name="robots">` (or the name of our product token), and from TDMRep (W3C community
report, 2024): the header and meta tag `tdm-reservation`, whose value 1 reserves the rights. The page is not parsed: the
tags are searched in its first bytes, as robots do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from scraper.text.patterns import lazy_pattern
from scraper.types import Page

SIGNALS: Final = ("noarchive", "noindex", "nosnippet", "tdm-reservation")
"""Signals of a page, in the order in which they are recorded."""
MEANINGS: Final = {
    "noarchive": "noarchive",
    "nocache": "noarchive",
    "noindex": "noindex",
    "none": "noindex",
    "nosnippet": "nosnippet",
    "max-snippet:0": "nosnippet",
}
"""Directives (Google's and Bing's documentation), each with its signal."""
VALUED: Final = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Directives with a value: their name before a colon is not the name of a robot."""
MAX_HEAD_BYTES: Final = 200_000
"""Bytes of a page that are searched; the head of a normal page is shorter."""
COMMENT: Final = lazy_pattern(rb"<!--.*?(?:-->|$)", re.DOTALL)
META: Final = lazy_pattern(rb"<meta\b[^<>]{0,2000}>")
ATTRIBUTE: Final = lazy_pattern(rb"""\b(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
TDM: Final = "tdm-reservation"


def read_signals(page: Page, *, agent: str = "cuttings") -> tuple[str, ...]:
    """The signals of a page to everyone, or to `agent` (a product token), in the order of `SIGNALS`."""
    directives = {*header_directives(page, agent.lower()), *meta_directives(page.body, agent.lower())}
    found = {MEANINGS[directive] for directive in directives if directive in MEANINGS}
    if page.header(TDM) == "1" or TDM in directives:
        found.add(TDM)
    return tuple(signal for signal in SIGNALS if signal in found)


def header_directives(page: Page, agent: str) -> Iterator[str]:
    """Directives of all `X-Robots-Tag` headers. A robot's name before a colon applies to all that follow it."""
    for name, value in page.headers:
        if name != "x-robots-tag":
            continue
        addressee = ""
        for part in value.lower().split(","):
            named, colon, rest = part.partition(":")
            if colon and named.strip() not in VALUED:
                addressee, part = named.strip(), rest
            if addressee in {"", agent}:
                yield "".join(part.split())


def meta_directives(body: bytes, agent: str) -> Iterator[str]:
    """Directives of the page's `<meta>` tags."""
    end = body.find(b"</head", 0, MAX_HEAD_BYTES)
    head = body[: MAX_HEAD_BYTES if end < 0 else end].lower()
    if b"robots" not in head and TDM.encode() not in head and agent.encode() not in head:
        return
    for tag in META.finditer(COMMENT.sub(b"", head)):
        attributes = {
            found[1]: html.unescape((found[2] or found[3] or found[4] or b"").decode("latin-1")).strip().lower()
            for found in ATTRIBUTE.finditer(tag[0])
        }
        name, content = attributes.get(b"name", ""), attributes.get(b"content", "")
        if name in {"robots", agent}:
            yield from ("".join(part.split()) for part in content.split(","))
        elif name == TDM and content == "1":
            yield TDM
