"""Section pages: article links are separated from navigation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.discovery.autodiscovery import find_feeds
from scraper.discovery.links import Entry, LinkContext, Listing
from scraper.discovery.parse import parse_links
from scraper.discovery.sections import Evidence, LinkFacts, evidence_table, listed_keys, parse_section, points_of
from scraper.errors import ParseError
from scraper.extraction.multipage import may_continue
from scraper.extraction.page_rest import Rest, find_rest
from scraper.html.pagination import next_listing, next_page, single_page
from scraper.types import Source
from tests.support.pages import page

SECTION = """<html><body><nav><a href="/2026/03/01/nav-to-a-story">A story that the menu names too</a></nav>
<h2><a href="/2026/03/01/storm-and-calm">Storm and calm</a></h2>
<a href="/news/village-rejoices-over-new-bridge">Village rejoices over a bridge, at last</a>
<a href="https://other.test/2026/03/01/elsewhere-in-the-world">A story on another site altogether</a>
<a href="/tag/storms">Everything that we ever wrote on storms</a><a href="/about">About</a><a href="/">Home</a>
<a href="javascript:void(0)">Do something with this page now</a><a href="/img/2026/03/big-wave.jpg">A very big wave indeed</a>
<footer><a href="/2026/03/01/storm-in-the-footer">A story in the footer of pages</a></footer></body></html>"""
CONTEXT = LinkContext("s", "https://news.test/section")


def test_a_section_page_gives_articles_and_not_menu_links() -> None:
    found = parse_section(SECTION, CONTEXT).links
    assert [link.url for link in found] == [
        "https://news.test/2026/03/01/storm-and-calm",
        "https://news.test/news/village-rejoices-over-new-bridge",
    ]
    assert found[0].title == "Storm and calm"


@pytest.mark.parametrize("row", evidence_table().rows, ids=lambda row: row.id)
def test_every_row_matches_its_hits_and_none_of_its_misses(row: Evidence) -> None:
    assert row.hits
    assert row.misses
    assert [text for text in row.hits if not row.pattern.search(text)] == []
    assert [text for text in row.misses if row.pattern.search(text)] == []
    assert row.weight
    assert row.why


def test_the_weights_of_matching_rows_are_added() -> None:
    facts = LinkFacts(
        path="/2026/03/01/storm",
        text="Storm hits the coast",
        words="4",
        place="h3 article body",
        near="",
        group="1:4",
        listed="",
    )
    assert points_of(facts) == 3 + 2 + 3 + 1 + 1


PAGES = sorted((Path(__file__).parent / "sections").glob("*.html"))
ADDRESS = re.compile(r"<!-- (\S+) -->")


def test_articles_are_dated_by_their_boxes_or_urls() -> None:
    card = '<article><h2><a href="{3}/{0}-over-the-{1}-bridge">The {0} over the {1} bridge</a></h2>{2}</article>'
    times = (
        '<time datetime="2026-03-01T08:00:00+01:00">today</time>',
        '<time datetime="soon">soon</time>',
        "<time>1 March</time>",
        "",
    )
    folders = ("/2026/02/27", "/news", "/news", "/2026/02/28")
    cards = "".join(
        card.format(name, index, time, folders[index])
        for index, (name, time) in enumerate(zip(("storm", "quarrel", "sunset", "wedding"), times, strict=True))
    )
    links = parse_section(f"<html><body><main>{cards}</main></body></html>", CONTEXT).links
    assert [link.dated for link in links] == [
        datetime(2026, 3, 1, 7, tzinfo=UTC),
        None,
        None,
        datetime(2026, 2, 28, tzinfo=UTC),
    ]


@dataclass(frozen=True, slots=True)
class Judged:
    """The links found on one of our pages, compared with the expected links."""

    name: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


def judge(path: Path) -> Judged:
    """A page whose links to articles are marked `data-article`; the marks are removed before the page is read."""
    text = path.read_text(encoding="utf-8")
    address = ADDRESS.match(text)
    assert address
    context = LinkContext("s", address[1])
    marked = [node.attributes["href"] or "" for node in LexborHTMLParser(text).css("a[data-article]")]
    wanted = {link.url for link in context.links(Entry(href) for href in marked)}
    found = {link.url for link in parse_section(text.replace(" data-article", ""), context).links}
    return Judged(path.stem, *(tuple(sorted(urls)) for urls in (found & wanted, found - wanted, wanted - found)))


MIN_PRECISION = 0.97
MIN_RECALL = 0.95


def test_articles_are_told_from_navigation_on_pages_of_many_structures_and_languages() -> None:
    judged = [judge(path) for path in PAGES]
    right, wrong, missed = (sum(len(getattr(page, part)) for page in judged) for part in ("right", "wrong", "missed"))
    precision, recall = right / (right + wrong), right / (right + missed)
    print(f"{len(judged)} pages, {right + missed} articles: precision {precision:.3f}, recall {recall:.3f}")
    faults = [(page.name, "wrong", page.wrong, "missed", page.missed) for page in judged if page.wrong or page.missed]
    assert len(judged) >= 12
    assert precision >= MIN_PRECISION, faults
    assert recall >= MIN_RECALL, faults


def test_base_urls_and_variants_are_resolved() -> None:
    markup = """<base href="https://news.test/x/"><ul><li><h2><a href="storm-hits-the-coast-again/amp/">Storm hits the coast</a></h2></li>
    <li><a href="https://m.news.test/x/storm-hits-the-coast-again/"><img alt=""></a><a href="/x/storm-hits-the-coast-again/">Storm hits the coast again today</a></li></ul>"""
    (link,) = parse_section(markup, CONTEXT).links
    assert (link.url, link.title) == (
        "https://news.test/x/storm-hits-the-coast-again/",
        "Storm hits the coast again today",
    )


TURNS = [
    ("declared in the head", '<link rel="next" href="/world?page=2">', "https://a.test/world?page=2"),
    ("declared on a link", '<a rel="nofollow next" href="/world/page/2/">»</a>', "https://a.test/world/page/2/"),
    ("by number", '<a href="/world?page=1">1</a><a href="/world?page=3">3</a><a href="/world?page=2">2</a>', "https://a.test/world?page=2"),
    ("by number in the path", '<a href="/world/3">3</a><a href="/world/2">2</a>', "https://a.test/world/2"),
    ("by number in a file's name", '<a href="/world-2.html">2</a>', "https://a.test/world-2.html"),
    ("in words", '<a href="/world?before=77">Older posts →</a>', "https://a.test/world?before=77"),
    ("in other words", '<a href="/world?ab=20">次へ</a>', "https://a.test/world?ab=20"),
    ("to another site", '<link rel="next" href="https://b.test/world?page=2">', ""),
    ("to itself", '<link rel="next" href="/world">', ""),
    ("back", '<a href="/world?page=0">0</a><a rel="prev" href="/">previous</a>', ""),
    ("nowhere", '<a href="/2026/2">2 things to know about the storm</a>', ""),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "wanted"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS])
def test_the_next_page_of_a_section_is_found(markup: str, wanted: str) -> None:
    assert next_listing(LexborHTMLParser(f"<html><body>{markup}</body></html>"), "https://a.test/world") == wanted


STORY = "https://a.test/2026/storm-hits-coast.html"
PARTS = [
    ("declared", '<link rel="next" href="/2026/storm-hits-coast-2.html">', "https://a.test/2026/storm-hits-coast-2.html", ""),
    ("in the path", '<a href="/2026/storm-hits-coast/2">2</a>', "https://a.test/2026/storm-hits-coast/2", ""),
    ("by a parameter", '<a href="?page=2">Weiter</a>', "https://a.test/2026/storm-hits-coast.html?page=2", ""),
    ("the next article", '<link rel="next" href="/2026/village-fair.html"><a rel="next" href="/2026/storm-hits-village.html">next</a>', "", ""),
    ("the page after the next", '<a href="/2026/storm-hits-coast-3.html">3</a>', "", ""),
    ("on one page", '<a href="?page=all">View all</a>', "", "https://a.test/2026/storm-hits-coast.html?page=all"),
    ("on one page, in German", '<a href="/2026/storm-hits-coast.html/komplettansicht">Auf einer Seite lesen</a>', "", "https://a.test/2026/storm-hits-coast.html/komplettansicht"),
    ("all of another thing", '<a href="/sport?page=all">View all</a>', "", ""),
    ("all comments", '<a href="?view=all">All 214 comments</a>', "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "following", "single"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_the_next_page_and_the_single_page_of_an_article_are_found(markup: str, following: str, single: str) -> None:
    tree = LexborHTMLParser(f"<html><body>{markup}</body></html>")
    assert (next_page(tree, STORY), single_page(tree, STORY)) == (following, single)


ANNOUNCED = [
    ("RSS", '<link rel="alternate" type="application/rss+xml" href="/rss">', ["/rss"]),
    ("JSON Feed", '<link rel="alternate" type="application/feed+json" href="/feed.json">', ["/feed.json"]),
    ("Atom elsewhere", '<link rel="alternate feed" type="application/atom+xml" href="https://feeds.test/a">', ["https://feeds.test/a"]),
    ("comments last", '<link rel="alternate" type="application/rss+xml" href="/comments/feed"><link rel="alternate" type="application/rss+xml" href="/feed">', ["/feed", "/comments/feed"]),
    ("a translation", '<link rel="alternate" hreflang="de" href="/de">', []),
    ("an embedding service", '<link rel="alternate" type="application/json+oembed" href="/oembed?x"><link rel="alternate" type="text/xml" href="/oembed?y">', []),
    ("a link in the page", '<a href="/rss/news.xml">RSS</a>', ["/rss/news.xml"]),
    ("a link to another site's", '<a href="https://other.test/rss.xml">RSS</a>', []),
    ("a word about feeds", '<a href="/2026/rss-is-back">Why RSS is back, and why everyone reads feeds again</a>', []),
    ("made by WordPress", '<meta name="generator" content="WordPress 6.4">', ["/feed/"]),
    ("the feed of another site", '<a href="https://b.test/feed">RSS</a>', []),
    ("the scheme of a feed", '<link rel="alternate" type="application/rss+xml" href="feed:https://a.test/rss">', ["/rss"]),
    ("a longer type", '<link rel="alternate" type="application/x-rss+xml" href="/rss">', ["/rss"]),
    ("made by nobody knows what", "<p>hello</p>", []),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "wanted"), [row[1:] for row in ANNOUNCED], ids=[row[0] for row in ANNOUNCED])
def test_the_feeds_of_a_page_are_found(markup: str, wanted: list[str]) -> None:
    found = find_feeds(LexborHTMLParser(f"<html><head>{markup}</head></html>"), LinkContext("s", "https://a.test/"))
    assert [link.url.removeprefix("https://a.test") for link in found] == wanted


LISTS = [
    ("JSON", '{"@type": "ItemList", "itemListElement": [{"url": "/works"}, {"item": {"@id": "/tide"}}]}', {"works", "tide"}),
    ("a trailing comma", '{"@type": "ItemList", "itemListElement": [{"url": "/works"},]}', {"works"}),
    ("two values in a row", '{"@type": "WebSite"} {"@type": "ItemList", "itemListElement": ["/works"]}', {"works"}),
    ("a list of the way to the page", '{"@type": "BreadcrumbList", "itemListElement": [{"item": "/works"}]}', set()),
    ("no JSON at all", '"ItemList": /works', set()),
]  # fmt: skip


@pytest.mark.parametrize(("script", "wanted"), [row[1:] for row in LISTS], ids=[row[0] for row in LISTS])
def test_the_pages_that_a_page_lists_in_its_data_are_found(script: str, wanted: set[str]) -> None:
    tree = LexborHTMLParser(f'<script type="application/ld+json">{script}</script>')
    found = listed_keys(tree, LinkContext("s", "https://a.test/"))
    assert {key.rpartition("/")[2] for key in found} == wanted


BITS = st.sampled_from(["<a href='", "/2026/03/storm-hits-coast", "?page=2", "'>", "Storm hits the coast again</a>", "<h2>", "<nav>", "<base href='//['>", "<link rel=next href=/2>",
                        '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[1,{"item":[]},"/x"]}</script>', "<link rel=alternate type=application/rss+xml href='", "2</a>"])  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.one_of(BITS, st.text(max_size=10)), max_size=25).map("".join))
def test_arbitrary_text_gives_a_listing_or_our_error(markup: str) -> None:
    found_page = page(markup, url=CONTEXT.url, content_type="text/html")
    for kind in ("section", "feed", "sitemap"):
        found = parse_links((Source("s", kind, (CONTEXT.url,)), found_page))  # type: ignore[arg-type]
        assert isinstance(found, (Listing, ParseError))
    assert isinstance(find_rest(found_page), Rest)
    assert may_continue(found_page) in (True, False)
