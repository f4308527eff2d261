"""A page's metadata: title, authors, dates, language, site, tags, from the facts that `facts.gather` found.

Each field is the first believable value of its sources. Tables here, in `authors`, `titles` and `publication_dates` hold
the sources in order of trust. No function raises on any page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborNode

from scraper.metadata.authors import read_authors
from scraper.metadata.facts import Facts
from scraper.metadata.headline_lines import Line, ShownDate, lines_after, lines_before, shown_dates
from scraper.metadata.publication_dates import modified_date, published_date
from scraper.metadata.titles import choose_title, clean_line, compact, likeness, plain_line, site_in_title
from scraper.text.entities import decode_entities, strip_encoding
from scraper.text.words import fold
from scraper.types import Metadata

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


def metadata_of(facts: Facts) -> Metadata:
    """The metadata of a page."""
    site = _site(facts)
    title = _title(facts, site)
    lines, shown = _lines_around(facts, _heading_of(facts, title))
    return Metadata(
        title=title,
        authors=tuple(filter(None, map(clean_line, read_authors(facts, site, lines)))),
        published=published_date(facts, shown),
        modified=modified_date(facts, shown),
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


def _lines_around(facts: Facts, heading: LexborNode | None) -> tuple[list[Line], list[ShownDate]]:
    """The lines under the headline and their dates; if they have none, the lines above it too."""
    if heading is None:
        return [], []
    lines = lines_after(heading)
    shown = shown_dates(facts, lines)
    if not shown:
        before = lines_before(heading)
        lines, shown = [*lines, *before], shown_dates(facts, before)
    return lines, shown


def _site(facts: Facts) -> str:
    """The site's name: declared, else from JSON-LD, else the part of the title that names the host."""
    names = (
        plain_line(name).lstrip("@") for name in _site_names(facts) if name and len(name) <= 80 and "://" not in name
    )
    return next((name for name in names if compact(name)), "") or site_in_title(facts.title, facts.host)


def _site_names(facts: Facts) -> Iterator[str]:
    """Names of the site, most trusted first."""
    yield facts.first(SITE_META[:1])
    yield facts.graph.text("publisher")
    yield facts.graph.site
    yield from facts.all(SITE_META[1:])


def _title(facts: Facts, site: str) -> str:
    """The title without the site's name."""
    stated = {
        "headline": facts.graph.text("headline", pages=False),
        "og": facts.first(("og:title", "dc.title", "sailthru.title", "parsely-title")),
        "title": facts.title,
        "twitter": facts.first(("twitter:title",)),
    }
    headings = [node.text(separator=" ") for node in facts.headings]
    return choose_title(headings, stated, site=site, host=facts.host, section=_section(facts))


def _heading_of(facts: Facts, title: str) -> LexborNode | None:
    """The element that shows the title: a <h1> similar to it, else another heading that is nearly equal."""
    found = _most_alike(facts.headings, title, 0.4)
    if found is None and title:
        found = _most_alike(facts.tree.css(HEADING_SELECTOR)[:60], title, 0.8)
    return found


def _most_alike(nodes: Iterable[LexborNode], title: str, least: float) -> LexborNode | None:
    """The element most similar to a title; None if no likeness exceeds `least`."""
    words = set(fold(title))
    best, most = None, least
    for node in nodes:
        text = node.text()
        score = likeness(set(fold(text)), words) if len(text) < 1000 else 0.0
        if score > most:
            best, most = node, score
    return best


def _description(facts: Facts) -> str:
    """The description that the page declares."""
    return plain_line(facts.first(DESCRIPTION_META) or facts.graph.text("description", "abstract"))


def _section(facts: Facts) -> str:
    """The section that the page declares; empty if it is too long for a name."""
    value = plain_line(facts.first(SECTION_META) or facts.graph.text("articleSection", pages=False))
    return value if len(value) <= 80 else ""


def _tags(facts: Facts) -> tuple[str, ...]:
    """Tags of the first source that has any, without repeats."""
    stated = [text for value in facts.graph.values("keywords", pages=False) for text in facts.graph.texts(value)]
    for name in TAG_META:
        stated = stated or list(facts.meta.get(name, ()))
    parts = [clean_line(part) for text in stated for part in strip_encoding(text).replace(";", ",").split(",")]
    found: dict[str, str] = {}
    for part in parts:
        if 0 < len(part) <= 80:
            found.setdefault(part.casefold(), part)
    return tuple(found.values())[:50]


def _canonical(facts: Facts) -> str:
    """The absolute address that a page claims as its own; empty if it claims none, or its site's front page."""
    for claim in (facts.canonical, facts.first(("og:url",))):
        address = _absolute(claim, facts.url)
        if address:
            parts = urlsplit(address)
            if parts.hostname and (parts.path.strip("/") or parts.query):
                return address
    return ""


def _image(facts: Facts) -> str:
    """The address of the page's main picture."""
    claims = (facts.first(IMAGE_META), facts.graph.text("image"), facts.graph.text("thumbnailUrl"))
    return next((address for claim in claims if (address := _absolute(claim, facts.url))), "")


def _absolute(claim: str, base: str) -> str:
    """A claimed web address, absolute; empty if it is none."""
    claim = clean_line(decode_entities(claim))
    try:
        address = claim if claim.startswith(("https://", "http://")) or not claim else urljoin(base, claim)
        return address if urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _free(facts: Facts) -> bool | None:
    """Whether the page declares itself free to read; None if it does not say."""
    stated = [node.get("isAccessibleForFree") for node in (*facts.graph.articles, *facts.graph.pages)] + [
        facts.first(("isaccessibleforfree",))
    ]
    for value in stated:
        word = str(value[0] if isinstance(value, list) and value else value).rsplit("/", 1)[-1].strip().lower()
        if word in FREE:
            return FREE[word]
    return {"free": True, "locked": False}.get(facts.first(("article:content_tier",)).lower())
