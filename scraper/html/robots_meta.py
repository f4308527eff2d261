"""What a page asks of archives and miners: recorded always, obeyed when its source says so.

From `X-Robots-Tag`, `<meta name="robots">` (or our product token's), and TDMRep (W3C community report, 2024): the
`tdm-reservation` header and `<meta name="tdm-reservation">`, whose value 1 reserves the rights. No page is parsed for it:
the tags are looked for in the first bytes, where robots look too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from scraper.types import Page

SIGNALS: Final = ("noarchive", "noindex", "nosnippet", "tdm-reservation")
"""What a page can say, in this order."""
MEANINGS: Final = {
    "noarchive": "noarchive",
    "nocache": "noarchive",
    "noindex": "noindex",
    "none": "noindex",
    "nosnippet": "nosnippet",
    "max-snippet:0": "nosnippet",
}
"""Directives (Google's and Bing's documentation), and the signal that each amounts to."""
VALUED: Final = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Directives with a value, which look like the name of a robot before a colon."""
HEAD: Final = 200_000
"""Bytes of a page that are looked at; the head of a page is shorter, unless something is wrong with it."""
COMMENT: Final = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
META: Final = re.compile(rb"<meta\b[^<>]{0,2000}>")
ATTRIBUTE: Final = re.compile(rb"""\b(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
TDM: Final = "tdm-reservation"


def read_signals(page: Page, *, agent: str = "cuttings") -> tuple[str, ...]:
    """The signals of a page to everyone, or to `agent` (a product token), in the order of `SIGNALS`."""
    told = {*header_directives(page, agent.lower()), *meta_directives(page.body, agent.lower())}
    found = {MEANINGS[directive] for directive in told if directive in MEANINGS}
    if page.header(TDM) == "1" or TDM in told:
        found.add(TDM)
    return tuple(signal for signal in SIGNALS if signal in found)


def header_directives(page: Page, agent: str) -> Iterator[str]:
    """Directives of `X-Robots-Tag`, of which there may be several; a robot's name before a colon holds for what follows."""
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
    end = body.find(b"</head", 0, HEAD)
    head = body[: HEAD if end < 0 else end].lower()
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
