"""Extraction of one page, seen from outside."""

from __future__ import annotations

import gc
import json
from contextlib import suppress

import pytest

from scraper.extraction.extract import extract, paused_collector
from scraper.rules.loader import built_in_rules, parse_rules
from scraper.rules.ruleset import RuleSet
from scraper.types import Article
from tests.support.pages import document, extract_html, page

BODY = "".join(
    f"<p>The harbour board met for the {n}th time this year and, after four hours, agreed on nothing but the date of its next meeting.</p>"
    for n in range(4, 9)
)


def article(head: str, *, url: str = "https://news.example.com/a/board", body: str = BODY) -> Article:
    html = f"<html><head><title>Board meets</title>{head}</head><body><article><h1>Board meets</h1>{body}</article></body></html>"
    found = extract_html(html, url=url).article
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        pytest.param(
            "https://news.example.com/a/board-meets",
            "https://news.example.com/a/board-meets",
            id="another address of the site",
        ),
        pytest.param("https://other.example.org/x", "https://news.example.com/a/board", id="another site"),
        pytest.param("https://news.example.com/", "https://news.example.com/a/board", id="the front page"),
        pytest.param("", "https://news.example.com/a/board", id="none"),
    ],
)
def test_a_canonical_url_is_used_if_it_is_another_page_of_the_site(claimed: str, believed: str) -> None:
    assert article(f'<link rel="canonical" href="{claimed}">').canonical_url == believed


def test_an_amp_url_is_read_beside_the_canonical_url() -> None:
    found = article('<link rel="amphtml" href="board?amp"><link rel="canonical" href="/a/board-meets">')
    assert (found.canonical_url, found.amp_url) == (
        "https://news.example.com/a/board-meets",
        "https://news.example.com/a/board?amp",
    )
    assert article('<link rel="amphtml" href="https://other.example.org/amp/board">').amp_url == ""


TWEET = (
    '<blockquote class="twitter-tweet"><p>The gate is shut. It will stay shut until the flood has passed the weir.</p>&mdash; Harbour Office (@harbour) '
    '<a href="https://twitter.com/harbour/status/1">May 3, 2024</a></blockquote>'
)
FIGURE = '<figure><img src="/p/gate.jpg"><figcaption>The gate on Monday. Photo: Jane Doe / dpa</figcaption></figure>'
CORRECTION = "<p>Correction: An earlier version of this article gave the wrong number of gates.</p>"


def test_embedded_posts_captions_and_corrections_stand_beside_the_text() -> None:
    found = article("", body=BODY.replace("</p>", f"</p>{FIGURE}{TWEET}", 1) + CORRECTION)
    beside = {block.kind: block for block in found.blocks if block.kind in {"embed", "caption", "correction"}}
    assert beside["embed"].source == "https://twitter.com/harbour/status/1"
    assert beside["embed"].text.startswith(("The gate is shut", "— Harbour"))
    assert (beside["caption"].image, beside["caption"].credit) == (
        "https://news.example.com/p/gate.jpg",
        "Jane Doe / dpa",
    )
    assert beside["correction"].text.startswith("Correction: An earlier")
    assert not any(words in found.text for words in ("gate is shut", "Jane Doe", "Correction"))
    assert found.text.count("harbour board") == 5


def read(html: str) -> Article | None:
    return extract_html(html, url="https://a.example/x").article


SENTENCES = [
    f"On day {n} the council of the harbour town heard the engineers, who said that the old gate could not be repaired."
    for n in range(1, 8)
]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": '
            + json.dumps("\n".join(SENTENCES))
            + "}</script>",
            id="JSON-LD, plain",
        ),
        pytest.param(
            "<script>window.state = "
            + json.dumps({"story": {"body": "".join(f"<p>{one}</p>" for one in SENTENCES)}})
            + "</script>",
            id="a script's state",
        ),
        pytest.param(
            "<script>push([1, "
            + json.dumps(json.dumps({"body": "".join(f"<p>{one}</p>" for one in SENTENCES)}))
            + "])</script>",
            id="JSON within JSON",
        ),
    ],
)
def test_an_article_that_only_data_of_the_page_holds_is_found(script: str) -> None:
    found = read(
        f"<html><head><title>Gate</title></head><body><div id=root></div>{script}<footer>All rights reserved</footer></body></html>"
    )
    assert found is not None
    assert found.text == "\n\n".join(SENTENCES)


def test_a_rule_for_a_host_applies_to_its_subdomains_and_no_other_host() -> None:
    row = '[[rule]]\nid = "promo.own"\nstage = "text"\nkind = "promo"\nwords = ["harbour"]\npattern = "third"\nhosts = ["a.example"]\nwhy = "w"\nhit = ["harbour third"]\nmiss = ["x"]\n'
    rules = RuleSet(
        parse_rules(
            row.replace('"third"', '"4th time"').replace("harbour third", "harbour 4th time"), origin="own.toml"
        )
    )
    removed = {
        host: [removal.rule_id for removal in extract(page(HTML, url=f"https://{host}/x"), rules).removals]
        for host in ("a.example", "www.a.example", "b.example")
    }
    assert {host: "promo.own" in found for host, found in removed.items()} == {
        "a.example": True,
        "www.a.example": True,
        "b.example": False,
    }


HTML = f"<html><body><article><h1>Board meets</h1>{BODY}</article></body></html>"


BODY_RULES = """
[[rule]]
id = "body.reader"
stage = "element"
kind = "body"
pattern = ".reader"
hosts = ["herald.example"]
why = "a site that keeps its text in an element for menus"
hit = ["<nav class=reader><p>The creek rose.</p></nav>"]
miss = ["<nav><p>Home</p></nav>"]

[[rule]]
id = "body.motto"
stage = "text"
kind = "body"
words = ["tide"]
pattern = "^Tide and time wait"
why = "a line that looks like a slogan and belongs to the text"
hit = ["Tide and time wait for no man"]
miss = ["The tide waits"]
"""


@pytest.mark.parametrize(("host", "kept"), [("herald.example", True), ("coast.example", False)])
def test_a_body_rule_keeps_its_element_and_other_rules_still_apply_in_it(host: str, kept: bool) -> None:
    rules = RuleSet([*built_in_rules().rules, *parse_rules(BODY_RULES, origin="body.toml")])
    said = [
        f"The creek rose by {number} inches on Monday and the mill at Westmark stood in water to its second window."
        for number in range(5)
    ]
    inner = "".join(f"<p>{line}</p>" for line in said)
    html = f"<html><title>Creek</title><body><h1>Creek</h1><nav class=reader>{inner}<p>Sign up for our newsletter</p><p>Tide and time wait for no man</p></nav></body></html>"
    article = extract(page(html, url=f"https://{host}/creek"), rules).article
    text = article.text if article else ""
    assert text.split("\n\n") == ([*said, "Tide and time wait for no man"] if kept else [text])
    assert ("newsletter" not in text) == kept


def test_a_line_of_stars_repeats_no_field_and_the_authors_name_is_a_byline() -> None:
    markup = f"<p>★★★★☆</p><p>Lou Barr</p>{BODY}"
    html = f"<html><head><title>Board meets</title><meta name=author content='Lou Barr'></head><body><article><h1>Board meets</h1>{markup}</article></body></html>"
    found = extract_html(html, url="https://news.example.com/a/board")
    reasons = {removal.text: removal.rule_id for removal in (*found.removals, *found.chrome)}
    assert reasons.get("★★★★☆") != "description"
    assert reasons["Lou Barr"] == "author"


def test_links_below_a_short_article_are_removed_even_if_a_fallback_takes_them_for_text() -> None:
    lines = (
        "Nuori karhu kulki maanantaina kyläkaupan ovesta sisään ja poistui mukanaan paketti hunajakeksejä.",
        "Kauppias Tuula Niemi oli juuri täyttämässä leipähyllyä, kun ovi avautui. ”Luulin, että se on Martti”, hän sanoo.",
        "Karhu ei kiirehtinyt. Se katseli hyllyjä, valitsi ja lähti samaa tietä kuin oli tullutkin.",
        "Poliisi pyytää kyläläisiä pitämään roska-astiat suljettuina.",
    )
    first, second, third, last = (f"<p>{line}</p>" for line in lines)
    html = (
        "<!doctype html><html lang=fi><head><title>Karhu kävi kaupassa | Rannikon Sanomat</title><meta property=og:title content='Karhu kävi kaupassa'></head><body><main>"
        f"<section class=z1><h1>Karhu kävi kaupassa</h1>{first}<div>Olli Räsänen</div><div>11.5.2026 16:30</div></section><section class=z2>{second}{third}"
        f"<p>Lue myös: <a href=/1>Näin toimit, kun kohtaat karhun</a></p>{last}<p>Juttua päivitetty kello 17.05: lisätty poliisin ohje.</p>"
        "<p>Oikaisu 12.5. kello 9.10: Kauppiaan nimi on Tuula Niemi, ei Nieminen.</p></section>"
        "<section class=z3><h2>Luetuimmat</h2><a href=/a>Kesä alkaa myöhässä</a><a href=/b>Silakka kallistuu taas</a></section>"
        "<section class=z4><h2>Tilaa uutiskirje</h2><p>Saat päivän tärkeimmät uutiset sähköpostiisi joka aamu.</p></section></main></body></html>"
    )
    found = extract_html(html, url="https://news.example/a").article
    assert found is not None
    assert [block.text for block in found.body] == list(lines)


def test_a_heading_of_kicker_and_title_in_one_element_repeats_the_title() -> None:
    heading = "<h2><span>Kuriose Rettung</span><span>The board meets for the fourth time</span></h2>"
    kept = "<h2>Why the board meets for the fourth time is a question of its own that nobody on it cares to answer</h2>"
    html = f"<html><head><title>The board meets for the fourth time</title></head><body><article>{heading}{kept}{BODY}</article></body></html>"
    found = extract_html(html, url="https://news.example.com/b")
    reasons = {removal.text: removal.rule_id for removal in (*found.removals, *found.chrome)}
    assert reasons["Kuriose Rettung The board meets for the fourth time"] == "title"
    assert "title" not in {rule for text, rule in reasons.items() if text.startswith("Why")}


def test_a_heading_that_was_encoded_twice_is_the_title() -> None:
    body = "".join(
        f"<p>The council met on {day} and voted to repair the old bridge before the winter.</p>"
        for day in ("Monday", "Friday")
    )
    html = document(
        f"<p><a href=/in>Sign in</a></p><header><h1>Salt &amp;amp; rope</h1><ul><li><a href=/1>Boats</a></li></ul></header><article>{body}</article>",
        head="<meta property=og:title content='Salt &amp; rope'>",
    )
    found = extract_html(html)
    assert found.article is not None
    assert found.article.title == "Salt & rope"
    removed = {removal.text: removal.rule_id for removal in found.removals}
    assert (removed.get("Salt &amp; rope"), removed.get("Boats")) == ("title", "scorer")


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was_also_after_an_error(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with suppress(ZeroDivisionError), paused_collector():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() is enabled
        extract_html("<p>A page.</p>")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
