"""Extraction of the gate's pages, whose every line we know: no page may get worse than its floor.

`python -m tests.gate` shows each wrong block with the rule or score that decided; with `--update` it tightens the floors.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.extraction.extract import extract
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.rules.ruleset import RuleSet
from tests.gate.floors import load_floors, tighten, total, write_floors
from tests.gate.measure import Figures, Mistakes, compare, flat
from tests.gate.pages import GatePage, load_pages

PAGES = load_pages()
FLOORS = load_floors()
LANGUAGES = "en de fr es it pt nl pl sv da no fi tr ru uk cs ja ko zh ar he".split()


@pytest.fixture(scope="module")
def compared() -> dict[str, Mistakes]:
    return {page.key: compare(page, extract(page.fetched, built_in_rules())) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_a_page_is_no_worse_than_its_floor(page: GatePage, compared: dict[str, Mistakes]) -> None:
    wrong = compared[page.key]
    assert page.key in FLOORS, "new here: run python -m tests.gate --update"
    assert not wrong.figures.worse_than(FLOORS[page.key]), f"floor is {FLOORS[page.key]}, but {wrong}"


def test_every_floor_belongs_to_a_page() -> None:
    assert set(FLOORS) == {page.key for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_every_text_of_a_pages_gold_is_a_block_of_the_page(page: GatePage) -> None:
    gold = page.gold
    blocks = Counter(flat(block.text) for block in read_blocks(LexborHTMLParser(markup(page.fetched))).blocks)
    named = [*(text for _, text in (*gold.body, *gold.removals)), *gold.corrections]
    assert [text for text in named if not blocks[text]] == []
    assert len(gold.body) >= 3
    assert gold.removals


def test_the_pages_cover_many_languages_templates_and_kinds() -> None:
    assert len(PAGES) >= 60
    assert sorted({page.gold.language for page in PAGES}) == sorted(LANGUAGES)
    assert len({page.family for page in PAGES}) >= 20
    assert {
        "newsletter",
        "related",
        "social",
        "caption",
        "credit",
        "author-box",
        "comment",
        "paywall",
        "promo",
        "ad",
    } <= {kind for page in PAGES for kind, _ in page.gold.removals}


def test_no_two_pages_share_a_paragraph() -> None:
    long = Counter(text for page in PAGES for _, text in page.gold.body if len(text) > 80)
    assert [text for text, count in long.items() if count > 1] == []


def test_a_page_gets_worse_without_the_text_rules() -> None:
    page = next(page for page in PAGES if page.key == "de/strassenbahn")
    assert compare(page, extract(page.fetched, RuleSet(()))).figures.worse_than(FLOORS[page.key])


def test_a_lost_paragraph_and_a_leak_are_counted() -> None:
    page = PAGES[0]
    extraction = extract(page.fetched, built_in_rules())
    assert extraction.article is not None
    before = compare(page, extraction).figures
    *rest, last = extraction.article.body
    without = replace(extraction, article=replace(extraction.article, blocks=tuple(rest)))
    leaky = replace(
        extraction,
        article=replace(extraction.article, blocks=(*extraction.article.blocks, last._replace(text="Leak."))),
    )
    assert compare(page, without).figures.lost == before.lost + 1
    assert compare(page, leaky).figures.left == before.left + 1


def test_floors_are_tightened_never_loosened(tmp_path: Path) -> None:
    floors = {"a": Figures(lost=1, left=2), "gone": Figures(left=9)}
    now = {"a": Figures(lost=3, left=0), "b": Figures(facts=1)}
    assert tighten(floors, now) == {"a": Figures(lost=1, left=0), "b": Figures(facts=1)}
    write_floors(now, tmp_path / "floors.toml")
    assert load_floors(tmp_path / "floors.toml") == now
    assert total(now) == Figures(lost=3, facts=1)


def test_totals_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "floors.toml"
    write_floors({"a": Figures(lost=3)}, file)
    file.write_text(re.sub("^lost = 3", "lost = 4", file.read_text(), flags=re.MULTILINE))
    with pytest.raises(ValueError, match="totals"):
        load_floors(file)
