"""A block's links (safe schemes only), emphasis and code as inline Markdown (CommonMark)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Final
from urllib.parse import urljoin

from scraper.blocks.model import PLAIN, PageBlock, Style
from scraper.blocks.reader import BREAK
from scraper.html.encoding import UNSAFE
from scraper.text.invisible import INVISIBLE

SPECIAL: Final = re.compile(r"([\`*_\[\]<>])")
ESCAPED: Final = str.maketrans(
    {" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\n": "", "\r": "", "\t": ""}
)
"""Characters that end a link's address in Markdown. Line ends and tabs are dropped, as browsers do (WHATWG URL)."""
SPACES: Final = re.compile(rf"[^\S{BREAK}]+")
LINK: Final = re.compile(r"https?://|mailto:", re.IGNORECASE)


def block_markdown(block: PageBlock, *, base: str) -> str:
    """A block's inline Markdown; empty if it equals the text."""
    if block.kind == "code":
        return ""
    if all(style is PLAIN for _, style in block.pieces):
        return SPECIAL.sub(r"\\\1", block.text) if SPECIAL.search(block.text) else ""
    markup = inline_markdown(block.pieces, base=base)
    return "" if markup == block.text else markup


def inline_markdown(pieces: Iterable[tuple[str, Style]], *, base: str = "") -> str:
    """Runs of styled text as one line of Markdown. Relative addresses are resolved against `base`.

    >>> inline_markdown([("See ", Style()), ("the report", Style(href="/r", bold=True)), (".", Style())], base="https://example.org/a")
    'See [**the report**](https://example.org/r).'
    """
    parts = []
    for style, group in groupby(pieces, key=itemgetter(1)):
        run = "".join([text for text, _ in group])
        if not run.isprintable():  # a printable run has spaces only, which are folded below
            run = SPACES.sub(" ", INVISIBLE.sub("", UNSAFE.sub("\ufffd", run)))
        parts.append(run if style is PLAIN and not SPECIAL.search(run) else render_run(run, style, base=base))
    lines = (" ".join(line.split()) for line in "".join(parts).split(BREAK))
    return "\n".join(line for line in lines if line)


def render_run(run: str, style: Style, *, base: str) -> str:
    """One run of text in its style; white space at its ends is kept outside the marks."""
    inner = run.strip(f" {BREAK}")
    if not inner:
        return run
    start = run.index(inner)
    if style.code:
        marked = f"`{inner}`"
    else:
        mark = "**" * style.bold + "*" * style.italic
        marked = mark + SPECIAL.sub(r"\\\1", inner) + mark[::-1]
    address = resolve(style.href, base) if style.href else ""
    if address:
        marked = f"[{marked}]({address})"
    return run[:start] + marked + run[start + len(inner) :]


def resolve(href: str, base: str) -> str:
    """The absolute address of a link, or an empty string if it is not safe to follow."""
    try:
        address = href if href.startswith(("https://", "http://")) else urljoin(base, href)
    except ValueError:
        return ""
    if not LINK.match(address):
        return ""
    return address.translate(ESCAPED)
