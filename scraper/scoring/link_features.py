"""Features of a block's links, and of how often it names its site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import BlockColumns
from scraper.scoring.columns import Columns, Rows, Sizes, small, to_columns
from scraper.scoring.tokens import BlockLinks, Place, split_address
from scraper.text.words import fold
from scraper.urls.links import PAGE_SCHEMES

LINK_COLUMNS: Final = (
    "links", "within_share", "anchor_share", "addresses", "link_first", "link_last", "top_links", "section_links", "link_words",
    "longest_link",
)  # fmt: skip
NAMING_COLUMNS: Final = ("names_host", "names_site", "names_any", "named_share")
TARGETS: Final = 1 << np.arange(4, dtype=np.uint8)[:, None]
"""Where an address leads, as bits."""
WITHIN, ANCHOR, TOP, SECTION = TARGETS.ravel().tolist()
"""To another page of the site, to a place on the page itself, to the top of the site, to the page's section."""
MAX_NAMING_CHARS: Final = 3000
"""Longer texts are not searched for the site's name."""
MAX_NAMED: Final = 5
MIN_SITE_NAME_CHARS: Final = 3
MAX_SUFFIX_CHARS: Final = 3
"""Length up to which the label before a two-letter country is part of a public suffix, such as `co.uk`."""


class PageLinks(NamedTuple):
    """The links of a page.

    `texts` and `hrefs` have the text and address of each link, in order. `blocks` are the positions of the blocks with links,
    and `counts`, `first` and `last` tell how many links each of these has, and whether it begins and ends with one.
    `by_block` has the links of each block of the page, None if it has none.
    """

    texts: list[str]
    hrefs: list[str]
    blocks: list[int]
    counts: list[int]
    first: list[bool]
    last: list[bool]
    by_block: list[BlockLinks | None]


def links_of(fields: BlockColumns) -> PageLinks:
    """The links of a page. The links of a menu made one block have no address, and do not count."""
    found = PageLinks([], [], [], [], [], [], [None] * len(fields.text))
    texts, hrefs, blocks, counts, first, last, by_block = found
    for place, (chars, pieces) in enumerate(zip(fields.link_chars, fields.pieces, strict=True)):
        if not chars:
            continue
        begin = len(texts)
        for text, style in pieces:
            if href := style.href:
                texts.append(text)
                hrefs.append(href)
        own = hrefs[begin:]
        if own:
            blocks.append(place)
            counts.append(len(own))
            first.append(bool(pieces[0][1].href))
            last.append(bool(pieces[-1][1].href))
            by_block[place] = BlockLinks(" ".join(texts[begin:]), list(dict.fromkeys(own)))
    return found


def link_columns(links: PageLinks, sizes: Sizes, place: Place) -> Columns:
    """`LINK_COLUMNS` of each block. `sizes` are the characters of the blocks, none of which is empty."""
    out = np.zeros((len(LINK_COLUMNS), len(sizes)), dtype=np.float32)
    if not links.blocks:
        return out
    counts = np.array(links.counts)
    starts = np.cumsum(counts) - counts
    chars = np.fromiter(map(len, links.texts), dtype=np.int64, count=len(links.texts))
    leading = targets(links.hrefs, place)
    blocks = np.array(links.blocks)
    within, anchor = np.add.reduceat(chars * leading[:2], starts, axis=1) / sizes[blocks]
    top, section = np.add.reduceat(leading[2:], starts, axis=1, dtype=np.int64)
    own = [one for one in links.by_block if one]
    out[:, blocks] = to_columns(
        (
            counts,
            within,
            anchor,
            [len(one.distinct) for one in own],
            small(links.first),
            small(links.last),
            top,
            section,
            [len(fold(one.text)) for one in own],
            np.maximum.reduceat(chars, starts),
        ),
        len(own),
    )
    return out


def targets(hrefs: Sequence[str], place: Place) -> NDArray[np.bool_]:
    """Rows that have for each address whether it leads where one of `TARGETS` says."""
    told = {href: target_of(href, place) for href in dict.fromkeys(hrefs)}
    numbers = np.fromiter(map(told.__getitem__, hrefs), dtype=np.uint8, count=len(hrefs))
    return np.asarray(numbers & TARGETS > 0)


def target_of(href: str, place: Place) -> int:
    """Where an address leads, as bits of `TARGETS`; 0 for another site.

    >>> target_of("/city/wall", Place("news.example", "city")) == WITHIN | SECTION, target_of("#top", Place("", "")) == ANCHOR
    (True, True)
    """
    if href[0] == "#":
        return ANCHOR
    scheme, host, parts, _ = split_address(href)
    if host not in ("", place.host) or scheme not in PAGE_SCHEMES:
        return 0
    if not parts:
        return WITHIN | TOP
    return WITHIN | SECTION if parts[0] == place.section and len(parts) > 1 else WITHIN


def naming_columns(words: Sequence[tuple[str, ...]], sizes: Sizes, *, host: str, site: str) -> Rows:
    """How often each block names the host and the site, whether it does, and the share of the page's blocks that do."""
    texts = list(map("".join, words))
    searched = MAX_NAMED * (sizes < MAX_NAMING_CHARS)
    counts = [np.minimum(count_name(name, texts), searched) for name in (name_of_host(host), "".join(fold(site)))]
    named = (counts[0] + counts[1]) > 0
    return (*counts, named, named.mean())


def count_name(name: str, texts: Sequence[str]) -> Sequence[int] | int:
    """How often each text has a name; 0 for a name that is too short to tell."""
    return [text.count(name) for text in texts] if len(name) >= MIN_SITE_NAME_CHARS else 0


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
