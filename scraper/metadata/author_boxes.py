"""Guesses the author of a page without a byline: from author boxes, from "written by" lines, or from the site's name.

These guesses are used only if no better source names an author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scraper.metadata.bylines import is_plain_name, read_byline, read_team
from scraper.metadata.facts import Facts
from scraper.metadata.titles import clean_line
from scraper.text.patterns import lazy_pattern

BYLINE_SELECTOR: Final = (
    '[rel~="author" i],[class*="byline" i],[class*="author" i],[class*="autor" i],[data-testid*="byline" i]'
)
"""Elements whose names mean author or byline."""
_IN_BOX: Final = 'h2,h3,h4,h5,[class*="name" i],a,strong,b,p,span,div'
_NOT_BOX: Final = lazy_pattern(r"comment|related|recommend|review|editor|photo|popular|authors?-?list", re.IGNORECASE)
_WRITTEN: Final = lazy_pattern(
    r"^[\W_]*(?:(?:this )?(?:post|article|story|guide|piece|blog) (?:was )?)?(?:written|authored|words|text|article|story|post|posted) by\b:?\s*(?P<name>\S.{2,120})?$"
    r"|^authors?\s*(?::\s*(?P<listed>\S.{2,120})?)?$",
    re.IGNORECASE,
)
_OWNED: Final = lazy_pattern(
    r"(?P<name>[^|:]{4,40})['’]s?\s+(?:blog|weblog|website|site|notes|home ?page)$", re.IGNORECASE
)
_HINTS: Final = (
    "ritten by",
    "ritten By",
    "RITTEN BY",
    "uthored by",
    "ords by",
    "ext by",
    "rticle by",
    "tory by",
    "osted by",
    "ost by",
    "uthor",
    "UTHOR",
)
"""Parts of the lines that `_WRITTEN` matches; searching for them first is much faster."""
MAX_LINE_CHARS: Final = 200
"""A longer line is a sentence of the text, and no byline."""
MAX_HITS: Final = 20
"""Lines with one hint that are read."""
MAX_BOXES: Final = 40
"""Author boxes that are read."""


def authors_in_boxes(facts: Facts) -> list[str]:
    """The first short text in the first author box that is a name."""
    for box in facts.nodes(BYLINE_SELECTOR)[:MAX_BOXES]:
        if _NOT_BOX.search(f"{box.attributes.get('class')} {box.attributes.get('id')}"):
            continue
        for node in (box, *box.css(_IN_BOX)[:12]):
            text = clean_line(node.text(separator=" "))
            if 4 <= len(text) <= 40 and (names := _names(text)):
                return names
    return []


def authors_in_text(facts: Facts) -> list[str]:
    """Names in a line such as "This post was written by Jane Doe", anywhere on the page."""
    text = facts.tree.body.text(separator="\n") if facts.tree.body is not None else ""
    for start, end in sorted({found for hint in _HINTS for found in _lines_with(hint, text)}):
        match = _WRITTEN.match(text[start:end].strip())
        if match:
            stated = (
                match["name"]
                or match["listed"]
                or next(filter(str.strip, text[end : end + MAX_LINE_CHARS].split("\n")), "")
            )
            if names := _names(clean_line(stated)):
                return names
    return []


def _lines_with(hint: str, text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the first short lines that contain a hint."""
    at = text.find(hint)
    for _ in range(MAX_HITS):
        if at < 0:
            return
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        if end - start < MAX_LINE_CHARS:
            yield start, end
        at = text.find(hint, end)


def author_of_site(site: str) -> list[str]:
    """The owner of a personal site that has their name: "Jane Doe's blog"."""
    match = _OWNED.match(clean_line(site))
    return [match["name"]] if match and is_plain_name(match["name"]) else []


def _names(text: str) -> list[str]:
    """People in a short text, else the team that signs it."""
    return [name for name in read_byline(text) if is_plain_name(name)] or list(read_team(text))
