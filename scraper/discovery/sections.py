"""Section pages: telling article links from navigation by weighted evidence, in the rows of `sections.toml`.

A page's links are grouped by the page they lead to. For each page, eight facts are collected (see `LinkFacts`); each
matching row of the table adds its weight. A link's text is only a provisional title: the article's page decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from statistics import median_low
from typing import Any, Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from scraper.discovery.links import Entry, LinkContext, Listing, merged
from scraper.discovery.times import parse_time
from scraper.errors import ConfigError, ParseError
from scraper.html.jsonld import parse_jsonld
from scraper.html.limits import MAX_ANCHORS
from scraper.html.pagination import base_of, next_listing
from scraper.text.scripts import UNSPACED
from scraper.text.tables import read_table
from scraper.text.url_dates import date_in_url
from scraper.types import Link
from scraper.urls.variants import is_front, page_key, registrable_site

SKIPPED_TAGS: Final = ["style", "noscript", "template", "svg", "iframe"]
"""Elements without visible links."""
MAX_BOX_HEIGHT: Final = 8
"""Number of elements above a link that may be its own box."""
MAX_PLACE_ELEMENTS: Final = 12
"""Number of elements above a link that describe its place."""
MAX_NEAR_ELEMENTS: Final = 60
"""Number of elements of a box that are read."""
MAX_TRIED_LINKS: Final = 4
"""Number of links to one page that are judged."""
MIN_SIBLINGS: Final = 3
"""Number of other links in boxes of the same structure from which their share of articles counts."""
MAX_TEXT_CHARS: Final = 300
"""Size limit of a link's text."""
NO_OWNER: Final = ""
"""Mark of an element with links to several pages."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of evidence: a pattern that is searched in one of a link's facts, and its weight."""

    id: str
    looks_at: str
    pattern: re.Pattern[str]
    weight: int
    why: str
    hits: tuple[str, ...]
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """The rows, and the points from which a link is an article's."""

    rows: tuple[Evidence, ...]
    min_points: int


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """Facts about a link, explained at the top of `sections.toml`."""

    path: str
    text: str
    words: str
    place: str
    near: str
    group: str
    listed: str
    siblings: str = ""


@dataclass(slots=True)
class Candidate:
    """The links of a page that lead to one other page."""

    link: Link
    anchors: list[LexborNode] = field(default_factory=list)
    text: str = ""


@cache
def evidence_table() -> EvidenceTable:
    """Return the table. Raises `ConfigError` for an unusable row."""
    values = read_table(Path(__file__).with_name("sections.toml")).values
    return EvidenceTable(tuple(map(read_evidence, values["row"])), values["min_points"])


def read_evidence(row: Mapping[str, Any]) -> Evidence:
    """Return one checked row."""
    facts = LinkFacts.__dataclass_fields__
    if row["looks_at"] not in facts:
        raise ConfigError(
            f"sections.toml: row {row['id']!r}: 'looks_at' is {row['looks_at']!r}; it must be one of {', '.join(facts)}"
        )
    return Evidence(
        row["id"],
        row["looks_at"],
        re.compile(row["pattern"]),
        row["weight"],
        row["why"],
        tuple(row["hits"]),
        tuple(row["misses"]),
    )


def parse_section(markup: str, context: LinkContext) -> Listing:
    """Return the article links of a section page, and its next page. Raises `ParseError`."""
    try:
        tree = LexborHTMLParser(markup)
        tree.strip_tags(SKIPPED_TAGS)
        here = LinkContext(context.source, base_of(tree, context.url))
        links = [
            link
            for link, facts in gather_facts(tree, here, page_key(context.url))
            if points_of(facts) >= evidence_table().min_points
        ]
        return Listing(
            here.links(map(entry_of, links)), next_page=next_listing(tree, context.url), document_type="section page"
        )
    except (SelectolaxError, ValueError, RuntimeError) as exc:
        raise ParseError(f"not an HTML page: {type(exc).__name__}") from exc


def entry_of(link: Link) -> Entry:
    """Return a link as an entry, to be merged with its variants."""
    return Entry(link.url, link.title, modified=link.modified)


def points_of(facts: LinkFacts) -> int:
    """Return the sum of the matching weights."""
    return sum(weight for _, weight in reasons_of(facts))


def reasons_of(facts: LinkFacts) -> Iterator[tuple[str, int]]:
    """Return the matching rows with their weights."""
    for row in evidence_table().rows:
        if row.pattern.search(getattr(facts, row.looks_at)):
            yield row.id, row.weight


def gather_facts(tree: LexborHTMLParser, context: LinkContext, here: str) -> list[tuple[Link, LinkFacts]]:
    """Return each linked page of the same site except this one (`here`, its key), with the facts of its best link."""
    candidates = gather_candidates(tree, context, here)
    boxes = own_boxes(candidates)
    structures = group_structures(candidates, boxes)
    listed = listed_keys(tree, context)
    best: list[tuple[Link, LinkFacts, str]] = []
    for key, candidate in candidates.items():
        rows = [
            (
                facts_of(candidate, anchor, boxes[anchor.mem_id], structures, listed="yes" if key in listed else ""),
                structure_of(boxes[anchor.mem_id]),
            )
            for anchor in candidate.anchors[:MAX_TRIED_LINKS]
        ]
        dated = (date_of(boxes[anchor.mem_id]) for anchor in candidate.anchors[:MAX_TRIED_LINKS])
        link = replace(candidate.link, modified=next(filter(None, dated), None) or date_in_url(candidate.link.url))
        best.append((link, *max(rows, key=lambda row: points_of(row[0]))))
    return with_siblings(best)


def facts_of(
    candidate: Candidate, anchor: LexborNode, box: LexborNode, structures: Mapping[str, str], *, listed: str
) -> LinkFacts:
    """Return the facts of one link."""
    return LinkFacts(
        path=path_of(candidate.link.url),
        text=candidate.text,
        words=str(count_words(candidate.text)),
        place=place_of(anchor),
        near=near_of(box),
        group=structures[structure_of(box)],
        listed=listed,
    )


def date_of(box: LexborNode) -> datetime | None:
    """Return the first date in a box. The box does not say whether it is the date of publication or of a change."""
    time = box.css_first("time[datetime]")
    return parse_time(time.attributes["datetime"] or "") if time else None


def with_siblings(rows: Sequence[tuple[Link, LinkFacts, str]]) -> list[tuple[Link, LinkFacts]]:
    """Return links and facts, with the share of articles among the other links in boxes of the same structure."""
    good: dict[str, list[bool]] = {}
    for _, facts, structure in rows:
        good.setdefault(structure, []).append(points_of(facts) >= evidence_table().min_points)
    found = []
    for link, facts, structure in rows:
        others = len(good[structure]) - 1
        articles = sum(good[structure]) - (points_of(facts) >= evidence_table().min_points)
        found.append(
            (link, replace(facts, siblings=str(100 * articles // others)) if others >= MIN_SIBLINGS else facts)
        )
    return found


def gather_candidates(tree: LexborHTMLParser, context: LinkContext, here: str) -> dict[str, Candidate]:
    """Return the linked pages of the same site except this one (`here`), by `page_key`."""
    site = registrable_site(context.url)
    found: dict[str, Candidate] = {}
    for anchor in tree.css("a[href]")[:MAX_ANCHORS]:
        link = context.link(Entry(anchor.attributes.get("href") or ""))
        if link is None or registrable_site(link.url) != site or page_key(link.url) == here or is_front(link.url):
            continue
        candidate = found.setdefault(page_key(link.url), Candidate(link))
        candidate.anchors.append(anchor)
        candidate.text = max(candidate.text, text_of(anchor), key=len)
        candidate.link = replace(merged(candidate.link, link), title=candidate.text)
    return found


def text_of(anchor: LexborNode) -> str:
    """Return the text of a link; for a link around only a picture, its title or the picture's description."""
    heading = anchor.css_first("h1,h2,h3,h4,h5,h6")
    text = " ".join((heading or anchor).text(separator=" ").split())
    if not text:
        picture = anchor.css_first("img[alt]")
        text = (
            anchor.attributes.get("aria-label")
            or anchor.attributes.get("title")
            or (picture.attributes.get("alt") if picture else "")
            or ""
        )
    return text[:MAX_TEXT_CHARS].strip()


def count_words(text: str) -> int:
    """Return the number of words in a text; in scripts without spaces two characters count as a word.

    >>> count_words("Storm hits the coast"), count_words("東京で雪が降る")
    (4, 3)
    """
    unspaced = len(UNSPACED.findall(text))
    return (
        unspaced // 2
        if unspaced > len(text) // 3
        else sum(any(char.isalnum() for char in word) for word in text.split())
    )


def path_of(url: str) -> str:
    """Return the path and query of a URL."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def ancestors(node: LexborNode, limit: int) -> Iterator[LexborNode]:
    """Return the elements above a node, nearest first, without `html`."""
    for _ in range(limit):
        parent = node.parent
        if parent is None or parent.tag in {"html", "-undef", None}:
            return
        yield parent
        node = parent


def name_of(node: LexborNode) -> str:
    """Return an element as a word: `div.card.wide#main`."""
    attributes = node.attributes
    classes = (attributes.get("class") or "").split()[:6]
    identity = attributes.get("id") or ""
    name = str(node.tag) + "".join(f".{word}" for word in classes) + (f"#{identity}" if identity else "")
    return name.replace(" ", "")[:120]


def place_of(anchor: LexborNode) -> str:
    """Return the elements around a link. The link itself comes first if it has classes or is sponsored. A body's
    classes describe the page, so they are left out.
    """
    sponsored = ".rel-sponsored" if "sponsored" in (anchor.attributes.get("rel") or "") else ""
    own = [name_of(anchor) + sponsored] if anchor.attributes.get("class") or sponsored else []
    return " ".join(
        own + ["body" if node.tag == "body" else name_of(node) for node in ancestors(anchor, MAX_PLACE_ELEMENTS)]
    )


def own_boxes(candidates: Mapping[str, Candidate]) -> dict[int, LexborNode]:
    """Return for each link the largest element around it whose links all lead to the same page."""
    owners: dict[int, str] = {}
    for key, candidate in candidates.items():
        for anchor in candidate.anchors:
            for node in ancestors(anchor, MAX_BOX_HEIGHT):
                owners[node.mem_id] = key if owners.get(node.mem_id, key) == key else NO_OWNER
    boxes = {}
    for key, candidate in candidates.items():
        for anchor in candidate.anchors:
            box = anchor
            for node in ancestors(anchor, MAX_BOX_HEIGHT):
                if owners[node.mem_id] != key:
                    break
                box = node
            boxes[anchor.mem_id] = box
    return boxes


def near_of(box: LexborNode) -> str:
    """Return the elements of a box, in order."""
    tags = []
    for node in box.traverse(include_text=False):
        tags.append(node.tag or "")
        if len(tags) >= MAX_NEAR_ELEMENTS:
            break
    return " ".join(tags)


def structure_of(box: LexborNode) -> str:
    """Return the structure of a box and its parent, which the boxes of one list share."""
    parent = box.parent
    first = [
        (node.tag or "") + "." + (node.attributes.get("class") or "").split(" ")[0]
        for node in (box, parent)
        if node is not None
    ]
    return ">".join(re.sub(r"\d+", "0", name) for name in first)


def group_structures(candidates: Mapping[str, Candidate], boxes: Mapping[int, LexborNode]) -> dict[str, str]:
    """Return for each structure the number of pages in such boxes, and the median of their words."""
    words: dict[str, list[int]] = {}
    for candidate in candidates.values():
        count = count_words(candidate.text)
        for structure in {structure_of(boxes[anchor.mem_id]) for anchor in candidate.anchors}:
            words.setdefault(structure, []).append(count)
    return {structure: f"{len(counts)}:{median_low(counts)}" for structure, counts in words.items()}


def listed_keys(tree: LexborHTMLParser, context: LinkContext) -> frozenset[str]:
    """Return the pages that the page's own JSON-LD lists, which need not be valid JSON."""
    found: set[str] = set()
    for script in tree.css('script[type*="ld+json" i]')[:20]:
        for href in listed_addresses(parse_jsonld(script.text())):
            link = context.link(Entry(href))
            if link is not None:
                found.add(page_key(link.url))
    return frozenset(found)


def listed_addresses(value: Any) -> Iterator[str]:
    """Return the URLs of the items of every ItemList in a JSON value. A breadcrumb list has another type."""
    waiting = [value]
    for _ in range(10_000):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(child for child in node.values() if isinstance(child, (dict, list)))
            if "ItemList" in str(node.get("@type")) and isinstance(node.get("itemListElement"), list):
                yield from filter(None, map(item_address, node["itemListElement"]))


def item_address(row: Any) -> str:
    """Return the URL of one item."""
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        return ""
    item = row.get("item")
    inner = item if isinstance(item, dict) else {"url": item}
    candidates = (row.get("url"), inner.get("url"), inner.get("@id"))
    return next((value for value in candidates if isinstance(value, str) and value), "")
