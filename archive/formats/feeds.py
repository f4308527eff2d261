"""The newest articles as a feed: Atom (RFC 4287) and JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).

An entry's id comes from the article's address, which the archive never changes. `updated` is the time of the newest revision, so
that readers show an article again only if its text changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from lxml import etree

from archive.formats.html_body import body_html, safe_url, scrubbed
from archive.output.text_choice import DEFAULT, TextChoice
from archive.store.columns import iso

if TYPE_CHECKING:
    from archive.formats.newest import DatedArticle

ATOM: Final = "http://www.w3.org/2005/Atom"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a feed without entries, which must have one."""


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """A feed's title, and the id that it keeps; for a feed on a server also its own address, and the address of its page."""

    title: str
    id: UUID
    address: str = ""
    page: str = ""


def entry_id(url: str) -> str:
    """The id of an article's entry, for good.

    >>> entry_id("https://example.org/a")
    'urn:uuid:77980eae-c343-5b01-9823-eb6ac1da021f'
    """
    return uuid5(NAMESPACE_URL, url).urn


def write_atom(
    articles: Iterable[DatedArticle], out: BinaryIO, choice: TextChoice = DEFAULT, *, facts: FeedFacts
) -> int:
    """Write an Atom feed. Returns the number of articles."""
    found = [*articles]
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    add(feed, "title", facts.title)
    add(feed, "id", facts.id.urn)
    add(feed, "updated", iso(max((dated.revised_at for dated in found), default=NEVER)))
    add(feed, "generator", "Cuttings")
    for rel, media, address in (
        ("self", "application/atom+xml", facts.address),
        ("alternate", "text/html", facts.page),
    ):
        if address:
            add(feed, "link", rel=rel, type=media, href=address)
    for dated in found:
        add_entry(feed, dated, choice)
    etree.indent(feed)
    out.write(etree.tostring(feed, xml_declaration=True, encoding="utf-8") + b"\n")
    return len(found)


def add_entry(feed: Any, dated: DatedArticle, choice: TextChoice) -> None:
    """Add one article."""
    article = dated.stored.article
    entry = add(feed, "entry")
    if article.language:
        entry.set(XML_LANG, scrubbed(article.language))
    add(entry, "title", article.title or article.url)
    add(entry, "id", entry_id(article.url))
    if address := safe_url(article.url):
        add(entry, "link", rel="alternate", type="text/html", href=address)
    if article.published:
        add(entry, "published", iso(article.published))
    add(entry, "updated", iso(dated.revised_at))
    for name in article.authors or (article.site,):
        add(add(entry, "author"), "name", name)
    for name in article.contributors:
        add(add(entry, "contributor"), "name", name)
    for term in labels(article.section, article.tags):
        add(entry, "category", term=scrubbed(term))
    if article.description:
        add(entry, "summary", article.description)
    add(entry, "content", body_html(article, choice.kinds(article)), type="html")


def add(parent: Any, tag: str, text: str = "", **attributes: str) -> Any:
    """A new element of Atom."""
    element = etree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    element.text = scrubbed(text) or None
    return element


def labels(section: str, tags: Sequence[str]) -> list[str]:
    """Section and tags, each once."""
    return list(dict.fromkeys(label for label in (section, *tags) if label))


def write_jsonfeed(
    articles: Iterable[DatedArticle], out: BinaryIO, choice: TextChoice = DEFAULT, *, facts: FeedFacts
) -> int:
    """Write a JSON Feed. Returns the number of articles."""
    items = [item(dated, choice) for dated in articles]
    addresses = {"home_page_url": facts.page, "feed_url": facts.address}
    given = {key: value for key, value in addresses.items() if value}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": facts.title, **given, "items": items}
    out.write(json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n")
    return len(items)


def item(dated: DatedArticle, choice: TextChoice) -> dict[str, Any]:
    """One article; keys without a value are left out."""
    article = dated.stored.article
    found = {
        "id": entry_id(article.url),
        "url": safe_url(article.url),
        "title": scrubbed(article.title),
        "content_html": body_html(article, choice.kinds(article)),
        "summary": scrubbed(article.description),
        "image": safe_url(article.image),
        "date_published": iso(article.published) if article.published else "",
        "date_modified": iso(dated.revised_at),
        "authors": [{"name": scrubbed(name)} for name in article.authors],
        "tags": [scrubbed(label) for label in labels(article.section, article.tags)],
        "language": scrubbed(article.language),
    }
    return {key: value for key, value in found.items() if value or key == "content_html"}
