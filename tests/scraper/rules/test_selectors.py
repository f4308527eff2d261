"""Element rules: which elements they find, and which they must not remove."""

from __future__ import annotations

from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.extraction.extract import extract
from scraper.extraction.plain_text import extract_text
from scraper.extraction.rule_check import takes
from scraper.rules.loader import BUILT_IN, built_in_rules, load_rules
from scraper.rules.matching import mark_elements
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.rules.selectors import ElementIndex
from tests.support.pages import page

PROMO = Rule("promo.box.test", "element", "promo", ".promo", "a test", ("x",), ("x",))
SENTENCE = (
    "The harbour master said on Monday that the old ferry would sail again in the spring, after two years on the slip. "
)
BODY = "".join(
    f"<p>{SENTENCE}{SENTENCE.replace('Monday', day)}</p>" for day in ("Tuesday", "Friday", "Sunday", "Saturday")
)


def marked(html: str, *rules: Rule) -> list[str]:
    """Texts of the blocks that rules mark."""
    tree = LexborHTMLParser(html)
    return [block.text for block in read_blocks(tree, mark_elements(tree, RuleSet(rules))).blocks if block.rule]


def stripped(html: str, *rules: Rule) -> list[tuple[str, str]]:
    """Rule and text of each element that was removed from the article."""
    removals = extract(page(html, url="https://example.com/a"), RuleSet(rules)).removals
    return [(removal.rule_id, removal.text) for removal in removals if removal.stage == "element"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (".promo", True),
        ("#box", True),
        ("aside", True),
        ('[role="note"]', True),
        (".other, .promo", True),
        ("aside.promo", True),
        ("main .promo", True),
        ('[id^="bo"]', True),
        (".prom", False),
        ("#promo", False),
        ('[role="not"]', False),
        ("footer .promo", False),
    ],
)
def test_a_selector_finds_what_css_says(selector: str, found: bool) -> None:
    html = '<main><p>One.</p><aside class="a promo b" id="box" role="note"><h2>Two</h2><p>Three.</p></aside></main>'
    assert marked(html, replace(PROMO, pattern=selector)) == (["Two", "Three."] if found else [])


def test_the_first_rule_in_table_order_names_an_element() -> None:
    rules = [
        replace(PROMO, id=name, pattern=pattern) for name, pattern in (("a", "#box"), ("b", ".promo"), ("c", "div"))
    ]
    index = ElementIndex(rules)
    found = index.find("div", {"class": "promo", "id": "box"})
    assert found
    assert found.id == "a"


@pytest.mark.parametrize("pattern", ["span.promo", ".promo", "p > span"])
def test_an_inline_element_inside_a_sentence_is_never_removed(pattern: str) -> None:
    html = '<p>She bought <span class="promo">the <b>Promo</b></span> for a song.</p>'
    assert marked(html, replace(PROMO, pattern=pattern)) == []


def test_an_inline_element_alone_in_its_block_can_be_removed() -> None:
    assert marked('<div><span class="promo">Buy now</span></div>', replace(PROMO, pattern="span.promo")) == ["Buy now"]


def test_a_rule_that_finds_the_article_is_ignored_and_one_that_finds_a_box_is_not() -> None:
    html = f'<article class="text"><h1>Ferry to sail</h1>{BODY}<div class="promo"><p>{SENTENCE}</p></div><p>{SENTENCE} Then it sailed.</p></article>'
    assert stripped(html, PROMO) == [("promo.box.test", SENTENCE.strip())]
    assert stripped(html, replace(PROMO, pattern=".text p")) == []
    assert stripped(html, replace(PROMO, pattern=".text")) == []


@pytest.mark.parametrize(
    ("host", "taken"), [("example.com", True), ("news.example.com", True), ("example.org", False), ("", False)]
)
def test_a_rule_for_a_site_is_used_on_its_pages_only(host: str, taken: bool) -> None:
    html = f'<article><h1>Ferry to sail</h1>{BODY}<div class="promo"><p>{SENTENCE}Buy now.</p></div><p>{SENTENCE} Then it sailed.</p></article>'
    text = replace(PROMO, id="promo.buy.test", stage="text", pattern="buy now", words=("buy",), hosts=("example.com",))
    rules = RuleSet([text, replace(PROMO, hosts=("example.com",))])
    url = f"https://{host}/a" if host else ""
    clean = extract(page(html, url=url), rules)
    dirty = extract_text(f"Ferry to sail\n\n{SENTENCE}\n\nBuy now", rules, url=url)
    assert ("promo.box.test" in {removal.rule_id for removal in clean.removals}) is taken
    assert ("promo.buy.test" in {removal.rule_id for removal in dirty.removals}) is taken
    assert clean.rules_hash == dirty.rules_hash == rules.hash


def test_each_built_in_element_rule_finds_its_examples_and_not_its_near_misses() -> None:
    rules = [rule for rule in load_rules(BUILT_IN).rules if rule.stage == "element"]
    assert len(rules) > 30
    for rule in rules:
        for example, wanted in [*((hit, True) for hit in rule.hit), *((miss, False) for miss in rule.miss)]:
            assert takes(RuleSet([rule]), rule, example) is wanted, (rule.id, example)
            assert not wanted or takes(built_in_rules(), rule, example), f"{rule.id}: another rule comes first"


def test_few_built_in_selectors_need_a_search_of_the_tree() -> None:
    """A search walks the whole page."""
    assert built_in_rules().elements.selector.count(",") < 6
