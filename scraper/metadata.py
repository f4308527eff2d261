"""What a page says of itself, from JSON-LD, meta tags, microdata, the visible byline and the address.

One walk over the tree gathers `Facts`; then each field is the first believable answer of its sources, whose order of trust
is declared in the tables below. Nothing here raises, whatever the page holds.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.dateline import Line, lines_after, lines_before, settle, shown_dates
from scraper.dates import date_in_url, parse_date, read_date
from scraper.jsonld import Graph, read_graph
from scraper.names import FILLER, is_organisation, looks_like_person, read_byline, split_names, starts_byline, unique
from scraper.titles import choose_title, clean_title, fold, likeness, squash
from scraper.types import Metadata

__all__ = ["clean_title", "read_byline", "read_metadata"]

SELECTOR: Final = (
    'html,meta,title,h1,time,link[rel~="canonical" i],script[type*="ld+json" i],[itemprop],[rel~="author" i],'
    '[class*="author" i],[class*="byline" i],[class*="autor" i],[class*="date" i],[class*="time" i],[class*="publi" i],[class*="meta" i]'
)
"""Everything that any field is read from, so that the tree is walked once."""

PUBLISHED_META: Final = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished", "article_date_original",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "date.created", "publish_time", "publish-date", "publish_date", "published_at", "pubdate", "pub_date",
    "og:publish_date", "publication_date", "publicationdate", "originalpublicationdate", "citation_publication_date", "citation_date",
    "citation_online_date", "rnews:datepublished", "shareaholic:article_published_time", "article:create_at", "datecreated", "uploaddate", "date-pub",
    "published", "pdate", "gsa_date", "article.published", "article.created", "ptime", "displaydate", "date", "creation_date", "ya:ovs:upload_date",
    "nastooh:publishdate", "prism.publicationdate", "dcsext.articlefirstpublished", "eomportal-lastupdate", "analyticsattributes.articledate", "bt:pubdate",
)  # fmt: skip
MODIFIED_META: Final = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified", "datemodified", "dcterms.modified", "dc.date.modified",
    "date.modified", "date.updated", "article_date_updated", "lastmod", "last-modified", "last_modified", "revised", "updated_time", "modified",
)  # fmt: skip
AUTHOR_META: Final = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "byline", "cxenseparse:author",
    "citation_author", "article_author", "article:author_name", "og:article:author", "authors", "creator", "content-creator", "branch:deeplink:authorname1",
    "branch:deeplink:authorname2", "sailthru.byline_name", "dcsext.author", "og:author", "rbauthors", "article.author", "mrf:authors", "dable:author",
)  # fmt: skip
SITE_META: Final = ("og:site_name", "application-name", "apple-mobile-web-app-title", "cre", "dc.publisher", "publisher", "twitter:site")
SECTION_META: Final = ("article:section", "og:article:section", "parsely-section", "cxenseparse:section", "section", "articlesection", "prism.section", "og:section", "dc.subject")
TAG_META: Final = ("article:tag", "og:article:tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords")
DESCRIPTION_META: Final = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description")
IMAGE_META: Final = ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src", "parsely-image-url", "sailthru.image.full", "thumbnail")
LANGUAGE_META: Final = ("content-language", "og:locale", "dc.language", "language", "inlanguage")


@dataclass(frozen=True, slots=True)
class Facts:
    """Raw answers found on a page: `meta` by lower-cased name, nodes of the body by role, in document order."""

    url: str
    meta: Mapping[str, tuple[str, ...]]
    graph: Graph
    title: str
    headings: tuple[LexborNode, ...]
    times: tuple[LexborNode, ...]
    props: Mapping[str, tuple[LexborNode, ...]]
    bylines: tuple[LexborNode, ...]
    dated: tuple[LexborNode, ...]
    canonical: str
    language: str

    def first(self, names: Iterable[str]) -> str:
        """The first meta value under any of the names, in the names' order."""
        return next((value for name in names for value in self.meta.get(name, ())), "")

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """All meta values under the names, in the names' order."""
        for name in names:
            yield from self.meta.get(name, ())


def read_metadata(tree: LexborHTMLParser, url: str) -> Metadata:
    """What the page at `url` says of itself. The tree is the whole page, scripts included; it is not changed."""
    facts = gather(tree, url)
    site = _site(facts)
    title = _title(facts, site)
    heading = _heading_of(facts, title)
    after = lines_after(heading) if heading is not None else []
    return Metadata(
        title=title,
        authors=_authors(facts, site, after),
        published=_published(facts, heading, after),
        modified=_modified(facts),
        language=facts.language,
        description=_description(facts),
        section=_section(facts),
        tags=_tags(facts),
        site=site,
        canonical_url=_canonical(facts),
        image=_image(facts),
        free=_free(facts),
    )


def gather(tree: LexborHTMLParser, url: str) -> Facts:
    """One walk over the page."""
    meta: dict[str, list[str]] = {}
    props: dict[str, list[LexborNode]] = {}
    lists: dict[str, list[LexborNode]] = {"h1": [], "time": [], "byline": [], "dated": []}
    scripts: list[str] = []
    title = canonical = language = ""
    for node in tree.css(SELECTOR):
        tag, attributes = node.tag, node.attributes
        if tag == "meta":
            _add_meta(meta, attributes)
        elif tag == "script":
            scripts.append(node.text())
        elif tag == "title":
            title = title or node.text()
        elif tag == "link":
            canonical = canonical or attributes.get("href") or ""
        elif tag == "html":
            language = attributes.get("lang") or attributes.get("xml:lang") or ""
        else:
            _add_body_node(node, tag or "", attributes, lists, props)
    graph = read_graph(scripts, canonical or url)
    return Facts(
        url=url, meta={key: tuple(values) for key, values in meta.items()}, graph=graph, title=title,
        headings=tuple(lists["h1"]), times=tuple(lists["time"]), props={key: tuple(nodes) for key, nodes in props.items()},
        bylines=tuple(lists["byline"]), dated=tuple(lists["dated"]), canonical=canonical,
        language=_language(language, meta, graph),
    )  # fmt: skip


def _add_meta(meta: dict[str, list[str]], attributes: Mapping[str, str | None]) -> None:
    value = attributes.get("content") or attributes.get("value") or attributes.get("datetime")
    if not value or not value.strip():
        return
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        key = attributes.get(attribute)
        if key:
            meta.setdefault(key.strip().lower(), []).append(html.unescape(value.strip()) if "&" in value else value.strip())


def _add_body_node(
    node: LexborNode, tag: str, attributes: Mapping[str, str | None], lists: dict[str, list[LexborNode]], props: dict[str, list[LexborNode]]
) -> None:
    for prop in (attributes.get("itemprop") or "").split():
        props.setdefault(prop.lower(), []).append(node)
    if tag in {"h1", "time"}:
        lists[tag].append(node)
        return
    named = (attributes.get("class") or "").lower()
    if "author" in (attributes.get("rel") or "") or any(word in named for word in ("author", "byline", "autor")):
        lists["byline"].append(node)
    elif any(word in named for word in ("date", "time", "publi", "meta")):
        lists["dated"].append(node)


def _language(declared: str, meta: Mapping[str, list[str]], graph: Graph) -> str:
    """The language tag as the page has it, in the shape of BCP 47 ("en_US" becomes "en-US")."""
    told = [declared, *(value for name in LANGUAGE_META for value in meta.get(name, ())[:1]), graph.text("inLanguage")]
    for value in told:
        tag = value.replace("_", "-").strip().split(",")[0].strip()
        if 2 <= len(tag) <= 12 and tag.replace("-", "").isalnum() and not tag[0].isdigit():
            return tag
    return ""


def _site(facts: Facts) -> str:
    """The site's name: declared, else the publisher in JSON-LD."""
    name = facts.first(SITE_META[:1]) or facts.graph.text("publisher") or facts.first(SITE_META[1:])
    return squash(name).lstrip("@") if len(name) <= 80 and "://" not in name else ""


def _title(facts: Facts, site: str) -> str:
    told = {
        "headline": html.unescape(facts.graph.text("headline", pages=False)),
        "og": facts.first(("og:title", "dc.title", "sailthru.title", "parsely-title")),
        "title": facts.title,
        "twitter": facts.first(("twitter:title",)),
    }
    headings = [node.text(separator=" ") for node in facts.headings[:12]]
    return choose_title(headings, told, site=site, host=urlsplit_host(facts.url), section=_section(facts))


def urlsplit_host(url: str) -> str:
    """The host in an address, empty when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _heading_of(facts: Facts, title: str) -> LexborNode | None:
    """The <h1> that shows the title, if one does."""
    words = set(fold(title).split())
    best, most = None, 0.4
    for node in facts.headings[:12]:
        score = likeness(set(fold(node.text()).split()), words)
        if score > most:
            best, most = node, score
    return best


def _authors(facts: Facts, site: str, lines: list[Line]) -> tuple[str, ...]:
    """People of the first source that names any; where none does, the organisation that signs."""
    own = _squeeze(site)
    signed: list[str] = []
    for source in AUTHOR_SOURCES:
        names = unique(source(facts, lines))
        people = tuple(name for name in names if not is_organisation(name) and (_squeeze(name) != own or looks_like_person(name)))
        if people:
            return people
        signed = signed or [name for name in names if not FILLER.search(name)]
    return tuple(signed[:3])


def _authors_in_lines(_: Facts, lines: list[Line]) -> list[str]:
    """Names from lines such as "By Jane Doe" under the headline; "By" may stand on the line before."""
    waiting = False
    for line in lines[:12]:
        if len(line.text) > 120:
            continue
        if waiting or starts_byline(line.text):
            names = read_byline(line.text)
            if names:
                return list(names)
            waiting = True
    return []


def _squeeze(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _authors_in_graph(facts: Facts, _: list[Line]) -> list[str]:
    for value in facts.graph.values("author", "creator"):
        names = [name for item in facts.graph.resolve(value) for name in _names_of(item, facts.graph)]
        if names:
            return names
    return []


def _names_of(item: object, graph: Graph) -> list[str]:
    if isinstance(item, dict):
        return [name for text in graph.texts(item.get("name")) for name in split_names(text)]
    return [name for text in graph.texts(item) for name in split_names(text) if "://" not in text]


def _authors_in_meta(facts: Facts, _: list[Line]) -> list[str]:
    for key in AUTHOR_META:
        names = [name for value in facts.meta.get(key, ()) if "://" not in value for name in split_names(value)]
        if names:
            return names
    return []


def _authors_in_props(facts: Facts, _: list[Line]) -> list[str]:
    names: list[str] = []
    for node in facts.props.get("author", ())[:6]:
        inner = node.css_first('[itemprop~="name"]')
        text = (inner or node).text(separator=" ") if node.tag != "meta" else node.attributes.get("content") or ""
        names += [name for name in split_names(text) if looks_like_person(name)]
    return names


def _authors_in_bylines(facts: Facts, _: list[Line]) -> list[str]:
    """Names in elements that call themselves author or byline: those that start so ("By …") first, then bare names."""
    bare: list[str] = []
    for node in facts.bylines[:24]:
        text = squash(node.text(separator=" "))
        if not text or len(text) > 160:
            continue
        names = read_byline(text)
        if names and starts_byline(text):
            return list(names)
        if names and not bare and len(text) <= 60:
            bare = list(names)
    return bare


AuthorSource = Callable[[Facts, list[Line]], list[str]]
AUTHOR_SOURCES: Final[tuple[AuthorSource, ...]] = (_authors_in_graph, _authors_in_meta, _authors_in_props, _authors_in_lines, _authors_in_bylines)


def _published(facts: Facts, heading: LexborNode | None, after: list[Line]) -> datetime | None:
    told = (found for source in PUBLISHED_SOURCES for text in source(facts) if (found := parse_date(text, language=facts.language)))
    shown = shown_dates(after, language=facts.language)
    if not shown and heading is not None:
        shown = shown_dates(lines_before(heading), language=facts.language)
    return settle(next(told, None), shown) or _last_resort(facts)


def _published_in_graph(facts: Facts) -> Iterator[str]:
    for key in ("datePublished", "dateCreated", "uploadDate"):
        for value in facts.graph.values(key):
            yield from facts.graph.texts(value)


def _published_in_meta(facts: Facts) -> Iterator[str]:
    return facts.all(PUBLISHED_META)


def _published_in_props(facts: Facts) -> Iterator[str]:
    for prop in ("datepublished", "datecreated"):
        for node in facts.props.get(prop, ())[:3]:
            yield node.attributes.get("datetime") or node.attributes.get("content") or node.text()


def _published_in_times(facts: Facts) -> Iterator[str]:
    for node in facts.times[:3]:
        yield node.attributes.get("datetime") or node.text()


PUBLISHED_SOURCES: Final[tuple[Callable[[Facts], Iterator[str]], ...]] = (_published_in_graph, _published_in_meta, _published_in_props, _published_in_times)


def _last_resort(facts: Facts) -> datetime | None:
    found = date_in_url(facts.url)
    if found:
        return found
    for node in facts.dated[:40]:
        text = node.text(separator=" ")
        if len(text) < 300 and (found := read_date(text, language=facts.language)):
            return found
    return None


def _modified(facts: Facts) -> datetime | None:
    told = [text for value in facts.graph.values("dateModified") for text in facts.graph.texts(value)]
    told += facts.all(MODIFIED_META)
    told += [node.attributes.get("datetime") or node.text() for node in facts.props.get("datemodified", ())[:2]]
    return next((found for text in told if (found := parse_date(text, language=facts.language))), None)


def _description(facts: Facts) -> str:
    return squash(html.unescape(facts.first(DESCRIPTION_META) or facts.graph.text("description", "abstract")))


def _section(facts: Facts) -> str:
    value = squash(html.unescape(facts.first(SECTION_META) or facts.graph.text("articleSection", pages=False)))
    return value if len(value) <= 80 else ""


def _tags(facts: Facts) -> tuple[str, ...]:
    told = [text for value in facts.graph.values("keywords", pages=False) for text in facts.graph.texts(value)]
    for name in TAG_META:
        told = told or list(facts.meta.get(name, ()))
    parts = [squash(html.unescape(part)) for text in told for part in text.replace(";", ",").split(",")]
    return unique(part for part in parts if 0 < len(part) <= 80)[:50]


def _canonical(facts: Facts) -> str:
    """The address that the page claims, absolute; empty when it claims none or only its site's front page."""
    for claim in (facts.canonical, facts.first(("og:url",))):
        try:
            address = urljoin(facts.url, claim.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        if claim and parts.scheme in {"http", "https"} and parts.hostname and (parts.path.strip("/") or parts.query):
            return address
    return ""


def _image(facts: Facts) -> str:
    for claim in (facts.first(IMAGE_META), facts.graph.text("image"), facts.graph.text("thumbnailUrl")):
        try:
            address = urljoin(facts.url, claim.strip())
            if claim and urlsplit(address).scheme in {"http", "https"}:
                return address
        except ValueError:
            continue
    return ""


def _free(facts: Facts) -> bool | None:
    words = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
    for node in (*facts.graph.articles, *facts.graph.pages):
        value = node.get("isAccessibleForFree")
        if value is not None:
            return words.get(str(value).rsplit("/", 1)[-1].strip().lower())
    tier = facts.first(("article:content_tier",)).lower()
    return {"free": True, "locked": False, "metered": None}.get(tier)
