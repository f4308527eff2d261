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
    "a site and its motto": ("Rain ahead | Daily Planet - News from the coast", "Daily Planet", "Rain ahead"),
    "a site twice in front": ("Daily Planet | DailyPlanet.example - Rain ahead", "Daily Planet", "Rain ahead"),
    "a site of two words behind a colon": ("Rain ahead: Daily Planet", "Daily Planet", "Rain ahead"),
    "a place that is the site's name": ("Rain ahead in the old capital, Salem", "Salem", "Rain ahead in the old capital, Salem"),
    "a site behind a rare sign": ("Rain ahead ● Daily Planet", "Daily Planet", "Rain ahead"),
    "a site behind slashes": ("Rain ahead // Daily Planet", "Daily Planet", "Rain ahead"),
    "a site in brackets": ("大雨に注意【朝の新聞】", "朝の新聞", "大雨に注意"),
    "another section and a site": ("Rain ahead | Politics | Daily Planet", "Daily Planet", "Rain ahead"),
    "a section behind a dash": ("A life - Politics", "Daily Planet", "A life - Politics"),
    "a quoted name": ("Why we read “Daily Planet”", "Daily Planet", "Why we read “Daily Planet”"),
    "a comma of its own": ("Rain ahead, wind behind", "Daily Planet", "Rain ahead, wind behind"),
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


SHOWN = {
    "a place behind a comma": ("Fire rages near the old capital, Salem", "Salem"),
    "a person behind a comma": ("An interview with the founder, Jane Doe", "Jane Doe"),
    "a name between dashes": ("Scandal at the top – Planet – how it failed its staff", "Planet"),
    "a name behind a colon": ("A letter to my town: The Planet", "The Planet"),
    "a name in brackets": ("How I built it [Planet]", "Planet"),
    "a section behind a dot": ("Art · Culture", ""),
    "a section behind a bar": ("The state of | Politics", ""),
    "a star": ("Rated 5 * Salem", "Salem"),
}


@pytest.mark.parametrize(("title", "site"), SHOWN.values(), ids=SHOWN.keys())
def test_a_title_that_the_heading_shows_whole_is_whole(title: str, site: str) -> None:
    assert choose_title([title], {"title": title}, site=site) == title
    assert choose_title([f"{title} | Daily Planet"], {"title": f"{title} | Daily Planet"}, site="Daily Planet") == title


CHOICES = {
    "the heading wins": (["Bridge opens again"], {"og": "You won't believe this bridge opens", "title": "Bridge opens | DP"}, "Bridge opens again"),
    "a title that was lost": (["Bridge opens again"], {"og": "Daily Planet", "title": "Home | Daily Planet"}, "Bridge opens again"),
    "a section is a title": (["The Gull of Salem"], {"og": "Politics", "title": "Politics"}, "Politics"),
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


BODY = f"<p>{'Rain fell. ' * 40}</p>"
SMALLER = {
    "an h2 at the end of the title": ("We left Salem: the storm of the year", f"<h1>Planet</h1>{BODY}<h2>The storm of the year</h2>"),
    "a step of a recipe": ("Fish soup and how to make it", f"{BODY}<h2>How to make it</h2>"),
    "no template in brackets": ("[[The strange harbour of Salem]]", BODY),
    "no title": ("", f"{BODY}<h2>Sign up to our newsletter</h2>"),
}  # fmt: skip


@pytest.mark.parametrize(("title", "body"), SMALLER.values(), ids=SMALLER.keys())
def test_a_title_stays_without_a_heading_that_repeats_it(title: str, body: str) -> None:
    assert read(british(head=f"<title>{title}</title>", body=body)).title == title


HEADINGS = {
    "a sign behind a styled word": ("Why <em>Tide</em>, a film, shut the pier", "Why Tide, a film, shut the pier"),
    "a sign behind a link": ("Why <a href=/t>Tide</a>: a review", "Why Tide: a review"),
    "a styled word in quotes": ("Why “<b>Tide</b>” shut the pier", "Why “Tide” shut the pier"),
    "a place to break a long word": ("Hafen<wbr>gesellschaft schließt Brücke", "Hafengesellschaft schließt Brücke"),
    "the first letter of a word": ("<span>P</span>ier shut for a year", "Pier shut for a year"),
    "lowered numbers": ("Less CO<sub>2</sub>e at the pier", "Less CO2e at the pier"),
    "comments of a template": ("Pier shut for <!-- -->3<!-- --> weeks<!-- -->, says council", "Pier shut for 3 weeks, says council"),
    "a mark for copying": ("Pier shut for a year<a href=#pier>¶</a>", "Pier shut for a year"),
    "a picture with a title": ("<svg><title>Clock</title></svg>Pier shut for a year", "Pier shut for a year"),
    "a break of a line": ("Pier shut<br>for a year", "Pier shut for a year"),
    "a kicker": ("<span>Harbour</span>Pier shut for a year", "Harbour Pier shut for a year"),
    "a kicker in small letters": ("<span>harbour</span>pier shut for a year", "harbour pier shut for a year"),
    "lines of blocks": ("<div>Pier shut</div><div>for a year</div>", "Pier shut for a year"),
    "a kicker of another style": ("<i>Analysis</i>Pier shut for a year", "Analysis Pier shut for a year"),
    "a kicker in capitals": ("<em>ANALYSIS</em>Pier shut for a year", "ANALYSIS Pier shut for a year"),
    "a name with a styled letter": ("<i>e</i>Boat shut for a year", "eBoat shut for a year"),
    "a place to break a name": ("Harbour<wbr>Net shut for a year", "HarbourNet shut for a year"),
    "a link that is a word": ("Pier shut <a href=/x>Again</a> and again", "Pier shut Again and again"),
}  # fmt: skip


@pytest.mark.parametrize(("heading", "expected"), HEADINGS.values(), ids=HEADINGS.keys())
def test_a_title_has_spaces_where_readers_of_its_heading_see_them(heading: str, expected: str) -> None:
    assert read(british(body=f"<h1>{heading}</h1>")).title == expected


def test_the_title_of_a_picture_in_the_body_is_none_of_the_page() -> None:
    assert read("<svg><title>Logo of a gull</title></svg><h1>Pier shut for a year</h1>").title == "Pier shut for a year"
