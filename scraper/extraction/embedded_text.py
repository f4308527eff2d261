"""The article's text as the page's data states it: in JSON-LD, or in the state that its scripts start from.

Evidence for judging what is shown; and, when nothing of it is shown, the text itself.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.reader import read_blocks

ARTICLE_BODY: Final = re.compile(r'"articleBody"\s*:\s*("(?:[^"\\]|\\.)*")')
TAG: Final = re.compile(r"<[^<>]*>")
STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+("?)', re.DOTALL)
MIN_STRING_CHARS: Final = 400
"""Characters from which a script's string may hold an article."""
PARAGRAPH: Final = re.compile(r"<p[\s>]", re.IGNORECASE)
MIN_PARAGRAPHS: Final = 3
MAX_SCRIPT_CHARS: Final = 3_000_000
"""Characters of one script that are looked through."""


def stated_body(scripts: Iterable[str]) -> str:
    """The longest `articleBody` (schema.org) in a page's JSON-LD, as it stands there; empty where there is none.

    Found by pattern, for much JSON-LD is broken elsewhere. It may be cut, hold markup, or the promos too.
    """
    found = [text for script in scripts for match in ARTICLE_BODY.finditer(script) if (text := decoded(match[1]))]
    return max(found, key=len, default="")


def plain(markup: str) -> str:
    """The same without markup."""
    return html.unescape(TAG.sub(" ", markup)) if "<" in markup or "&" in markup else markup


def scripted_body(tree: LexborHTMLParser) -> str:
    """The longest run of paragraphs among the strings in the page's scripts, as HTML; empty where there is none.

    Pages that scripts draw carry their text so: as a JSON string, sometimes within another (Next.js).
    """
    found = [
        text
        for node in tree.css('script:not([src]):not([type*="ld+json" i])')
        for text in strings(node.text()[:MAX_SCRIPT_CHARS], depth=2)
        if len(PARAGRAPH.findall(text)) >= MIN_PARAGRAPHS
    ]
    return max(found, key=len, default="")


def strings(script: str, *, depth: int) -> Iterator[str]:
    """Long JSON strings of a script, and those within them."""
    at = 0
    while (match := STRING.search(script, at)) and match[1]:  # where one string has no end, none that begins later has
        long = len(match[0]) > MIN_STRING_CHARS
        at = match.end() if long else match.end() - 1  # the quote that ends no string of note may begin one
        if long and (text := decoded(match[0])):
            inner = list(strings(text, depth=depth - 1)) if depth and '"' in text else []
            yield from inner or (text,)


def decoded(literal: str) -> str:
    """A JSON string's value, or an empty string when it is none."""
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


def stated_blocks(markup: str, *, after: PageBlocks) -> PageBlocks:
    """The page's blocks, and behind them those of a stated body: HTML, or text with a paragraph a line."""
    if not PARAGRAPH.search(markup):
        markup = "".join(f"<p>{line}</p>" for line in markup.splitlines() if line.strip())
    said = read_blocks(LexborHTMLParser(f"<article>{markup}</article>"))
    shift, first = len(after.containers), len(after.blocks)
    containers = [box._replace(parent=box.parent + shift if box.parent >= 0 else 0) for box in said.containers]
    blocks: list[PageBlock] = [
        block._replace(position=block.position + first, container=block.container + shift) for block in said.blocks
    ]
    return PageBlocks((*after.blocks, *blocks), (*after.containers, *containers))
