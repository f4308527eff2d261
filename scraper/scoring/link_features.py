"""Features of a block's links, and of how often it names its site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from scraper.blocks.model import PageBlock
from scraper.scoring.columns import Column, to_columns
from scraper.scoring.tokens import BlockLinks, Place, read_address
from scraper.text.words import fold

LINK_COLUMNS: Final = (
    "links", "within_share", "anchor_share", "addresses", "link_first", "link_last", "top_links", "section_links", "link_words",
    "longest_link",
)  # fmt: skip
NO_LINKS: Final = (0.0,) * len(LINK_COLUMNS)
MAX_NAMING_CHARS: Final = 3000
"""Longer texts are not searched for the site's name."""
MAX_NAMED: Final = 5
MIN_SITE_NAME_CHARS: Final = 3
MAX_SUFFIX_CHARS: Final = 3
"""Length up to which the label before a two-letter country is part of a public suffix, such as `co.uk`."""


def link_columns(blocks: Sequence[PageBlock], links: Sequence[BlockLinks | None], place: Place) -> dict[str, Column]:
    """`LINK_COLUMNS` of each block."""
    rows = (link_numbers(block, own, place) if own else NO_LINKS for block, own in zip(blocks, links, strict=True))
    return to_columns(LINK_COLUMNS, rows)


def link_numbers(block: PageBlock, links: BlockLinks, place: Place) -> tuple[float, ...]:
    """The values of `LINK_COLUMNS` for a block with links."""
    size = len(block.text)
    within = anchors = top = section = longest = 0
    for text, href in links.pieces:
        leads_within, is_section, is_top, _ = read_address(href, place)
        chars = len(text)
        longest = max(longest, chars)
        if leads_within:
            within += chars
            top += is_top
            section += is_section
        elif href[0] == "#":
            anchors += chars
    return (
        len(links.pieces),
        within / size,
        anchors / size,
        len(links.distinct),
        bool(block.pieces[0][1].href),
        bool(block.pieces[-1][1].href),
        top,
        section,
        len(fold(links.text)),
        longest,
    )


def naming_columns(blocks: Sequence[PageBlock], *, host: str, site: str) -> dict[str, Column]:
    """How often each block names the host and the site, whether it does, and the share of the page's blocks that do."""
    texts = ["".join(fold(block.text)) if len(block.text) < MAX_NAMING_CHARS else "" for block in blocks]
    columns = {
        "names_host": count_name(name_of_host(host), texts),
        "names_site": count_name("".join(fold(site)), texts),
    }
    named = ((columns["names_host"] + columns["names_site"]) > 0).astype(np.float32)
    return columns | {"names_any": named, "named_share": np.full_like(named, named.mean())}


def count_name(name: str, texts: Sequence[str]) -> Column:
    """How often each text has a name, at most `MAX_NAMED`; 0 for a name that is too short to tell."""
    if len(name) < MIN_SITE_NAME_CHARS:
        return np.zeros(len(texts), dtype=np.float32)
    return np.minimum(np.array([text.count(name) for text in texts], dtype=np.float32), MAX_NAMED)


def name_of_host(host: str) -> str:
    """The part of a host that a site is called by, as `fold` writes it.

    >>> name_of_host("www.the-post.co.uk"), name_of_host("news.example.com:8000"), name_of_host("localhost")
    ('thepost', 'example', 'localhost')
    """
    labels = host.partition(":")[0].lower().split(".")
    if len(labels) > 1:
        country = labels.pop()
        if len(labels) > 1 and len(country) == 2 and len(labels[-1]) <= MAX_SUFFIX_CHARS:
            labels.pop()
    return "".join(fold(labels[-1]))
