"""Feeds of every format: the same links, their own text on request, and one error for other documents."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from scraper.discovery.feeds import MAX_FEEDPARSER_BYTES, parse_feed, read_broken_feed
from scraper.discovery.links import MAX_BYTES, LinkContext
from scraper.errors import ParseError
from scraper.types import Link

BASE = "https://news.test/feed.xml"
CONTEXT = LinkContext("s", BASE)
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
    b'<link href="/a?id=1"/><published>2026-03-01T13:00:00+01:00</published></entry></feed>',
    "a redirector's original address": b'<rss xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><title>Storm &amp; calm</title>'
    b"<link>https://feeds.test/~r/1</link><f:origLink>https://news.test/a?id=1</f:origLink><pubDate>1 Mar 2026 12:00 GMT</pubDate></item></channel></rss>",
    "an entity that was never declared": b"<rss version='2.0'><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link>"
    b"<description>a&nbsp;b</description><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>",
    "a document type": b"<!DOCTYPE rss [<!ENTITY nbsp '&#160;'><!ENTITY x 'y'><!ENTITY % latin PUBLIC '-//W3C//ENTITIES' 'http://news.test/y.ent'> %latin;]><rss version='2.0'><channel><item><title>Storm &amp; calm</title>"
    b"<link>https://news.test/a?id=1</link><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>",
    "cut off": b"<rss version='2.0'><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link>"
    b"<pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate></item><item><title>Ne",
    "RSS 0.91": b'<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    b'<rss version="0.91"><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><pubDate>Sun, 01 Mar 26 12:00:00 UT</pubDate></item></channel></rss>',
    "RSS 0.92": b'<rss version="0.92"><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><pubDate>01 Mar 2026 13:00 CET</pubDate></item></channel></rss>',
    "RSS 0.90": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    b"<item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><dc:date>2026-03-01T12:00Z</dc:date></item></rdf:RDF>",
    "Atom 0.3": b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped">Storm &amp;amp; calm</title><link rel="alternate" href="https://news.test/a?id=1"/>'
    b"<issued>2026-03-01T12:00:00Z</issued></entry></feed>",
    "Atom with its own base": b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://news.test/x/"><entry><title type="html">&lt;b&gt;Storm&lt;/b&gt; &amp;amp; calm</title>'
    b'<link rel="enclosure" href="film.mp4"/><link href="../a?id=1"/><published>2026-03-01T12:00:00.000Z</published></entry></feed>',
    "an RSS link as an Atom link": b'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="self" href="https://news.test/feed"/><item><title>Storm &amp; calm</title>'
    b'<a:link href="https://news.test/a?id=1"/><pubDate>2026-03-01 12:00:00 +0000</pubDate></item></channel></rss>',
    "gzip": gzip.compress(b"<rss version='2.0'><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><pubDate>Sun, 1 Mar 2026 12:00:00 Z</pubDate></item></channel></rss>"),
    "UTF-16": '<?xml version="1.0" encoding="UTF-16"?><rss version="2.0"><channel><item><title>Storm &amp; calm</title><link>https://news.test/a?id=1</link><pubDate>Sun, 01 March 2026 12:00:00 GMT</pubDate></item></channel></rss>'.encode("utf-16"),
    "Atom with only an id": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Storm &amp; calm</title><id>https://news.test/a?id=1</id><published>2026-03-01T12:00:00Z</published></entry></feed>',
    "Atom with a link without an address": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Storm &amp; calm</title><link rel="alternate" type="text/html"/><id>HTTPS://news.test/a?id=1</id><published>2026-03-01T12:00:00Z</published></entry></feed>',
    "Atom with a link as text": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Storm &amp; calm</title><link/><link>https://news.test/a?id=1</link><id>https://news.test/?p=7</id><published>2026-03-01T12:00:00Z</published></entry></feed>',
    "Atom with mistakes and only an id": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Storm &amp; calm</title><link rel="alternate"/><id>https://news.test/a?id=1</id><published>2026-03-01T12:00:00Z</published>&nbsp;</entry></feed>',
    "dates of creation and publication": b'<feed xmlns="http://purl.org/atom/ns#"><entry><created>2026-02-01T12:00:00Z</created><issued>2026-03-01T12:00:00Z</issued><title>Storm &amp; calm</title><link href="/a?id=1"/></entry></feed>',
    "only a date of creation, with mistakes": b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><created>2026-03-01T12:00:00Z</created><title>Storm &amp; calm</title><link href="https://news.test/a?id=1"/>&nbsp;</entry></feed>',
    "JSON Feed 1.1": b'\xef\xbb\xbf {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "https://news.test/a?id=1", "title": "Storm & calm", "date_published": "2026-03-01T13:00:00+01:00"}]}',
    "JSON Feed": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "https://news.test/a?id=1", "title": "Storm & calm",'
    b' "date_published": "2026-03-01T12:00:00Z"}, {"id": "7"}, 5]}',
}  # fmt: skip


@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_every_feed_format_gives_the_same_link(body: bytes) -> None:
    assert parse_feed(body, CONTEXT).links == (ONE,)


def test_a_feed_lists_each_page_once_and_skips_other_addresses() -> None:
    items = [
        "https://news.test/b",
        "https://news.test/b#top",
        "https://news.test/b?utm_medium=x",
        "mailto:x@news.test",
        "",
        "https:\\\\news.test\\c",
        "\\d\\e",
        "\\\\news.test/f",
    ]
    body = "<rss><channel>" + "".join(f"<item><link>{item}</link></item>" for item in items) + "</channel></rss>"
    assert [link.url for link in parse_feed(body.encode(), CONTEXT).links] == [
        "https://news.test/b",
        "https://news.test/c",
        "https://news.test/d/e",
        "https://news.test/f",
    ]


SPELLINGS = {
    "an ampersand escaped twice": ("https://news.test/a?b=1&amp;c=2", "https://news.test/a?b=1&c=2"),
    "an ampersand as a number": ("/a?b=1&#38;c=2&#x26;d=3", "https://news.test/a?b=1&c=2&d=3"),
    "a parameter that begins with amp": ("/a?b=1&ampere=2", "https://news.test/a?b=1&ampere=2"),
    "no scheme": ("www.other.test/a", "https://www.other.test/a"),
    "a folder": ("www/a", "https://news.test/www/a"),
    "a file": ("www.page.html", "https://news.test/www.page.html"),
    "one slash before a file": ("https:/story.html", "https://news.test/story.html"),
    "the scheme of the document, as in browsers": ("https:/2026.03/story", "https://news.test/2026.03/story"),
    "one slash": ("http:/other.test/a", "http://other.test/a"),
    "a mark before it": ("\ufeffhttps://news.test/a\u200b", "https://news.test/a"),
}


@pytest.mark.parametrize(("written", "meant"), SPELLINGS.values(), ids=SPELLINGS)
def test_an_address_with_a_mistake_leads_where_it_is_meant_to(written: str, meant: str) -> None:
    body = f"<rss><channel><item><link><![CDATA[{written}]]></link></item></channel></rss>"
    assert [link.url for link in parse_feed(body.encode(), CONTEXT).links] == [meant]


NOT_FEEDS = {
    "nothing": b"", "spaces": b"  \n", "a page": b"<html><body><p>hello</p></body></html>", "a sitemap": b"<urlset/>",
    "JSON without items": b'{"a": 1}', "JSON items of a wrong type": b'{"items": 5}', "a path": b"/etc/passwd", "an address": b"http://127.0.0.1:9/",
    "zeros": b"\x00" * 100, "a picture": b"\x89PNG\r\n\x1a\n", "too much": b"<rss>" + b" " * MAX_BYTES, "mistakes in five megabytes": b"<rss><channel>&nbsp;" + b" " * MAX_FEEDPARSER_BYTES, "deep JSON": b'{"items":' + b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", NOT_FEEDS.values(), ids=NOT_FEEDS)
def test_a_document_that_is_not_a_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_feed(body, CONTEXT)


WELL_FORMED = [
    "RSS 2.0",
    "RSS with only a guid",
    "RSS 1.0",
    "Atom",
    "RSS 0.92",
    "RSS 0.90",
    "Atom 0.3",
    "Atom with its own base",
]


@pytest.mark.parametrize("name", WELL_FORMED)
def test_lxml_and_feedparser_give_the_same_links(name: str) -> None:
    quick, patient = parse_feed(FEEDS[name], CONTEXT), read_broken_feed(FEEDS[name], CONTEXT)
    assert (
        quick.links == patient.links or name == "Atom with its own base"
    )  # the only difference: feedparser does not resolve addresses
    assert quick.document_type == patient.document_type or patient.document_type == "a feed with mistakes"


def test_a_feed_reports_its_format() -> None:
    found = {name: parse_feed(body, CONTEXT).document_type for name, body in FEEDS.items()}
    assert [found[name] for name in ("RSS 2.0", "RSS 0.91", "RSS 0.90", "RSS 1.0", "Atom", "Atom 0.3", "JSON Feed", "JSON Feed 1.1")] == [
        "RSS 2.0", "RSS 0.91", "RSS 0.90", "RSS 1.0", "Atom", "Atom 0.3", "JSON Feed 1.1", "JSON Feed 1.1",
    ]  # fmt: skip


def test_a_date_of_change_is_not_a_date_of_publication() -> None:
    body = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/><updated>2026-03-01T12:00:00Z</updated></entry></feed>'
    assert parse_feed(body, CONTEXT).links == (Link("https://news.test/a", "s", modified=NOON),)
    both = body.replace(b"</updated>", b"</updated><published>2026-02-28T12:00:00Z</published>")
    assert parse_feed(both, CONTEXT).links == (
        Link("https://news.test/a", "s", published=NOON - timedelta(days=1), modified=NOON),
    )
    broken = body.replace(b"</feed>", b"&nbsp;</feed")
    assert parse_feed(broken, CONTEXT).links == (Link("https://news.test/a", "s", modified=NOON),)


def test_a_page_is_preferred_to_its_amp_copy() -> None:
    items = ["https://m.news.test/storm/amp", "https://www.news.test/storm/", "https://news.test/storm?amp=1"]
    body = (
        "<rss><channel>"
        + "".join(f"<item><title>{n}</title><link>{item}</link></item>" for n, item in enumerate(items))
        + "</channel></rss>"
    )
    assert parse_feed(body.encode(), CONTEXT).links == (Link("https://www.news.test/storm/", "s", "0"),)


TEXT = "<p>All of the <b>story</b>.</p>"
BODIES = {
    "content:encoded": '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><link>/a</link><description>Short</description>'
    f"<content:encoded><![CDATA[{TEXT}]]></content:encoded></item></channel></rss>",
    "a long description": f"<rss><channel><item><link>/a</link><description><![CDATA[{TEXT}]]></description></item></channel></rss>",
    "Atom HTML": f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/><summary>Short</summary><content type="html"><![CDATA[{TEXT}]]></content></entry></feed>',
    "Atom XHTML": f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{TEXT}</div></content></entry></feed>',
    "JSON Feed": json.dumps({"items": [{"url": "/a", "content_html": TEXT, "content_text": "Short"}]}),
    "with mistakes": f"<rss><channel>&nbsp;<item><link>/a</link><description><![CDATA[{TEXT}]]></description></item></channel></rss>",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_entrys_own_text_is_read_only_with_full_text(body: str) -> None:
    (found,) = parse_feed(body.encode(), LinkContext("s", BASE, full_text=True)).links
    assert "All of the <b>story</b>." in found.body
    (plain,) = parse_feed(body.encode(), CONTEXT).links
    assert plain.body == ""


ATOM, OLD_ATOM = "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"
TITLES = [
    (ATOM, "&lt;b&gt;Storm&lt;/b&gt; &amp;amp; calm", "<b>Storm</b> &amp; calm"),
    (ATOM, "text|The &lt;b&gt; element", "The <b> element"),
    (ATOM, "html|The &lt;b&gt;storm&lt;/b&gt; &amp;lt;b&amp;gt;", "The storm <b>"),
    (ATOM, 'xhtml|<div xmlns="http://www.w3.org/1999/xhtml">A <b>storm</b>, not a &lt;b&gt;</div>', "A storm, not a <b>"),
    (OLD_ATOM, 'text/html" mode="base64|U3Rvcm0gPGI+JmFtcDs8L2I+IGNhbG0=', "Storm & calm"),
    (OLD_ATOM, 'text/plain" mode="base64|\nVGhlIDxi\nPiBlbGVtZW50\n', "The <b> element"),
    (OLD_ATOM, 'text/html" mode="base64|Storm, not base64', "Storm, not base64"),
    (OLD_ATOM, 'text/plain" mode="escaped|The &lt;b&gt; element', "The <b> element"),
    (OLD_ATOM, 'text/html" mode="escaped|&lt;b&gt;Storm&lt;/b&gt;', "Storm"),
    ("", "&lt;b&gt;Storm&lt;/b&gt; &amp;amp; calm", "Storm & calm"),
]  # fmt: skip


@pytest.mark.parametrize(("namespace", "title", "meant"), TITLES)
def test_a_title_is_text_or_markup_as_its_format_says(namespace: str, title: str, meant: str) -> None:
    kind, bar, content = title.rpartition("|")
    element = f'<title type="{kind}">{content}</title>' if bar else f"<title>{content}</title>"
    body = f'<feed xmlns="{namespace}"><entry>{element}<link href="/a"/></entry></feed>'
    (link,) = parse_feed(body.encode(), CONTEXT).links
    assert link.title == meant


def test_the_last_date_of_change_counts() -> None:
    dates = "".join(f"<updated>2026-03-01T{hour}:00:00Z</updated>" for hour in (10, 11, 12))
    body = f'<feed xmlns="{ATOM}"><entry><link href="/a"/>{dates}</entry></feed>'
    assert parse_feed(body.encode(), CONTEXT).links == (Link("https://news.test/a", "s", modified=NOON),)


def test_an_id_that_is_no_address_names_no_page() -> None:
    body = f'<feed xmlns="{ATOM}"><entry><id>tag:news.test,2026:1</id></entry><entry><id>7</id></entry></feed>'
    assert parse_feed(body.encode(), CONTEXT).links == ()


@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_a_channel_of_the_first_browsers_is_read(spell: Callable[[str], str]) -> None:
    channel, item, title, href, lastmod, base, anchor = map(
        spell, ["channel", "item", "title", "href", "lastmod", "base", "a"]
    )
    body = (
        f'<{channel} {href}="/home" {base}="https://news.test/x/"><{title}>News</{title}>'
        f'<{item} {href}="../a" {lastmod}="2026-03-01T12:00"><{title}>Storm &amp; calm</{title}><abstract>Text</abstract></{item}>'
        f'<{item}><{anchor} {href}="b">The second</{anchor}></{item}><{item}><{title}>None</{title}></{item}></{channel}>'
    )
    found = parse_feed(body.encode(), LinkContext("s", "https://news.test/y/feed.cdf"))
    assert found.document_type == "CDF"
    assert found.links == (
        Link("https://news.test/a", "s", "Storm & calm", modified=NOON),
        Link("https://news.test/x/b", "s", "The second"),
    )


def test_media_and_plain_text_are_not_markup() -> None:
    body = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://search.yahoo.com/mrss/"><entry><link href="/a"/><content type="text">2 &lt; 3</content><m:content url="x.jpg" medium="image">A picture of it</m:content></entry></feed>'
    (link,) = parse_feed(body.encode(), LinkContext("s", BASE, full_text=True)).links
    assert link.body == "2 &lt; 3"


LONG_LINES = {
    "no end": b"<?xml " + b"encoding='utf-16'" * 2000,
    "an end far away": b"<?xml " + b"encoding='utf-16'" * 2000 + b"?>",
    "two starts": b"<?<?xml " + b"encoding='utf-16'" * 2000,
    "UTF-16": b"\xff\xfe" + ("<?xml " + "encoding='utf-16'" * 2000).encode("utf-16-le"),
}


@pytest.mark.parametrize("start", LONG_LINES.values(), ids=LONG_LINES.keys())
def test_a_long_first_line_of_a_broken_feed_takes_no_time(start: bytes) -> None:
    started = time.process_time()
    with suppress(ParseError):
        parse_feed(start + b"<rss><channel><item>", CONTEXT)
    assert time.process_time() - started < 2  # 0.1 s; feedparser alone took minutes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_broken_feed_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    item = f"<item><title>Häfen & Brücken</title><link>{BASE}/a</link></item>"
    body = f"<?xml version='1.0' encoding='{name}'?><rss version='2.0'><channel>{item}</channel></rss>"
    (link,) = parse_feed(body.encode(encoding), CONTEXT).links
    assert link.title == "Häfen & Brücken"
