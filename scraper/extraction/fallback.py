"""Other opinions on what a page's article is, for pages of which our own evidence finds too little."""

from __future__ import annotations

import re
from collections.abc import Iterable

import lxml.etree
import lxml.html
from selectolax.lexbor import LexborHTMLParser
from trafilatura import bare_extraction
from trafilatura.settings import Document

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.html.encoding import scrub
from scraper.html.nodes import SKIPPED

MAX_CHARS = 1_500_000
"""Characters of markup above which trafilatura is not asked: it takes seconds there (2 s a megabyte of paragraphs)."""
CROWDED = re.compile(r'(?: [^\s"=<>]{1,200}="[^"]*+"){1000}+')
"""A tag of so many attributes, as they are serialised, that lxml takes seconds: 20 s at 50,000."""
RUNNING = 100
"""Characters from which a block is running text."""
SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
MIN_PARAGRAPHS = 4
MIN_PARAGRAPH_CHARS = 2_000
"""Running paragraphs, or characters of them, that make an article when nothing else speaks for it."""


def ask_trafilatura(tree: LexborHTMLParser) -> str:
    """The text that trafilatura would extract, a block a line; empty when it finds none or cannot read the page."""
    copy = tree.clone()
    copy.strip_tags(sorted(SKIPPED - {"head"}))
    markup = scrub(copy.html or "")
    if not markup or len(markup) > MAX_CHARS or CROWDED.search(markup):
        return ""
    try:
        found = bare_extraction(lxml.html.fromstring(markup), include_comments=False, with_metadata=False)
    except (lxml.etree.LxmlError, ValueError, RecursionError):
        return ""
    return (found.text or "") if isinstance(found, Document) else ""


def densest(page: PageBlocks) -> frozenset[int]:
    """Positions of the running paragraphs in the element that holds most of them; none where it holds few.

    The last resort. Teasers do not pass: each stands in a card of its own.
    """
    boxes: dict[int, list[PageBlock]] = {}
    for block in page.blocks:
        if (
            len(block.text) >= RUNNING
            and block.link_chars < 0.3 * len(block.text)
            and SENTENCE.search(block.text)
            and not block.rule
        ):
            boxes.setdefault(page.containers[block.container].parent, []).append(block)
    found = max(boxes.values(), key=size_of, default=[])
    return (
        frozenset(block.position for block in found)
        if len(found) >= MIN_PARAGRAPHS or size_of(found) >= MIN_PARAGRAPH_CHARS
        else frozenset()
    )


def size_of(blocks: Iterable[PageBlock]) -> int:
    """Characters of blocks."""
    return sum(len(block.text) for block in blocks)
