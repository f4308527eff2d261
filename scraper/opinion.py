"""A second opinion on what a page's article is: trafilatura's, for pages of which our own evidence finds too little."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
from selectolax.lexbor import LexborHTMLParser
from trafilatura import bare_extraction
from trafilatura.settings import Document

from scraper.blocks import SKIPPED
from scraper.decode import scrub

MOST_CHARS = 1_500_000
"""Characters of markup above which trafilatura is not asked: it takes seconds there (2 s a megabyte of paragraphs)."""
CROWDED = re.compile(r'(?: [^\s"=<>]{1,200}="[^"]*+"){1000}+')
"""A tag of so many attributes, as they are serialised, that lxml takes seconds: 20 s at 50,000."""


def ask_trafilatura(tree: LexborHTMLParser) -> str:
    """The text that trafilatura would extract, a block a line; empty when it finds none or cannot read the page.

    """
    copy = tree.clone()
    copy.strip_tags(sorted(SKIPPED - {"head"}))
    markup = scrub(copy.html or "")
    if not markup or len(markup) > MOST_CHARS or CROWDED.search(markup):
        return ""
    try:
        found = bare_extraction(lxml.html.fromstring(markup), include_comments=False, with_metadata=False)
    except (lxml.etree.LxmlError, ValueError, RecursionError):
        return ""
    return (found.text or "") if isinstance(found, Document) else ""
