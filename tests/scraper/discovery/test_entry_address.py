"""Which of an entry's addresses is its page: the same in the quick and the patient reader of feeds."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from scraper.discovery.entry_address import address_of
from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext

CONTEXT = LinkContext("s", "https://news.test/feeds/all.xml")
PAGE = "https://news.test/storm"


def atom(*parts: str, base: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{base}><entry><title>Storm</title>{"".join(parts)}</entry></feed>'


def rss(*parts: str, base: str = "") -> str:
    return f'<rss version="2.0"{base}><channel><item><title>Storm</title>{"".join(parts)}</item></channel></rss>'


def link(href: str, **attributes: str) -> str:
    return f'<link href="{href}" ' + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + "/>"


HTML = link(PAGE, rel="alternate", type="text/html")
ENTRIES = {
    "a JSON form before the page": atom(link("/storm.json", rel="alternate", type="application/json"), HTML),
    "a PDF before the page": atom(link("/storm.pdf", rel="alternate", type="application/pdf"), HTML),
    "another protocol before the page": atom(link("nostr:naddr1", rel="alternate", type="application/nostr+json"), HTML),
    "another protocol after the page": atom(HTML, link("nostr:naddr1", rel="alternate", type="application/nostr+json")),
    "a script as the link": rss("<link>javascript:void(0)</link>", f"<guid>{PAGE}</guid>"),
    "a link to nowhere": rss("<link>#</link>", f"<guid>{PAGE}</guid>"),
    "an identity that is an address": rss(f'<guid isPermaLink="false">{PAGE}</guid>'),
    "a link beside a permalink": rss(f"<link>{PAGE}</link>", "<guid>https://news.test/?p=7</guid>"),
    "a link of Atom in RSS": rss('<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="/x"/>', f"<link>{PAGE}</link>"),
    "a JSON Feed with another protocol": json.dumps({"items": [{"url": "gemini://news.test/storm", "id": PAGE}]}),
}  # fmt: skip
ONLY_QUICK = {
    "a relation in capitals": atom(link(PAGE, rel="Alternate")),
    "a relation by its full name": atom(link(PAGE, rel="http://www.iana.org/assignments/relation/alternate")),
    "only itself, as a page": atom(link(PAGE, rel="self", type="text/html")),
    "the content's own address": atom("<id>tag:news.test,2026:1</id>", f'<content type="text/html" src="{PAGE}"/>'),
    "a base of the entry": atom(link("storm"), base=' xml:base="https://news.test/"'),
    "a base of RSS": rss("<link>storm</link>", base=' xml:base="https://news.test/"'),
    "a path as permalink": rss("<guid>/storm</guid>"),
}
"""feedparser, which reads feeds with mistakes, is called so that it resolves no addresses, and knows fewer relations."""

RELATIVE = {
    rss("<guid>story-1.html</guid>"): "story-1.html",
    rss("<guid>2026/storm</guid>"): "2026/storm",
    rss("<guid>?p=7</guid>"): "all.xml?p=7",
    rss("<link>story.html</link>", "<guid>story.html</guid>"): "story.html",
    rss("<link>4711</link>", "<guid>4711</guid>"): "4711",
}
"""Entries whose only address is relative to that of the feed."""


def urls(body: str) -> list[str]:
    return [found.url for found in parse_feed(body.encode(), CONTEXT).links]


@pytest.mark.parametrize("body", (ENTRIES | ONLY_QUICK).values(), ids=ENTRIES | ONLY_QUICK)
def test_the_page_is_found_among_an_entrys_addresses(body: str) -> None:
    assert urls(body) == [PAGE]


@pytest.mark.parametrize("name", [name for name, body in ENTRIES.items() if body.startswith("<")])
def test_a_feed_with_mistakes_gives_the_same_page(name: str) -> None:
    assert urls(ENTRIES[name].replace("</title>", "&nbsp;</title>")) == [PAGE]


@pytest.mark.parametrize("mistake", ["", "&nbsp;"], ids=["well-formed", "with a mistake"])
@pytest.mark.parametrize(("body", "address"), RELATIVE.items(), ids=RELATIVE.values())
def test_a_relative_address_is_found_by_both_readers(body: str, address: str, mistake: str) -> None:
    assert urls(body.replace("</title>", f"{mistake}</title>")) == [f"https://news.test/feeds/{address}"]


NO_PAGES = {
    "a number as permalink": rss("<guid>4711</guid>"),
    "a title as permalink": rss("<guid>The storm hits</guid>"),
    "a word as permalink": rss('<guid isPermaLink="true">post-4711</guid>'),
    "a number, with mistakes": rss("<guid>4711</guid>&nbsp;"),
    "only itself, as a feed": atom(link("/storm.atom", rel="self", type="application/atom+xml")),
    "what it is about": atom(link("https://other.test/", rel="related"), link("https://other.test/", rel="via")),
    "only a picture": atom(link("/storm.jpg", rel="enclosure", type="image/jpeg")),
}


@pytest.mark.parametrize("body", NO_PAGES.values(), ids=NO_PAGES)
def test_an_entry_without_an_address_of_a_page_names_none(body: str) -> None:
    assert urls(body) == []


def test_another_form_is_better_than_nothing() -> None:
    assert urls(atom(link("/storm.pdf", rel="alternate", type="application/pdf"))) == ["https://news.test/storm.pdf"]


def test_a_base_that_is_no_address_is_passed_over() -> None:
    base = "https://news.test/" + "a/" * 5_000
    item = etree.fromstring(f"<item xml:base='{base}'><link>story</link></item>", etree.XMLParser(huge_tree=True))
    assert address_of(item) == "story"
