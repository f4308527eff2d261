"""Hidden blocks are not the article, unless most of it is hidden; each has a row in the ledger."""

from __future__ import annotations

import pytest

from tests.support.pages import extract_html

PARAGRAPHS = [
    "The ferry left at nine with eleven people too many, and nobody on the quay counted them a second time that morning.",
    "A street without a seat is a corridor, wrote the council's own engineer in a report that nobody had asked her for.",
    "The harbour master looked at the sky, waved the boat off, and went back to the crossword that he had begun on Monday.",
    "By noon the wind had turned, and the two men who mend the nets carried their chairs indoors without a word about it.",
    "In the evening the lamps along the wall were lit one after the other, as they have been lit since the winter of 1911.",
]
NOTE = (
    "A bollard is the short post on a quay to which ships are made fast, and it is mostly made of iron, rarely of wood."
)


def page(inner: str, *, seen: int = 5) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:seen])
    return f"<html><head><title>The ferry | Coast</title></head><body><article><h1>The ferry</h1>{text}{inner}</article></body></html>"


@pytest.mark.parametrize(
    "hide", ["hidden", 'style="display:none"', 'style="visibility:hidden"', 'aria-hidden="true"', 'class="sr-only"']
)
def test_a_hidden_paragraph_is_removed_with_its_own_reason(hide: str) -> None:
    found = extract_html(
        page(f"<div {hide}><p>{NOTE}</p></div><p>{PARAGRAPHS[0]} So it went.</p>"), url="https://coast.example/a"
    )
    assert found.article
    assert NOTE not in found.article.text
    assert "So it went." in found.article.text
    assert [removal.rule_id for removal in (*found.removals, *found.chrome) if removal.text == NOTE] == ["unseen"]


def test_a_body_that_a_script_shows_is_the_article() -> None:
    rest = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[1:])
    found = extract_html(page(f'<div style="display:none">{rest}</div>', seen=1), url="https://coast.example/a")
    assert found.article
    assert all(paragraph in found.article.text for paragraph in PARAGRAPHS)


@pytest.mark.parametrize(
    "fold",
    ["<details><summary>More</summary>{}</details>", '<div class="read-more" style="display:none">{}</div>'],
    ids=["details", "read more"],
)
def test_a_fold_is_part_of_the_article(fold: str) -> None:
    found = extract_html(page(fold.format(f"<p>{PARAGRAPHS[4]}</p>"), seen=4), url="https://coast.example/a")
    assert found.article
    assert PARAGRAPHS[4] in found.article.text
