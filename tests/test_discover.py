"""Feeds, sitemaps and section pages: the links they name, and one error for everything else."""

from __future__ import annotations

import gzip
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.discover import MAX_BYTES, parse_feed, parse_section, parse_sitemap, parse_time
from scraper.errors import ParseError
from scraper.types import Link

BASE = "https://news.test/feed.xml"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = Link("https://news.test/a?id=1", "s", "Storm & calm", NOON)

FEEDS = {
    "RSS 2.0": b'<?xml version="1.0"?><rss version="2.0"><channel><link>https://news.test/</link><item><title>Storm &amp; calm</title>'
    b"<link>https://news.test/a?id=1&amp;utm_source=rss</link><pubDate>Sun, 01 Mar 2026 07:00:00 -0500</pubDate></item></channel></rss>",
    "RSS with only a guid": b"<rss><channel><item><title>Storm &amp; calm</title><guid>https://news.test/a?id=1</guid>"
    b"<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>",
    "RSS 1.0": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    b"<item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><dc:date>2026-03-01T12:00:00Z</dc:date></item></rdf:RDF>",
    "Atom": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Storm &amp; calm</title><link rel="self" href="https://news.test/self"/>'
    b'<link href="/a?id=1"/><updated>2026-03-02T12:00:00Z</updated><published>2026-03-01T13:00:00+01:00</published></entry></feed>',
    "a redirector's original address": b'<rss xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><title>Storm &amp; calm</title>'
    b"<link>https://feeds.test/~r/1</link><f:origLink>https://news.test/a?id=1</f:origLink><pubDate>1 Mar 2026 12:00 GMT</pubDate></item></channel></rss>",
    "an entity that was never declared": b"<rss version='2.0'><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link>"
    b"<description>a&nbsp;b</description><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>",
    "a document type": b"<!DOCTYPE rss [<!ENTITY x 'y'>]><rss version='2.0'><channel><item><title>Storm &amp; calm</title>"
    b"<link>https://news.test/a?id=1</link><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>",
    "cut off": b"<rss version='2.0'><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link>"
    b"<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item><item><title>Ne",
    "JSON Feed": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "https://news.test/a?id=1", "title": "Storm & calm",'
    b' "date_published": "2026-03-01T12:00:00Z"}, {"id": "7"}, 5]}',
}  # fmt: skip


@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_every_kind_of_feed_gives_the_same_link(body: bytes) -> None:
    assert parse_feed(body, source="s", url=BASE) == (ONE,)


def test_a_feed_names_each_page_once_and_skips_what_is_no_page() -> None:
    items = ["https://news.test/b", "https://news.test/b#top", "https://news.test/b?utm_medium=x", "mailto:x@news.test", "", "https://news.test/c"]
    body = "<rss><channel>" + "".join(f"<item><link>{item}</link></item>" for item in items) + "</channel></rss>"
    assert [link.url for link in parse_feed(body.encode(), source="s", url=BASE)] == ["https://news.test/b", "https://news.test/c"]


NO_FEEDS = {
    "nothing": b"", "spaces": b"  \n", "a page": b"<html><body><p>hello</p></body></html>", "a sitemap": b"<urlset/>",
    "JSON without items": b'{"a": 1}', "JSON items of a wrong type": b'{"items": 5}', "a path": b"/etc/passwd", "an address": b"http://127.0.0.1:9/",
    "zeros": b"\x00" * 100, "a picture": b"\x89PNG\r\n\x1a\n", "too much": b"<rss>" + b" " * MAX_BYTES, "deep JSON": b'{"items":' + b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", NO_FEEDS.values(), ids=NO_FEEDS)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_feed(body, source="s", url=BASE)


URLSET = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    b"<url><loc>\n https://news.test/a?id=1 </loc><lastmod>2026-03-05</lastmod><news:news><news:publication_date>2026-03-01T12:00:00Z</news:publication_date>"
    b"<news:title>Storm &amp; calm</news:title></news:news></url></urlset>"
)


@pytest.mark.parametrize("body", [URLSET, gzip.compress(URLSET)], ids=["plain", "gzip"])
def test_a_news_sitemap_gives_title_and_day_of_publication(body: bytes) -> None:
    found = parse_sitemap(body, source="s", url=BASE)
    assert (found.links, found.children) == ((ONE,), ())


def test_an_index_names_sitemaps_and_a_text_file_pages() -> None:
    index = b"<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2026-03-01T12:00Z</lastmod></sitemap><sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    found = parse_sitemap(index, source="s", url=BASE)
    assert found.children == (Link("https://news.test/1.xml", "s", "", NOON), Link("https://news.test/2.xml", "s"))
    text = parse_sitemap(b"\xef\xbb\xbfhttps://news.test/a\nhttps://news.test/b\n", source="s", url=BASE)
    assert [link.url for link in text.links] == ["https://news.test/a", "https://news.test/b"]


ENTITIES = b"<!DOCTYPE u [<!ENTITY a 'ha'><!ENTITY b '" + b"&a;" * 50 + b"'>]><urlset><url><loc>https://news.test/&b;</loc></url></urlset>"
NO_SITEMAPS = {
    "nothing": b"", "a page": b"<html><body/></html>", "entities": ENTITIES, "prose": b"Hello, world.",
    "a bomb": gzip.compress(b"\x00" * (MAX_BYTES * 2)), "a cut gzip": gzip.compress(URLSET)[:-30], "not gzip": b"\x1f\x8bxxxxxxxxxxxx",
}  # fmt: skip


@pytest.mark.parametrize("body", NO_SITEMAPS.values(), ids=NO_SITEMAPS)
def test_what_is_no_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_sitemap(body, source="s", url=BASE)


SECTION = b"""<html><body><nav><a href="/2026/03/01/nav-to-a-story">A story that the menu names too</a></nav>
<h2><a href="/2026/03/01/storm-and-calm">Storm and calm</a></h2>
<a href="/news/village-rejoices-over-new-bridge">Village rejoices over a bridge, at last</a>
<a href="https://other.test/2026/03/01/elsewhere-in-the-world">A story on another site altogether</a>
<a href="/tag/storms">Everything that we ever wrote on storms</a><a href="/about">About</a><a href="/">Home</a>
<a href="javascript:void(0)">Do something with this page now</a><a href="/img/2026/03/big-wave.jpg">A very big wave indeed</a>
<footer><a href="/2026/03/01/storm-in-the-footer">A story in the footer of pages</a></footer></body></html>"""


def test_a_section_page_gives_its_articles_and_not_its_menus() -> None:
    found = parse_section(SECTION, source="s", url="https://news.test/section")
    assert [link.url for link in found] == ["https://news.test/2026/03/01/storm-and-calm", "https://news.test/news/village-rejoices-over-new-bridge"]
    assert found[0].title == "Storm and calm"


@pytest.mark.parametrize("parse", [parse_feed, parse_sitemap, parse_section])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_arbitrary_bytes_give_links_or_our_error(parse, data) -> None:  # type: ignore[no-untyped-def]
    pieces = st.sampled_from([*FEEDS.values(), URLSET, SECTION, ENTITIES, gzip.compress(URLSET), b"<rss><item>", b"\xff\xfe", b"<![CDATA[", b"<link href='//[' />"])
    cut = st.builds(lambda piece, start, end: piece[start:end], pieces, st.integers(0, 200), st.integers(0, 700))
    body = data.draw(st.one_of(st.binary(max_size=300), st.lists(st.one_of(cut, st.binary(max_size=20)), max_size=4).map(b"".join)))
    with suppress(ParseError):
        parse(body, source="s", url=BASE)


@given(st.text(max_size=40))
def test_a_time_is_utc_or_nothing(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.utcoffset() == datetime(2026, 1, 1, tzinfo=UTC).utcoffset()
