"""Section pages: article links told from navigation by evidence, a table of rows with weights (`data/sections.toml`).

A page's links are gathered by the page they lead to; of each, seven things are looked at (see `LinkFacts`); each row of the
table that matches adds its weight. Titles are the links' texts: hints, for the article's page has the last word.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib import resources
from statistics import median_low
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from scraper.discovery.links import Entry, Listing, Place, merged, parse_time
from scraper.errors import ConfigError, ParseError
from scraper.html.pagination import next_listing
from scraper.text.dates import date_in_url
from scraper.text.scripts import UNSPACED
from scraper.types import Link
from scraper.urls.variants import is_front, page_key, registrable_site

UNREAD: Final = ["style", "noscript", "template", "svg", "iframe"]
MAX_ANCHORS: Final = 5_000
CLIMB: Final = 8
"""Elements above a link that may be its own box."""
HEIGHT: Final = 12
"""Elements above a link that are told as its place."""
NEAR: Final = 60
"""Elements of a box that are looked at."""
MAX_TRIED_LINKS: Final = 4
"""Links to one page that are looked at."""
MIN_KIN: Final = 3
MAX_TEXT: Final = 300
SHARED: Final = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of evidence: a pattern searched in one of a link's facts, and what finding it weighs."""

    id: str
    looks_at: str
    pattern: re.Pattern[str]
    weight: int
    why: str
    hits: tuple[str, ...]
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, and how many points make a link an article's."""

    signs: tuple[Sign, ...]
    enough: int


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is looked at, as the table's heading explains."""

    path: str
    text: str
    words: str
    place: str
    near: str
    group: str
    listed: str
    kin: str = ""


@dataclass(slots=True)
class Candidate:
    """The links of a page that lead to one other page."""

    link: Link
    anchors: list[LexborNode] = field(default_factory=list)
    text: str = ""


@cache
def section_signs() -> Table:
    """The table. Raises `ConfigError` for a row that cannot be used."""
    text = resources.files("scraper.discovery").joinpath("sections.toml").read_text(encoding="utf-8")
    values = tomllib.loads(text)
    return Table(tuple(map(read_sign, values["sign"])), values["enough"])


def read_sign(row: Mapping[str, Any]) -> Sign:
    """One checked row."""
    if row["looks_at"] not in LinkFacts.__dataclass_fields__:
        raise ConfigError(f"sections.toml: {row['id']}: looks at {row['looks_at']!r}, which is no fact of a link")
    return Sign(
        row["id"],
        row["looks_at"],
        re.compile(row["pattern"]),
        row["weight"],
        row["why"],
        tuple(row["hits"]),
        tuple(row["misses"]),
    )


def parse_section(markup: str, place: Place) -> Listing:
    """The article links of a section page, and where it goes on. Raises `ParseError`."""
    try:
        tree = LexborHTMLParser(markup)
        tree.strip_tags(UNREAD)
        base = tree.css_first("base[href]")
        here = Place(place.source, urljoin(place.url, (base.attributes.get("href") or "") if base else ""))
        links = [
            link
            for link, facts in gather_facts(tree, here, page_key(place.url))
            if points_of(facts) >= section_signs().enough
        ]
        return Listing(here.links(map(entry_of, links)), next_page=next_listing(tree, place.url), what="section page")
    except (SelectolaxError, ValueError, RuntimeError) as exc:
        raise ParseError(f"not an HTML page: {type(exc).__name__}") from exc


def entry_of(link: Link) -> Entry:
    """A link as it is merged with its variants."""
    return Entry(link.url, link.title, modified=link.modified)


def points_of(facts: LinkFacts) -> int:
    """What the evidence adds up to."""
    return sum(weight for _, weight in reasons_of(facts))


def reasons_of(facts: LinkFacts) -> Iterator[tuple[str, int]]:
    """The rows that match, with their weights."""
    for sign in section_signs().signs:
        if sign.pattern.search(getattr(facts, sign.looks_at)):
            yield sign.id, sign.weight


def gather_facts(tree: LexborHTMLParser, place: Place, here: str) -> list[tuple[Link, LinkFacts]]:
    """The facts of each page of the same site but this one (`here`, its key) that is linked to, from the link that speaks
    most for it."""
    candidates = gather_candidates(tree, place, here)
    boxes = own_boxes(candidates)
    builds = group_builds(candidates, boxes)
    listed = listed_keys(tree, place)
    best: list[tuple[Link, LinkFacts, str]] = []
    for key, candidate in candidates.items():
        rows = [
            (
                facts_of(candidate, anchor, boxes[anchor.mem_id], builds, listed="yes" if key in listed else ""),
                build_of(boxes[anchor.mem_id]),
            )
            for anchor in candidate.anchors[:MAX_TRIED_LINKS]
        ]
        dated = (date_of(boxes[anchor.mem_id]) for anchor in candidate.anchors[:MAX_TRIED_LINKS])
        link = replace(candidate.link, modified=next(filter(None, dated), None) or date_in_url(candidate.link.url))
        best.append((link, *max(rows, key=lambda row: points_of(row[0]))))
    return with_kin(best)


def facts_of(
    candidate: Candidate, anchor: LexborNode, box: LexborNode, builds: Mapping[str, str], *, listed: str
) -> LinkFacts:
    """What one link says of the page it leads to."""
    return LinkFacts(
        path=path_of(candidate.link.url),
        text=candidate.text,
        words=str(count_words(candidate.text)),
        place=place_of(anchor),
        near=near_of(box),
        group=builds[build_of(box)],
        listed=listed,
    )


def date_of(box: LexborNode) -> datetime | None:
    """The first date in a box: when its article was published, or changed; nobody says which."""
    told = box.css_first("time[datetime]")
    return parse_time(told.attributes["datetime"] or "") if told else None


def with_kin(rows: Sequence[tuple[Link, LinkFacts, str]]) -> list[tuple[Link, LinkFacts]]:
    """Links and facts (and the build of their boxes), the facts with what their likes in the same boxes are."""
    good: dict[str, list[bool]] = {}
    for _, facts, build in rows:
        good.setdefault(build, []).append(points_of(facts) >= section_signs().enough)
    found = []
    for link, facts, build in rows:
        others = len(good[build]) - 1
        articles = sum(good[build]) - (points_of(facts) >= section_signs().enough)
        found.append((link, replace(facts, kin=str(100 * articles // others)) if others >= MIN_KIN else facts))
    return found


def gather_candidates(tree: LexborHTMLParser, place: Place, here: str) -> dict[str, Candidate]:
    """The pages of the same site but this one (`here`) that are linked to, by `page_key`."""
    site = registrable_site(place.url)
    found: dict[str, Candidate] = {}
    for anchor in tree.css("a[href]")[:MAX_ANCHORS]:
        link = place.link(Entry(anchor.attributes.get("href") or ""))
        if link is None or registrable_site(link.url) != site or page_key(link.url) == here or is_front(link.url):
            continue
        candidate = found.setdefault(page_key(link.url), Candidate(link))
        candidate.anchors.append(anchor)
        candidate.text = max(candidate.text, text_of(anchor), key=len)
        candidate.link = replace(merged(candidate.link, link), title=candidate.text)
    return found


def text_of(anchor: LexborNode) -> str:
    """The text of a link; of one around a picture alone the title or the picture's description."""
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
    return text[:MAX_TEXT].strip()


def count_words(text: str) -> int:
    """Words of a text; two characters make one where words are not spaced.

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
    """Path and query of an address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def ancestors(node: LexborNode, most: int) -> Iterator[LexborNode]:
    """The elements above a node, nearest first, without `html`."""
    for _ in range(most):
        parent = node.parent
        if parent is None or parent.tag in {"html", "-undef", None}:
            return
        yield parent
        node = parent


def name_of(node: LexborNode) -> str:
    """An element as a word: `div.card.wide#main`."""
    attributes = node.attributes
    classes = (attributes.get("class") or "").split()[:6]
    identity = attributes.get("id") or ""
    name = str(node.tag) + "".join(f".{word}" for word in classes) + (f"#{identity}" if identity else "")
    return name.replace(" ", "")[:120]


def place_of(anchor: LexborNode) -> str:
    """Where a link stands; its own name comes first when it has classes or is sponsored. A body's classes are the page's."""
    sponsored = ".rel-sponsored" if "sponsored" in (anchor.attributes.get("rel") or "") else ""
    own = [name_of(anchor) + sponsored] if anchor.attributes.get("class") or sponsored else []
    return " ".join(own + ["body" if node.tag == "body" else name_of(node) for node in ancestors(anchor, HEIGHT)])


def own_boxes(candidates: Mapping[str, Candidate]) -> dict[int, LexborNode]:
    """For each link the largest element about it in which every link leads to the same page."""
    owners: dict[int, str] = {}
    for key, candidate in candidates.items():
        for anchor in candidate.anchors:
            for node in ancestors(anchor, CLIMB):
                owners[node.mem_id] = key if owners.get(node.mem_id, key) == key else SHARED
    boxes = {}
    for key, candidate in candidates.items():
        for anchor in candidate.anchors:
            box = anchor
            for node in ancestors(anchor, CLIMB):
                if owners[node.mem_id] != key:
                    break
                box = node
            boxes[anchor.mem_id] = box
    return boxes


def near_of(box: LexborNode) -> str:
    """The elements of a box, in order."""
    tags = []
    for node in box.traverse(include_text=False):
        tags.append(node.tag or "")
        if len(tags) >= NEAR:
            break
    return " ".join(tags)


def build_of(box: LexborNode) -> str:
    """How a box is built, and in what it stands: what the boxes of one list have in common."""
    parent = box.parent
    first = [
        (node.tag or "") + "." + (node.attributes.get("class") or "").split(" ")[0]
        for node in (box, parent)
        if node is not None
    ]
    return ">".join(re.sub(r"\d+", "0", name) for name in first)


def group_builds(candidates: Mapping[str, Candidate], boxes: Mapping[int, LexborNode]) -> dict[str, str]:
    """For each build how many pages stand in such boxes, and the median of their words."""
    words: dict[str, list[int]] = {}
    for candidate in candidates.values():
        count = count_words(candidate.text)
        for build in {build_of(boxes[anchor.mem_id]) for anchor in candidate.anchors}:
            words.setdefault(build, []).append(count)
    return {build: f"{len(counts)}:{median_low(counts)}" for build, counts in words.items()}


def listed_keys(tree: LexborHTMLParser, place: Place) -> frozenset[str]:
    """The pages that the page's own JSON-LD lists."""
    found: set[str] = set()
    for script in tree.css('script[type*="ld+json" i]')[:20]:
        try:
            value = json.loads(script.text())
        except (ValueError, RecursionError):
            continue
        for href in listed_addresses(value):
            link = place.link(Entry(href))
            if link is not None:
                found.add(page_key(link.url))
    return frozenset(found)


def listed_addresses(value: Any) -> Iterator[str]:
    """Addresses of the items of every ItemList in a JSON value. A breadcrumb's list is another type."""
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
    """The address of one item."""
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        return ""
    item = row.get("item")
    inner = item if isinstance(item, dict) else {"url": item}
    told = (row.get("url"), inner.get("url"), inner.get("@id"))
    return next((value for value in told if isinstance(value, str) and value), "")
