"""What the scorer is told of a page besides its blocks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageContext:
    """The page's address, the article as its metadata and JSON-LD describe it, and the rule kind of each block (empty: none)."""

    title: str = ""
    description: str = ""
    article_body: str = ""
    authors: tuple[str, ...] = ()
    rule_kinds: tuple[str, ...] = ()
    url: str = ""
    host: str = ""
    site: str = ""
