"""Names of writers on pages without a byline: in author boxes, in a line that says who wrote it, or in the name of a personal site.

These are guesses: asked only when nothing better names anybody.
"""

from __future__ import annotations

import re
from typing import Final

from scraper.facts import Facts
from scraper.names import is_plain_name, read_byline, read_team
from scraper.titles import squash

BOX_SELECTOR: Final = '[class*="author" i],[class*="byline" i],[class*="autor" i],[class*="writer" i],[rel~="author" i]'
_IN_BOX: Final = 'h2,h3,h4,h5,[class*="name" i],a,strong,b,p,span,div'
_NOT_BOX: Final = re.compile(r"comment|related|recommend|review|editor|photo|popular|authors?-?list", re.IGNORECASE)
_WRITTEN: Final = re.compile(
    r"^[\W_]*(?:(?:this )?(?:post|article|story|guide|piece|blog) (?:was )?)?(?:written|authored|words|text|article|story|post|posted) by\b:?\s*(?P<name>\S.{2,120})?$"
    r"|^authors?\s*(?::\s*(?P<listed>\S.{2,120})?)?$",
    re.IGNORECASE,
)
_OWNED: Final = re.compile(r"(?P<name>[^|:]{4,40})['’]s?\s+(?:blog|weblog|website|site|notes|home ?page)$", re.IGNORECASE)
MAX_BOXES: Final = 40
MAX_LINES: Final = 4000


def authors_in_boxes(facts: Facts) -> list[str]:
    """The name that heads the first author box: the first short text in it that is a name."""
    for box in facts.tree.css(BOX_SELECTOR)[:MAX_BOXES]:
        if _NOT_BOX.search(f"{box.attributes.get('class')} {box.attributes.get('id')}"):
            continue
        for node in (box, *box.css(_IN_BOX)[:12]):
            text = squash(node.text(separator=" "))
            if 4 <= len(text) <= 40 and (names := _names(text)):
                return names
    return []


def authors_in_text(facts: Facts) -> list[str]:
    """Names in a line such as "This post was written by Jane Doe", wherever it stands."""
    body = facts.tree.body
    lines = body.text(separator="\n").split("\n") if body is not None else []
    for index, line in enumerate(lines[:MAX_LINES]):
        match = _WRITTEN.match(line.strip()) if len(line) < 200 else None
        if match is None:
            continue
        told = match["name"] or match["listed"] or next((text for text in lines[index + 1 : index + 6] if text.strip()), "")
        if names := _names(squash(told)):
            return names
    return []


def author_of_site(site: str) -> list[str]:
    """The owner of a personal site that is named after them: "Jane Doe's blog"."""
    match = _OWNED.match(squash(site))
    return [match["name"]] if match and is_plain_name(match["name"]) else []


def _names(text: str) -> list[str]:
    return [name for name in read_byline(text) if is_plain_name(name)] or list(read_team(text))
