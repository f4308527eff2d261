"""Chrome is only what lies outside of the element that holds the article, on arbitrary pages and on real ones.

The pages are made of layouts with menus, rails and footers around paragraphs, and any block may be kept or not: the law
holds whatever the scorer says.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlocks
from scraper.extraction.candidates import make_candidates
from scraper.extraction.extract import extract_scored
from scraper.extraction.holder import find_held
from scraper.extraction.page_read import PageRead, read_page
from scraper.extraction.strip import Stripped, strip_blocks
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.types import BODY_KINDS, Page
from tests.support.pages import URL, page
from tests.support.scores import given_scores

CORPORA = Path(__file__).parents[3].parent / "shared" / "corpus"
PAGES_OF_A_CORPUS = 25
"""Every corpus gives this many pages, spread over it: some ten milliseconds each."""

MENU = "<ul class=menu><li><a href=/a>Harbour</a></li><li><a href=/b>Ferries and timetables</a></li></ul>"
RAIL = "<div class=sidebar><h3>Most read</h3><p><a href=/x>The ferry to Lund sails again from March</a></p></div>"
FOOT = "<div id=footer><p>© 2026 The Westmark Herald. All rights are kept by its owners.</p></div>"
LAYOUTS = {
    "paragraphs in article": "{menu}<div><article><h1>Wall</h1>{body}</article>{rail}</div>{foot}",
    "paragraphs in body": "{menu}{body}{rail}{foot}",
    "paragraphs in a wrapper": "<div id=page>{menu}{body}{rail}{foot}</div>",
    "paragraphs in main": "{menu}<main>{body}{rail}</main>{foot}",
    "a table": "<table><tr><td>{menu}</td><td>{body}</td><td>{rail}</td></tr></table>{foot}",
}
SPLITS = {
    "one container": lambda parts: "".join(f"<p>{part}</p>" for part in parts),
    "line breaks": lambda parts: f"<div>{'<br><br>'.join(parts)}</div>",
    "a container each": lambda parts: "".join(f"<div><p>{part}</p></div>" for part in parts),
    "a list": lambda parts: f"<ol>{''.join(f'<li>{part}</li>' for part in parts)}</ol>",
}
WORDS = "the harbour wall will be raised by two metres before the winter storms and the fishermen pay a third".split()
paragraph = st.integers(1, 60).flatmap(
    lambda size: st.integers(0, 10_000).map(lambda n: f"{' '.join(WORDS[(n + k) % 19] for k in range(size))} {n}.")
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[float]]:
    """A page, and a score for each of its blocks."""
    body = SPLITS[draw(st.sampled_from(sorted(SPLITS)))](draw(st.lists(paragraph, min_size=1, max_size=20)))
    layout = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))]
    html = layout.format(body=body, menu=MENU, rail=RAIL, foot=FOOT)
    return html, draw(st.lists(st.sampled_from([0.05, 0.4, 0.9, 0.99]), min_size=40, max_size=40))


def read(html: str) -> PageRead:
    return read_page(LexborHTMLParser(markup(page(html))), built_in_rules(), url=URL)


def strip(html: str, scores: list[float]) -> tuple[PageRead, Stripped]:
    """The judgement by these scores alone, without the rows and sentences that their neighbours would keep."""
    found = read(html)
    return found, strip_blocks(
        make_candidates(found, given_scores(scores[: len(found.blocks.blocks)])), page=found.blocks
    )


def ancestors(own: PageBlocks, position: int) -> list[int]:
    """The elements around a block, outermost last."""
    place, found = own.blocks[position].container, []
    while place >= 0:
        found.append(place)
        place = own.containers[place].parent
    return found


def check_law(own: PageBlocks, kept: tuple[int, ...], chrome: list[int]) -> None:
    """Fails if a block of the chrome stands between kept blocks, beside one in its element, or in the article's element."""
    if not kept:
        return
    assert not [position for position in chrome if min(kept) < position < max(kept)]
    paragraphs = {ancestors(own, position)[1] for position in kept if own.blocks[position].tag == "p"}
    assert not [at for at in chrome if own.blocks[at].tag == "p" and ancestors(own, at)[1] in paragraphs]
    common = set.intersection(*({*ancestors(own, position)} for position in kept))
    around = next((place for place in sorted(common, reverse=True) if own.containers[place].tag == "article"), None)
    assert around is None or not [position for position in chrome if around in ancestors(own, position)]


@settings(max_examples=300)
@given(pages())
def test_no_chrome_is_in_the_element_of_the_article_whatever_is_kept(made: tuple[str, list[float]]) -> None:
    found, stripped = strip(*made)
    gone = [removal.position for removal in (*stripped.removals, *stripped.chrome)]
    beside = {*stripped.corrections, *stripped.embeds, *stripped.standfirsts}
    assert sorted([*gone, *stripped.kept, *beside]) == list(range(len(found.blocks.blocks)))
    check_law(found.blocks, stripped.kept, [removal.position for removal in stripped.chrome])


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS.keys())
def test_a_lost_closing_line_is_a_removal_and_the_menus_are_chrome(layout: str, split: object) -> None:
    parts = [f"{' '.join(WORDS)} {number}." for number in range(12)]
    html = layout.format(body=split([*parts, "Nobody objected."]), menu=MENU, rail=RAIL, foot=FOOT)  # type: ignore[operator]
    texts = [block.text for block in read(html).blocks.blocks]
    _, stripped = strip(html, [0.95 if text in parts else 0.1 for text in texts])
    assert "Nobody objected." in [removal.text for removal in stripped.removals]
    chrome = " ".join(removal.text for removal in stripped.chrome)
    assert "Ferries" in chrome
    assert "© 2026" in chrome


def test_a_lost_half_of_a_split_article_is_a_removal() -> None:
    first, second = (["<p>" + " ".join(WORDS * 3) + f" {half}{number}.</p>" for number in range(5)] for half in "ab")
    html = f"{MENU}<div class=part>{''.join(first)}</div><div class=part>{''.join(second)}</div>{FOOT}"
    found = read(f"<div class=story>{html}</div>")
    scores = [0.95 if " a" in block.text[-5:] else 0.1 for block in found.blocks.blocks]
    _, stripped = strip(f"<div class=story>{html}</div>", scores)
    assert len(stripped.kept) == 5
    halves = [removal for removal in (*stripped.removals, *stripped.chrome) if " b" in removal.text[-5:]]
    assert len(halves) == 5


def test_a_line_beside_a_kept_block_outside_of_the_element_is_a_removal() -> None:
    text = "".join(f"<p>{' '.join(WORDS * 3)} {number}.</p>" for number in range(9))
    html = f"<div>{text}</div><div><p>The wall is ninety years old.</p><p>Nobody knows why.</p></div>{FOOT}"
    _, stripped = strip(html, [0.95] * 10 + [0.1] * 2)
    assert [removal.text for removal in stripped.removals] == ["Nobody knows why."]
    assert [removal.text[:6] for removal in stripped.chrome] == ["© 2026"]


def test_a_caption_of_a_rail_in_the_element_of_the_article_is_no_caption_of_it() -> None:
    picture = "<figure><img src=/{0}.jpg><figcaption>The harbour wall {0}</figcaption></figure>"
    text = [f"<p>{' '.join(WORDS * 3)} {number}.</p>" for number in range(2)]
    rail = f"<div><p>Most read</p>{picture.format('after')}</div>"
    html = f"<article>{text[0]}{picture.format('inside')}{text[1]}{rail}</article>"
    found, stripped = strip(html, [0.95 if len(block.text) > 99 else 0.1 for block in read(html).blocks.blocks])
    texts = {found.blocks.blocks[position].text for position in stripped.captions}
    assert texts == {"The harbour wall inside"}
    assert "The harbour wall after" in {removal.text for removal in stripped.removals}


def test_a_standfirst_above_the_element_of_the_article_does_not_widen_it() -> None:
    summary = f"<div class=top><p>{' '.join(WORDS * 3)}.</p></div>"
    inside = f"<div><p>{' '.join(WORDS)}.</p></div><section class=newsletter><p>Sign up for letters.</p></section>"
    own = read(f"{MENU}<main>{summary}<article>{inside}</article>{RAIL}</main>{FOOT}").blocks
    top, text, pitch, rail = (
        next(block.position for block in own.blocks if block.text.startswith(start))
        for start in (" ".join(WORDS * 3), f"{' '.join(WORDS)}.", "Sign up", "Most read")
    )
    held = find_held(own, [top, text], body=[text])
    assert pitch in held
    assert rail not in held
    assert rail in find_held(own, [top, text], body=[top, text])


def corpus_pages() -> Iterator[Page]:
    for gold in sorted(CORPORA.glob("*/gold.jsonl")):
        rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").rstrip("\n").split("\n")]
        for row in islice(rows, 0, None, max(1, len(rows) // PAGES_OF_A_CORPUS)):
            body = gzip.decompress((gold.parent / "pages" / f"{row['id']}.html.gz").read_bytes())
            yield page(body, url=row["url"])


def test_of_nested_articles_the_one_around_all_of_the_text_holds_it() -> None:
    text = "The mill by the weir was sold on Friday to the town that had let it rot for forty years, said the clerk."
    inner = f"<article>{'<p>' + text * 9 + '</p>'}</article>"
    html = f"<article><p>{text}</p>{inner}<section><h4>Sources</h4><p>The archive of the mill.</p></section></article>"
    found, stripped = strip(html, [0.99, 0.99, 0.05, 0.05])
    assert [found.blocks.blocks[position].text for position in stripped.kept] == [text, text * 9]
    assert {removal.text for removal in stripped.removals} == {"Sources", "The archive of the mill."}
    assert stripped.chrome == ()


@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs the corpora beside the project")
def test_no_chrome_is_in_the_element_of_the_article_on_real_pages() -> None:
    for own in corpus_pages():
        scored = extract_scored(own, built_in_rules())
        found = scored.extraction
        blocks = found.article.blocks if found.article else ()
        kept = tuple(block.position for block in blocks if block.kind in BODY_KINDS)
        told = [removal.position for removal in (*found.removals, *found.chrome)]
        beside = [block.position for block in blocks if block.kind in {"standfirst", "correction", "embed"}]
        everything = sorted([*kept, *beside, *told])
        assert everything == list(range(len(everything)))
        assert len(everything) >= len(scored.read.blocks.blocks)
        if max(kept, default=0) < len(scored.read.blocks.blocks):  # not an article that only the page's data hold
            check_law(scored.read.blocks, kept, [removal.position for removal in found.chrome])
