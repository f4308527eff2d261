"""The demo newsroom: its pages match their gold, and its sites answer like news sites."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from archive.newsroom.articles import Site, load_newsroom, parse_pieces, seeds_folder
from archive.newsroom.pages import story_path
from archive.newsroom.server import NewsroomServer, serve_newsroom
from scraper.sources.source_list import load_sources, parse_sources
from tests.support.gold import GoldPage, gold_pages

PAGES = tuple(gold_pages())
LATER = tuple(gold_pages(visit=2))
EVERY_PAGE = pytest.mark.parametrize("page", LATER, ids=lambda page: f"{page.gold.site}/{page.gold.slug}")


def site(key: str) -> Site:
    return next(site for site in load_newsroom() if site.key == key)


def by_address(pages: tuple[GoldPage, ...]) -> dict[str, GoldPage]:
    return {page.gold.url: page for page in pages}


def squeezed(text: str) -> str:
    return "".join(text.split())


# --- What is written ----------------------------------------------------------------------------------------------


def test_there_are_enough_sites_and_articles_in_several_languages() -> None:
    assert len(load_newsroom()) >= 4
    assert len(LATER) >= 28
    assert {page.gold.language[:2] for page in LATER} == {"de", "en", "es"}


def test_sites_are_read_through_feeds_a_sitemap_and_a_section_page() -> None:
    assert Counter(site.source_format for site in load_newsroom()) == {"rss": 2, "atom": 1, "sitemap": 1, "section": 1}


@EVERY_PAGE
def test_gold_stands_in_the_page_in_order(page: GoldPage) -> None:
    tree = LexborHTMLParser(page.html.decode(site(page.gold.site).encoding))
    assert tree.body is not None
    text = squeezed(tree.body.text(separator=" "))
    for part in (page.gold.body, page.gold.removals):
        place = 0
        for _, block in part:
            wanted = squeezed(block.replace(" | ", " "))
            assert wanted in text[place:], block
            place = text.index(wanted, place) + len(wanted)


@EVERY_PAGE
def test_an_article_has_a_body_and_no_text_is_both_body_and_boilerplate(page: GoldPage) -> None:
    body = {text for _, text in page.gold.body}
    assert len(body) >= 3
    assert all(body)
    assert not body & {text for _, text in page.gold.removals}


@EVERY_PAGE
def test_no_template_variable_or_notation_is_left_in_a_page(page: GoldPage) -> None:
    text = page.html.decode(site(page.gold.site).encoding)
    assert not re.search(r"\$[a-z{]|\|\||\]\(|@body|===", text)


@EVERY_PAGE
def test_json_ld_of_a_page_is_json(page: GoldPage) -> None:
    for script in LexborHTMLParser(page.html).css('script[type="application/ld+json"]'):
        graph = json.loads(script.text())["@graph"]
        assert graph[2]["headline"] == page.gold.title


def test_pages_have_boilerplate_of_many_kinds() -> None:
    kinds = {kind for page in PAGES for kind, _ in page.gold.removals}
    assert kinds >= {"newsletter", "promo", "related", "ad", "affiliate", "social", "byline", "credit", "caption"}
    assert kinds >= {"author-box", "comment", "paywall", "tags"}


def test_the_seed_article_has_exactly_the_gold_of_the_seed() -> None:
    expected = json.loads((seeds_folder() / "nbcnews-raqqa-2016.expected.json").read_text(encoding="utf-8"))
    gold = next(page.gold for page in PAGES if page.gold.slug == "raqqa-offensive-within-weeks")
    assert gold.title == expected["title"]
    assert list(gold.authors) == expected["authors"]
    assert "\n\n".join(text for _, text in gold.body) == expected["text"]
    assert [{"kind": kind, "text": text} for kind, text in gold.removals] == expected["removed"]


def test_between_two_visits_one_text_changes_one_article_appears_and_promos_rotate() -> None:
    first, second = by_address(PAGES), by_address(LATER)
    assert [url.rpartition("/")[2] for url in second.keys() - first.keys()] == ["hotels-challenge-wall"]
    changed = {page.gold.slug for url, page in first.items() if page.gold.body != second[url].gold.body}
    rotated = {page.gold.slug for url, page in first.items() if page.gold.removals != second[url].gold.removals}
    assert changed == {"tide-wall-vote"}
    assert rotated == {"tide-wall-vote", "seagrass-meadow-returns"}


def test_a_syndicated_article_reads_the_same_on_both_sites() -> None:
    bodies = Counter(page.gold.body for page in PAGES)
    assert sorted(bodies.values())[-2:] == [1, 2]
    twins = [page.gold for page in PAGES if bodies[page.gold.body] == 2]
    assert {gold.site for gold in twins} == {"courier", "fieldnotes"}
    assert twins[0].removals != twins[1].removals


def test_an_unknown_removal_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'advert' is no removal kind"):
        list(parse_pieces("[advert]\nBuy this."))


def test_the_source_list_of_public_feeds_loads() -> None:
    loaded = load_sources(seeds_folder() / "sources.toml")
    assert len(loaded.sources) >= 12
    assert {source.kind for source in loaded.sources} == {"feed"}
    assert all(source.urls[0].startswith("https://") for source in loaded.sources)


# --- How it is served ---------------------------------------------------------------------------------------------


@pytest.fixture
def stand() -> Iterator[NewsroomServer]:
    with serve_newsroom() as stand:
        yield stand


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        yield client


def test_every_article_is_served_as_it_was_written(stand: NewsroomServer, client: httpx.Client) -> None:
    for page in PAGES:
        url = stand.url(page.gold.site, page.gold.slug)
        answer = client.get(url)
        answer = client.get(url) if answer.status_code == 500 else answer
        base = stand.servers[page.gold.site].base
        assert answer.content.replace(base.encode(), f"https://{site(page.gold.site).host}".encode()) == page.html


def test_each_site_lists_its_articles_where_the_source_list_says(stand: NewsroomServer, client: httpx.Client) -> None:
    sources = {source.name: source.urls[0] for source in parse_sources(stand.source_list(), origin="newsroom").sources}
    assert sources.keys() == stand.servers.keys()
    for key, url in sources.items():
        listed = client.get(url).text
        if key == "courier":
            listed = client.get(f"{stand.servers[key].base}/sitemaps/news.xml").text
        for story in site(key).at_visit(1):
            assert story_path(site(key), story) in listed
    assert "hotels-challenge-wall" not in client.get(f"{stand.servers['courier'].base}/sitemaps/news.xml").text


def test_robots_disallows_a_page_that_the_sitemap_lists(stand: NewsroomServer, client: httpx.Client) -> None:
    robots = Protego.parse(client.get(f"{stand.servers['courier'].base}/robots.txt").text)
    assert not robots.can_fetch(stand.url("courier", "members-briefing"), "cuttings")
    assert robots.can_fetch(stand.url("courier", "tide-wall-vote"), "cuttings")


def test_one_page_fails_once_and_then_works(stand: NewsroomServer, client: httpx.Client) -> None:
    url = stand.url("nightdesk", "charger-recall")
    assert [client.get(url).status_code for _ in range(3)] == [500, 200, 200]


@pytest.mark.parametrize(("key", "slug", "names"), [
    ("nightdesk", "lake-storm-power", {"etag"}),
    ("courier", "rents-by-ward", {"etag", "last-modified"}),
    ("fieldnotes", "plum-dumplings", {"last-modified"}),
])  # fmt: skip
def test_a_page_refetched_with_its_validators_is_not_sent(
    stand: NewsroomServer, client: httpx.Client, key: str, slug: str, names: set[str]
) -> None:
    first = client.get(stand.url(key, slug))
    assert {"etag", "last-modified"} & first.headers.keys() == names
    ask = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    again = client.get(first.url, headers={ask[name]: first.headers[name] for name in names})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_that_changed_is_sent_again_at_the_second_visit(stand: NewsroomServer, client: httpx.Client) -> None:
    first = client.get(stand.url("courier", "tide-wall-vote"))
    stand.visit = 2
    again = client.get(
        first.url, headers={"If-None-Match": first.headers["etag"], "If-Modified-Since": first.headers["last-modified"]}
    )
    assert again.status_code == 200
    assert "driven in March" in first.text
    assert "driven in June" in again.text
    assert again.headers["last-modified"] != first.headers["last-modified"]


def test_pages_are_compressed_for_clients_that_accept_gzip(stand: NewsroomServer, client: httpx.Client) -> None:
    url = stand.url("faro", "pleno-mercado")
    packed, plain = client.get(url), client.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_the_german_site_names_its_encoding_in_the_page_only(stand: NewsroomServer, client: httpx.Client) -> None:
    answer = client.get(stand.url("landbote", "hallenbad-bleibt"))
    assert answer.headers["content-type"] == "text/html"
    assert "Lüttenau behält".encode("windows-1252") in answer.content
    assert b"charset=windows-1252" in answer.content


def test_a_missing_page_is_404_and_every_request_is_logged(stand: NewsroomServer, client: httpx.Client) -> None:
    assert client.get(f"{stand.servers['faro'].base}/nothing?x=1").status_code == 404
    assert [(asked.site, asked.path, asked.status) for asked in stand.requests] == [("faro", "/nothing?x=1", 404)]


def test_a_connection_over_the_limit_is_closed_and_the_others_work(stand: NewsroomServer) -> None:
    server = stand.servers["faro"]
    server.free = threading.BoundedSemaphore(1)
    url = stand.url("faro", "pleno-mercado")
    with httpx.Client(trust_env=False, timeout=5.0) as first, httpx.Client(trust_env=False, timeout=5.0) as second:
        assert first.get(url).status_code == 200
        with pytest.raises(httpx.HTTPError):
            second.get(url)
        assert first.get(url).status_code == 200


def test_it_stops_at_the_end_of_its_block_even_with_connections_open() -> None:
    before = threading.active_count()
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        with serve_newsroom() as stand:
            url = stand.url("faro", "pleno-mercado")
            assert client.get(url).status_code == 200
        with pytest.raises(httpx.HTTPError):
            client.get(url)
    assert threading.active_count() == before
