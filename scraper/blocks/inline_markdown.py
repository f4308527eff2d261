"""A block's links (safe schemes only), emphasis and code as inline Markdown (CommonMark)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin

from scraper.blocks.model import PLAIN, PageBlock, Style
from scraper.blocks.phrases import BREAK
from scraper.blocks.tables import SEPARATOR
from scraper.html.encoding import UNSAFE
from scraper.text.invisible import INVISIBLE, JOINERS, UNSEEN
from scraper.text.patterns import lazy_pattern

SPECIAL: Final = lazy_pattern(r"([\\`*_\[\]<>&])(?:(?<!&)|(?=#?\w{1,31};))")
"""Characters that mean something in Markdown, and the beginning of what it takes for a character reference. It begins with
a set of characters, because that makes the search fast.
"""
BACKTICKS: Final = lazy_pattern(r"`+")
ESCAPED: Final = str.maketrans(
    {" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\n": "", "\r": "", "\t": ""}
)
"""Characters that end a link's address in Markdown. Line ends and tabs are dropped, as browsers do (WHATWG URL)."""
ENDING: Final = lazy_pattern("[ ()<>\n\r\t]")
"""One of these characters."""
HIDDEN: Final = lazy_pattern(f"{UNSAFE.pattern[:-1]}{UNSEEN}{JOINERS}]")
"""A character that `UNSAFE` or `INVISIBLE` may find. One search instead of two: most runs have none."""
IMAGE: Final = lazy_pattern(r"!(?=\[)")
"""An exclamation mark that would make a picture of the link after it."""
LINK: Final = lazy_pattern(r"https?://|mailto:", re.IGNORECASE)


def block_markdown(block: PageBlock, *, base: str) -> str:
    """A block's inline Markdown; empty if it equals the text."""
    if block.kind == "code":
        return ""
    if SEPARATOR in block.pieces:
        markup = row_markdown(block.pieces, base=base)
    elif all(style is PLAIN for _, style in block.pieces):
        markup = escape(block.text)
    else:
        markup = inline_markdown(block.pieces, base=base)
    return "" if markup == block.text else markup


def escape(text: str) -> str:
    """A text with a backslash before each `SPECIAL` character. Most texts have none, and a search is faster than `sub`."""
    return SPECIAL.sub(r"\\\1", text) if SPECIAL.search(text) else text


def row_markdown(pieces: Iterable[tuple[str, Style]], *, base: str) -> str:
    """The cells of a row, with ` | ` between them; a bar within a cell is escaped, as tables in Markdown demand (GFM 4.10)."""
    cells: list[list[tuple[str, Style]]] = [[]]
    for piece in pieces:
        if piece == SEPARATOR:
            cells.append([])
        else:
            cells[-1].append(piece)
    lines = (" ".join(inline_markdown(cell, base=base).split()) for cell in cells)
    return " | ".join(line.replace("|", r"\|") for line in lines).strip()


def inline_markdown(pieces: Iterable[tuple[str, Style]], *, base: str = "") -> str:
    """Runs of styled text as one line of Markdown. Relative addresses are resolved against `base`.

    >>> inline_markdown([("See ", Style()), ("the report", Style(href="/r", bold=True)), (".", Style())], base="https://example.org/a")
    'See [**the report**](https://example.org/r).'
    """
    parts = []
    for run, style in runs_of(pieces):
        if not run.isprintable() and HIDDEN.search(run):
            run = INVISIBLE.sub("", UNSAFE.sub("\ufffd", run))
        parts.append(escape(run) if style is PLAIN else render_run(run, style, base=base))
    joined = "".join(parts)
    return folded_lines(IMAGE.sub(r"\\!", joined) if "![" in joined else joined)


def runs_of(pieces: Iterable[tuple[str, Style]]) -> list[tuple[str, Style]]:
    """Texts and their styles; neighbours of one style are one run."""
    runs: list[tuple[str, Style]] = []
    before = None
    for piece in pieces:
        if piece[1] == before:
            piece = (runs.pop()[0] + piece[0], piece[1])
        runs.append(piece)
        before = piece[1]
    return runs


def folded_lines(text: str) -> str:
    """The lines of a text without empty ones; a single space stands for white space within a line, none at its ends."""
    if text.isprintable() and "  " not in text:  # one line, with no white space but spaces
        return text.strip(" ")
    lines = (" ".join(line.split()) for line in text.split(BREAK))
    return "\n".join(line for line in lines if line)


def render_run(run: str, style: Style, *, base: str) -> str:
    """One run of text in its style; white space at its ends is kept outside the marks."""
    inner = run.strip()
    if not inner:
        return run
    start = run.index(inner)
    if style.code:
        marked = code_span(inner)
    else:
        mark = "**" * style.bold + "*" * style.italic
        marked = f"{mark}{escape(inner)}{mark[::-1]}"
    address = resolve(style.href, base) if style.href else ""
    if address:
        marked = f"[{marked}]({address})"
    return run[:start] + marked + run[start + len(inner) :]


def code_span(text: str) -> str:
    """Code between runs of backticks that are longer than any run within it (CommonMark 6.1).

    >>> code_span("a"), code_span("a ` b"), code_span("`")
    ('`a`', '`` a ` b ``', '`` ` ``')
    """
    runs = {len(run) for run in BACKTICKS.findall(text)}
    if not runs:
        return f"`{text}`"
    fence = "`" * (max(runs) + 1)
    return f"{fence} {text} {fence}"


def resolve(href: str, base: str) -> str:
    """The absolute address of a link, or an empty string if it is not safe to follow."""
    if href.startswith(("https://", "http://")):
        address = href
    else:
        try:
            address = urljoin(base, href)
        except ValueError:
            return ""
        if not LINK.match(address):
            return ""
    return address.translate(ESCAPED) if ENDING.search(address) else address
