"""Columns of features, which are computed for a whole page at once, against their definition for one block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.columns import BlockColumns
from scraper.blocks.columns import columns_of as block_columns_of
from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.positions import positions_of
from scraper.blocks.reader import read_blocks
from scraper.scoring.columns import MAX_DISTANCE_BLOCKS, distances, shift, to_columns
from scraper.scoring.context import PageContext
from scraper.scoring.context_features import CONTEXT_COLUMNS, context_columns, repeat_columns
from scraper.scoring.features import COLUMNS, ROW, compute_features
from scraper.scoring.inputs import squash, unsquash
from scraper.scoring.link_features import links_of, naming_columns
from scraper.scoring.scorer import load_scorer
from scraper.scoring.text_features import TEXT_COLUMNS, text_columns
from scraper.scoring.tokens import place_of
from scraper.text.sentences import SENTENCE_END, STOPS
from scraper.text.traits import CAPITAL, SPACE, WORD, traits_of
from scraper.text.words import fold
from tests.support.texts import ngrams

SIGNS = "aZß9_٣ «»“”’\"')].!?…。！？,、，:;|@©\n\xa0İǅ東人\U0001f600"
TEXTS = st.lists(
    st.text(st.sampled_from(SIGNS) | st.characters(exclude_characters="\0"), min_size=1, max_size=30)
    | st.sampled_from(
        [
            "See http://a.example",
            "www.a.example",
            "x" * 500 + "7 Y.",
            "UPPER CASE",
            "A. B! “C.” D…",
            "„Ende gut, alles gut.“ Nie!",
        ]
    ),
    min_size=1,
    max_size=6,
)
WORDS = st.lists(
    st.lists(st.sampled_from("abcd"), max_size=9).map(tuple) | st.sampled_from([("a",) * 39, ("a",) * 40]),
    min_size=1,
    max_size=8,
)


def plain_text_features(text: str) -> list[float]:
    """`TEXT_COLUMNS` of one text."""
    size, count = len(text), max(len(fold(text)), 1)
    end = text.rstrip("\"'”’»“)]")[-1:]
    bare = text.rstrip()
    short = size < 400
    return [
        size,
        count,
        size / count,
        bool(end) and end in STOPS,
        bool(end) and end in STOPS + ":;,",
        len(SENTENCE_END.findall(text)) if size > 20 else 0,
        sum(map(text.count, ",、，")),
        len(re.findall("[0-9]", text)) / size if short else 0,
        len(re.findall(r"\b[^\W\d_a-z]", text)) / count if short else 0,
        "?" in text,
        "!" in text,
        text.count("\n"),
        bare.endswith((*".!?。！？",)),
        bare.endswith(":"),
        text[:1].islower(),
        text[:1].isdigit(),
        text.isupper(),
        "|" in text,
        "@" in text,
        "©" in text,
        "http" in text or "www." in text,
    ]


@given(TEXTS)
def test_texts_read_together_have_the_features_of_each(texts: list[str]) -> None:
    sizes = np.array([len(text) for text in texts])
    found = to_columns(text_columns(texts, sizes, [fold(text) for text in texts]), len(texts))
    wanted = np.array([plain_text_features(text) for text in texts], dtype=np.float32)
    for name, row, column in zip(TEXT_COLUMNS, found, wanted.T, strict=True):
        assert row.tolist() == pytest.approx(column.tolist()), name


@given(st.characters())
def test_traits_are_those_of_patterns(char: str) -> None:
    found = traits_of(char)
    for trait, pattern in ((WORD, r"\w"), (SPACE, r"\s"), (CAPITAL, r"[^\W\d_a-z]")):
        assert bool(found & int(trait)) == bool(re.fullmatch(pattern, char))


def share(known: Iterable[object], items: Sequence[object]) -> float:
    found = set(known)
    return sum(item in found for item in items) / len(items) if items else 0.0


@given(WORDS, st.text("abcd ", max_size=12), st.text("abcd ", max_size=12), st.text("abcd ", max_size=30))
def test_blocks_are_compared_with_title_description_stated_text_and_authors(
    words: list[tuple[str, ...]], title: str, description: str, body: str
) -> None:
    found = context_columns(
        words, PageContext(title=title, description=description, article_body=body, authors=("d a",))
    )
    for own, column in zip(words, found.T.tolist(), strict=True):
        short = 0 < len(own) < 40
        assert column == pytest.approx(
            [
                float(bool(title.split()) and own == fold(title)),
                share(fold(title), own) if short else 0,
                share(ngrams(fold(description)), ngrams(own)) if len(own) > 2 and (short or body) else 0,
                share(ngrams(fold(body)), ngrams(own)) if body else -1,
                float(bool(body)),
                share(("d", "a"), own) if short else 0,
            ]
        ), dict(zip(CONTEXT_COLUMNS, column, strict=True))


def test_a_block_knows_its_copies_and_those_that_begin_alike() -> None:
    long = tuple("abcdefgh")
    words = [("a",), (*long, "x"), ("a",), (*long, "y"), (), long[:7]]
    assert to_columns(repeat_columns(words), len(words)).tolist() == [
        [2, 1, 2, 1, 1, 1],
        [1, 2, 1, 2, 1, 1],
        [0, 0, 1, 0, 0, 0],
    ]


def test_blocks_that_name_the_site_are_counted_but_not_long_ones() -> None:
    words = [("the", "post"), ("thepost",) * 9, ("post",), ("thepost",)]
    found = naming_columns(words, np.array([8, 80, 4, 3000]), host="www.the-post.co.uk", site="UK")
    assert to_columns(found, len(words)).tolist() == [[1, 5, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0.5] * 4]


@given(st.lists(st.booleans(), min_size=1, max_size=130))
def test_distances_are_those_to_the_next_marked_block_on_each_side(marked: list[bool]) -> None:
    places = [place for place, mark in enumerate(marked) if mark]
    before, after = distances(np.array(marked)).tolist()
    for own in range(len(marked)):
        assert before[own] == min([MAX_DISTANCE_BLOCKS, *(own - place for place in places if place < own)])
        assert after[own] == min([MAX_DISTANCE_BLOCKS, *(place - own for place in places if place > own)])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_page_of_few_blocks_has_few_neighbours(count: int) -> None:
    column = np.arange(count, dtype=np.float32)[None, :]
    wanted = [[own + step if 0 <= own + step < count else -1 for own in range(count)] for step in (-2, -1, 1, 2)]
    assert shift(column, (-2, -1, 1, 2)).tolist() == wanted


def page_of(html: str) -> PageBlocks:
    return read_blocks(LexborHTMLParser(html))


def columns_of(html: str) -> list[dict[str, float]]:
    """The columns of each block by name."""
    place, page = place_of("https://news.example/city/wall", "news.example"), page_of(html)
    table = compute_features(page, PageContext(), links_of(block_columns_of(page)), place)
    return [dict(zip(COLUMNS, column, strict=True)) for column in table.T.tolist()]


def test_a_block_has_the_numbers_of_its_links() -> None:
    plain, linked = columns_of(
        "<p>No link here.</p><p><a href='/city/a'>One two</a>, <a href='#b'>three</a>, "
        "<a href='https://other.example'>four</a> and <a href='/'>top</a></p>"
    )
    assert {name: linked[name] for name in ("links", "addresses", "link_first", "link_last", "top_links", "section_links")} == {
        "links": 4, "addresses": 4, "link_first": 1, "link_last": 1, "top_links": 1, "section_links": 1,
    }  # fmt: skip
    assert (linked["link_words"], linked["longest_link"]) == (5, 7)
    assert linked["within_share"] == pytest.approx(10 / linked["chars"])
    assert linked["anchor_share"] == pytest.approx(5 / linked["chars"])
    assert plain["links"] == plain["link_first"] == plain["link_words"] == 0


def test_a_block_has_the_tags_around_it_and_its_depth() -> None:
    inner, outer = columns_of("<main><article><ul><li>Inner</li></ul></article></main><aside><p>Outer</p></aside>")
    assert [name for name in COLUMNS if name.startswith("in_") and inner[name]] == [
        "in_article",
        "in_main",
        "in_ul",
        "in_li",
    ]
    assert [name for name in COLUMNS if name.startswith("in_") and outer[name]] == ["in_aside", "in_p"]
    assert inner["depth"] == outer["depth"] + 2


def test_text_in_elements_is_summed_over_all_blocks_below_them() -> None:
    page = page_of("<div><p>aaaa</p><section><p>bb</p><p>c</p></section></div><p>ddd</p>")
    at = positions_of(page)
    chars = [len(block.text) for block in page.blocks]
    texts, blocks = at.sum_below(chars, np.ones(len(chars)))
    sums = {(page.containers[place].tag, float(texts[place]), float(blocks[place])) for place in range(len(at.outer))}
    assert {("div", 7.0, 3.0), ("section", 3.0, 2.0), ("body", 10.0, 4.0)} <= sums
    assert at.levels_above(page.blocks[1].container).tolist() == [2, 0, 1, 3]
    assert at.levels_above(-1).tolist() == [0, 0, 0, 0]
    assert at.shape.tolist() == [0, 1, 1, 3]


def test_the_columns_are_those_of_the_network_and_the_fields_those_of_a_block() -> None:
    assert load_scorer().columns == COLUMNS
    assert len(ROW) == len(COLUMNS)
    assert BlockColumns._fields[: len(PageBlock._fields)] == PageBlock._fields


def test_squashed_columns_keep_their_sign() -> None:
    columns = np.array([[-1.0, 0.0, 1e-4, 0.5, 250.0]], dtype=np.float32)
    expected = [-np.log(2), 0, np.log1p(1e-4), np.log(1.5), np.log(251)]
    assert squash(columns)[0].tolist() == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert unsquash(squash(columns))[0].tolist() == pytest.approx(columns[0].tolist(), rel=1e-6, abs=1e-7)
