"""DOM helpers: tables of inline and skipped tags; an element's names, visibility and text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.text.patterns import lazy_pattern

INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite data del dfn em font i ins kbd label mark q s samp small span strike strong sub "
    "sup time tt u var wbr code nobr ruby rb rt rp rtc picture output meter slot".split()
)
"""Elements inside a sentence: their text continues the text around them."""
TEXT_ID: Final[int] = LexborHTMLParser("-").body.child.tag_id  # type: ignore[union-attr]
"""The parser's number for a text: to compare it is faster than to read the tag, and most nodes are texts."""
LINK_ID: Final = LexborHTMLParser("").create_node("a").tag_id
"""The parser's number for a link."""
SKIPPED: Final = frozenset(
    "script style source track svg noscript iframe template head select textarea input option object embed video audio canvas math map".split()
)
"""Elements whose content is no visible text."""
SKIPPED_IDS: Final = frozenset(LexborHTMLParser("").create_node(tag).tag_id for tag in SKIPPED)
"""The parser's numbers for them."""
EMBEDDED: Final = lazy_pattern(
    r"\b(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|fb-post|fb-video|bluesky-embed|mastodon-embed|reddit-(?:embed|card)|text-post-media)\b"
)
"""Class words of embedded posts, as the networks' own embed codes write them."""
LISTING: Final = lazy_pattern(
    r"(?:^|\s)(?:js-file-line-container|syntaxhighlighter|crayon-main|CodeMirror-code|hljs-ln)(?:\s|$)"
)
"""Class words of listings of code that have no `pre` around them, of the common highlighters."""
KIND_PARTS: Final = (
    "-embed",
    "twitter-",
    "instagram-",
    "post-media",
    "fb-",
    "reddit-",
    "file-line",
    "highlighter",
    "crayon",
    "CodeMirror",
    "hljs",
)
"""Parts of all of these words: to look for them is four times as fast, and most names have none."""
HIDDEN_STYLE: Final = lazy_pattern(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HIDDEN_VALUES: Final = ("none", "hidden")
"""Parts of both styles: to look for them takes a tenth of the time of the pattern."""


def texts_below(top: LexborNode) -> Iterator[str]:
    """The visible texts in an element, in document order, without white space between elements: most texts of a menu."""
    nodes = top.traverse(include_text=True, skip_empty=True)
    next(nodes)  # the element itself, whatever it is
    for node in nodes:
        tag_id = node.tag_id
        if tag_id == TEXT_ID:
            yield node.text_content or ""
        elif tag_id in SKIPPED_IDS:
            inside = node.traverse(include_text=True, skip_empty=True)
            next(inside)
            for _ in zip(inside, nodes, strict=False):  # passes over as many nodes as are inside
                pass


def has_part(names: str, parts: tuple[str, ...]) -> bool:
    """Whether names contain one of some strings. A loop takes two thirds of the time of `any` (SIM110)."""
    for part in parts:  # noqa: SIM110
        if part in names:
            return True
    return False


def kind_by_names(names: str) -> Literal["", "embed", "code"]:
    """The kind of text that class and id words tell: an embedded post, a listing of code; mostly empty."""
    if not has_part(names, KIND_PARTS):
        return ""
    if EMBEDDED.search(names):
        return "embed"
    return "code" if LISTING.search(names) else ""


def names_of(attributes: Mapping[str, str | None]) -> str:
    """Class and id words of an element, space-separated."""
    own, name = attributes.get("class") or "", attributes.get("id")
    return f"{own} {name}".strip() if name else own


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element's own attributes hide it."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return style is not None and has_part(style.lower(), HIDDEN_VALUES) and HIDDEN_STYLE.search(style) is not None
