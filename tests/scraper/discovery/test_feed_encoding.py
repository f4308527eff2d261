"""Feeds whose labels name another encoding than that of their bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.discovery.parse import parse_links
from scraper.errors import ParseError
from scraper.types import Link, Page, Source

URL = "https://news.test/feed"
GERMAN = "Bürgermeister äußert sich über die Größe der Häfen"
RUSSIAN = "Буря на берегу моря повредила сорок лодок"
POLISH = "Burza na wybrzeżu uszkodziła czterdzieści łodzi, żołnierze pomagają w porcie, mówią żeglarze"


def links(title: str, encoding: str, declared: str = "", kind: str = "text/xml", mistake: str = "") -> tuple[Link, ...]:
    """The links of a feed with one entry that is written in an encoding and labelled with another."""
    name = f" encoding='{declared}'" if declared else ""
    item = f"<item><title>{title}</title><link>/a</link><description>{title}. {title}.{mistake}</description></item>"
    body = f"<?xml version='1.0'{name}?><rss version='2.0'><channel>{item}</channel></rss>".encode(encoding)
    page = Page(URL, URL, 200, (("content-type", kind),), body, datetime(2026, 3, 1, tzinfo=UTC))
    found = parse_links((Source("s", "feed", (URL,), full_text=True), page))
    assert not isinstance(found, ParseError)
    return found.links


LABELS = {
    "the header alone": (RUSSIAN, "cp1251", "", "text/xml; charset=windows-1251"),
    "the header, against a declaration of UTF-8": (RUSSIAN, "cp1251", "utf-8", "text/xml; charset=windows-1251"),
    "no label": (POLISH, "cp1250", "", "text/xml"),
    "no label, in the west": (GERMAN, "cp1252", "", "text/xml"),
    "UTF-8 declared as Latin-1": (GERMAN, "utf-8", "iso-8859-1", "text/xml"),
    "UTF-8 declared as ASCII": (RUSSIAN, "utf-8", "us-ascii", "text/xml; charset=us-ascii"),
    "an encoding that does not exist": (RUSSIAN, "utf-8", "utf8mb4", "text/xml"),
    "the declaration, against the header": (RUSSIAN, "koi8-r", "koi8-r", "text/xml; charset=iso-8859-1"),
    "UTF-8, against the header": (GERMAN, "utf-8", "", "text/xml; charset=iso-8859-1"),
    "UTF-8 with its mark": (GERMAN, "utf-8-sig", "utf-8", "text/xml; charset=windows-1252"),
    "Shift JIS": ("嵐が海岸を襲い、四十隻の船が被害を受けた", "cp932", "Shift_JIS", "text/xml"),
}


@pytest.mark.parametrize("mistake", ["", "&nbsp;"])
@pytest.mark.parametrize(("title", "encoding", "declared", "kind"), LABELS.values(), ids=LABELS)
def test_a_feed_is_read_in_the_encoding_of_its_bytes(
    title: str, encoding: str, declared: str, kind: str, mistake: str
) -> None:
    (link,) = links(title, encoding, declared, kind, mistake)
    assert link.title == title
    assert title in link.body


def test_a_damaged_letter_spoils_no_other() -> None:
    body = (
        "<rss version='2.0'><channel>"
        + f"<item><title>{GERMAN} ??</title><link>/a</link></item>" * 20
        + "</channel></rss>"
    )
    page = Page(URL, URL, 200, (), body.encode().replace(b"??", b"\xff", 1), datetime(2026, 3, 1, tzinfo=UTC))
    found = parse_links((Source("s", "feed", (URL,)), page))
    assert not isinstance(found, ParseError)
    assert found.links[0].title == f"{GERMAN} \ufffd"


HEAD = '<link rel="alternate" type="application/rss+xml" href="news.xml">'
HOMES = {
    "XHTML": f"<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head>{HEAD}</head></html>",
    "no html tag": f"<meta charset=utf-8><title>News</title>{HEAD}",
    "a long comment": f"<!-- {'x' * 1_000} --><!DOCTYPE html>{HEAD}",
}


@pytest.mark.parametrize("markup", HOMES.values(), ids=HOMES)
def test_a_home_page_is_known_by_its_start(markup: str) -> None:
    page = Page("https://news.test/", "https://news.test/", 200, (), markup.encode(), datetime(2026, 3, 1, tzinfo=UTC))
    found = parse_links((Source("s", "feed", ("https://news.test/",)), page))
    assert not isinstance(found, ParseError)
    assert [feed.url for feed in found.feeds] == ["https://news.test/news.xml"]
    based = markup.replace("<link", "<base href='https://feeds.test/all/'><link", 1).encode()
    moved = parse_links(
        (Source("s", "feed", ("https://news.test/",)), Page(page.url, page.url, 200, (), based, page.fetched_at))
    )
    assert not isinstance(moved, ParseError)
    assert [feed.url for feed in moved.feeds] == ["https://feeds.test/all/news.xml"]


def test_a_feed_below_a_warning_in_html_is_no_home_page() -> None:
    body = b"<br />\n<b>Warning</b>: in feed.php\n<?xml version='1.0'?><rss version='2.0'><channel><item><link>/a</link></item></channel></rss>"
    found = parse_links((Source("s", "feed", (URL,)), Page(URL, URL, 200, (), body, datetime(2026, 3, 1, tzinfo=UTC))))
    assert not isinstance(found, ParseError)
    assert [link.url for link in found.links] == ["https://news.test/a"]


def test_a_line_end_in_a_text_of_json_is_forgiven() -> None:
    body = b'{"items": [{"url": "/a", "title": "Storm\nand calm"}]}'
    found = parse_links((Source("s", "feed", (URL,)), Page(URL, URL, 200, (), body, datetime(2026, 3, 1, tzinfo=UTC))))
    assert not isinstance(found, ParseError)
    assert found.links[0].title == "Storm and calm"
