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
    "escaped as an attribute": '{&quot;@type&quot;:&quot;Article&quot;,&quot;headline&quot;:&quot;One line and more&quot;}',
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


JANE = {"@id": "#jd", "name": "Jane Doe"}
REFERENCES: dict[str, tuple[object, list[dict[str, object]]]] = {
    "a node without a type": ({"@id": "#jd"}, [JANE]),
    "a text": ("#jd", [{"@type": "Person", **JANE}]),
    "a node in two parts": ({"@id": "#jd"}, [{"@id": "#jd", "@type": "Person", "url": "/jane"}, JANE]),
}


@pytest.mark.parametrize(("author", "nodes"), REFERENCES.values(), ids=REFERENCES.keys())
def test_a_reference_leads_to_the_node_that_has_the_name(author: object, nodes: list[dict[str, object]]) -> None:
    assert authors({"@type": "Article", "headline": "A long story", "author": author}, *nodes) == ["Jane Doe"]
    assert authors({"@type": "Article", "headline": "A long story", "author": author}, *nodes[::-1]) == ["Jane Doe"]


def test_all_authors_of_json_that_cannot_be_repaired_are_read() -> None:
    script = """{"headline": "The "old" pier", "author": [{"name": "Jane Doe", "worksFor": {"name": "Planet"}}, {"name": "Max Else"}],
        "publisher": {"name": "Planet"}}"""
    assert list(read_graph([script], URL).values("author")) == [["Jane Doe", "Max Else"]]


PIER = {"@type": "Article", "headline": "Pier shut for a year", "author": "Jane Doe"}
RAIN = {"@type": "Article", "headline": "Rain ahead this week", "author": "Max Else"}
SEVERAL = {
    "another article first": ([RAIN, PIER], ["Pier shut for a whole year | Planet"], ["Jane Doe"]),
    "a node without a headline": ([{**RAIN, "headline": ""}, PIER], ["Pier shut for a year"], ["Jane Doe", "Max Else"]),
    "no title that is like one": ([RAIN, PIER], ["Planet"], ["Max Else", "Jane Doe"]),
    "a word of the title": (
        [RAIN, {**PIER, "headline": "Pier"}],
        ["Pier shut for a year"],
        ["Max Else", "Jane Doe"],
    ),
    "two forms of one headline": (
        [PIER, {**RAIN, "headline": "Pier shut"}],
        ["Pier shut for a year"],
        ["Jane Doe", "Max Else"],
    ),
}


@pytest.mark.parametrize(("nodes", "titles", "expected"), SEVERAL.values(), ids=SEVERAL.keys())
def test_of_several_articles_those_with_the_pages_title_are_read(
    nodes: list[dict[str, object]], titles: list[str], expected: list[str]
) -> None:
    assert list(read_graph([json.dumps(nodes)], URL, titles).values("author")) == expected


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
