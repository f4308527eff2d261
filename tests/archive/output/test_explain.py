"""`clean --explain`: every block of a page once, in page order, with its weights; as text, JSON and a page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import click
import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from archive.output.explain_html import KINDS, explain_page
from archive.output.explain_text import as_dict, explain_line, explain_lines, explain_summary
from scraper.blocks.reader import read_blocks
from scraper.extraction.explain import ExplainedBlock, Explanation, explain, explain_text, explained_blocks
from scraper.extraction.extract import extract, extract_scored
from scraper.extraction.plain_text import extract_text
from scraper.rules.loader import built_in_rules
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.scoring.attribution import RULE, FeatureContribution, attribute
from scraper.scoring.context import PageContext
from scraper.scoring.evidence import AROUND, EVIDENCE, columns_by_evidence, fields_of, meaning
from scraper.scoring.network import OWN_OUTPUT, forward
from scraper.scoring.scorer import Scorer, load_scorer
from scraper.scoring.tokens import FIELDS
from scraper.types import Article, Block, Extraction, Metadata, Quality, Removal
from tests.support import ROOT
from tests.support.pages import page

SEEDS = ROOT / "seeds"
SENTENCE = "The harbour master said on Monday that the old ferry would sail again in the spring, after two years on the slip. It had cost the town a third of what it spends on roads."
PAGE = f"""<html lang="en"><head><title>Ferry to sail again</title></head><body><nav><a href="/w">Harbour weather</a></nav>
<main class="story"><h1>Ferry to sail again</h1><p>{SENTENCE}</p><p>{SENTENCE.replace("Monday", "Tuesday")}</p>
<p>Related: The winter when the harbour froze over</p><aside class="sidebar related">
<ul><li><a href="/x">Ships and their names</a></li><li><a href="/y">Winters of the past</a></li></ul></aside>
<p>{SENTENCE.replace("Monday", "Friday")}</p><blockquote>Fine ship</blockquote><p>{SENTENCE.replace("Monday", "Sunday")}</p></main>
<footer><p>The Pier Gazette, Lowport</p></footer></body></html>"""


def removal(position: int, kind: str, text: str, *, stage: str = "text", rule: str = "") -> Removal:
    return Removal(rule or f"{kind}.test.en", stage, kind, position, text)  # type: ignore[arg-type]


def extraction() -> Extraction:
    """A page of six blocks: chrome, a promo, a caption, two paragraphs, a correction."""
    blocks = (
        Block("caption", "A boat. Ann Lee", position=2),
        Block("paragraph", "First.", position=3),
        Block("paragraph", "Second.", position=4),
        Block("correction", "An earlier version said third.", position=5),
    )
    article = Article(
        url="https://example.com/a", canonical_url="https://example.com/a", site="example.com", title="Boats",
        authors=(), contributors=(), published=None, modified=None, language="en", description="", section="",
        tags=(), image="", free=None, blocks=blocks,
    )  # fmt: skip
    removals = (removal(1, "promo", "Read this too"), removal(2, "caption", "A boat. Ann Lee"))
    chrome = (removal(0, "navigation", "Home", stage="page", rule="page.outside"),)
    return Extraction(article, removals, chrome, "0", Quality("short", ("body of 13 characters",)))


def explanation(*blocks: ExplainedBlock) -> Explanation:
    """An explanation of that page, or of the given blocks."""
    found = extraction()
    return Explanation(found, Metadata(title="Boats"), blocks or explained_blocks(found))


# --- blocks and their verdicts


def test_blocks_come_in_page_order_and_a_caption_only_once_as_removed() -> None:
    assert [(block.position, block.verdict, block.kind) for block in explained_blocks(extraction())] == [
        (0, "outside", "navigation"),
        (1, "removed", "promo"),
        (2, "removed", "caption"),
        (3, "kept", "paragraph"),
        (4, "kept", "paragraph"),
        (5, "kept", "correction"),
    ]


@pytest.mark.parametrize(
    "html", [PAGE, PAGE.replace("<p>", "<p class='promo'>"), "<p>Too little</p>", "", "<title>x</title>"]
)
def test_an_explanation_agrees_with_extract_for_every_block(html: str) -> None:
    given = page(html)
    found = explain(extract_scored(given, built_in_rules()))
    assert found.extraction == extract(given, built_in_rules())
    assert [block.position for block in found.blocks] == list(
        range(len(extract_scored(given, built_in_rules()).read.blocks.blocks))
    )
    assert {block.position for block in found.blocks if block.verdict == "removed"} == {
        row.position for row in found.extraction.removals
    }


def test_a_plain_text_is_explained_without_scores() -> None:
    text = (SEEDS / "nbcnews-raqqa-2016.txt").read_text(encoding="utf-8")
    found = explain_text(extract_text(text, built_in_rules()))
    assert found.extraction == extract_text(text, built_in_rules())
    assert {block.score for block in found.blocks} == {None}
    assert found.metadata.title == found.extraction.article.title  # type: ignore[union-attr]


def test_a_block_names_its_element_and_the_rules_that_matched_without_deciding() -> None:
    rule = Rule(
        "promo.friday.test",
        "text",
        "promo",
        "on friday",
        "a test",
        ("on Friday",),
        ("on Monday",),
        words=("friday",),
        hosts=("news.example",),  # else the guard would keep the rule off a sentence
        zone="head",
    )
    box = replace(rule, id="promo.story.test", stage="element", pattern=".story")
    blocks = {block.text: block for block in explain(extract_scored(page(PAGE), RuleSet([rule, box]))).blocks}
    friday = blocks[SENTENCE.replace("Monday", "Friday")]
    assert friday.place == "main.story > p"
    assert (friday.verdict, friday.passed) == ("kept", ("promo.story.test", "promo.friday.test"))
    assert blocks["Fine ship"].form == "quote"


def test_weights_are_shown_if_the_scorer_decided() -> None:
    blocks = {block.text: block for block in explain(extract_scored(page(PAGE), built_in_rules())).blocks}
    assert blocks[SENTENCE].weights
    assert blocks["Ships and their names"].rule_id == "scorer"
    assert blocks["Ships and their names"].weights
    related = blocks["Related: The winter when the harbour froze over"]
    assert related.rule_id.startswith("related.")
    assert not related.weights or 0.2 <= (related.score or 0) <= 0.8


# --- weights


def test_an_attribution_has_the_deciding_score_and_the_largest_weights_first() -> None:
    scorer = load_scorer()
    read = extract_scored(page(PAGE), built_in_rules()).read
    scored = attribute(scorer, read.blocks, read.context)
    scores = scorer.score(read.blocks, read.context).own.tolist()
    assert [seen.score for seen in scored] == pytest.approx(scores, abs=0.001)
    for seen in scored:
        sizes = [abs(weight.odds) for weight in seen.weights]
        assert sizes == sorted(sizes, reverse=True)


def test_a_menu_link_has_evidence_against_it() -> None:
    read = extract_scored(page(PAGE), built_in_rules()).read
    scored = attribute(load_scorer(), read.blocks, read.context)
    links = scored[[block.text for block in read.blocks.blocks].index("Ships and their names")]
    odds = {weight.name: weight.odds for weight in links.weights}
    assert links.score < 0.1
    assert odds["links"] < 0


def test_a_contribution_is_what_the_log_odds_lose_without_the_evidence() -> None:
    """By a network whose blocks are told nothing of one another, so that only the block's own words can be missed."""
    known = load_scorer()
    silent = {
        name: np.zeros_like(own) for name, own in known.weights.items() if re.fullmatch(r"(near|group)\d_out", name)
    }
    scorer = Scorer({**known.weights, **silent}, known.columns, known.vocabulary)
    blocks = read_blocks(LexborHTMLParser(f"<p>Sign up for our newsletter</p><p>{SENTENCE}</p>"))
    inputs = scorer.read(blocks, PageContext())
    lists = inputs.tokens.lists.copy()
    lists[0, :3] = lists[0, 1]
    fewer = replace(inputs, tokens=inputs.tokens._replace(lists=lists))
    assert fewer.tokens.counts[0, :3].tolist() == [0, 0, 0]
    lost = forward(scorer.network, inputs)[0, OWN_OUTPUT] - forward(scorer.network, fewer)[0, OWN_OUTPUT]
    found = {weight.name: weight for weight in attribute(scorer, blocks, PageContext())[0].weights}
    assert found["words"].value == inputs.tokens.counts[0, 0] > 0
    assert found["words"].odds == round(float(lost), 2) != 0
    assert "around" not in found


def test_every_column_and_field_is_evidence_of_one_kind_and_each_kind_has_a_meaning() -> None:
    scorer = load_scorer()
    by_kind = columns_by_evidence(scorer.columns)
    assert sorted(number for own in by_kind.values() for number in own) == list(range(len(scorer.columns)))
    fields = [number for kind in EVIDENCE for number in fields_of(kind)]
    assert sorted(fields) == list(range(len(FIELDS)))
    assert all(by_kind[kind.name] or fields_of(kind) or kind.name == RULE for kind in EVIDENCE)
    known = {*scorer.columns, *(field.name for field in FIELDS), "rule_kind"}
    assert {kind.shown for kind in EVIDENCE} <= known
    assert all(meaning(name) for name in (*by_kind, AROUND))


# --- as text and JSON


def test_a_line_names_verdict_kind_rule_and_text() -> None:
    lines = [click.unstyle(line).split(maxsplit=3) for line in explain_lines(explanation(), terminal=False)]
    assert lines[1] == ["removed", "promo", "promo.test.en", "Read this too"]
    assert lines[3] == ["kept", "paragraph", "-", "First."]


def test_weights_are_printed_below_a_block_that_the_scorer_decided() -> None:
    weights = (FeatureContribution("links", 0.92, -2.1), FeatureContribution("names", 3, 1.2))
    block = ExplainedBlock(
        7, "Ships", "removed", "related", rule_id="scorer", stage="text", score=0.034, weights=weights
    )
    first, second = click.unstyle(explain_line(block)).splitlines()
    assert first.split() == ["removed", "related", "scorer", "0.03", "Ships"]
    assert second.strip() == "weights: links 0.92 −2.1, names 3 +1.2"
    assert "\n" not in explain_line(replace(block, rule_id="related.label.en"))
    assert "\n" in explain_line(replace(block, rule_id="related.label.en", score=0.3))
    assert as_dict(block)["weights"][0] == {"feature": "links", "value": 0.92, "odds": -2.1}


def test_a_block_cannot_move_the_cursor_or_break_its_line() -> None:
    line = explain_line(ExplainedBlock(0, "one\n\x1b[2Jtwo\x9b3", "removed", "ad", rule_id="ad.test"))
    assert click.unstyle(line).endswith("one [2Jtwo3")


def test_long_blocks_are_wrapped_under_themselves_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    wide = explanation(ExplainedBlock(0, "word " * 60, "removed", "ad", rule_id="ad.test"))
    [wrapped] = explain_lines(wide, terminal=True)
    [whole] = explain_lines(wide, terminal=False)
    assert max(len(line) for line in click.unstyle(wrapped).splitlines()) <= 100
    assert "\n" not in whole


def test_the_summary_counts_what_was_kept_removed_and_outside() -> None:
    assert explain_summary(explanation()) == (
        "3 blocks kept, 2 removed (1 promo, 1 caption), 1 outside the article; quality: short (body of 13 characters)"
    )


# --- as a page


class Reader(HTMLParser):
    """Reads ids, links and struck text of a page, and fails on a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.struck: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if "href" in values else []
        assert not {"src", "style", "onclick", "srcset"} & set(values)
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "del" in self.open:
            self.struck.append(data)


def read(found: Explanation, source: str = "page.html") -> tuple[Reader, str]:
    """The page of an explanation, and a parser that has read it."""
    html = explain_page(found, built_in_rules().rules, source=source)
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader, html


def test_the_page_shows_every_block_once_and_strikes_out_what_was_removed() -> None:
    found = explain(extract_scored(page(PAGE), built_in_rules()))
    reader, html = read(found)
    assert [name for name in reader.ids if re.fullmatch(r"b\d+", name)] == [
        f"b{block.position}" for block in found.blocks
    ]
    assert reader.struck == [block.text for block in found.blocks if block.verdict == "removed"]
    assert {link.removeprefix("#") for link in reader.links} <= set(reader.ids)
    assert "1 block outside the article: navigation 1" in html


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    reader, html = read(explain(extract_scored(page(PAGE), built_in_rules())))
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(reader.tags)
    assert re.search(r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'", html)
    assert "url(" not in html
    assert "@import" not in html


def test_values_of_a_page_are_escaped() -> None:
    nasty = '</del><script>alert(1)</script>"><b id="b0">\x1b[31m\ud800'
    weight = FeatureContribution(nasty, 1.0, 1.0)
    block = ExplainedBlock(
        0, nasty, "removed", "ad", rule_id=nasty, score=0.5, weights=(weight,), place=nasty, passed=(nasty,)
    )
    hostile = replace(
        explanation(
            block,
            replace(block, position=1, verdict="kept", kind="paragraph"),
            replace(block, position=2, verdict="outside"),
        ),
        metadata=Metadata(title=nasty, authors=(nasty,), language=nasty, site=nasty, image=nasty, tags=(nasty,)),
    )
    reader, html = read(hostile, source=nasty)
    assert "script" not in reader.tags
    assert [name for name in reader.ids if name.startswith("b")] == ["b0", "b1", "b2"]
    assert "\x1b" not in html
    html.encode()


def test_each_kind_has_a_colour_and_a_box_that_hides_it() -> None:
    blocks = [ExplainedBlock(place, "x", "removed", kind, rule_id="x") for place, kind in enumerate(KINDS)]
    reader, html = read(explanation(*blocks))
    for kind in KINDS:
        assert f".k-{kind}{{--hue:" in html
        assert f"body:has(#show-{kind}:not(:checked)) .row.k-{kind}{{display:none}}" in html
        assert f"show-{kind}" in reader.ids
    assert len(set(re.findall(r"--hue:(\d+)", html))) == len(KINDS)
