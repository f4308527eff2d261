"""What `read_metadata` makes of small pages of our own, in tables, and its laws on arbitrary input."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.html.jsonld import parse_jsonld, read_graph
from scraper.metadata.metadata import clean_title, read_byline, read_metadata
from scraper.metadata.titles import choose_title
from scraper.text.dates import date_in_url, parse_date, read_date
from scraper.types import Metadata
from tests.support import ROOT

URL = "https://www.dailyplanet.example/news/bridge-reopens"


def read(html: str, url: str = URL) -> Metadata:
    return read_metadata(LexborHTMLParser(html), url)


def page(*, head: str = "", body: str = "", ld: object = None) -> str:
    script = (
        f'<script type="application/ld+json">{json.dumps(ld) if not isinstance(ld, str) else ld}</script>'
        if ld is not None
        else ""
    )
    return f"<!doctype html><html lang='en-GB'><head>{head}{script}</head><body>{body}</body></html>"


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
    found = read(page(ld=ARTICLE, head="<link rel=canonical href='/news/bridge-reopens?ref=a'>"))
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
        page(
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


# --- JSON-LD ---------------------------------------------------------------------------------------------------------

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
def test_json_ld_is_read_in_spite_of(script: str) -> None:
    headline = read_graph([script], URL).text("headline")
    assert " ".join(headline.split()) == "One line and more"


def test_a_string_that_looks_like_a_comment_is_left_alone() -> None:
    assert parse_jsonld('{"url":"https://x.example/a//b","note":"/* no */",}') == [
        {"url": "https://x.example/a//b", "note": "/* no */"}
    ]


def test_an_author_given_by_reference_is_followed() -> None:
    ld = {
        "@graph": [
            {"@type": "Article", "headline": "A long story", "author": {"@id": "#jd"}},
            {"@type": "Person", "@id": "#jd", "name": "Jane Doe"},
        ]
    }
    assert read(page(ld=ld)).authors == ("Jane Doe",)


def test_references_that_point_at_each_other_end() -> None:
    ld = {
        "@graph": [
            {"@type": "Article", "@id": "#a", "x": 1, "author": {"@id": "#b"}},
            {"@id": "#b", "y": 1, "name": {"@id": "#a"}},
        ]
    }
    assert read(page(ld=ld)).authors == ()


def test_of_two_articles_the_one_with_the_pages_address_is_read() -> None:
    ld = [{"@type": "Article", "headline": "Another story entirely", "url": "https://www.dailyplanet.example/other", "author": "Max Else"},
          {"@type": "Article", "headline": "The bridge reopens", "mainEntityOfPage": {"@id": URL}}]  # fmt: skip
    found = read(page(ld=ld))
    assert (found.title, found.authors) == ("The bridge reopens", ())


# --- titles ----------------------------------------------------------------------------------------------------------

TITLES = {
    "a site behind a bar": ("Rain ahead | Daily Planet", "Daily Planet", "Rain ahead"),
    "a site behind a dash": ("Rain ahead - The Daily Planet", "Daily Planet", "Rain ahead"),
    "a host behind a dash": ("Rain ahead - dailyplanet.example", "", "Rain ahead"),
    "a site in front": ("Daily Planet: Rain ahead this week", "Daily Planet", "Rain ahead this week"),
    "a section and a site": ("Rain ahead | Weather | Daily Planet", "Daily Planet", "Rain ahead"),
    "a Japanese site": ("大雨に注意：朝の新聞デジタル", "朝の新聞", "大雨に注意"),
    "a Korean section and site": ("큰 비 온다-사회ㅣ하루일보", "하루일보", "큰 비 온다"),
    "a dash of its own": ("Spider-Man - a review", "Daily Planet", "Spider-Man - a review"),
    "a bar of its own": ("Rain | wind | snow", "Daily Planet", "Rain | wind | snow"),
    "only the site": ("Daily Planet", "Daily Planet", "Daily Planet"),
    "joiners that spell": ("می\u200cخواهم | Daily Planet", "Daily Planet", "می\u200cخواهم"),
    "joiners that do not": ("Heli\u200dport", "", "Heliport"),
    "half a character": ("Heli\ud800port\x00 plan", "", "Heliport plan"),
    "soft hyphens and spaces": ("Heli\u00adport \n  plan", "", "Heliport plan"),
}  # fmt: skip


@pytest.mark.parametrize(("title", "site", "expected"), TITLES.values(), ids=TITLES.keys())
def test_a_title_is_cleaned_of(title: str, site: str, expected: str) -> None:
    assert clean_title(title, site, "www.dailyplanet.example", "Weather") == expected


CHOICES = {
    "the heading wins": (["Bridge opens again"], {"og": "You won't believe this bridge opens", "title": "Bridge opens | DP"}, "Bridge opens again"),
    "a logo heading does not": (["Daily Planet", "Bridge opens again"], {"og": "Bridge opens again"}, "Bridge opens again"),
    "nor a foreign heading": (["Sign up for our letter"], {"headline": "Bridge opens again", "og": "Bridge opens again"}, "Bridge opens again"),
    "JSON-LD and Open Graph outvote the heading": (["Opens again"], {"headline": "Bridge: Opens again today", "og": "Bridge: Opens again today"}, "Bridge: Opens again today"),
    "Open Graph drops the kicker": (["City news Old bridge opens again"], {"headline": "City news Old bridge opens again", "og": "Old bridge opens again"}, "Old bridge opens again"),
    "nothing but <title>": ([], {"title": "Bridge opens again - Daily Planet"}, "Bridge opens again"),
    "nothing at all": ([], {}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("headings", "told", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_of_several_titles(headings: list[str], told: dict[str, str], expected: str) -> None:
    assert choose_title(headings, told, site="Daily Planet", host="www.dailyplanet.example") == expected


# --- names -----------------------------------------------------------------------------------------------------------

BYLINES = {
    "By Jane Doe and John Smith, Reuters | Staff Writer": ("Jane Doe", "John Smith"),
    "BY JANE DOE": ("Jane Doe",),
    "by Alyssa Newcomb": ("Alyssa Newcomb",),
    "Written by: Jane Doe, Senior Editor": ("Jane Doe",),
    "By Jane Doe, John Smith & Ana María López": ("Jane Doe", "John Smith", "Ana María López"),
    "By Jane Doe Jr., in London": ("Jane Doe Jr",),
    "By Jane Doe • Updated 3 May 2024": ("Jane Doe",),
    "By Dr. Jane Doe, MD, PhD": ("Dr. Jane Doe, MD, PhD",),
    "By Jane Doe, Ph.D.": ("Jane Doe, Ph.D.",),
    "By Jane Doe CPP, PSP and Max Else, RD, FAND": ("Jane Doe CPP, PSP", "Max Else, RD, FAND"),
    "By Jane Doe, MD, and Dr. Jane Doe": ("Jane Doe, MD",),
    "By Jane Doe, CNN": ("Jane Doe",),
    "By Jane Ma, Max Else": ("Jane Ma", "Max Else"),
    "By Jane Doe ⋅ Founder and Editor": ("Jane Doe",),
    "By Jane Doe in London": ("Jane Doe",),
    "By Jane Doe View in the paper": ("Jane Doe",),
    "By Jane Doe (jane@planet.example)": ("Jane Doe",),
    "By Sgt. Pepper Salamon and Ramon Kasun": ("Sgt. Pepper Salamon", "Ramon Kasun"),
    "Von Jörg Müller und Anna-Lena Weiß": ("Jörg Müller", "Anna-Lena Weiß"),
    "Par Élodie Martin avec Jean Petit": ("Élodie Martin", "Jean Petit"),
    "Por María García y José Pérez": ("María García", "José Pérez"),
    "Por João da Silva e Ana Costa": ("João da Silva", "Ana Costa"),
    "Di Giulia Rossi": ("Giulia Rossi",),
    "Door Sanne de Vries en Piet Jansen": ("Sanne de Vries", "Piet Jansen"),
    "Av Kari Nordmann og Ola Hansen": ("Kari Nordmann", "Ola Hansen"),
    "Af Mette Holm": ("Mette Holm",),
    "Autor: Jan Kowalski": ("Jan Kowalski",),
    "Автор: Иван Петров и Анна Смирнова": ("Иван Петров", "Анна Смирнова"),
    "Yazan: Ayşe Yılmaz": ("Ayşe Yılmaz",),
    "Daniel Gibson": ("Daniel Gibson",),
    "（责任编辑：王磊）": ("王磊",),
    "김하늘 기자 sky@planet.example": ("김하늘",),
    "By Staff": (),
    "By our newsroom": (),
    "Share this article": (),
    "By clicking you agree to our terms": (),
    "": (),
}


@pytest.mark.parametrize(("line", "expected"), BYLINES.items())
def test_a_byline_names(line: str, expected: tuple[str, ...]) -> None:
    assert read_byline(line) == expected


AUTHORS = {
    "strings": ({"author": ["Jane Doe", "jane doe"]}, "", ("Jane Doe",)),
    "names in one string": ({"author": {"name": "Jane Doe, Omar Haddad"}}, "", ("Jane Doe", "Omar Haddad")),
    "people before firms": ({"author": [{"@type": "Organization", "name": "City Wire"}, {"@type": "Person", "name": "Jane Doe"}]}, "", ("Jane Doe",)),
    "an agency alone": ({"author": {"@type": "Organization", "name": "Reuters"}}, "<a rel=author>Max Else</a>", ("Reuters",)),
    "the byline before the site's own name": ({"author": {"@type": "Person", "name": "The Daily Planet"}}, "<p>By Jane Doe</p>", ("Jane Doe",)),
    "a byline that contradicts": ({"author": {"@type": "Person", "name": "Web Uploader"}}, "<p>By Jane Doe</p>", ("Jane Doe",)),
    "no staff": ({"author": {"@type": "Person", "name": "Staff"}}, "", ()),
    "no address": ({"author": {"@type": "Person", "name": "desk@planet.example"}}, "", ()),
    "no profile link": ({"author": "https://www.facebook.com/jane"}, "", ()),
    "a name split over lines": ({}, "<div>By</div><div>Jane Doe</div>", ("Jane Doe",)),
    "a date first": ({}, "<p>3 May 2024 · 4 min read · by Jane Doe</p>", ("Jane Doe",)),
    "no reviewer": ({}, "<p>Reviewed by Max Else</p>", ()),
    "microdata": ({}, "<span itemprop=author><span itemprop=name>Jane Doe</span></span>", ("Jane Doe",)),
    "a byline class": ({}, "<p>A first paragraph of text that has some length to it.</p><div class='post-byline'>Jane Doe</div>", ("Jane Doe",)),
    "a byline with a date that contradicts": ({"author": {"@type": "Person", "name": "Uploader42"}}, "<p>by Jane Doe May 3, 2024</p>", ("Jane Doe",)),
    "a byline with a job that contradicts": ({"author": {"@type": "Person", "name": "Web Uploader"}}, "<p>By Jane Doe, Planet columnist</p>", ("Jane Doe",)),
    "a book's author after the byline": ({}, "<p>by Jane Doe</p><p>Author: Max Else</p>", ("Jane Doe",)),
    "contributions apart": ({}, "<p>By Jane Doe ⋅ Founder</p><p>Contributions from: Max Else</p>", ("Jane Doe",)),
    "contributions alone": ({}, "<p>Contributions from: Max Else</p>", ()),
    "a team that signs": ({"author": {"@type": "Person", "name": "Planet Staff"}}, "", ("Planet Staff",)),
    "a team in a byline": ({}, "<p>By the Planet Team</p>", ("the Planet Team",)),
    "a person before a team": ({"author": [{"@type": "Person", "name": "Planet Staff"}, {"@type": "Person", "name": "Jane Doe"}]}, "", ("Jane Doe",)),
    "no nameless team": ({"author": {"@type": "Person", "name": "Our Editors"}}, "", ()),
    "no job for a name": ({"author": {"@type": "Person", "name": "Staff Clinician"}}, "", ()),
    "an agency beside people": ({"author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Organization", "name": "dpa"}]}, "", ("Jane Doe", "dpa")),
    "a pen name on the next line": ({}, "<div>By</div><div>Eliz</div>", ("Eliz",)),
    "no size of text": ({}, "<div>Text</div><div>Small</div>", ()),
    "a team on the next line": ({}, "<div>By</div><div>The Planet Team</div>", ("The Planet Team",)),
    "a house that stands where a byline does": ({}, "<div>The Daily Planet</div><div>3 May 2024</div>", ("The Daily Planet",)),
    "a weekday behind": ({}, "<p>Posted by BeauHD on Friday December 19</p>", ("BeauHD",)),
    "an author box": ({}, f"<p>{'Rain. ' * 40}</p><div class='author-box'><h4>Jane Doe</h4><p>{'She writes. ' * 20}</p></div>", ("Jane Doe",)),
    "an editor's box": ({}, f"<p>{'Rain. ' * 40}</p><div class='author-box editor'><h4>Jane Doe</h4><p>{'She edits. ' * 20}</p></div>", ()),
    "a line at the end": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>This post was written by Jane Doe, MD, a doctor.</p>", ("Jane Doe, MD",)),
    "a line that reviews": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>This post was reviewed by Jane Doe, MD, a doctor.</p>", ()),
    "a label over a name": ({}, f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><h3>Author</h3><p>Jane Doe</p>", ("Jane Doe",)),
    "a Korean reporter without a byword": ({}, "<div>입력 2026.02.20 06:00</div><div>김하늘 기자</div>", ("김하늘",)),
    "no reading time": ({}, "<div>3 marzo 2026 alle 11:45</div><div>2 minuti di lettura</div>", ()),
    "a sentence about a reporter": ({}, "<p>김하늘 기자가 어제 항구에서 돌아왔다.</p>", ()),
    "a Chinese author behind date and source": ({}, "<div>2026-03-01 08:30 来源：江岸晚报 作者：陈晓兰</div><p>（责任编辑：王磊）</p>", ("陈晓兰",)),
    "no commenter": ({}, "<div class=comments><div class='comment-author'>Max Else</div></div>", ()),
}  # fmt: skip


@pytest.mark.parametrize(("ld", "body", "expected"), AUTHORS.values(), ids=AUTHORS.keys())
def test_authors_are_read_with(ld: dict[str, object], body: str, expected: tuple[str, ...]) -> None:
    node = {"@type": "Article", "headline": "Old bridge reopens", **ld}
    html = page(
        head="<meta property=og:site_name content='The Daily Planet'>",
        ld=node,
        body=f"<h1>Old bridge reopens</h1>{body}",
    )
    assert read(html).authors == expected


def test_a_site_named_after_its_owner_names_the_author() -> None:
    assert read(page(head='<meta property=og:site_name content="Jane Doe\'s blog">', body="<h1>Rain</h1>")).authors == (
        "Jane Doe",
    )
    assert read(page(head="<meta property=og:site_name content='Jane Doe'>", body="<h1>Rain</h1>")).authors == ()


# --- dates -----------------------------------------------------------------------------------------------------------

DATES = {
    "2016-12-13T23:06:00.000Z": "2016-12-13T23:06:00+00:00",
    "2024-05-03T08:30:00+0200": "2024-05-03T08:30:00+02:00",
    "2024-05-03 08:30:00 -05:00": "2024-05-03T08:30:00-05:00",
    "2024-05-03": "2024-05-03T00:00:00+00:00",
    "2024/5/3": "2024-05-03T00:00:00+00:00",
    "20240503": "2024-05-03T00:00:00+00:00",
    "2024 May 3": "2024-05-03T00:00:00+00:00",
    "2024 May 30:11": None,
    "1714725000": "2024-05-03T08:30:00+00:00",
    "1714725000000": "2024-05-03T08:30:00+00:00",
    "Fri, 03 May 2024 08:30:00 GMT": "2024-05-03T08:30:00+00:00",
    "Fri May 03 08:30:00 EST 2024": "2024-05-03T08:30:00-05:00",
    "May 3, 2024 8:30 p.m. PST": "2024-05-03T20:30:00-08:00",
    "Updated 3rd May 2024": "2024-05-03T00:00:00+00:00",
    "Freitag, 3. Mai 2024, 08:30 Uhr": "2024-05-03T08:30:00+00:00",
    "Publié le 3 mai 2024 à 8h30": "2024-05-03T08:30:00+00:00",
    "1er août 2023": "2023-08-01T00:00:00+00:00",
    "3 de mayo de 2024": "2024-05-03T00:00:00+00:00",
    "3 maggio 2024": "2024-05-03T00:00:00+00:00",
    "3 de março de 2024": "2024-03-03T00:00:00+00:00",
    "3 mei 2024 08:30": "2024-05-03T08:30:00+00:00",
    "3 maja 2024": "2024-05-03T00:00:00+00:00",
    "3 listopada 2023": "2023-11-03T00:00:00+00:00",
    "3 maj 2024 kl. 08.30": "2024-05-03T08:30:00+00:00",
    "3. toukokuuta 2024": "2024-05-03T00:00:00+00:00",
    "3 Mayıs 2024": "2024-05-03T00:00:00+00:00",
    "3 мая 2024, 08:30 МСК": "2024-05-03T08:30:00+03:00",
    "2024年5月3日 8時30分": "2024-05-03T08:30:00+00:00",
    "2024년 5월 3일 08:30": "2024-05-03T08:30:00+00:00",
    "03.05.2024": "2024-05-03T00:00:00+00:00",
    "13/05/2024": "2024-05-13T00:00:00+00:00",
    "Do 25.04.24 | 16:47 Uhr": "2024-04-25T16:47:00+00:00",
    "yesterday": None,
    "2024-13-45": None,
    "version 1.2.3": None,
    "0001-01-01T00:00:00Z": None,
    "": None,
}


@pytest.mark.parametrize(("text", "expected"), DATES.items())
def test_a_date_is_read(text: str, expected: str | None) -> None:
    found = parse_date(text, language="en")
    assert (found.isoformat() if found else None) == expected


def test_day_and_month_follow_the_language_where_both_are_possible() -> None:
    assert parse_date("03/04/2024", language="en-US") == datetime(2024, 3, 4, tzinfo=UTC)
    assert parse_date("03/04/2024", language="en-GB") == datetime(2024, 4, 3, tzinfo=UTC)


URL_DATES = {
    "https://x.example/2024/05/03/story": "2024-05-03",
    "https://x.example/2024/may/3/story": "2024-05-03",
    "https://x.example/blog/2024/october/03/story": "2024-10-03",
    "https://x.example/2024/football/03/story": None,
    "https://x.example/story-20240503.html": "2024-05-03",
    "https://x.example/article/A2024050308300005196": "2024-05-03",
    "https://x.example/2024/05/story": None,
    "https://x.example/story-8419489": None,
}


@pytest.mark.parametrize(("url", "expected"), URL_DATES.items())
def test_a_date_in_an_address_is_read(url: str, expected: str | None) -> None:
    found = date_in_url(url)
    assert (found.date().isoformat() if found else None) == expected


LOCALES = {
    ("en", "news.example.co.uk"): "2024-05-03",
    ("en", "news.example.com"): "2024-03-05",
    ("en", "news.example.io"): "2024-03-05",
    ("en-US", "news.example.co.uk"): "2024-03-05",
    ("fr", "news.example.ca"): "2024-05-03",
}


@pytest.mark.parametrize(("where", "expected"), LOCALES.items())
def test_the_country_of_an_english_page_tells_day_from_month(where: tuple[str, str], expected: str) -> None:
    language, host = where
    tree = LexborHTMLParser(
        f"<html lang={language}><body><h1>A story of the harbour</h1><p>03/05/2024</p><p>{'It went on. ' * 20}</p></body>"
    )
    found = read_metadata(tree, f"https://{host}/story").published
    assert found is not None
    assert found.date().isoformat() == expected


SHOWN = {
    "declared stands beside an update": ("2024-05-03T08:30:00Z", "<p>Updated 9 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "declared stands beside a later date": ("2024-05-03T08:30:00Z", "<p>9 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "an older date shown wins": ("2024-05-03T08:30:00Z", "<p>2 March 2019</p>", "2019-03-02T00:00:00+00:00"),
    "the same moment in the page's zone": ("2024-05-03T02:30:00Z", "<time datetime='2024-05-02T22:30:00-04:00'>May 2</time>", "2024-05-02T22:30:00-04:00"),
    "a clock without a zone gives the zone": ("2024-05-03T02:30:00Z", "<p>2 May 2024 10:30 pm</p>", "2024-05-02T22:30:00-04:00"),
    "marked as published": ("2024-05-03T08:30:00Z", "<time itemprop=datePublished datetime=2024-06-01>1 June 2024</time>", "2024-06-01T00:00:00+00:00"),
    "an update long after, with JSON-LD alone": ("2021-05-03T08:30:00Z", "<p>Updated 9 May 2024</p>", "2024-05-09T00:00:00+00:00"),
    "an update within a month": ("2024-05-03T08:30:00Z", "<p>Updated 30 May 2024</p>", "2024-05-03T08:30:00+00:00"),
    "an update long after beside the day of publication": ("2021-05-03T08:30:00Z", "<p>Published 3 May 2021</p><p>Updated 9 May 2024</p>", "2021-05-03T08:30:00+00:00"),
    "a parent that says published": ("2024-05-03T08:30:00Z", "<p class=release-date><time datetime=2024-06-01>1 June 2024</time></p>", "2024-06-01T00:00:00+00:00"),
    "nothing declared but a line far below": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>Last updated: 3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "a date in a sentence is no date": ("", f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p><p>It opened on 3 May 2024 and then it closed again for a year.</p>", None),
    "nothing declared": ("", "<p>Jane Doe</p><p>3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "nothing declared but an update": ("", "<p>Last updated</p><p>3 May 2024</p>", "2024-05-03T00:00:00+00:00"),
    "a caption's date is no date": ("", "<p>The old bridge, seen from the northern bank of the river on a rather cloudy morning, on 2 March 2019 (Jane Doe)</p>", None),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "body", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_of_declared_and_shown_dates(declared: str, body: str, expected: str | None) -> None:
    found = read(
        page(
            ld={"@type": "Article", "headline": "Old bridge reopens", "datePublished": declared},
            body=f"<h1>Old bridge reopens</h1>{body}",
        )
    )
    assert (found.published.isoformat() if found.published else None) == expected


def test_two_sources_that_agree_outweigh_a_late_update() -> None:
    meta = "<meta property=article:published_time content=2021-05-03T08:30:00Z>"
    ld = {"@type": "Article", "headline": "Old bridge reopens", "datePublished": "2021-05-03T08:30:00Z"}
    found = read(page(head=meta, ld=ld, body="<h1>Old bridge reopens</h1><p>Updated 9 May 2024</p>"))
    assert found.published == datetime(2021, 5, 3, 8, 30, tzinfo=UTC)


REPEATED = "<time itemprop=datePublished datetime=2024-05-09>9 May</time><time itemprop=datePublished datetime=2024-05-03>3 May</time>"


def test_of_repeated_days_of_publication_an_updated_page_means_the_first() -> None:
    found = read(
        page(
            body=f"<h1>Old bridge reopens</h1><p>Updated 9 May 2024</p><p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p>{REPEATED}"
        )
    )
    assert (found.published, found.modified) == (datetime(2024, 5, 3, tzinfo=UTC), datetime(2024, 5, 9, tzinfo=UTC))


def test_of_repeated_days_of_publication_a_page_without_a_label_means_the_one_it_puts_first() -> None:
    found = read(page(body=f"<h1>Old bridge reopens</h1><p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p>{REPEATED}"))
    assert (found.published, found.modified) == (datetime(2024, 5, 9, tzinfo=UTC), None)


@pytest.mark.parametrize("name", ["w-published-date", "publish-time-utc"])
def test_a_meta_name_that_speaks_of_publication_is_read(name: str) -> None:
    assert read(page(head=f"<meta name={name} content=2024-05-03>")).published == datetime(2024, 5, 3, tzinfo=UTC)
    assert read(page(head="<meta name=publisher-update content=2024-05-03>")).published is None


# --- the rest --------------------------------------------------------------------------------------------------------

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
def test_a_canonical_address_is_believed_when(head: str, expected: str) -> None:
    assert read(page(head=head)).canonical_url == expected


SITES = {
    "Open Graph": (
        "<meta property=og:site_name content='Daily Planet'><title>Rain | Planet</title>",
        None,
        "Daily Planet",
    ),
    "the publisher": ("", {"@type": "Article", "publisher": {"name": "Daily Planet"}}, "Daily Planet"),
    "JSON-LD's own site": ("", {"@type": "WebSite", "name": "The Daily Planet"}, "The Daily Planet"),
    "the title's end": ("<title>Rain ahead | The Daily Planet</title>", None, "The Daily Planet"),
    "the title's start": ("<title>Daily Planet: Rain - more rain</title>", None, "dailyplanet.example"),
    "no word of the title": ("<title>Rain ahead | Weather</title>", None, "dailyplanet.example"),
    "no mere mark": ("<meta property=og:site_name content='/'><title>Rain</title>", None, "dailyplanet.example"),
}


@pytest.mark.parametrize(("head", "ld", "expected"), SITES.values(), ids=SITES.keys())
def test_the_site_is_named_by(head: str, ld: object, expected: str) -> None:
    assert read(page(head=head, ld=ld)).site == expected


def test_a_site_is_known_by_the_initials_in_its_host() -> None:
    found = read("<title>A checklist for cars | Farm Bureau Financial Services</title>", "https://www.fbfs.example/a")
    assert (found.site, found.title) == ("Farm Bureau Financial Services", "A checklist for cars")


@pytest.mark.parametrize(
    ("told", "expected"),
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
def test_free_is_read_from_a_boolean_or_its_name(told: object, expected: bool | None) -> None:
    assert read(page(ld={"@type": "Article", "headline": "Rain", "isAccessibleForFree": told})).free is expected
    if isinstance(told, str):
        assert read(page(head=f"<meta itemprop=isAccessibleForFree content={told}>")).free is expected


def test_an_unreadable_word_leaves_the_question_to_the_next_source() -> None:
    assert (
        read(
            page(
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


@pytest.mark.skipif(not SEED.exists(), reason="the seed page stands beside the checkout only")
def test_the_seed_page_names_its_title_author_and_moment() -> None:
    found = read(SEED.read_text(encoding="utf-8"), "https://www.nbcnews.com/tech/tech-news/what-s-hold-spacex-n695001")
    assert (found.title, found.authors) == ("What's the Hold-Up at SpaceX?", ("Alyssa Newcomb",))
    assert found.published == datetime(2016, 12, 13, 18, 6, tzinfo=UTC)
    assert found.modified == datetime(2016, 12, 13, 19, 22, 51, tzinfo=UTC)


# --- laws ------------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "By",
        "von",
        "Jane Doe",
        "2024",
        "May 3,",
        "03/04/2024",
        "T10:99",
        "Z",
        "-",
        "|",
        ",",
        "and",
        "(",
        ")",
        "\ud800",
        "\x00",
        "기자",
        "記者",
        "{",
        "}",
        '"',
        "Updated",
    ]
)
SOUP = st.lists(WORDS | st.text(max_size=8), max_size=20).map(" ".join)
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
    assert isinstance(read_metadata(LexborHTMLParser(body), body.decode("latin-1")), Metadata)


@given(JSON, SOUP, SOUP)
@settings(max_examples=150)
def test_any_json_ld_and_any_texts_give_the_same_metadata_twice(ld: object, head: str, body: str) -> None:
    node = {"@type": "Article", "headline": "Old bridge reopens", **ld} if isinstance(ld, dict) else ld
    text = json.dumps(node).replace("</", "<\\/")
    clean = (head + " " + body).encode("utf-8", "replace").decode()
    html = page(
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
        page(
            ld=json.dumps(node).replace("</", "<\\/"), head=f"<link rel=canonical href='/a&#x1b;b&#xfffe;{len(site)}'>"
        )
    )
    fields = [value for value in (getattr(found, name) for name in found.__slots__) if isinstance(value, str | tuple)]
    texts = [text for value in fields for text in ((value,) if isinstance(value, str) else value)]
    assert not any(UNSTORABLE.search(text) for text in texts)
    assert all(text.encode("utf-8") for text in texts if text)


@given(st.text(max_size=300))
def test_any_script_is_read_as_json_ld_or_not_at_all(text: str) -> None:
    assert isinstance(parse_jsonld(text), list)
    assert isinstance(parse_jsonld('{"headline": "' + text), list)


@given(SOUP)
def test_any_text_is_a_byline_a_date_and_a_title(text: str) -> None:
    assert all(name.strip() for name in read_byline(text))
    for found in (parse_date(text), read_date(text), date_in_url(text)):
        assert found is None or found.tzinfo is not None
    once = clean_title(text, "Daily Planet", "www.dailyplanet.example")
    assert isinstance(once, str)


def test_deeply_nested_json_ld_is_given_up() -> None:
    assert parse_jsonld("[" * 100_000) == []
    assert read(page(ld='{"a":' * 50_000)).title == ""
