"""What a page says of itself, from JSON-LD, meta tags, microdata, the lines around the headline and the address.

`Facts` are gathered in one walk over the tree; then each field is the first believable answer of its sources, whose order
of trust is declared in tables here, in `authors` and in `titles`. Nothing here raises, whatever the page holds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.metadata.authors import read_authors
from scraper.metadata.bylines import read_byline
from scraper.metadata.facts import Facts, gather
from scraper.metadata.headline_lines import Line, Shown, lines_after, lines_before, settle, shown_dates
from scraper.metadata.titles import choose_title, clean_title, fold, likeness, site_in_title, squash, squeeze
from scraper.text.dates import date_in_url, parse_date, read_date
from scraper.types import Metadata

__all__ = ["clean_title", "read_byline", "read_metadata"]

PUBLISHED_META: Final = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished", "article_date_original",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "date.created", "publish_time", "publish-date", "publish_date", "published_at", "pubdate", "pub_date",
    "og:publish_date", "publication_date", "publicationdate", "originalpublicationdate", "citation_publication_date", "citation_date",
    "citation_online_date", "rnews:datepublished", "shareaholic:article_published_time", "article:create_at", "datecreated", "uploaddate", "date-pub",
    "published", "pdate", "gsa_date", "article.published", "article.created", "ptime", "displaydate", "date", "creation_date", "ya:ovs:upload_date",
    "nastooh:publishdate", "prism.publicationdate", "dcsext.articlefirstpublished", "eomportal-lastupdate", "analyticsattributes.articledate", "bt:pubdate",
)  # fmt: skip
PUBLISHED_NAME: Final = re.compile(r"publi(?:sh(?:ed|ing)?|cation)[-_.:]?(?:date|time)|(?:date|time)[-_.:]?published")
MODIFIED_META: Final = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified", "datemodified", "dcterms.modified", "dc.date.modified",
    "date.modified", "date.updated", "article_date_updated", "lastmod", "last-modified", "last_modified", "revised", "updated_time", "modified",
)  # fmt: skip
SITE_META: Final = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "cre",
    "dc.publisher",
    "publisher",
    "twitter:site",
)
SECTION_META: Final = (
    "article:section",
    "og:article:section",
    "parsely-section",
    "cxenseparse:section",
    "section",
    "articlesection",
    "prism.section",
    "og:section",
    "dc.subject",
)
TAG_META: Final = ("article:tag", "og:article:tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords")
DESCRIPTION_META: Final = (
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "sailthru.description",
)
IMAGE_META: Final = (
    "og:image",
    "og:image:secure_url",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
    "parsely-image-url",
    "sailthru.image.full",
    "thumbnail",
)
FREE: Final = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
HEADING_SELECTOR: Final = 'h2,h3,[class*="headline" i],[class*="title" i],[itemprop~="headline"]'
ADDRESS_SLACK: Final = timedelta(days=2)
"""How far a date under the headline may lie from the one in the address."""
MAX_LINES: Final = 4000
DATE_ALONE: Final = re.compile(r"^\D{0,24}\d[\w .:,/|·-]{5,40}$")
"""A line that may be a date with a label and a time, and hardly anything else."""
DATED_SELECTOR: Final = 'time,[class*="date" i],[class*="publi" i],[class*="time" i],[class*="meta" i],date'


def read_metadata(tree: LexborHTMLParser, url: str) -> Metadata:
    """What the page at `url` says of itself. The tree is the whole page, scripts included; it is not changed."""
    return metadata_of(gather(tree, url))


def metadata_of(facts: Facts) -> Metadata:
    """The same of facts that were gathered."""
    site = _site(facts)
    title = _title(facts, site)
    lines, shown = _around(_heading_of(facts, title), facts.locale)
    return Metadata(
        title=title,
        authors=tuple(filter(None, map(squash, read_authors(facts, site, lines)))),
        published=_published(facts, shown),
        modified=_modified(facts, shown),
        language=facts.language,
        description=_description(facts),
        section=_section(facts),
        tags=_tags(facts),
        site=site or facts.host.removeprefix("www."),
        canonical_url=_canonical(facts),
        amp_url=_absolute(facts.amp, facts.url),
        image=_image(facts),
        free=_free(facts),
    )


def _around(heading: LexborNode | None, language: str) -> tuple[list[Line], list[Shown]]:
    """The lines under the headline and the dates in them; when they hold none, those above it as well."""
    if heading is None:
        return [], []
    lines = lines_after(heading)
    shown = shown_dates(lines, language=language)
    if not shown:
        before = lines_before(heading)
        lines, shown = [*lines, *before], shown_dates(before, language=language)
    return lines, shown


def _site(facts: Facts) -> str:
    """The site's name: declared, else the publisher or the site in JSON-LD, else the end of the page's title that its host bears out."""
    names = (
        squash(html.unescape(name)).lstrip("@")
        for name in _site_names(facts)
        if name and len(name) <= 80 and "://" not in name
    )
    return next((name for name in names if squeeze(name)), "") or site_in_title(facts.title, facts.host)


def _site_names(facts: Facts) -> Iterator[str]:
    yield facts.first(SITE_META[:1])
    yield facts.graph.text("publisher")
    yield facts.graph.site
    yield from facts.all(SITE_META[1:])


def _title(facts: Facts, site: str) -> str:
    told = {
        "headline": html.unescape(facts.graph.text("headline", pages=False)),
        "og": facts.first(("og:title", "dc.title", "sailthru.title", "parsely-title")),
        "title": facts.title,
        "twitter": facts.first(("twitter:title",)),
    }
    headings = [node.text(separator=" ") for node in facts.headings]
    return choose_title(headings, told, site=site, host=facts.host, section=_section(facts))


def _heading_of(facts: Facts, title: str) -> LexborNode | None:
    """The element that shows the title: a <h1> much like it, else another heading that is it."""
    found = _most_alike(facts.headings, title, 0.4)
    if found is None and title:
        found = _most_alike(facts.tree.css(HEADING_SELECTOR)[:60], title, 0.8)
    return found


def _most_alike(nodes: Iterable[LexborNode], title: str, least: float) -> LexborNode | None:
    words = set(fold(title).split())
    best, most = None, least
    for node in nodes:
        text = node.text()
        score = likeness(set(fold(text).split()), words) if len(text) < 1000 else 0.0
        if score > most:
            best, most = node, score
    return best


def _published(facts: Facts, shown: list[Shown]) -> datetime | None:
    told = (
        found
        for source in PUBLISHED_SOURCES
        for text in source(facts)
        if (found := parse_date(text, language=facts.locale))
    )
    declared = next(told, None)
    if declared and any(item.updated for item in shown):
        declared = min((declared, *_repeated(facts)))
    in_address = date_in_url(facts.url) if declared is None else None
    found = settle(declared, shown, alone=not facts.first(PUBLISHED_META))
    if in_address and found and abs(found - in_address) > ADDRESS_SLACK:
        return in_address
    return found or in_address or _dated(facts)


def _repeated(facts: Facts) -> list[datetime]:
    """The moments under `datePublished` in meta tags and microdata, which a page that was changed may repeat with the day of the change."""
    if next(facts.graph.values("datePublished"), None):
        return []
    told = [*facts.all(("article:published_time", "datepublished")), *_microdata(facts, "datePublished")]
    return [found for text in told if (found := parse_date(text, language=facts.locale))]


def _published_in_graph(facts: Facts) -> Iterator[str]:
    for key in ("datePublished", "dateCreated", "uploadDate"):
        for value in facts.graph.values(key):
            yield from facts.graph.texts(value)


def _published_in_meta(facts: Facts) -> Iterator[str]:
    yield from facts.all(PUBLISHED_META)
    yield from facts.all(filter(PUBLISHED_NAME.search, facts.meta))


def _published_in_props(facts: Facts) -> Iterator[str]:
    yield from _microdata(facts, "datePublished")
    yield from _microdata(facts, "dateCreated")


def _microdata(facts: Facts, prop: str) -> list[str]:
    return [
        node.attributes.get("datetime") or node.attributes.get("content") or node.text() for node in facts.props(prop)
    ]


PUBLISHED_SOURCES: Final[tuple[Callable[[Facts], Iterator[str]], ...]] = (
    _published_in_graph,
    _published_in_meta,
    _published_in_props,
)
"""Where the date of publication is declared, most trusted first."""


def _dated(facts: Facts) -> datetime | None:
    """The last resort: the first date in an element that calls itself one, else the first line that is nothing but a date."""
    for node in facts.tree.css(DATED_SELECTOR)[:40]:
        when = node.attributes.get("datetime")
        text = when or node.text(separator=" ")
        if len(text) < 300 and (
            found := parse_date(text, language=facts.locale) if when else read_date(text, language=facts.locale)
        ):
            return found
    body = facts.tree.body
    lines = body.text(separator="\n").split("\n")[:MAX_LINES] if body is not None else []
    dated = (read_date(line, language=facts.locale) for line in map(str.strip, lines) if DATE_ALONE.match(line))
    return next((found for found in dated if found), None)


def _modified(facts: Facts, shown: list[Shown]) -> datetime | None:
    told = [text for value in facts.graph.values("dateModified") for text in facts.graph.texts(value)]
    told += facts.all(MODIFIED_META)
    found = next((found for text in told if (found := parse_date(text, language=facts.locale))), None)
    if found is not None:
        return found
    told = _microdata(facts, "dateModified")
    found = next((found for text in told if (found := parse_date(text, language=facts.locale))), None)
    repeated = _repeated(facts) if found is None and any(item.updated for item in shown) else []
    return max(repeated) if len(set(repeated)) > 1 else found


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
    found: dict[str, str] = {}
    for part in parts:
        if 0 < len(part) <= 80:
            found.setdefault(part.casefold(), part)
    return tuple(found.values())[:50]


def _canonical(facts: Facts) -> str:
    """The address that the page claims, absolute; empty when it claims none or only its site's front page."""
    for claim in (facts.canonical, facts.first(("og:url",))):
        address = _absolute(claim, facts.url)
        if address:
            parts = urlsplit(address)
            if parts.hostname and (parts.path.strip("/") or parts.query):
                return address
    return ""


def _image(facts: Facts) -> str:
    claims = (facts.first(IMAGE_META), facts.graph.text("image"), facts.graph.text("thumbnailUrl"))
    return next((address for claim in claims if (address := _absolute(claim, facts.url))), "")


def _absolute(claim: str, base: str) -> str:
    """A claimed address of the web, absolute; empty when it is none."""
    claim = squash(claim)
    try:
        address = claim if claim.startswith(("https://", "http://")) or not claim else urljoin(base, claim)
        return address if urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _free(facts: Facts) -> bool | None:
    told = [node.get("isAccessibleForFree") for node in (*facts.graph.articles, *facts.graph.pages)] + [
        facts.first(("isaccessibleforfree",))
    ]
    for value in told:
        word = str(value[0] if isinstance(value, list) and value else value).rsplit("/", 1)[-1].strip().lower()
        if word in FREE:
            return FREE[word]
    return {"free": True, "locked": False}.get(facts.first(("article:content_tier",)).lower())
