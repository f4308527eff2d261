"""Titles without site and section, and the choice among the titles that a page states."""

from __future__ import annotations

import pytest
from hypothesis import given

from scraper.metadata.titles import choose_title
from tests.scraper.metadata.support import SOUP, british, read

HOST = "www.dailyplanet.example"


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
    "bars without a site": ("Rain ahead | Daily Planet ||", "Daily Planet", "Rain ahead"),
    "only the site": ("Daily Planet", "Daily Planet", "Daily Planet"),
    "joiners that spell": ("می\u200cخواهم | Daily Planet", "Daily Planet", "می\u200cخواهم"),
    "joiners that do not": ("Heli\u200dport", "", "Heliport"),
    "encoded twice": ("Salt &amp; rope &#8211; Daily Planet", "Daily Planet", "Salt & rope"),
    "styled": ("<i>Tide</i> opens | Daily Planet", "Daily Planet", "Tide opens"),
    "about markup": ("Where &nbsp; comes from in HTML", "", "Where &nbsp; comes from in HTML"),
    "half a character": ("Heli\ud800port\x00 plan", "", "Heliport plan"),
    "a site in capitals": ("Rain ahead | STRASSENPOST", "Straßenpost", "Rain ahead"),
    "a site with a soft hyphen": ("Rain ahead | Straßen\u00adpost", "Straßenpost", "Rain ahead"),
    "soft hyphens and spaces": ("Heli\u00adport \n  plan", "", "Heliport plan"),
}  # fmt: skip


@pytest.mark.parametrize(("title", "site", "expected"), TITLES.values(), ids=TITLES.keys())
def test_a_title_is_cleaned_of_site_and_section(title: str, site: str, expected: str) -> None:
    assert choose_title([], {"title": title}, site=site, host=HOST, section="Weather") == expected


@pytest.mark.parametrize("title", ["Pier stands --", "Pier stands :*:", "File:///", "| Pier stands"])
@pytest.mark.parametrize("section", ["", "--"])
def test_signs_at_an_end_of_a_title_are_no_section(title: str, section: str) -> None:
    assert choose_title([title], {"title": title}, site="Daily Planet", host=HOST, section=section) == title


CHOICES = {
    "the heading wins": (["Bridge opens again"], {"og": "You won't believe this bridge opens", "title": "Bridge opens | DP"}, "Bridge opens again"),
    "a logo heading does not": (["Daily Planet", "Bridge opens again"], {"og": "Bridge opens again"}, "Bridge opens again"),
    "nor a foreign heading": (["Sign up for our letter"], {"headline": "Bridge opens again", "og": "Bridge opens again"}, "Bridge opens again"),
    "JSON-LD and Open Graph outvote the heading": (["Opens again"], {"headline": "Bridge: Opens again today", "og": "Bridge: Opens again today"}, "Bridge: Opens again today"),
    "Open Graph drops the kicker": (["City news Old bridge opens again"], {"headline": "City news Old bridge opens again", "og": "Old bridge opens again"}, "Old bridge opens again"),
    "nothing but <title>": ([], {"title": "Bridge opens again - Daily Planet"}, "Bridge opens again"),
    "nothing at all": ([], {}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("headings", "stated", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_one_of_several_titles_is_chosen(headings: list[str], stated: dict[str, str], expected: str) -> None:
    assert choose_title(headings, stated, site="Daily Planet", host=HOST) == expected


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
def test_the_site_is_named(head: str, ld: object, expected: str) -> None:
    assert read(british(head=head, ld=ld)).site == expected


def test_a_site_is_known_by_the_initials_in_its_host() -> None:
    found = read("<title>A checklist for cars | Farm Bureau Financial Services</title>", "https://www.fbfs.example/a")
    assert (found.site, found.title) == ("Farm Bureau Financial Services", "A checklist for cars")


@given(SOUP)
def test_any_text_can_be_a_title(text: str) -> None:
    assert isinstance(choose_title([text], {"title": text, "og": text}, site="Daily Planet", host=HOST), str)
