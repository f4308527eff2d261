"""An article as text, Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive.output.article import iso, text_of, to_json
from archive.output.markdown import markdown_of
from archive.output.rows import document
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.types import Article, Block, Extraction, Quality, Removal

ARTICLE = Article(
    url="https://example.com/a", canonical_url="https://example.com/a", site="example.com", title="Boats & *tides*",
    authors=("Ann Lee", "Bo Ek"), contributors=("Cy Day",), published=datetime(2026, 1, 31, 12, tzinfo=UTC), modified=None,
    language="en", description="On boats.", section="", tags=(), image="", free=None,
    blocks=(
        Block("standfirst", "What floats, and why.", position=9),
        Block("paragraph", "A first line.", position=0),
        Block("caption", "A boat", position=1, image="https://example.com/b.jpg", credit="Ed Fox"),
        Block("heading", "Parts", position=2, level=2),
        Block("list", "hull", position=3, level=1),
        Block("list", "plank", position=4, level=2),
        Block("quote", "They float.", position=5),
        Block("table", "Year | Boats", position=6),
        Block("table", "2025 | 3", position=7),
        Block("correction", "An earlier version sank.", position=8),
        Block("note", "Ann Lee writes about boats.", position=10),
        Block("embed", "Afloat!", position=11, source="https://post.example/1"),
    ),
)  # fmt: skip


def with_blocks(*blocks: Block) -> Article:
    return replace(ARTICLE, title="", authors=(), published=None, blocks=blocks)


def test_text_is_title_and_body_without_captions_and_corrections() -> None:
    assert (
        text_of(ARTICLE)
        == "Boats & *tides*\n\nWhat floats, and why.\n\nA first line.\n\nParts\n\nhull\nplank\n\nThey float.\n\nYear | Boats\n2025 | 3"
    )


BESIDE = TextChoice(added=frozenset({"caption", "correction", "note", "embed"}))


def test_markdown_shows_every_kind_of_block() -> None:
    assert markdown_of(ARTICLE, BESIDE) == (
        "# Boats & \\*tides\\*\n\n*Ann Lee, Bo Ek · 2026-01-31*\n\nWhat floats, and why.\n\nA first line.\n\n*A boat*\n\n## Parts\n\n- hull\n  - plank\n\n"
        "> They float.\n\n| Year | Boats |\n| --- | --- |\n| 2025 | 3 |\n\n*An earlier version sank.*\n\n"
        "*Ann Lee writes about boats.*\n\n> Afloat!"
    )


def test_markdown_holds_what_the_text_holds() -> None:
    shown = markdown_of(ARTICLE)
    assert not [words for words in ("A boat", "sank", "writes about", "Afloat") if words in shown]
    assert shown.endswith("| 2025 | 3 |")
    without = TextChoice(left_out=frozenset({"title", "standfirst", "table", "list", "quote"}))
    assert markdown_of(ARTICLE, without) == "*Ann Lee, Bo Ek · 2026-01-31*\n\nA first line.\n\n## Parts"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("# 1 fan", "\\# 1 fan"),
        ("2016. A year.", "2016\\. A year."),
        ("- dash", "\\- dash"),
        ("<script>x</script>", "\\<script>x\\</script>"),
        ("4 * 5 * 6", "4 \\* 5 \\* 6"),
        ("[a](b)", "[a\\](b)"),
        ("snake_case, a < b, #tag", "snake_case, a < b, #tag"),
    ],
)
def test_plain_text_means_itself_in_markdown(text: str, markdown: str) -> None:
    assert markdown_of(with_blocks(Block("paragraph", text))) == markdown


def test_inline_markdown_of_a_block_is_used_as_it_is() -> None:
    block = Block("paragraph", "See the sea", markup="See [the *sea*](https://example.com/)")
    assert markdown_of(with_blocks(block)) == "See [the *sea*](https://example.com/)"


def test_code_that_holds_a_fence_gets_a_longer_one() -> None:
    assert markdown_of(with_blocks(Block("code", "```\nx"))) == "````\n```\nx\n````"


def test_control_characters_do_not_reach_the_terminal() -> None:
    hostile = with_blocks(Block("paragraph", "a\x1b[31mb\x9bc\u202ed"))
    assert text_of(hostile) == markdown_of(hostile) == "a[31mbcd"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2016, 12, 13, 23, 6, tzinfo=UTC), "2016-12-13T23:06:00Z"),
        (datetime(2016, 12, 13, 18, 6, tzinfo=timezone(-timedelta(hours=5))), "2016-12-13T18:06:00-05:00"),
        (datetime(2016, 12, 13), "2016-12-13T00:00:00Z"),
    ],
)
def test_times_are_iso_8601_with_their_offset(moment: datetime | None, text: str | None) -> None:
    assert iso(moment) == text


def test_json_has_every_documented_key() -> None:
    ledger = (Removal("caption.x", "element", "caption", 1, "A boat"),)
    shown = document(Extraction(ARTICLE, ledger, (), "0", Quality("ok")))
    assert list(shown) == [
        "url", "title", "authors", "contributors", "published", "modified", "language", "site", "section", "tags",
        "description", "image", "free", "text", "markdown", "blocks", "captions", "corrections", "notes", "embeds",
        "verdict", "evidence", "removed", "date", "quality",
    ]  # fmt: skip
    assert shown["removed"] == [{"rule": "caption.x", "kind": "caption", "position": 1, "text": "A boat"}]
    assert shown["captions"] == [{"text": "A boat", "image": "https://example.com/b.jpg", "credit": "Ed Fox"}]
    assert (shown["quality"], shown["date"]) == (shown["verdict"], shown["published"]) == ("ok", "2026-01-31T12:00:00Z")
    assert shown["corrections"] == ["An earlier version sank."]
    assert shown["notes"] == ["Ann Lee writes about boats."]
    assert shown["embeds"] == [{"text": "Afloat!", "source": "https://post.example/1"}]


def test_json_has_every_block_whatever_the_text_holds() -> None:
    found = Extraction(ARTICLE, (), (), "0", Quality("ok"))
    shown = document(found, choice=TextChoice(frozenset({"title"}), frozenset({"table"})))
    assert shown["blocks"] == document(found, choice=DEFAULT)["blocks"]
    assert [block["kind"] for block in shown["blocks"]] == [block.kind for block in ARTICLE.blocks]
    assert shown["blocks"][1] == {
        "kind": "paragraph", "text": "A first line.", "markdown": "A first line.", "level": 0, "position": 0
    }  # fmt: skip
    assert (shown["blocks"][2]["image"], shown["blocks"][-1]["source"]) == (
        "https://example.com/b.jpg", "https://post.example/1",
    )  # fmt: skip
    assert (shown["text"].splitlines()[0], shown["markdown"].splitlines()[0]) == (
        "Boats & *tides*",
        "# Boats & \\*tides\\*",
    )
    assert "2025" not in shown["text"] + shown["markdown"]


def test_the_markdown_of_a_block_is_inline_and_escaped_and_code_stays() -> None:
    blocks = (
        Block("heading", "2*3", level=2),
        Block("code", "a * b"),
        Block("list", "see", markup="[see](https://x.example/)"),
    )
    shown = document(Extraction(with_blocks(*blocks), (), (), "0", Quality("ok")))["blocks"]
    assert [block["markdown"] for block in shown] == ["2\\*3", "a * b", "[see](https://x.example/)"]


def test_json_of_a_page_without_an_article_has_the_same_keys() -> None:
    full = document(Extraction(ARTICLE, (), (), "0", Quality("ok")))
    bare = document(Extraction(None, (), (), "0", Quality("empty")), url="https://example.com/x")
    assert set(bare) == set(full)
    assert (bare["url"], bare["text"], bare["quality"]) == ("https://example.com/x", "", "empty")


def test_a_lone_surrogate_is_escaped_and_other_letters_are_not() -> None:
    assert to_json({"a": "é"}) == '{"a": "é"}'
    assert json.loads(to_json({"a": "é\ud800"}).encode()) == {"a": "é\ud800"}
