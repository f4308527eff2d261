"""A table, a list, a definition list and code are judged as one thing, by where they stand."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.extraction.candidates import Candidate
from scraper.extraction.strip import MIN_BODY_SCORE
from scraper.extraction.units import find_units, keep_units, tables_with_rows
from tests.support.pages import extract_html
from tests.support.scores import extract_by

PROSE = "The council of the harbour town decided on Tuesday that the wall will be raised by two metres before winter. "
FIGURES = "<tr><th>Year</th><th>Ships</th></tr><tr><td>2024</td><td>118</td></tr><tr><td>2025</td><td>131</td></tr>"
LISTS = "<dt>Length</dt><dd>118 m</dd><dt>Draught</dt><dd>6 m</dd>"
RELATED = "".join(f"<li><a href='/{n}'>Another story about the harbour, number {n}</a></li>" for n in range(4))


def judged(inner: str, *, before: float = 1.0, after: float = 1.0, inside: float = 0.2) -> list[Candidate]:
    """The candidates between two paragraphs of these scores, after the judgement of units."""
    page = read_blocks(LexborHTMLParser(f"<article><p>{PROSE}</p>{inner}<p>{PROSE}</p></article>"))
    scores = [before, *[inside] * (len(page.blocks) - 2), after]
    made = [
        Candidate(block.position, block.kind, block.text, link_share=block.link_chars / len(block.text), score=score)
        for block, score in zip(page.blocks, scores, strict=True)
    ]
    return keep_units(made, page, floor=MIN_BODY_SCORE)[1:-1]


@pytest.mark.parametrize(
    "inner",
    [f"<table>{FIGURES}</table>", f"<div><table>{FIGURES}</table></div>", "<pre>wall = 2\nship = 118</pre>", "<code>wall = 2<br>ship = 118</code>", f"<dl>{LISTS}</dl>", "<ul><li>Two metres</li><li>118 ships</li></ul>"],
    ids=["table", "table in a box", "code", "code alone", "definition list", "list"],
)  # fmt: skip
def test_a_unit_between_paragraphs_of_the_article_is_kept_whole(inner: str) -> None:
    assert {block.score >= MIN_BODY_SCORE for block in judged(inner)} == {True}


@pytest.mark.parametrize(("before", "after"), [(0.0, 1.0), (1.0, 0.0)])
def test_a_table_at_the_edge_of_the_article_needs_evidence_of_its_own(before: float, after: float) -> None:
    found = judged(f"<table>{FIGURES}</table>", before=before, after=after)
    assert {block.score for block in found} == {0.2}


@pytest.mark.parametrize(
    ("inner", "kept"), [(f"<table>{FIGURES}</table>", False), ("<pre>wall = 2\nship = 118</pre>", True)]
)
def test_a_table_that_the_scorer_is_sure_of_goes_and_a_listing_stays(inner: str, kept: bool) -> None:
    assert {block.score >= MIN_BODY_SCORE for block in judged(inner, inside=0.02)} == {kept}


@pytest.mark.parametrize(("kept", "whole"), [(3, True), (2, False)])
@pytest.mark.parametrize("form", ["<table>{}</table>|<tr><td>{}</td></tr>", "<ul>{}</ul>|<li>{}</li>"])
def test_of_a_unit_at_the_end_all_parts_stay_if_most_do(form: str, kept: int, whole: bool) -> None:
    outer, inner = form.split("|")
    parts = outer.format("".join(inner.format(f"Ship number {n}") for n in range(4)))
    page = read_blocks(LexborHTMLParser(f"<article><p>{PROSE}</p>{parts}</article>"))
    scores = [1.0, *[1.0] * kept, *[0.0] * (4 - kept)]
    made = [
        Candidate(block.position, block.kind, block.text, score=score)
        for block, score in zip(page.blocks, scores, strict=True)
    ]
    found = keep_units(made, page, floor=MIN_BODY_SCORE)
    assert all(block.score >= MIN_BODY_SCORE for block in found) is whole


@pytest.mark.parametrize(("kept", "whole"), [(2, True), (1, False)])
def test_of_a_definition_list_at_the_end_all_stays_if_its_terms_do(kept: int, whole: bool) -> None:
    page = read_blocks(LexborHTMLParser(f"<article><p>{PROSE}</p><dl>{LISTS}</dl></article>"))
    terms = [block.position for block in page.blocks if block.tag == "dt"][:kept]
    made = [
        Candidate(place, block.kind, block.text, score=1.0 if place in (0, *terms) else 0.0)
        for place, block in enumerate(page.blocks)
    ]
    assert all(block.score >= MIN_BODY_SCORE for block in keep_units(made, page, floor=MIN_BODY_SCORE)) is whole


def test_a_list_stands_below_another_that_is_kept() -> None:
    lists = "<h4>Pros</h4><ul><li>It is fast.</li><li>It is new.</li></ul><h4>Cons</h4><ul><li>It is loud.</li></ul>"
    assert [block.score >= MIN_BODY_SCORE for block in judged(lists)] == [False, True, True, False, True]
    apart = lists.replace("<h4>Cons</h4>", "<h4>Cons</h4><p>One.</p><p>Two.</p>")
    assert [block.score >= MIN_BODY_SCORE for block in judged(apart)][-1] is False


def test_a_list_of_links_between_paragraphs_gains_nothing() -> None:
    assert {block.score for block in judged(f"<ul>{RELATED}</ul>")} == {0.2}


def test_loose_paragraphs_are_no_unit() -> None:
    assert {block.score for block in judged("<p>One.</p><p>Two.</p>")} == {0.2}


def test_rows_that_look_like_stamps_or_tags_stay_in_their_table() -> None:
    rows = "<tr><td>Published: 3 March 2026</td></tr><tr><td>Tags: harbour, wall</td></tr><tr><td>Share this</td></tr>"
    article = extract_html(
        f"<article><h1>The wall</h1><p>{PROSE * 3}</p><table>{FIGURES}{rows}</table><p>{PROSE * 2}Later.</p></article>"
    ).article
    assert article is not None
    for text in ("Published: 3 March 2026", "Tags: harbour, wall", "Share this", "2025 | 131"):
        assert text in article.text


def test_a_listing_between_paragraphs_is_kept_whatever_its_lines_say() -> None:
    listing = "<pre>tags: harbour, wall\nauthor: Ann Lee\nCopyright 2026</pre>"
    article = extract_html(
        f"<article><h1>The wall</h1><p>{PROSE * 3}</p>{listing}<p>{PROSE * 2}Later.</p></article>"
    ).article
    assert article is not None
    assert "tags: harbour" in article.text


def test_a_table_whose_every_row_is_boilerplate_is_not_kept() -> None:
    rows = "<tr><td>Photo: Ann Lee / Reuters</td></tr>"
    article = extract_html(
        f"<article><h1>The wall</h1><p>{PROSE * 3}</p><table>{rows}</table><p>{PROSE * 2}Later.</p></article>"
    ).article
    assert article is not None
    assert "Ann Lee" not in article.text


def test_of_nested_tables_the_inner_one_is_the_unit_and_of_nested_lists_the_outer_one() -> None:
    page = read_blocks(
        LexborHTMLParser(
            f"<table><tr><td>Menu</td><td><p>{PROSE * 4}</p><table>{FIGURES}</table></td></tr></table>"
            "<ul><li>One<ol><li>Inner</li></ol></li></ul>"
        )
    )
    units = find_units(page.containers, tables_with_rows(page))
    tags = {
        block.text: (page.containers[unit].tag, page.containers[unit].depth)
        for block in page.blocks
        if (unit := units[block.container]) >= 0
    }
    assert tags["2025 | 131"][0] == "table"
    assert tags["2025 | 131"] != tags.get("Menu")
    assert tags["Inner"] == tags["One"] == ("ul", tags["One"][1])


@pytest.mark.parametrize(
    ("items", "kept"),
    [
        (["Advertisement: 61", "Advertisement", "Sales of maps: 39", "Gifts: 4", "Rent: 8"], True),
        (["Advertisement", "Newsletter", "Comments", "Rent: 8"], False),
        (["Advertisement", "Sales of <a href='/maps'>maps</a>", "Gifts of the readers: 4", "Rent: 8"], False),
    ],
    ids=["facts", "most are known to rules", "a list with a link"],
)
def test_a_rule_takes_no_item_of_a_list_of_facts(items: list[str], kept: bool) -> None:
    listed = "".join(f"<li>{item}</li>" for item in items)
    article = extract_html(f"<article><p>{PROSE * 3}</p><ul>{listed}</ul><p>{PROSE * 2}Later.</p></article>").article
    assert article is not None
    assert ("Advertisement" in [block.text for block in article.body]) is kept


@pytest.mark.parametrize(("tag", "kept"), [("code", True), ("em", False)])
def test_a_rule_takes_no_paragraph_that_is_code(tag: str, kept: bool) -> None:
    line = f"<p><{tag}>Tags: sea, storm</{tag}></p>"
    html = f"<article><p>{PROSE * 3}</p>{line}<p>{PROSE * 2}Later.</p></article>"
    article = extract_by(lambda text: 0.9, html).article
    assert article is not None
    assert ("Tags: sea, storm" in article.text) is kept


PORTS = "<ul><li><a href='/solva'>Solva</a></li><li><a href='/lund'>Lund</a></li><li><a href='/ro'>Ro</a></li></ul>"
SENT = (
    "The dredger, which came from the south, lay at the outer mole for the whole of the spring, and nobody paid for it."
)


@pytest.mark.parametrize(
    ("above", "listed", "shown", "kept"),
    [
        ("The survey of this summer covers three ports:", PORTS, "Solva", True),
        ("A long sentence about the survey. It covers these ports:", PORTS, "Solva", True),
        ("Die Untersuchung des Sommers gilt diesen drei Häfen:", PORTS, "Solva", True),
        ("今年の夏に行われた調査の対象となったのは、次の三つの港とその沖にある二つの橋である：", PORTS, "Solva", True),
        ("It read the articles of the law. The survey covers three ports:", PORTS, "Solva", True),
        ("The survey of this summer covers three ports.", PORTS, "Solva", False),
        ("The survey covers three ports:", PORTS, "Solva", False),
        ("The ports:", PORTS, "Solva", False),
        ("Check out these articles:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("For more on the harbour, see:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Andere Nutzer lasen auch:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Nos autres articles :", f"<ul>{RELATED}</ul>", "Another story", False),
        ("The researchers at Construction Coverage used these measures:", PORTS, "Solva", True),
        ("Here are some topics we will be covering:", PORTS, "Solva", True),
        ("Explore our insights for a taste of what’s to come:", PORTS, "Solva", True),
        ("Three more once stood on the other shore:", PORTS, "Solva", True),
        ("Tre hamnar är mer omtvistade än de andra:", PORTS, "Solva", True),
        ("Trending right now on this site:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("What our subscribers are talking about:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Previously in this series:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Follow our coverage of the storm:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("For more on the storm, go here:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Mehr zum Hafen und zum Sturm:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Sur le même sujet, à voir aussi :", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Más información sobre el temporal:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("También te puede gustar esto hoy:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Otros temas que te pueden gustar:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Ti potrebbe piacere anche questo:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Confira mais sobre o tema de hoje:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Ook interessant voor jou vandaag:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Mer om stormen och hamnen i Salem:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Mere om stormen og havnen i dag:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("Bu konuda daha fazlası için bakın:", f"<ul>{RELATED}</ul>", "Another story", False),
        ("<a href='/ports'>The survey of this summer covers three ports:</a>", PORTS, "Solva", False),
    ],
)
def test_a_list_of_links_stays_below_the_sentence_that_says_what_it_lists(
    above: str, listed: str, shown: str, kept: bool
) -> None:
    html = f"<article><p>{PROSE * 3}</p><p>{above}</p>{listed}<p>{SENT}</p></article>"
    items = ("Solva", "Lund", "Ro", "Another story")
    article = extract_by(lambda text: 0.05 if text.startswith(items) else 0.9, html).article
    assert article is not None
    assert (shown in article.text) is kept
