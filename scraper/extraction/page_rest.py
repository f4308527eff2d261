"""The rest of an article that continues on other pages. A worker's task: it parses the page, and the main process does not.

A page that cannot be parsed has no rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.html.encoding import markup
from scraper.html.pagination import next_page, single_page
from scraper.rules.model import LINK_KINDS
from scraper.rules.page_links import find_page_link
from scraper.rules.ruleset import RuleSet
from scraper.rules.thresholds import number, share
from scraper.types import Page

MAX_COMPARED_PARAGRAPHS: Final = 2_000
"""Paragraphs of a page that are compared with other pages."""

MIN_COMPARED_CHARS: Final = number("MIN_COMPARED_CHARS")
MIN_NEW_SHARE: Final = share("MIN_NEW_SHARE")


@dataclass(frozen=True, slots=True)
class Rest:
    """URLs of the rest of an article: the whole article on a single page, or its next part. Empty: there is none.

    `paragraphs` are checksums of the page's own paragraphs. A pager may turn the comments below an article that stays.
    """

    single: str = ""
    next: str = ""
    paragraphs: frozenset[int] = frozenset()

    def adds_to(self, earlier: frozenset[int]) -> bool:
        """Whether enough of the page's paragraphs are on no earlier page."""
        return len(self.paragraphs - earlier) > MIN_NEW_SHARE * len(self.paragraphs)


def find_rest(page: Page, rules: RuleSet | None = None) -> Rest:
    """The rest of a page's article. A worker's task. Rules for links come before what the page itself seems to say."""
    try:
        tree = LexborHTMLParser(markup(page))
        texts = [" ".join(node.text().split()) for node in tree.css("p")[:MAX_COMPARED_PARAGRAPHS]]
        paragraphs = frozenset(
            crc32(text.encode("utf-8", "replace")) for text in texts if len(text) >= MIN_COMPARED_CHARS
        )
        url = page.final_url
        following, single = (find_page_link(tree, url, rules, kind) if rules else "" for kind in LINK_KINDS)
        return Rest(single or single_page(tree, url), following or next_page(tree, url), paragraphs)
    except (SelectolaxError, ValueError, RuntimeError):
        return Rest()
