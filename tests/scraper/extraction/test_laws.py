"""The laws of extraction, over the newsroom's pages and over random pages from Hypothesis.

*Accounting.* Each text block of a page is in exactly one place: in the article, among the removals or in the chrome.
A caption is among the removals and, as a block of its own kind, in the article too.

*Stripping twice equals once*, in two forms. `strip_blocks` over the blocks that it kept, with the same scores and rules,
removes nothing more; a greedy element rule stays ignored. A clean text under its title, read again as plain text, loses
nothing. Without a title, a short first line may become the title. The text of a *page* may lose lines when it is read as
plain text: a rule that a score or an element overruled then has only the words.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.beside import kind_beside
from scraper.extraction.candidates import Candidate, make_candidates
from scraper.extraction.extract import extract, extract_scored
from scraper.extraction.plain_text import extract_text
from scraper.extraction.strip import strip_blocks
from scraper.rules.loader import built_in_rules
from scraper.rules.matching import Match
from scraper.rules.model import Rule
from scraper.rules.reasons import DESCRIPTION, TITLE
from scraper.types import REMOVAL_KINDS, Extraction, Page
from tests.support.gold import GoldPage, gold_pages
from tests.support.pages import gold_page, json_ld, page

PAGES = tuple(gold_pages())
EVERY_PAGE = pytest.mark.parametrize("gold", PAGES, ids=lambda gold: f"{gold.gold.site}/{gold.gold.slug}")
SLOW = settings(max_examples=150)

LINES = [hit for rule in built_in_rules().rules if rule.stage == "text" for hit in rule.hit]
"""Boilerplate in every language that rules know."""
SENTENCES = [
    "The council met on Tuesday evening and decided that the old harbour wall will be raised by two metres, which the fishermen had asked for since the last flood, and which the town can pay for at last.",
    "Nobody objected to the plan.",
    "“We have waited for twenty years,” said the harbour master, who was born beside the wall and means to see it finished before he retires, whatever the weather and the engineers may have to say to that.",
    "Der Hafen bleibt bis zum Herbst gesperrt; die Fischer weichen in die Nachbarstadt aus, wo ihnen die Verwaltung Liegeplätze am alten Kai versprochen hat, der seit Jahren leer steht und saniert werden soll.",
    "港の壁は二メートル高くなると町議会が火曜日の夜に決めた。",
]


@cache
def extraction(gold: GoldPage) -> Extraction:
    return extract(gold_page(gold), built_in_rules())


def account(found: Extraction) -> dict[int, str]:
    """The texts of all blocks of an extraction, by position. Fails if a block occurs twice."""
    gone = [(removal.position, removal.text) for removal in (*found.removals, *found.chrome)]
    blocks = found.article.blocks if found.article else ()
    twice = [(block.position, block.text, block.kind) for block in blocks if block.kind in {"caption", "note"}]
    beside = [(row.position, row.text, kind) for row in found.removals if (kind := kind_beside(row))]
    assert set(twice) <= set(beside)
    assert [row for row in twice if row[2] == "note"] == [row for row in beside if row[2] == "note" and found.article]
    told = gone + [(block.position, block.text) for block in blocks if block.kind not in {"caption", "note"}]
    assert [position for position, count in Counter(position for position, _ in told).items() if count > 1] == []
    return dict(told)


def check_account(read: Page) -> None:
    scored = extract_scored(read, built_in_rules())
    found = scored.extraction
    told = account(found)
    texts = [block.text for block in scored.read.blocks.blocks]
    assert sorted(told) == list(range(len(told)))
    assert [told[position] for position in range(len(texts))] == texts
    assert all(removal.kind in REMOVAL_KINDS for removal in (*found.removals, *found.chrome))


# --- Random HTML and text -------------------------------------------------------------------------------------------

TAGS = "div p p p ul li h1 h2 table tr td blockquote figure figcaption section article aside nav footer span b a br".split()
NAMES = [
    "",
    "",
    "",
    "content",
    "newsletter-signup",
    "related",
    "paywall",
    "share-buttons",
    "byline",
    "caption",
    "twitter-tweet",
    "hidden",
]
words = st.one_of(st.sampled_from(SENTENCES), st.sampled_from(LINES), st.text(max_size=30))
opened = st.builds(
    "<{} class='{}' {}>".format,
    st.sampled_from(TAGS),
    st.sampled_from(NAMES),
    st.sampled_from(["", "", "", "href=/x", "hidden", "style='display: none'"]),
)
closed = st.builds("</{}>".format, st.sampled_from(TAGS))
odd = st.sampled_from(
    [
        '<script type=\'application/ld+json\'>{"articleBody": "A b."}</script>',
        "<!-- ",
        "<svg>",
        "&#11;",
        "&nbsp;",
        "<p",
        "\x00",
        "\u2028",
        "<br><br>",
        "<title>The wall</title>",
        "<meta property=og:title content=Wall>",
    ]
)
soup = st.lists(st.one_of(words, words, opened, opened, closed, odd), max_size=60).map("".join)
dirty = st.tuples(st.sampled_from(["", "Harbour wall to be raised\n\n"]), st.lists(words, max_size=14)).map(
    lambda made: made[0] + "\n\n".join(made[1])
)


# --- Deterministic, never an exception ----------------------------------------------------------------------------


@EVERY_PAGE
def test_a_page_gives_the_same_twice(gold: GoldPage) -> None:
    assert extract(gold_page(gold), built_in_rules()) == extraction(gold)


@SLOW
@given(soup)
def test_random_html_gives_the_same_twice(html: str) -> None:
    assert extract(page(html), built_in_rules()) == extract(page(html), built_in_rules())


@SLOW
@given(st.binary(max_size=400), st.sampled_from(["", "text/html; charset=utf-16", "text/html; charset=rot13", "\x80"]))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    headers = (("content-type", content_type),)
    assert extract(page(body, headers=headers), built_in_rules()).quality.evidence


@SLOW
@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    assert extract(page(text), built_in_rules()).quality.evidence
    assert extract_text(text, built_in_rules()).quality.evidence


@pytest.mark.parametrize("levels", [255, 256, 1000])
def test_lists_of_any_depth_are_read(levels: int) -> None:
    found = extract(page("<ul>" * levels + "<li>One item"), built_in_rules())
    kept = found.article.blocks if found.article else ()
    assert [part.text for part in (*kept, *found.removals)] == ["One item"]


# --- Accounting ---------------------------------------------------------------------------------------------------


@EVERY_PAGE
def test_every_block_of_a_page_is_accounted_for_once(gold: GoldPage) -> None:
    check_account(gold_page(gold))


@SLOW
@given(soup)
def test_every_block_of_random_html_is_accounted_for_once(html: str) -> None:
    check_account(page(html))


def test_every_block_of_a_page_with_its_text_in_its_data_is_accounted_for_once() -> None:
    body = json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(SENTENCES)})
    read = page(f"<h1>Wall</h1><div id=root></div>{json_ld(body)}<footer>All rights reserved</footer>")
    check_account(read)
    assert len(account(extract(read, built_in_rules()))) > len(SENTENCES)


def test_a_correction_without_an_article_is_accounted_for() -> None:
    note = next(
        hit for rule in built_in_rules().rules if rule.kind == "correction" and rule.zone == "any" for hit in rule.hit
    )
    found = extract_text(f"{note}.", built_in_rules())
    assert found.article is None
    assert account(found) == {0: f"{note}."}


@SLOW
@given(dirty)
def test_every_line_of_a_plain_text_is_accounted_for_once(text: str) -> None:
    told = account(extract_text(text, built_in_rules()))
    assert sorted(told) == list(range(len(told)))


# --- Stripping twice equals once ----------------------------------------------------------------------------------


def check_kept_stays(blocks: list[Candidate]) -> None:
    once = strip_blocks(blocks)
    stay = {*once.kept, *once.corrections, *once.embeds, *once.standfirsts}
    left = [block for block in blocks if block.position in stay]
    twice = strip_blocks([replace(block, element=None) for block in left])
    assert (twice.removals, twice.chrome) == ((), ())
    assert (twice.kept, twice.corrections, twice.embeds) == (once.kept, once.corrections, once.embeds)
    assert twice.standfirsts == once.standfirsts


@EVERY_PAGE
def test_the_kept_blocks_of_a_page_are_kept_again(gold: GoldPage) -> None:
    scored = extract_scored(gold_page(gold), built_in_rules())
    check_kept_stays(make_candidates(scored.read, scored.scores))


def rule(**about: object) -> Rule:
    return Rule(
        **{"id": "a", "stage": "text", "kind": "promo", "pattern": "x", "why": "w", "hit": (), "miss": (), **about}
    )  # type: ignore[arg-type]


SPOKEN = "“We have waited for twenty years,” said the harbour master, who was born beside the wall of the old town."
RULES = [
    rule(id=f"{stage}.{kind}.{zone}.{takes}", stage=stage, kind=kind, zone=zone, takes=takes)
    for stage in ("text", "element") for kind in ("promo", "caption", "correction") for zone in ("any", "head", "tail") for takes in ("block", "section")
]  # fmt: skip
blocks = st.lists(
    st.builds(
        Candidate,
        position=st.just(0),
        kind=st.sampled_from(["paragraph", "paragraph", "heading", "list", "quote", "embed", "caption"]),
        text=st.one_of(
            st.sampled_from(SENTENCES), st.sampled_from([SENTENCES[0][:60], SENTENCES[2][:100], "More", "Read:"])
        ),
        link_share=st.sampled_from([0.0, 0.0, 1.0]),
        element=st.sampled_from(
            [None, None, None, *(one for one in RULES if one.stage == "element" and one.kind != "correction")]
        ),
        matches=st.lists(st.sampled_from([one for one in RULES if one.stage == "text"]).map(Match), max_size=2).map(
            tuple
        ),
        score=st.sampled_from([0.9, 0.9, 0.6, 0.1]),
        repeats=st.sampled_from([None, None, None, TITLE, DESCRIPTION]),
        box=st.integers(-1, 4),
        is_standfirst=st.sampled_from([False, False, False, True]),
    ),
    max_size=16,
).map(lambda made: [replace(block, position=place) for place, block in enumerate(made)])


@settings(max_examples=600)
@given(blocks)
def test_the_kept_blocks_among_random_blocks_are_kept_again(made: list[Candidate]) -> None:
    check_kept_stays(made)


def check_clean_stays(text: str) -> None:
    once = extract_text(text, built_in_rules()).article
    if once is None:
        return
    told = extract_text(f"{once.title}\n\n{once.text}" if once.title else once.text, built_in_rules())
    assert told.removals == ()
    assert told.article is not None
    beside = [one.text for one in told.article.blocks if one.kind == "correction"]
    shown = [told.article.title, told.article.text] if told.article.title and not once.title else [told.article.text]
    assert "\n\n".join(shown) == once.text
    assert beside == []


@SLOW
@given(dirty)
def test_a_clean_text_loses_nothing_when_it_is_stripped_again(text: str) -> None:
    check_clean_stays(text)


@EVERY_PAGE
def test_the_text_of_a_page_loses_nothing_when_it_is_stripped_twice_as_text(gold: GoldPage) -> None:
    article = extraction(gold).article
    assert article is not None
    check_clean_stays(f"{article.title}\n\n{article.text}")


def test_a_quote_around_a_correction_alone_is_a_copy() -> None:
    correction = "Correction: An earlier version of this article misstated the height of the dam. It is 41 metres."
    check_clean_stays("\n\n".join((SENTENCES[0], SPOKEN, correction, SPOKEN, SENTENCES[2])))
