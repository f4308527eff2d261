"""Metadata of small pages, field by field, and of arbitrary input."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.types import Metadata
from tests.scraper.metadata.support import SOUP, URL, british, read
from tests.support import ROOT

ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Old bridge reopens to walkers",
    "datePublished": "2024-05-03T08:30:00+02:00",
    "dateModified": "2024-05-03T10:00:00+02:00",
    "author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Person", "name": "Omar Haddad"}],
    "publisher": {"@type": "Organization", "name": "Daily Planet"},
    "articleSection": "Local",
    "keywords": "bridges, walking, Bridges",
    "isAccessibleForFree": "False",
    "image": {"@type": "ImageObject", "url": "/img/bridge.jpg"},
    "inLanguage": "en-GB",
    "description": "It took <b>three</b> years &amp; a storm.",
}


def test_a_full_json_ld_node_fills_every_field() -> None:
    found = read(british(ld=ARTICLE, head="<link rel=canonical href='/news/bridge-reopens?ref=a'>"))
    assert found.title == "Old bridge reopens to walkers"
    assert found.authors == ("Jane Doe", "Omar Haddad")
    assert found.published == datetime(2024, 5, 3, 8, 30, tzinfo=timezone(timedelta(hours=2)))
    assert found.published.utcoffset() == timedelta(hours=2)
    assert found.modified == datetime(2024, 5, 3, 8, 0, tzinfo=UTC)
    assert (found.language, found.section, found.site, found.free) == ("en-GB", "Local", "Daily Planet", False)
    assert found.tags == ("bridges", "walking")
    assert found.canonical_url == "https://www.dailyplanet.example/news/bridge-reopens?ref=a"
    assert found.image == "https://www.dailyplanet.example/img/bridge.jpg"


def test_a_page_that_says_nothing_gives_empty_fields() -> None:
    assert read("<p>Hello", "") == Metadata()


def test_meta_tags_are_read_by_property_and_name_and_from_a_value_attribute() -> None:
    found = read(
        british(
            head="""<meta property="og:title" content="Rain &amp; wind | Daily Planet"><meta name="og:site_name" value="Daily Planet">
            <meta property="article:published_time" content="2024-01-02T03:04:05Z"><meta name="Author" content="Ana Silva">
            <meta property="article:tag" content="rain"><meta property="article:tag" content="wind">
            <meta property="og:image" content="//cdn.example/a.jpg"><meta property="article:content_tier" content="locked">
            <meta name="description" content="A wet week.">"""
        )
    )
    assert (found.title, found.site, found.authors) == ("Rain & wind", "Daily Planet", ("Ana Silva",))
    assert found.published == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (found.tags, found.image, found.free) == (("rain", "wind"), "https://cdn.example/a.jpg", False)
    assert found.description == "A wet week."


CANONICALS = {
    "relative": ("<link rel=canonical href=/a/b>", "https://www.dailyplanet.example/a/b"),
    "from Open Graph": (
        "<meta property=og:url content=https://www.dailyplanet.example/c>",
        "https://www.dailyplanet.example/c",
    ),
    "not the front page": ("<link rel=canonical href=https://www.dailyplanet.example/>", ""),
    "not a script": ("<link rel=canonical href='javascript:alert(1)'>", ""),
    "not nonsense": ("<link rel=canonical href='https://[::1'>", ""),
}


@pytest.mark.parametrize(("head", "expected"), CANONICALS.values(), ids=CANONICALS.keys())
def test_a_canonical_address_is_read(head: str, expected: str) -> None:
    assert read(british(head=head)).canonical_url == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (True, True),
        (False, False),
        ("True", True),
        ("false", False),
        ("https://schema.org/False", False),
        (["True"], True),
        ("maybe", None),
        (None, None),
        (1, True),
    ],
)
def test_free_is_read_from_a_boolean_or_its_name(stated: object, expected: bool | None) -> None:
    assert read(british(ld={"@type": "Article", "headline": "Rain", "isAccessibleForFree": stated})).free is expected
    if isinstance(stated, str):
        assert read(british(head=f"<meta itemprop=isAccessibleForFree content={stated}>")).free is expected


def test_an_unreadable_word_leaves_the_question_to_the_next_source() -> None:
    assert (
        read(
            british(
                ld=[
                    {"@type": "Article", "isAccessibleForFree": "maybe"},
                    {"@type": "WebPage", "isAccessibleForFree": "False"},
                ]
            )
        ).free
        is False
    )


def test_the_language_takes_the_shape_of_a_tag() -> None:
    assert read("<html lang=pt_BR>").language == "pt-BR"
    assert read("<meta property=og:locale content=fr_FR>").language == "fr-FR"
    assert read("<html lang='{{ lang }}'>").language == ""


SEED = ROOT.parent / "shared" / "seed" / "nbcnews-spacex-2016.html"


@pytest.mark.skipif(not SEED.exists(), reason="the seed page is beside the checkout only")
def test_the_seed_page_names_its_title_author_and_moment() -> None:
    found = read(SEED.read_text(encoding="utf-8"), "https://www.nbcnews.com/tech/tech-news/what-s-hold-spacex-n695001")
    assert (found.title, found.authors) == ("What's the Hold-Up at SpaceX?", ("Alyssa Newcomb",))
    assert found.published == datetime(2016, 12, 13, 18, 6, tzinfo=UTC)
    assert found.modified == datetime(2016, 12, 13, 19, 22, 51, tzinfo=UTC)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | SOUP,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["@type", "@id", "@graph", "name", "author", "headline", "datePublished", "keywords", "url", "image", "mainEntityOfPage", "publisher", "isAccessibleForFree"]),
        inner | st.sampled_from(["Article", "Person", "WebPage", "#a"]), max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.binary(max_size=400))
def test_any_bytes_give_metadata(body: bytes) -> None:
    assert isinstance(read(body, body.decode("latin-1")), Metadata)


@given(JSON, SOUP, SOUP)
@settings(max_examples=150)
def test_any_json_ld_and_any_texts_give_the_same_metadata_twice(ld: object, head: str, body: str) -> None:
    node = {"@type": "Article", "headline": "Old bridge reopens", **ld} if isinstance(ld, dict) else ld
    text = json.dumps(node).replace("</", "<\\/")
    clean = (head + " " + body).encode("utf-8", "replace").decode()
    html = british(
        ld=text,
        head=f"<meta name=author content='{clean}'><meta name=date content='{clean}'><title>{clean}</title>",
        body=f"<h1>{clean}</h1><p>{clean}</p><time datetime='{clean}'>{clean}</time>",
    )
    assert read(html) == read(html)


UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@given(
    st.dictionaries(
        st.sampled_from(
            ["headline", "name", "description", "articleSection", "keywords", "image", "inLanguage", "publisher"]
        ),
        SOUP,
    ),
    st.lists(SOUP, max_size=3),
    SOUP,
)
def test_no_field_holds_a_control_character_or_half_a_character(
    ld: dict[str, str], authors: list[str], site: str
) -> None:
    people = [{"@type": "Person", "name": f"Jane {name} Doe"} for name in authors]
    node = {"@type": "Article", **ld, "author": people, "publisher": site, "url": URL}
    found = read(
        british(
            ld=json.dumps(node).replace("</", "<\\/"), head=f"<link rel=canonical href='/a&#x1b;b&#xfffe;{len(site)}'>"
        )
    )
    fields = [value for value in (getattr(found, name) for name in found.__slots__) if isinstance(value, str | tuple)]
    texts = [text for value in fields for text in ((value,) if isinstance(value, str) else value)]
    assert not any(UNSTORABLE.search(text) for text in texts)
    assert all(text.encode("utf-8") for text in texts if text)


def test_deeply_nested_json_ld_gives_no_title() -> None:
    assert read(british(ld='{"a":' * 50_000)).title == ""


@pytest.mark.parametrize(
    "left", ["undefined", "null", "{{ page.value }}", "{% value %}", "[object Object]", "${value}"]
)
def test_what_a_template_left_of_a_value_is_none(left: str) -> None:
    head = "".join(
        f"<meta property={name} content='{left}'>"
        for name in ("og:title", "og:url", "og:image", "og:description", "og:site_name", "article:section", "keywords")
    )
    node = {
        "@type": "Article",
        "headline": left,
        "description": left,
        "image": left,
        "articleSection": left,
        "keywords": left,
    }
    found = read(british(head=f"<title>{left}</title><link rel=canonical href='{left}'>{head}", ld=node))
    assert (found.title, found.canonical_url, found.image, found.description) == ("", "", "", "")
    assert (found.section, found.tags, found.site) == ("", (), "dailyplanet.example")


def test_a_text_about_templates_stays() -> None:
    found = read(
        british(head="<title>Null and void: {{ how }} templates fail</title><meta name=keywords content='java, null'>")
    )
    assert (found.title, found.tags) == ("Null and void: {{ how }} templates fail", ("java", "null"))
