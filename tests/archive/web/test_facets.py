"""Conditions of the search page: what they find, how many, and how the form keeps them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest

from archive.store.archive import Archive
from archive.web import facets
from archive.web.search import browse_sql, browsed, parse_request, read_search
from tests.support.visits import article, hours, visit

LANGUAGES = {1: "de-AT", 2: "de", 3: "en", 4: "en-GB", 5: ""}
VERDICTS = {1: "ok", 2: "short", 3: "paywall", 4: "ok", 5: "ok"}


@pytest.fixture
def mixed(archive: Archive) -> Archive:
    """Five articles that differ in language, author, month and verdict."""
    for number, language in LANGUAGES.items():
        url = f"https://herald.example/{number}"
        text = article(
            f"Ferry number {number} sank at the quay.",
            url=url,
            language=language,
            authors=("Ada Quill",) if number < 3 else ("Bo Lind", "Ada Quill"),
            published=hours(0).replace(month=number + 1),
            title=f"Ferry {number}",
        )
        verdict: Any = VERDICTS[number]
        archive.save(visit(text, url=url, verdict=verdict), run=1, at=hours(number))
    return archive


def found(archive: Archive, **parameters: str) -> set[int]:
    """The numbers of the articles that a request finds."""
    page = read_search(archive, parse_request(parameters))
    assert page.hits is not None
    return {hit.article.id for hit in page.hits}


CONDITIONS: list[tuple[dict[str, str], set[int]]] = [
    ({"language": "de"}, {1, 2}),
    ({"language": "en"}, {3, 4}),
    ({"language": "en-GB"}, {3, 4}),
    ({"language": "fr"}, set()),
    ({"author": "Bo Lind"}, {3, 4, 5}),
    ({"kind": "short"}, {2}),
    ({"kind": "ok"}, {1, 4, 5}),
    ({"kind": "ok", "language": "de"}, {1}),
    ({"since": "2026-03", "until": "2026-04"}, {2, 3}),
    ({"starred": "1"}, set()),
    ({"site": "herald.example", "language": "de"}, {1, 2}),
]


@pytest.mark.parametrize("few", [5000, 1], ids=["few", "many"])
@pytest.mark.parametrize("query", ["", "ferry"])
@pytest.mark.parametrize(("condition", "numbers"), CONDITIONS, ids=str)
def test_a_condition_finds_its_articles(
    mixed: Archive, monkeypatch: pytest.MonkeyPatch, condition: dict[str, str], numbers: set[int], query: str, few: int
) -> None:
    monkeypatch.setattr(facets, "MAX_FEW_ARTICLES", few)
    assert found(mixed, q=query, **condition) == numbers


def test_hits_are_counted_by_each_condition(mixed: Archive) -> None:
    for query in ("", "ferry"):
        counted = read_search(mixed, parse_request({"q": query})).facets
        assert counted is not None
        assert [(count.name, count.number) for count in counted.languages] == [("de", 2), ("en", 2)]
        assert [(count.name, count.number) for count in counted.authors] == [("Ada Quill", 5), ("Bo Lind", 3)]
        assert [count.name for count in counted.months] == [f"2026-0{month}" for month in (6, 5, 4, 3, 2)]
        assert [(count.name, count.number) for count in counted.kinds] == [("ok", 3), ("paywall", 1), ("short", 1)]


def test_an_unknown_kind_is_ignored() -> None:
    assert parse_request({"kind": "x' OR 1"}).kind == ""


@pytest.mark.parametrize(
    ("condition", "table", "index"),
    [({"language": "de"}, "articles", "articles_by_language"), ({"kind": "short"}, "articles", "articles_in_doubt")],
    ids=["language", "kind"],
)
def test_a_condition_on_few_articles_reads_an_index(
    mixed: Archive, condition: dict[str, str], table: str, index: str
) -> None:
    (one,) = facets._each(mixed.db, condition)
    plan = mixed.db.conn.execute(f"EXPLAIN QUERY PLAN SELECT id FROM {table} {one.where}", dict(one.values)).fetchall()
    assert index in " ".join(row[3] for row in plan)


@pytest.mark.parametrize("few", [5000, 1], ids=["few", "many"])
def test_few_articles_are_looked_up_and_many_are_tried_by_date(
    mixed: Archive, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(facets, "MAX_FEW_ARTICLES", few)
    condition = browsed(mixed.db, parse_request({"language": "de"}))
    values = {**condition.values, "limit": 20, "offset": 0}
    steps = mixed.db.conn.execute(f"EXPLAIN QUERY PLAN {browse_sql(condition)}", values).fetchall()
    plan = " ".join(row[3] for row in steps)
    assert ("articles_by_language" in plan) is (few > 1)
    assert ("SCAN articles USING INDEX articles_by_date" in plan) is (few == 1)


def test_the_form_lists_sites_keeps_conditions_and_takes_iso_dates(live: httpx.Client) -> None:
    page = live.get("/-/search?q=mill&language=en&kind=ok&since=2026-11&site=post.example").text
    assert "<option selected>post.example</option>" in page
    assert "<option>herald.example</option>" in page
    assert '<input type="hidden" name="language" value="en">' in page
    assert re.search(r'name="since" value="2026-11-01" placeholder="YYYY-MM-DD"', page)
    assert 'type="date"' not in page
    (link,) = re.findall(r'href="([^"]+)" aria-label="Remove the condition English"', page)
    assert link == "/-/search?q=mill&amp;site=post.example&amp;since=2026-11-01&amp;kind=ok"


def test_a_site_that_is_not_in_the_list_stays_chosen(live: httpx.Client) -> None:
    assert "<option selected>www.post.example</option>" in live.get("/-/search?site=www.post.example").text


def test_facets_link_to_narrower_searches(live: httpx.Client) -> None:
    page = live.get("/-/search?q=harbour").text
    assert '<a href="/-/search?q=harbour&amp;language=ar">Arabic</a>' not in page  # no hit of it
    (link,) = re.findall(r'<a href="([^"]+)">Ada Quill</a>', page)
    narrowed = live.get(link.replace("&amp;", "&")).text
    assert "2 articles" in narrowed
    assert "<b>Ada Quill</b>" in narrowed
    month = live.get("/-/search?since=2026-11&until=2026-11").text
    assert '<a href="/-/search?since=2026-11&amp;until=2026-11" aria-current="true">Nov 2026</a>' in month
    assert '<a href="/-/search">All months</a>' in month


def test_a_saved_search_is_listed_with_a_feed_of_its_own_name(live: httpx.Client) -> None:
    page = live.get("/-/search").text
    assert '<a href="/-/search?q=mill&amp;site=post.example">Mills &amp; fires</a>' in page
    (address,) = re.findall(r'href="(/-/cuttings/feed\.atom\?saved=\d+)"', page)
    feed = feedparser.parse(live.get(address).content)
    assert feed.feed.title == "Cuttings: Mills & fires"
    assert len(feed.entries) == 45
    assert live.get("/-/cuttings/feed.atom?q=mill&site=post.example").text.count("<entry") == 45


@pytest.mark.parametrize("number", ["99", "0", "x", "-1"])
def test_a_feed_of_a_search_that_is_not_saved_is_missing(live: httpx.Client, number: str) -> None:
    assert live.get(f"/-/cuttings/feed.atom?saved={number}").status_code == 404


def test_starred_and_tagged_articles_are_found(live: httpx.Client, path: Path) -> None:
    for parameters in (
        {"starred": "1"},
        {"tag": "harbour"},
        {"starred": "1", "q": "harbour"},
        {"tag": "to read", "starred": "1"},
    ):
        feed = feedparser.parse(live.get("/-/cuttings/feed.atom", params=parameters).content)
        assert [entry.title for entry in feed.entries] == ["Harbour to be dredged in May"], parameters
    assert feedparser.parse(live.get("/-/cuttings/feed.atom?tag=none").content).entries == []
