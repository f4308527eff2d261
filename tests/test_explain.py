"""`clean --explain`: every block of a page once, in page order."""

from __future__ import annotations

import click
import pytest

from archive.explain import explain_lines, explain_summary, page_blocks
from scraper.types import Article, Block, Extraction, Quality, Removal


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


def test_blocks_come_in_page_order_and_a_caption_only_once_as_removed() -> None:
    shown = [(block.position, block.fate, block.kind) for block in page_blocks(extraction())]
    assert shown == [
        (0, "removed", "navigation"),
        (1, "removed", "promo"),
        (2, "removed", "caption"),
        (3, "kept", "paragraph"),
        (4, "kept", "paragraph"),
        (5, "kept", "correction"),
    ]


def test_a_line_names_fate_kind_rule_and_text() -> None:
    lines = [click.unstyle(line).split(maxsplit=3) for line in explain_lines(extraction(), terminal=False)]
    assert lines[1] == ["removed", "promo", "promo.test.en", "Read this too"]
    assert lines[3] == ["kept", "paragraph", "-", "First."]


def test_a_block_cannot_move_the_cursor_or_break_its_line() -> None:
    page = extraction()
    hostile = Extraction(None, (removal(0, "ad", "one\n\x1b[2Jtwo\x9b3"),), (), "0", page.quality)
    [line] = explain_lines(hostile, terminal=False)
    assert click.unstyle(line).endswith("one [2Jtwo3")


def test_long_blocks_are_wrapped_under_themselves_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    page = extraction()
    wide = Extraction(None, (removal(0, "ad", "word " * 60),), (), "0", page.quality)
    [wrapped] = explain_lines(wide, terminal=True)
    [whole] = explain_lines(wide, terminal=False)
    assert max(len(line) for line in click.unstyle(wrapped).splitlines()) <= 100
    assert "\n" not in whole


def test_the_summary_counts_what_was_kept_removed_and_outside() -> None:
    assert explain_summary(extraction()) == (
        "3 blocks kept, 2 removed (1 promo, 1 caption), 1 outside the article; quality: short (body of 13 characters)"
    )
