"""Chooses a page's dates of publication and change, among those that it declares and those that readers see.

Declared dates come from JSON-LD, meta tags and microdata, in the order of trust of `PUBLISHED_SOURCES`. The dates under
the headline check them: metadata often names the day of a relaunch, or lacks the zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Final

from scraper.metadata.facts import Facts
from scraper.metadata.headline_lines import ShownDate
from scraper.metadata.undeclared_dates import find_undeclared
from scraper.text.dates import not_later
from scraper.text.patterns import lazy_pattern
from scraper.text.url_dates import AddressDate, read_address

PUBLISHED_META: Final = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished", "article_date_original",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "date.created", "publish_time", "publish-date", "publish_date", "published_at", "pubdate", "pub_date",
    "og:publish_date", "publication_date", "publicationdate", "originalpublicationdate", "citation_publication_date", "citation_date",
    "citation_online_date", "rnews:datepublished", "shareaholic:article_published_time", "article:create_at", "datecreated", "uploaddate", "date-pub",
    "published", "pdate", "gsa_date", "article.published", "article.created", "ptime", "displaydate", "date", "creation_date", "ya:ovs:upload_date",
    "nastooh:publishdate", "article:post_date", "article:publicationdate", "og:datepublished", "og:pubdate", "og:regdate", "dc:date", "dc.created",
    "dc.date.publication", "date_created", "dateposted", "doc_date", "gentime", "release_date", "content_create_date", "twt-published-at", "created", "timestamp", "prism.publicationdate", "dcsext.articlefirstpublished", "eomportal-lastupdate", "analyticsattributes.articledate", "bt:pubdate",
)  # fmt: skip
PUBLISHED_NAME: Final = lazy_pattern(r"publi(?:sh(?:ed|ing)?|cation)[-_.:]?(?:date|time)|(?:date|time)[-_.:]?published")
MODIFIED_META: Final = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified", "datemodified", "dcterms.modified", "dc.date.modified",
    "date.modified", "date.updated", "article_date_updated", "lastmod", "last-modified", "last_modified", "revised", "updated_time", "modified",
)  # fmt: skip
MAX_SAME_MOMENT: Final = timedelta(minutes=2)
"""Difference of a declared and a shown moment that mean the same."""
MIN_RELAUNCH: Final = timedelta(days=1)
"""How much older the shown date must be for the declared one to be the day of a site's relaunch."""
MIN_REISSUE: Final = timedelta(days=30)
"""How much later the shown date must be for the article to be a new edition rather than an update."""
MAX_URL_DIFFERENCE: Final = timedelta(days=2)
"""Difference of a declared or shown date and the one in the URL; beyond, the URL is right."""


def published_date(facts: Facts, shown: list[ShownDate]) -> datetime | None:
    """The moment of publication, from declared dates, `shown` ones and the URL; None if the page has none."""
    stated = _declared_dates(facts)
    declared = next(stated, None)
    if declared and any(item.updated for item in shown):
        declared = min((declared, *_repeated_dates(facts)))
    found = choose_published(declared, shown, alone=declared is not None and not _is_in_meta(facts, declared))
    address = read_address(facts.url, language=facts.locale)
    if address and not_later(address.start, facts.latest):
        others = chain([declared] if declared else [], stated, (item.moment for item in shown))
        found = confirmed_by(address, chain([found], others) if found else ())
    return found or find_undeclared(facts, modified=modified_date(facts, shown))


def _declared_dates(facts: Facts) -> Iterator[datetime]:
    """The declared dates of publication, most trusted first."""
    return (found for source in PUBLISHED_SOURCES for text in source(facts) if (found := facts.moment(text)))


def _is_in_meta(facts: Facts, declared: datetime) -> bool:
    """Whether a meta tag names the day of a declared moment."""
    moments = map(facts.moment, facts.all(PUBLISHED_META))
    return any(moment and moment.date() == declared.date() for moment in moments)


def confirmed_by(address: AddressDate, moments: Iterable[datetime]) -> datetime | None:
    """The first of some moments, unless the address names another day: then the first moment near that day, or the day.

    An address that names a month alone chooses among the moments, and gives none itself.
    """
    first = None
    for moment in moments:
        if address.distance(moment) <= MAX_URL_DIFFERENCE:
            return moment
        first = first or moment
    return address.day or first


def _repeated_dates(facts: Facts) -> list[datetime]:
    """All moments under `datePublished` in meta tags and microdata: an updated page may repeat it with a later day."""
    if next(facts.graph.values("datePublished"), None):
        return []
    texts = [*facts.all(("article:published_time", "datepublished")), *_microdata(facts, "datePublished")]
    return [found for text in texts if (found := facts.moment(text))]


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
    """The texts of a microdata property in the body."""
    return [
        node.attributes.get("datetime") or node.attributes.get("content") or node.text() for node in facts.props(prop)
    ]


PUBLISHED_SOURCES: Final[tuple[Callable[[Facts], Iterator[str]], ...]] = (
    _published_in_graph,
    _published_in_meta,
    _published_in_props,
)
"""Sources of the declared date of publication, most trusted first."""


def modified_date(facts: Facts, shown: list[ShownDate]) -> datetime | None:
    """The moment of the last change that a page declares; None if it declares none."""
    texts = [text for value in facts.graph.values("dateModified") for text in facts.graph.texts(value)]
    texts += facts.all(MODIFIED_META)
    found = next((found for text in texts if (found := facts.moment(text))), None)
    if found is not None:
        return found
    texts = _microdata(facts, "dateModified")
    found = next((found for text in texts if (found := facts.moment(text))), None)
    repeated = _repeated_dates(facts) if found is None and any(item.updated for item in shown) else []
    return max(repeated) if len(set(repeated)) > 1 else found


def choose_published(declared: datetime | None, shown: list[ShownDate], *, alone: bool = False) -> datetime | None:
    """The moment of publication, from the declared one and the dates that readers see.

    The declared moment is right, with four exceptions. Readers see the same moment in the page's own zone. They see an
    older date (metadata names the day of a relaunch). Markup names another date as that of publication. Only one source
    declares it (`alone`), and readers see a much later date only (a new edition of a guide).
    """
    plain = [item for item in shown if not item.updated]
    first = plain[0] if plain else None
    if declared is None:
        return first.moment if first else shown[0].moment if shown else None
    if alone and shown and min(item.moment for item in shown) - declared > MIN_REISSUE:
        return shown[0].moment
    if first is None or first.moment.date() == declared.date():
        return declared
    apart = first.moment - declared
    if abs(apart) < MAX_SAME_MOMENT or first.marked or apart < -MIN_RELAUNCH:
        return first.moment
    return _in_shown_zone(declared, first.moment) or declared


def _in_shown_zone(declared: datetime, shown: datetime) -> datetime | None:
    """The declared moment in the zone in which its clock shows the shown time; None if no zone of half hours does."""
    if not (shown.hour or shown.minute) or declared.utcoffset() or shown.utcoffset():
        return None
    apart = shown.replace(second=0) - declared.replace(second=0, microsecond=0)
    if apart % timedelta(minutes=30) or not timedelta(hours=-12) <= apart <= timedelta(hours=14):
        return None
    return declared.astimezone(timezone(apart))
