"""Feeds of the pages: read by feedparser, asked for again, announced where they belong."""

from __future__ import annotations

import json
import re
from typing import Any

import feedparser
import httpx
import pytest

from archive.web.feeds import matches
from tests.support.visits import BODY


def entries(live: httpx.Client, **parameters: str) -> list[Any]:
    """The entries of an Atom feed, which must be well-formed."""
    answer = live.get("/-/cuttings/feed.atom", params=parameters)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    found = feedparser.parse(answer.content)
    assert not found.bozo
    return list(found.entries)


def test_a_feed_holds_the_whole_texts_newest_first(live: httpx.Client) -> None:
    found = entries(live)
    dates = [entry.published for entry in found]
    assert len(found) == 49
    assert dates == sorted(dates, reverse=True)
    (harbour,) = (entry for entry in found if entry.title == "Harbour to be dredged in May")
    assert BODY[0] in re.sub("<[^>]+>", "", harbour.content[0].value)


@pytest.mark.parametrize(
    ("parameters", "titles"),
    [
        ({"q": "fishermen"}, {"Harbour to be dredged in May", "Harbour to be dredged"}),
        ({"site": "coast.example"}, {"Harbour to be dredged"}),
        ({"q": "fishermen", "site": "herald.example"}, {"Harbour to be dredged in May"}),
        ({"since": "2026-11-01", "until": "2026-11-01"}, {"Mill burns, report 0", "Mill burns, report 1"}),
        ({"q": "nosuchword"}, set()),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_a_feed_takes_the_conditions_of_the_search_page(
    live: httpx.Client, parameters: dict[str, str], titles: set[str]
) -> None:
    assert {entry.title for entry in entries(live, **parameters)} == titles


def test_a_search_and_its_feed_are_linked_both_ways(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "mill burned", "site": "post.example"}).text
    announced = dict(re.findall(r'<link rel="alternate" type="([^"]+)" title="Cuttings: [^"]+" href="([^"]+)">', page))
    assert set(announced) == {"application/atom+xml", "application/feed+json"}
    base = str(live.base_url).rstrip("/")
    atom = feedparser.parse(live.get(announced["application/atom+xml"].replace("&amp;", "&")).content)
    assert {link.rel: link.href for link in atom.feed.links} == {
        "self": f"{base}/-/cuttings/feed.atom?q=mill+burned&site=post.example",
        "alternate": f"{base}/-/search?q=mill+burned&site=post.example",
    }
    found = json.loads(live.get(announced["application/feed+json"].replace("&amp;", "&")).content)
    assert found["feed_url"].endswith("feed.json?q=mill+burned&site=post.example")
    assert [item["id"] for item in found["items"]] == [entry.id for entry in atom.entries]


@pytest.mark.parametrize(
    ("address", "title"),
    [("/", "Cuttings"), ("/-/health", "Cuttings"), ("/-/article/1", "Cuttings: herald.example"), ("/-/search?q=a+%3C", "Cuttings: a &lt;")],
)  # fmt: skip
def test_every_page_announces_a_feed(live: httpx.Client, address: str, title: str) -> None:
    assert f'title="{title} (Atom)" href="/-/cuttings/feed.atom' in live.get(address).text


@pytest.mark.parametrize("ending", ["atom", "json"])
def test_a_reader_that_has_the_newest_feed_gets_not_modified(live: httpx.Client, ending: str) -> None:
    address = f"/-/cuttings/feed.{ending}"
    first = live.get(address)
    again = live.get(address, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert live.get(address, headers={"if-none-match": '"other"'}).content == first.content
    assert live.get(address, params={"q": "mill"}).headers["etag"] != first.headers["etag"]


def test_feeds_keep_apart_by_their_ids(live: httpx.Client) -> None:
    asked = [
        {},
        {"q": "mill"},
        {"site": "mill"},
        {"q": "mill", "since": "2026-11-01"},
        {"q": "mill", "until": "2026-11-01"},
    ]
    ids = [feedparser.parse(live.get("/-/cuttings/feed.atom", params=one).content).feed.id for one in asked]
    assert len(set(ids)) == len(asked)


def test_an_empty_condition_matches_no_tag() -> None:
    assert not matches("", '"a"')
