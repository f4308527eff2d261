"""Raw facts of a page, before any choice: meta tags, JSON-LD, headings, canonical and AMP links, language.

The tree is walked once for what every page needs. What only pages with poor metadata need is searched on demand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.html.jsonld import Graph, read_graph
from scraper.html.nodes import LINK_ID
from scraper.text.dates import latest_from, machine_day, parse_date, read_date
from scraper.text.placeholders import is_placeholder
from scraper.text.url_dates import date_in_url
from scraper.types import UNKNOWN_TIME

SELECTOR: Final = (
    'html,meta,title,h1,link:is([rel~="canonical" i],[rel~="amphtml" i]),script[type*="ld+json" i],a[href]'
)
"""What is read from one walk; a walk for each would take ten times as long as a selector more."""
META_NAMES: Final = ("property", "name", "itemprop", "http-equiv")
"""Attributes that name the value of a meta tag."""
MAX_META_NAMES: Final = 2000
"""Names of meta tags; real pages have fewer than a hundred."""
MAX_VALUES: Final = 60
"""Values that are kept for one name (`article:tag` is repeated)."""
MAX_HEADINGS: Final = 12
"""Main headings that are read; real pages have one or two."""
MAX_PROPS: Final = 400
"""Elements with microdata that are read; comments and reviews have many."""
MAX_HOSTS: Final = 16
"""URLs whose host is remembered: ten dates of a page ask for it."""
LANGUAGE_META: Final = ("content-language", "og:locale", "dc.language", "language", "inlanguage")

DATE_KEYS: Final = ("datePublished", "dateCreated", "uploadDate", "dateModified")
"""Dates of an article in JSON-LD."""
BRITISH_DATE_COUNTRIES: Final = frozenset("uk au nz ie in za sg ng ke gh hk my mt pk lk".split())
"""Country domains whose English pages write dates as in Britain. Domains that are sold worldwide are left out."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Raw facts of a page. `meta` has all values of each lower-cased name, in document order.

    `scripts` are the texts of its JSON-LD, `graph` is their content. `latest` is the last moment that a date of the page
    can have; None if it is unknown when the page was fetched. `links` are the page's links. `memo` caches searches of the
    tree, `day_memo` the days of `days`.
    """

    url: str
    tree: LexborHTMLParser
    meta: Mapping[str, tuple[str, ...]]
    scripts: tuple[str, ...]
    graph: Graph
    title: str
    headings: tuple[LexborNode, ...]
    links: tuple[LexborNode, ...]
    canonical: str
    amp: str
    language: str
    latest: datetime | None = None
    memo: dict[str, list[LexborNode]] = field(default_factory=dict, compare=False)
    day_memo: list[frozenset[date]] = field(default_factory=list, compare=False)

    @property
    def host(self) -> str:
        """The host of the page's URL; empty if there is none."""
        return host_of(self.url)

    @property
    def locale(self) -> str:
        """The language; plain English becomes `en-uk` or the like if the host's domain names the country."""
        if self.language.lower() != "en":
            return self.language
        country = self.host.rpartition(".")[2]
        return f"en-{country}" if country in BRITISH_DATE_COUNTRIES else self.language

    def moment(self, text: str) -> datetime | None:
        """The moment in a machine-readable text, else in words; None if there is none to believe."""
        return parse_date(text, language=self.locale, latest=self.latest, days=self.days)

    def shown_moment(self, text: str) -> datetime | None:
        """The moment in a text written for people; None if there is none to believe."""
        return read_date(text, language=self.locale, latest=self.latest, days=self.days)

    def days(self) -> frozenset[date]:
        """The days that the page names as machines do: in its JSON-LD, its meta tags and its address."""
        if not self.day_memo:
            stated = [text for value in self.graph.values(*DATE_KEYS) for text in self.graph.texts(value)]
            stated += (value for values in self.meta.values() for value in values)
            in_url = date_in_url(self.url, language=self.locale)
            found = {*map(machine_day, stated), in_url.date() if in_url else None}
            self.day_memo.append(frozenset(day for day in found if day))
        return self.day_memo[0]

    def first(self, names: Iterable[str]) -> str:
        """The first meta value of any of the names, in the order of the names; empty if there is none."""
        return next((value for name in names for value in self.meta.get(name, ())), "")

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """All meta values of the names, in the order of the names."""
        for name in names:
            yield from self.meta.get(name, ())

    def nodes(self, selector: str) -> list[LexborNode]:
        """The page's elements that match a selector. Each selector is searched once."""
        if selector not in self.memo:
            self.memo[selector] = self.tree.css(selector)
        return self.memo[selector]

    def props(self, name: str) -> list[LexborNode]:
        """The first eight elements of the body with a microdata property."""
        name = name.lower()
        named = (
            node
            for node in self.nodes("[itemprop]")[:MAX_PROPS]
            if name in (node.attributes.get("itemprop") or "").lower().split()
        )
        return list(islice((node for node in named if node.tag != "meta"), 8))


@lru_cache(maxsize=MAX_HOSTS)
def host_of(url: str) -> str:
    """The host of a URL; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def gather(tree: LexborHTMLParser, url: str, *, fetched_at: datetime = UNKNOWN_TIME) -> Facts:
    """The facts of a page, from one walk over it. Dates more than a day after `fetched_at` are not believed."""
    meta: dict[str, list[str]] = {}
    scripts: list[str] = []
    headings: list[LexborNode] = []
    links: list[LexborNode] = []
    title = canonical = amp = language = ""
    for node in tree.css(SELECTOR):
        if node.tag_id == LINK_ID:  # nine in ten
            links.append(node)
            continue
        tag = node.tag
        if tag == "meta":
            if len(meta) < MAX_META_NAMES:
                _add_meta(meta, node.attributes)
        elif tag == "script":
            scripts.append(node.text())
        elif tag == "h1":
            headings.append(node)
        elif tag == "title":
            title = title or ("" if is_placeholder(node.text()) else node.text())
        elif tag == "link":
            attributes = node.attributes
            href = attributes.get("href") or ""
            href = "" if is_placeholder(href) else href
            if "canonical" in (attributes.get("rel") or "").lower().split():
                canonical = canonical or href
            else:
                amp = amp or href
        else:
            language = node.attributes.get("lang") or node.attributes.get("xml:lang") or ""
    graph = read_graph(scripts, canonical or url)
    return Facts(
        url=url, tree=tree, meta={key: tuple(values) for key, values in meta.items()}, scripts=tuple(scripts), graph=graph, title=title,
        headings=tuple(headings[:MAX_HEADINGS]), links=tuple(links), canonical=canonical, amp=amp, language=_language(language, meta, graph),
        latest=latest_from(fetched_at),
    )  # fmt: skip


def _add_meta(meta: dict[str, list[str]], attributes: Mapping[str, str | None]) -> None:
    """Add the value of one meta tag under each of its names."""
    value = attributes.get("content") or attributes.get("value") or attributes.get("datetime")
    value = value.strip() if value else ""
    if not value or is_placeholder(value):
        return
    for key in filter(None, map(attributes.get, META_NAMES)):
        values = meta.setdefault(key.strip().lower(), [])
        if len(values) < MAX_VALUES:
            values.append(value)


def _language(declared: str, meta: Mapping[str, list[str]], graph: Graph) -> str:
    """The page's language tag in the form of BCP 47 ("en_US" becomes "en-US"); empty if it declares none."""
    stated = [
        declared,
        *(value for name in LANGUAGE_META for value in meta.get(name, ())[:1]),
        graph.text("inLanguage"),
    ]
    for value in stated:
        tag = value.replace("_", "-").strip().split(",")[0].strip()
        if 2 <= len(tag) <= 12 and tag.replace("-", "").isalnum() and not tag[0].isdigit():
            return tag
    return ""
