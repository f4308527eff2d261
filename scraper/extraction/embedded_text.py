"""The article's text in the data of a page: in its JSON-LD, or in the strings of its scripts.

This text is evidence for the blocks that the page shows. If the page shows none of it, it is the article itself.
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
from scraper.rules.thresholds import number
from scraper.text.patterns import lazy_pattern

ARTICLE_BODY: Final = lazy_pattern(r'"articleBody"\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")')
TAG: Final = lazy_pattern(r"<[^<>]*>")
STRING: Final = lazy_pattern(r'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
MAX_LABEL_CHARS: Final = number("MAX_LABEL_CHARS")
MIN_SCRIPT_PARAGRAPHS: Final = number("MIN_SCRIPT_PARAGRAPHS")
MAX_SCRIPT_CHARS: Final = 3_000_000
"""Characters of one script that are searched."""

PARAGRAPH: Final = lazy_pattern(r"<p[\s>]", re.IGNORECASE)


def stated_body(scripts: Iterable[str]) -> str:
    """The longest `articleBody` (schema.org) in a page's JSON-LD, unchanged; empty if there is none.

    The body is found by pattern, because much JSON-LD is broken. The body may be cut, and may hold markup or promos.
    """
    found = [text for script in scripts for match in ARTICLE_BODY.finditer(script) if (text := decoded(match[1]))]
    return max(found, key=len, default="")


def plain(markup: str) -> str:
    """A text without its markup."""
    return html.unescape(TAG.sub(" ", markup)) if "<" in markup or "&" in markup else markup


def scripted_body(tree: LexborHTMLParser) -> str:
    """The longest string of paragraphs in the page's scripts, as HTML; empty if there is none.

    Pages that scripts draw hold their text as a JSON string, sometimes within another JSON string (Next.js).
    """
    found = [
        text
        for node in tree.css('script:not([src]):not([type*="ld+json" i])')
        for text in strings(node.text()[:MAX_SCRIPT_CHARS], depth=2)
        if len(PARAGRAPH.findall(text)) >= MIN_SCRIPT_PARAGRAPHS
    ]
    return max(found, key=len, default="")


def strings(script: str, *, depth: int) -> Iterator[str]:
    """Long JSON strings of a script; a string that holds further long strings gives these instead."""
    at = 0
    while (match := STRING.search(script, at)) and match[1]:  # if one string has no end, no later string has
        long = len(match[0]) > MAX_LABEL_CHARS
        at = match.end() if long else match.end() - 1  # the quote that ends a short string may begin a long one
        if long and (text := decoded(match[0])):
            inner = list(strings(text, depth=depth - 1)) if depth and '"' in text else []
            yield from inner or (text,)


def decoded(literal: str) -> str:
    """The value of a JSON string; empty if it is not valid."""
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


def stated_blocks(markup: str, *, after: PageBlocks) -> PageBlocks:
    """The page's blocks, followed by the blocks of a stated body: HTML, or text with one paragraph per line."""
    if not PARAGRAPH.search(markup):
        markup = "".join(f"<p>{line}</p>" for line in markup.splitlines() if line.strip())
    stated = read_blocks(LexborHTMLParser(f"<article>{markup}</article>"))
    shift, first = len(after.containers), len(after.blocks)
    containers = [box._replace(parent=box.parent + shift if box.parent >= 0 else 0) for box in stated.containers]
    blocks: list[PageBlock] = [
        block._replace(position=block.position + first, container=block.container + shift) for block in stated.blocks
    ]
    return PageBlocks((*after.blocks, *blocks), (*after.containers, *containers))
