"""Chunks: where they are cut, that they fit, and that they lose nothing."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.formats.chunks import Piece, chunk_rows, chunks, text_of
from archive.formats.tokens import estimated_tokens, fits_estimated, fits_exactly
from archive.output.text_choice import DEFAULT
from archive.store.archive import Archive
from scraper.errors import ConfigError
from scraper.extras import install_command
from scraper.types import Block
from tests.support.commands import run
from tests.support.extras import hide_package
from tests.support.visits import START, article, visit

KINDS = ("heading", "paragraph", "list", "quote", "table", "code")
LONG = "The wall holds. It was built in spring! Nobody asked why? The tide came. It went again."


def within(limit: int) -> Any:
    """As many characters, in place of tokens."""
    return lambda text, language: len(text) <= limit


def texts(blocks: list[Block], limit: int) -> list[str]:
    pieces = [Piece(place, block) for place, block in enumerate(blocks)]
    return [text_of(chunk) for chunk in chunks(pieces, "en", within(limit))]


def paragraphs(*found: str) -> list[Block]:
    return [Block("paragraph", text) for text in found]


@pytest.mark.parametrize(
    ("blocks", "limit", "expected"),
    [
        ([], 10, []),
        (paragraphs("one two", "three"), 14, ["one two\n\nthree"]),
        (paragraphs("one two", "three"), 13, ["one two", "three"]),
        (
            paragraphs(LONG),
            40,
            ["The wall holds. It was built in spring!", "Nobody asked why? The tide came.", "It went again."],
        ),
        (paragraphs("one two three four"), 9, ["one two", "three", "four"]),
        (paragraphs("潮が来た。壁は持つ。誰も知らない。"), 10, ["潮が来た。壁は持つ。", "誰も知らない。"]),
        (paragraphs("abcdefgh"), 3, ["abc", "def", "gh"]),
        (paragraphs("abe\u0301d"), 3, ["ab", "e\u0301d"]),
        ([Block("list", "one"), Block("list", "two")], 7, ["one\ntwo"]),
        ([*paragraphs("one two"), Block("heading", "Sea"), *paragraphs("three")], 12, ["one two", "Sea\n\nthree"]),
        ([*paragraphs("one"), Block("heading", "Sea"), *paragraphs("It rose. It fell.")], 13, ["one", "Sea\n\nIt rose.", "It fell."]),
        ([Block("heading", "A heading"), *paragraphs("one two")], 9, ["A heading", "one two"]),
        ([*paragraphs("one"), Block("heading", "Sea")], 20, ["one\n\nSea"]),
    ],
    ids=["nothing", "all", "blocks", "sentences", "words", "scripts without spaces", "characters", "accents", "items",
         "a heading moves", "a heading above a cut", "a heading that fills a chunk", "a heading at the end"],
)  # fmt: skip
def test_chunks_are_cut_between_blocks_then_sentences_then_words(
    blocks: list[Block], limit: int, expected: list[str]
) -> None:
    assert texts(blocks, limit) == expected


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.text("ab.!。 \n壁\u0301", min_size=1)), max_size=12),
    st.integers(5, 60),
)
def test_nothing_is_lost_or_too_long_or_out_of_order(found: list[tuple[Any, str]], limit: int) -> None:
    pieces = [Piece(place, Block(kind, text.strip() or "x")) for place, (kind, text) in enumerate(found)]
    made = list(chunks(pieces, "en", within(limit)))
    squeezed = ["".join(text_of(part).split()) for part in (pieces, [piece for chunk in made for piece in chunk])]
    assert squeezed[0] == squeezed[1]
    for chunk in made:
        is_one_letter = re.fullmatch(".\u0301*", text_of(chunk))
        assert len(text_of(chunk)) <= limit or is_one_letter
    places = [piece.place for chunk in made for piece in chunk]
    assert all(first <= second for first, second in pairwise(places))


def test_the_estimate_is_above_for_dense_scripts_and_unknown_languages() -> None:
    assert estimated_tokens("tide wall", "xx") > estimated_tokens("tide wall", "en")
    assert estimated_tokens("潮が来た", "en") == pytest.approx(4 / 1.5)
    assert estimated_tokens("tide", "en-GB") == estimated_tokens("tide", "en")


def test_a_row_names_its_article_and_its_blocks(archive: Archive) -> None:
    blocks = (Block("caption", "The quay", 0), Block("heading", "Sea", 1), *paragraphs("It rose.", "It fell."))
    archive.save(visit(article(blocks=blocks)), run=1, at=START)
    archive.save(visit(article(blocks=(*blocks, Block("paragraph", "It rose again.")))), run=1, at=START)
    rows = list(chunk_rows(archive.article("1"), DEFAULT, within(16)))
    assert [(row["id"], row["first_block"], row["last_block"], row["text"]) for row in rows] == [
        ("1-2-1", 1, 2, "Sea\n\nIt rose."),
        ("1-2-2", 3, 3, "It fell."),
        ("1-2-3", 4, 4, "It rose again."),
    ]
    assert list(rows[0]) == [
        *("id", "article_id", "url", "title", "published", "revision"),
        *("first_block", "last_block", "text"),
    ]
    assert rows[0]["published"] == "2026-11-19T17:30:00Z"


def test_the_command_says_that_tokens_are_estimated(archive: Archive, tmp_path: Path) -> None:
    archive.save(visit(article()), run=1, at=START)
    wanted = ("export", "--format", "chunks", "--db", str(archive.path))
    result = run(*wanted, "--max-tokens", "32")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["first_block"] for row in rows] == [0, 1, 2]
    assert all(fits_estimated(32)(row["text"], "en") for row in rows)
    assert "tokens are estimated" in result.stderr
    assert len(run(*wanted).stdout.splitlines()) == 1


def test_an_option_of_another_format_is_refused(archive: Archive) -> None:
    result = run("export", "--format", "csv", "--max-tokens", "99", "--db", str(archive.path))
    assert result.exit_code == 2
    assert "--max-tokens: csv has no such option; it belongs to --format chunks" in result.stderr


def test_tokens_of_a_model_are_counted_exactly(archive: Archive) -> None:
    pytest.importorskip("semantic_text_splitter", reason="the extra tokens is not installed")
    fits = fits_exactly(8, "gpt-4o")
    assert fits("one two three four five six seven eight", "")  # one token a word, by the model's published word list
    assert not fits("one two three four five six seven eight nine", "")
    archive.save(visit(article()), run=1, at=START)
    wanted = ("export", "--format", "chunks", "--tokens-of", "gpt-4o", "--max-tokens", "32", "--db", str(archive.path))
    result = run(*wanted)
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 3
    with pytest.raises(ConfigError, match="--tokens-of nosuch: no tokenizer is known"):
        fits_exactly(8, "nosuch")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_package(monkeypatch, "semantic_text_splitter")
    with pytest.raises(ConfigError, match=re.escape(install_command("tokens"))):
        fits_exactly(8, "gpt-4o")
