"""Sitemaps, indexes, news sitemaps and lists of URLs, and one error for other documents."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pytest

from scraper.discovery.links import MAX_BYTES, LinkContext
from scraper.discovery.sitemaps import MAX_ROWS, MAX_SITEMAP_BYTES, MAX_TAGS, parse_sitemap
from scraper.errors import ParseError
from scraper.types import Link

BASE = "https://news.test/sitemap.xml"
CONTEXT = LinkContext("s", BASE)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = Link("https://news.test/a?id=1", "s", "Storm & calm", NOON, modified=datetime(2026, 3, 5, tzinfo=UTC))

URLSET = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    b"<url><loc>\n https://news.test/a?id=1 </loc><lastmod>2026-03-05</lastmod><news:news><news:publication_date>2026-03-01T12:00:00Z</news:publication_date>"
    b"<news:title>Storm &amp; calm</news:title></news:news></url></urlset>"
)


@pytest.mark.parametrize("body", [URLSET, gzip.compress(URLSET)], ids=["plain", "gzip"])
def test_a_news_sitemap_gives_title_and_publication_date(body: bytes) -> None:
    found = parse_sitemap(body, CONTEXT)
    assert (found.links, found.children) == ((ONE,), ())


def test_an_index_lists_sitemaps_and_a_text_file_lists_pages() -> None:
    index = b"<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2026-03-01T12:00Z</lastmod></sitemap><sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    found = parse_sitemap(index, CONTEXT)
    assert found.children == (Link("https://news.test/1.xml", "s", modified=NOON), Link("https://news.test/2.xml", "s"))
    text = parse_sitemap(b"\xef\xbb\xbfhttps://news.test/a\nHTTPS://news.test/b\n", CONTEXT)
    assert [link.url for link in text.links] == ["https://news.test/a", "https://news.test/b"]


ENTITIES = (
    b"<!DOCTYPE u [<!ENTITY a 'ha'><!ENTITY b '"
    + b"&a;" * 50
    + b"'>]><urlset><url><loc>https://news.test/&b;</loc></url></urlset>"
)
NOT_SITEMAPS = {
    "a file as an entity": b"<!DOCTYPE u [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>/&a;</loc></url></urlset>",
    "entities in UTF-16": ENTITIES.decode().encode("utf-16"),
    "nothing": b"", "a page": b"<html><body/></html>", "entities": ENTITIES, "prose": b"Hello, world.",
    "a bomb": gzip.compress(b"\x00" * (MAX_SITEMAP_BYTES + 1)), "a cut gzip": gzip.compress(URLSET)[:-30], "not gzip": b"\x1f\x8bxxxxxxxxxxxx",
}  # fmt: skip


@pytest.mark.parametrize("body", NOT_SITEMAPS.values(), ids=NOT_SITEMAPS)
def test_a_document_that_is_not_a_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_sitemap(body, CONTEXT)


def test_titles_and_urls_of_images_and_videos_are_ignored() -> None:
    row = b"<url><image:image><image:loc>https://news.test/wave.jpg</image:loc><image:title>A wave</image:title></image:image><loc>https://news.test/a</loc></url>"
    body = b'<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">' + row + b"</urlset>"
    assert parse_sitemap(body, CONTEXT).links == (Link("https://news.test/a", "s"),)


def test_a_stray_ampersand_and_a_missing_end_tag_are_repaired() -> None:
    body = b"<urlset><url><loc>https://news.test/a?x=1&y=2</loc></url><url><loc>https://news.test/b</loc></url><url><lo"
    assert [link.url for link in parse_sitemap(body, CONTEXT).links] == [
        "https://news.test/a?x=1&y=2",
        "https://news.test/b",
    ]


def test_an_index_lists_its_newest_sitemaps_first() -> None:
    rows = [
        ("/sitemap-2025-12.xml", ""),
        ("/sitemap-2026-02.xml", ""),
        ("/sitemap-2026-01.xml", ""),
        ("/new.xml", "2026-03-01"),
        ("/old.xml", "2020-01-01"),
        ("/7.xml", ""),
        ("/8.xml", ""),
    ]
    body = (
        "<sitemapindex>"
        + "".join(f"<sitemap><loc>{loc}</loc><lastmod>{day}</lastmod></sitemap>" for loc, day in rows)
        + "</sitemapindex>"
    )
    names = [link.url.rpartition("/")[2] for link in parse_sitemap(body.encode(), CONTEXT).children]
    assert names == [
        "new.xml",
        "old.xml",
        "sitemap-2026-02.xml",
        "sitemap-2026-01.xml",
        "sitemap-2025-12.xml",
        "7.xml",
        "8.xml",
    ]


def test_a_feed_is_accepted_as_a_sitemap() -> None:
    assert parse_sitemap(
        b"<rss version='2.0'><channel><item><link>/a</link></item></channel></rss>", CONTEXT
    ).links == (Link("https://news.test/a", "s"),)


@pytest.mark.parametrize(
    ("body", "document_type"),
    [
        (URLSET, "news sitemap"),
        (URLSET.replace(b"sitemap-news", b"x"), "sitemap"),
        (b"<sitemapindex/>", "sitemap index"),
        (b"https://a.test/", "a list of addresses"),
    ],
)
def test_a_sitemap_reports_its_format(body: bytes, document_type: str) -> None:
    assert parse_sitemap(body, CONTEXT).document_type == document_type


ROW = b"<url><loc>https://news.test/a</loc></url>"
PAGE = (Link("https://news.test/a", "s"),)
WITH_MISTAKES = {
    "a document type": b"<!DOCTYPE urlset><urlset>" + ROW + b"</urlset>",
    "a warning before it": b"<br />\n<b>Warning</b>: x\n<?xml version='1.0'?><urlset>" + ROW + b"</urlset>",
    "a page around it": b"<html><body><urlset>" + ROW + b"</urlset></body></html>",
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf<?xml version='1.0'?><urlset>" + ROW + b"</urlset>",
    "a long notice before it": b"<!-- "
    + b"x" * 9_000
    + b" --><urlset>"
    + ROW.replace(b"/a<", b"/a?<")
    + b"<br></urlset>",
    "gzip twice": gzip.compress(gzip.compress(b"<urlset>" + ROW + b"</urlset>")),
    "an address that is cut off": b"<urlset>" + ROW + b"<url><loc>https://news.test/b-storm-hits",
    "an entity that is not declared": b"<urlset>" + ROW.replace(b"<loc>", b"&nbsp;<loc>") + b"</urlset>",
    "a feed with mistakes": b"<rss version='2.0'><channel>&nbsp;<item><link>/a</link></item></channel></rss>",
    "a list in UTF-16": "https://news.test/a\r\n".encode("utf-16"),
    "a list with comments and dates": b"# pages\n\nhttps://news.test/a\t2026-03-01\n",
}


@pytest.mark.parametrize("body", WITH_MISTAKES.values(), ids=WITH_MISTAKES)
def test_a_sitemap_with_mistakes_is_read(body: bytes) -> None:
    assert parse_sitemap(body, CONTEXT).links == PAGE


TAILS = {
    "a comment names the element": ROW + b"<!-- <loc> is the address --></urlset>",
    "a comment, with a mistake": ROW + b"<!-- <loc> is the address -->&nbsp;</urlset>",
    "cut off in an address with a prefix": ROW + b"<x:url xmlns:x='s'><x:loc>https://news.test/b-sto",
    "cut off in an address with a space": ROW + b"<url><loc >https://news.test/b-sto",
    "cut off in CDATA": ROW + b"<url><loc><![CDATA[https://news.test/b-sto",
    "cut off in the end tag": ROW.replace(b"</loc></url>", b"</lo"),
    "cut off in a picture": ROW.replace(b"</url>", b"<image:image><image:loc>https://news.te"),
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_only_an_address_that_is_cut_off_is_left_out(tail: bytes) -> None:
    assert parse_sitemap(b"<urlset>" + tail, CONTEXT).links == PAGE


def test_a_picture_whose_prefix_was_not_declared_is_no_page() -> None:
    row = ROW.replace(b"<loc>", b"<image:loc>https://news.test/i.jpg</image:loc><image:title>Sea</image:title><loc>")
    assert parse_sitemap(b"<urlset>" + row + b"</urlset>", CONTEXT).links == PAGE


def test_a_prefix_that_was_not_declared_hides_no_news() -> None:
    body = URLSET.replace(b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b"")
    assert parse_sitemap(body, CONTEXT).links == (ONE,)


def test_a_sitemap_with_mistakes_keeps_its_encoding() -> None:
    body = "<?xml version='1.0' encoding='windows-1251'?><urlset><url><loc>https://news.test/буря?a=1&b=2</loc></url></urlset>"
    assert [link.url for link in parse_sitemap(body.encode("cp1251"), CONTEXT).links] == [
        "https://news.test/%D0%B1%D1%83%D1%80%D1%8F?a=1&b=2"
    ]


INDEXES = {
    "a list of pages": b"<urlset><url><loc>/sitemap-1.xml</loc></url><url><loc>/news/Sitemap_2.xml.gz</loc></url></urlset>",
    "rows of an index in a list": b"<urlset><sitemap><loc>/sitemap-1.xml</loc></sitemap><sitemap><loc>/news/Sitemap_2.xml.gz</loc></sitemap></urlset>",
    "rows of a list in an index": b"<sitemapindex><url><loc>/sitemap-1.xml</loc></url><url><loc>/news/Sitemap_2.xml.gz</loc></url></sitemapindex>",
}


@pytest.mark.parametrize("body", INDEXES.values(), ids=INDEXES)
def test_an_index_is_known_by_its_rows(body: bytes) -> None:
    found = parse_sitemap(body, CONTEXT)
    assert (found.links, found.document_type) == ((), "sitemap index")
    assert [child.url for child in found.children] == [
        "https://news.test/sitemap-1.xml",
        "https://news.test/news/Sitemap_2.xml.gz",
    ]


def test_pages_with_the_ending_or_the_name_of_a_sitemap_are_pages() -> None:
    rows = ["/news/4711.xml", "/sitemaps-explained", "/sitemap.xml?id=7", "/why-a-sitemap.html"]
    body = "<urlset>" + "".join(f"<url><loc>{row}</loc></url>" for row in rows) + "</urlset>"
    assert [link.url for link in parse_sitemap(body.encode(), CONTEXT).links] == [
        f"https://news.test{row}" for row in rows
    ]


def test_a_sitemap_of_the_largest_size_is_read() -> None:
    row = "<url><loc>https://news.test/{0}</loc><image><loc>https://news.test/{0}.jpg</loc><caption>{1}</caption></image></url>"
    body = ("<urlset>" + "".join(row.format(n, "The storm. " * 60) for n in range(20_000)) + "</urlset>").encode()
    assert MAX_BYTES < len(body) < MAX_SITEMAP_BYTES
    assert len(parse_sitemap(gzip.compress(body, 1), CONTEXT).links) == 20_000


def test_a_long_address_takes_no_time() -> None:
    body = b"<urlset><url><loc>https://news.test/" + b"sitemap" * 15_000 + b"</loc></url></urlset>"
    started = time.process_time()
    assert parse_sitemap(body, CONTEXT).links == ()
    assert time.process_time() - started < 1


def test_more_rows_than_the_protocol_allows_are_not_read() -> None:
    body = b"<urlset>" + b"".join(b"<url><loc>/%d</loc></url>" % n for n in range(60_000)) + b"</urlset>"
    assert len(parse_sitemap(body, CONTEXT).links) == MAX_ROWS


def test_a_large_sitemap_of_short_elements_is_refused() -> None:
    with pytest.raises(ParseError, match="tags"):
        parse_sitemap(b"<urlset>" + b"<a/>" * (MAX_TAGS + 1) + b"</urlset>", CONTEXT)


def test_a_large_list_of_addresses_is_refused() -> None:
    with pytest.raises(ParseError, match="exceeds"):
        parse_sitemap(gzip.compress(b"https://news.test/a\n" * (MAX_BYTES // 20 + 1), 1), CONTEXT)


def test_a_feed_that_speaks_of_sitemaps_is_a_feed() -> None:
    told = b"<![CDATA[<urlset><url><loc>https://other.test/x</loc></url></urlset>]]>"
    body = (
        b"<rss version='2.0'><channel><item><link>/a</link><description>"
        + told
        + b"</description></item></channel></rss>"
    )
    assert parse_sitemap(body, CONTEXT).links == PAGE


def test_a_page_among_the_sitemaps_of_an_index_is_no_sitemap() -> None:
    body = b"<sitemapindex><sitemap><loc>https://news.test/s.xml</loc></sitemap>" + ROW + b"</sitemapindex>"
    found = parse_sitemap(body, CONTEXT)
    assert ([one.url for one in found.children], found.links) == (["https://news.test/s.xml"], ())


def test_one_damaged_line_of_a_list_says_nothing_of_the_others() -> None:
    body = "https://news.test/größe\n".encode() + b"https://news.test/b\xff\n"
    assert parse_sitemap(body, CONTEXT).links[0].url == "https://news.test/gr%C3%B6%C3%9Fe"
