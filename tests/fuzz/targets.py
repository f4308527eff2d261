"""The parsers that are fuzzed: how each reads arbitrary bytes, the errors that it may raise, and words that it knows.

A target returns for an input that is read or refused. Whatever else it raises is a finding, as is an input that takes longer
than `MAX_SECONDS`.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import httpx
from selectolax.lexbor import LexborHTMLParser

from archive.search.query_syntax import parse_query
from scraper.captures.reader import Capture, CaptureFile
from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext, Listing
from scraper.discovery.opml import parse_opml
from scraper.discovery.reading_lists import parse_reading_list
from scraper.discovery.sections import parse_section
from scraper.discovery.sitemaps import parse_sitemap
from scraper.errors import ConfigError, FetchError, InputError, ParseError, RuleError
from scraper.extraction.extract import extract
from scraper.fetch.response import Caps, read_reply
from scraper.fetch.robots import parse_robots
from scraper.html.encoding import decode as decode_page
from scraper.rules.community import parse_site_file
from scraper.rules.loader import built_in_rules, parse_rules
from scraper.rules.matching import mark_elements
from scraper.rules.page_links import find_page_link
from scraper.rules.ruleset import RuleSet
from scraper.sources.source_list import parse_sources
from scraper.types import Page

SEEDS: Final = Path(__file__).parent / "seeds"
NOW: Final = datetime(2024, 6, 1, 12, tzinfo=UTC)
URL: Final = "https://news.example/harbour/wall"
CONTEXT: Final = LinkContext("paper", "https://news.example/feed", full_text=True)
MAX_SECONDS: Final = 5
"""Time for one input. Inputs have at most `MAX_INPUT_BYTES`; code runs several times slower under atheris."""
MAX_INPUT_BYTES: Final = 60_000
CAPS: Final = Caps(wire_bytes=1_000_000, body_bytes=4_000_000)
MAX_FIELDS: Final = 120
"""Header fields that are read from an input, more than the client takes."""

rules: Final[Callable[[], RuleSet]] = cache(built_in_rules)


@dataclass(frozen=True, slots=True)
class Target:
    """A parser. `read` raises `refusals` for what it refuses; `words` are parts of inputs that reach more code."""

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()
    words: tuple[str, ...] = ()

    def __call__(self, data: bytes) -> None:
        """Read an input. Raises what the parser must not raise."""
        try:
            self.read(data)
        except self.refusals:
            return


def text_of(data: bytes) -> str:
    """An input as text: of a file that is read as UTF-8."""
    return data.decode("utf-8", "replace")


def split_type(data: bytes) -> Page:
    """A page whose content type is the first line of the input."""
    kind, _, body = data.partition(b"\n")
    page = Page.from_html(body, url=URL, fetched_at=NOW)
    return Page(page.url, page.final_url, 200, (("content-type", kind.decode("latin-1")),), body, NOW)


def decode(data: bytes) -> None:
    text = decode_page(split_type(data))
    assert "\0" not in text
    text.encode("utf-8")


def extract_page(data: bytes) -> None:
    found = extract(Page.from_html(data, url=URL, fetched_at=NOW), rules())
    found.text.encode("utf-8")
    assert found.article is None or all(block.text.strip() for block in found.article.blocks)


def check_links(found: Listing) -> None:
    """Fail if a link leads to no web page, or a page is named twice."""
    urls = [link.url for link in found.links]
    assert len(urls) == len(set(urls))
    assert all(url.startswith(("http://", "https://")) for url in urls)


def captures(data: bytes) -> None:
    """Read a file of captures; the name that it would have tells nothing."""
    with tempfile.NamedTemporaryFile(suffix=".warc") as file:
        file.write(data)
        file.flush()
        found = CaptureFile(Path(file.name))
        found.check()
        pages = [part for one in found.read() if isinstance(one, Capture) for part in (one.page, *one.parts)]
    assert all(page.url.startswith(("http://", "https://")) and page.fetched_at.tzinfo for page in pages)


def reading_list(data: bytes) -> None:
    """Read a reading list; its links are web addresses and its dates have a zone."""
    found = parse_reading_list(data).links
    assert all(one.url.startswith(("http://", "https://")) for one in found)
    assert all(one.saved_at is None or one.saved_at.tzinfo for one in found)


def site_rules(data: bytes) -> None:
    """Read the community rules of a site, and search a page with each."""
    tree = LexborHTMLParser("<div class='story'><p id='a b'>One. <a href='/x'>two</a></p><v:x \"='1'>three</v:x></div>")
    for rule in parse_site_file(data, name="a.example.txt", host="a.example").rules:
        alone = RuleSet([rule])
        mark_elements(tree, alone)
        find_page_link(tree, "https://a.example/1", alone, rule.kind)


def robots(data: bytes) -> None:
    found = parse_robots(data)
    for agent in ("Cuttings/0.1 (+https://example.org)", "C"):
        found.allows("https://news.example/harbour/wall?page=2", agent)
        assert 0 <= found.crawl_delay(agent) < float("inf")
    assert all(found.sitemaps)


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in three pieces."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        third = len(self.body) // 3 + 1
        for start in range(0, len(self.body), third):
            yield self.body[start : start + third]


def read_response(data: bytes) -> None:
    """Read a response of a status, header fields, an empty line and a body, as a page and as robots.txt."""
    head, _, body = data.partition(b"\n\n")
    status, *lines = head.decode("latin-1").split("\n")
    pairs = (line.partition(":") for line in islice(lines, MAX_FIELDS))
    fields = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    code = int(status) if status.isascii() and status.isdecimal() and len(status) < 5 else 200
    for want in ("page", "robots"):
        extensions = {"fields": fields, "http_version": b"HTTP/1.1"}
        response = httpx.Response(code, stream=Chunks(body), extensions=extensions)
        try:
            reply = asyncio.run(read_reply(response, URL, want, CAPS, lambda: NOW))  # type: ignore[arg-type]
        except FetchError:
            continue
        assert len(reply.body) <= CAPS.body_bytes


HTML_WORDS: Final = ("<p>", "</p>", "<article>", "<h1>", "<table><tr><td>", "<li>", "<a href='/a'>", "<time datetime=2024-05-03>",
    "<meta property='og:title' content='", '<script type="application/ld+json">', '{"@type":"NewsArticle","headline":"', "<!--", "-->",
    "&#8217;", "<template>", "<noscript>", "<pre>", "<figure>", "<figcaption>", "<svg>", "<math>", "hidden", "style='display:none'",
    "\u200b", "3 May 2024", "Read more", "<br>", "<blockquote>", "itemprop=articleBody", "<img alt='")  # fmt: skip
FEED_WORDS: Final = ("<rss version='2.0'>", "<channel>", "<item>", "<title>", "<link>", "<guid>", "<pubDate>", "<entry>", "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<updated>", "<content:encoded>", "<![CDATA[", "]]>", "type='html'", "<rdf:RDF", "xml:base='/", '"items":[{"url":"', "<!DOCTYPE", "<!ENTITY", "&amp;lt;", "encoding='utf-16'")  # fmt: skip
MAP_WORDS: Final = ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>", "<sitemapindex", "<url>", "<loc>", "<lastmod>", "<news:title>",
    "<news:publication_date>", "<!DOCTYPE", "<!ENTITY", "https://news.example/", "2024-05-03T08:30:00Z")  # fmt: skip

TARGETS: Final[dict[str, Target]] = {
    "decode": Target(decode, words=("text/html; charset=utf-8", "utf-16", "shift_jis", "<meta charset=", "<?xml encoding='", "\ufeff", "http-equiv=content-type content='")),
    "extract": Target(extract_page, words=HTML_WORDS),
    "feed": Target(lambda data: check_links(parse_feed(data, CONTEXT)), (ParseError,), FEED_WORDS),
    "sitemap": Target(lambda data: check_links(parse_sitemap(data, CONTEXT)), (ParseError,), MAP_WORDS),
    "section": Target(lambda data: check_links(parse_section(text_of(data), CONTEXT)), (ParseError,), HTML_WORDS),
    "opml": Target(parse_opml, (ParseError,), ("<opml version='2.0'>", "<body>", "<outline text='", "xmlUrl='https://", "htmlUrl='", "<!DOCTYPE", "<!ENTITY")),
    "readinglist": Target(reading_list, (ParseError,), ("<!DOCTYPE NETSCAPE-Bookmark-file-1>", "<DL><p>", "</DL><p>", "<DT><H3>", "</H3>", "<DT><A HREF='https://", " ADD_DATE='1546300800'", " TAGS='a,b'", "</A>", "<!--", "-->", "title,url,time_added,tags,status\n", "URL,Title,Selection,Folder,Timestamp\n", '[{"url":"https://', '"tags":["', '"created_at":"2019-01-01T00:00:00+0000"')),
    "robots": Target(robots, words=("User-agent:", "Disallow:", "Allow: /", "Crawl-delay:", "Sitemap: https://", "Cuttings", "*", "$", "\ufeff", "%2F")),
    "reply": Target(read_response, words=("content-encoding: ", "gzip", "br", "zstd", "deflate", "content-length: ", "content-type: ", "retry-after: ", "location: ", "etag: ")),
    "rules": Target(lambda data: parse_rules(text_of(data), origin="fuzz.toml"), (RuleError,), ("[[rule]]", 'id = "', 'kind = "promo"', 'stage = "text"', "pattern = '", "hit = [", "miss = [", "words = [", "hosts = [", "selector = '", "max_chars = ")),
    "siterules": Target(site_rules, words=("body: //", "strip: //", "strip_id_or_class: ", "next_page_link: ", "single_page_link: concat(", "[@class='", "contains(", "concat(' ',normalize-space(@class),' ')", "/ancestor::", "following-sibling::", " | ", " and ", "text()", "title: ", "#")),
    "sources": Target(lambda data: parse_sources(text_of(data), now=lambda: NOW), (ConfigError,), ("[[source]]", 'name = "', 'kind = "feed"', 'url = "https://', "since = ", "revisit = [", "include = [", "headers = {")),
    "captures": Target(captures, (InputError,), ("WARC/1.1\r\n", "WARC-Type: response\r\n", "WARC-Target-URI: https://", "WARC-Date: 2020-05-01T06:00:00Z", "Content-Length: ", "HTTP/1.1 200 OK\r\n", "Content-Type: text/html", "Transfer-Encoding: chunked", "Content-Encoding: gzip", "filedesc://", "WARC-Truncated: length", "WARC-Segment-Number: 1")),
    "query": Target(lambda data: parse_query(text_of(data)), (InputError,), words=("site:", "since:", "until:", "before:", "author:", '"', "-", "OR", "AND", "NEAR(", "(", ")", "*", "2024-05")),
}  # fmt: skip
