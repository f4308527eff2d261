"""JSON-LD as publishers write it: broken, nested, with references."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.html.jsonld import parse_jsonld, read_graph

URL = "https://www.dailyplanet.example/news/bridge-reopens"


BROKEN_JSON = {
    "control characters": '{"@type":"Article","headline":"One\nline\tand\x0bmore"}',
    "trailing commas": '{"@type":"Article","headline":"One line and more",}',
    "a comment around it": '<!-- {"@type":"Article","headline":"One line and more"} -->',
    "CDATA marks": '//<![CDATA[\n{"@type":"Article","headline":"One line and more"}\n//]]>',
    "comments inside": '{"@type":"Article", // kind\n "headline":"One line and more" /* title */}',
    "two objects": '{"@type":"Organization","name":"X"}{"@type":"Article","headline":"One line and more"}',
    "a semicolon": '{"@type":"Article","headline":"One line and more"};',
    "unescaped quotes later": '{"@type":"Article","headline":"One line and more","datePublished":"2024-01-02","x":"a "b" c"}',
    "a bad escape": '{"@type":"Article","headline":"One line and more","path":"C:\\data"}',
    "an array": '[{"@type":"WebPage"},{"@type":["Article","Thing"],"headline":"One line and more"}]',
    "a graph": '{"@graph":[{"@type":"WebSite","name":"X"},{"@type":"Article","headline":"One line and more"}]}',
    "an address as type": '{"@type":"http://schema.org/NewsArticle","headline":"One line and more"}',
}  # fmt: skip


@pytest.mark.parametrize("script", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
def test_broken_json_ld_is_read(script: str) -> None:
    headline = read_graph([script], URL).text("headline")
    assert " ".join(headline.split()) == "One line and more"


def test_a_string_that_looks_like_a_comment_is_unchanged() -> None:
    assert parse_jsonld('{"url":"https://x.example/a//b","note":"/* no */",}') == [
        {"url": "https://x.example/a//b", "note": "/* no */"}
    ]


def authors(*nodes: dict[str, object]) -> list[str]:
    """Names of the authors in a page's JSON-LD."""
    graph = read_graph([json.dumps({"@graph": nodes})], URL)
    return [name for value in graph.values("author") for item in graph.resolve(value) for name in graph.texts(item)]


def test_an_author_given_by_reference_is_followed() -> None:
    article = {"@type": "Article", "headline": "A long story", "author": {"@id": "#jd"}}
    assert authors(article, {"@type": "Person", "@id": "#jd", "name": "Jane Doe"}) == ["Jane Doe"]


def test_references_that_point_at_each_other_end() -> None:
    article = {"@type": "Article", "@id": "#a", "x": 1, "author": {"@id": "#b"}}
    assert authors(article, {"@id": "#b", "y": 1, "name": {"@id": "#a"}}) == []


def test_of_two_articles_the_one_with_the_pages_address_is_read() -> None:
    other = {"@type": "Article", "headline": "Another story entirely", "url": "https://www.dailyplanet.example/other"}
    own = {"@type": "Article", "headline": "The bridge reopens", "mainEntityOfPage": {"@id": URL}}
    graph = read_graph([json.dumps([{**other, "author": "Max Else"}, own])], URL)
    assert (graph.text("headline"), graph.text("author")) == ("The bridge reopens", "")


@given(st.text(max_size=300))
def test_any_script_gives_a_list_of_values(text: str) -> None:
    assert isinstance(parse_jsonld(text), list)
    assert isinstance(parse_jsonld('{"headline": "' + text), list)


def test_deeply_nested_json_ld_is_given_up() -> None:
    assert parse_jsonld("[" * 100_000) == []
    assert parse_jsonld('{"a":' * 50_000) == []
