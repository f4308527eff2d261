"""What a site says of itself in its header is not the article, however long it is."""

from __future__ import annotations

import pytest

from scraper.blocks.columns import ContainerColumns
from scraper.extraction.site_header import IN_HEADER, IN_HOLDER, find_zones
from tests.support.scores import extract_by

BLURB = "We write about rivers, mills and bridges, and we have done so since the flood of 1954, for readers in four valleys."
TEXT = (
    "The bridge over the mill stream will be closed from Monday, the council said, since two of its beams have rotted."
)
STORY = f"<h1>Bridge to be closed</h1><p>{TEXT}</p><p>{TEXT.replace('Monday', 'Tuesday')}</p>"


def kept(html: str) -> list[str]:
    article = extract_by(lambda text: 0.95, f"<title>Bridge to be closed</title><body>{html}").article
    return [block.text for block in article.body] if article else []


@pytest.mark.parametrize(
    ("html", "is_kept"),
    [
        (f"<header><p>{BLURB * 5}</p></header><main>{STORY}</main>", False),
        (f"<header><div><div><p>{BLURB}</p></div></div></header><div>{STORY}</div>", False),
        (f"<div><header><section><p>{BLURB}</p></section></header></div><article>{STORY}</article>", False),
        (f"<article><header><p>{BLURB}</p></header>{STORY}</article>", True),
        (f"<main><div><header><p>{BLURB}</p></header></div>{STORY}</main>", True),
        (f"<div><p>{BLURB}</p></div><main>{STORY}</main>", True),
    ],
    ids=["longer than the article", "before a title", "deep", "of the article", "of the main element", "no header"],
)
def test_text_in_a_header_of_the_page_is_not_the_article(html: str, is_kept: bool) -> None:
    found = kept(html)
    assert TEXT in found
    assert any(BLURB in text for text in found) is is_kept


@pytest.mark.parametrize("after", ["", "<p>More of it, in a last sentence that stands alone.</p>"])
def test_a_header_that_holds_the_whole_page_is_no_header(after: str) -> None:
    assert TEXT in kept(f"<header><h1>Bridge to be closed</h1><p>{TEXT}</p>{after}")


def test_an_article_within_a_header_is_the_article() -> None:
    assert TEXT in kept(f"<header><p>{BLURB}</p><article>{STORY}</article>")


def test_a_blurb_that_looks_like_text_goes_by_the_header_it_is_in_and_a_menu_by_its_score() -> None:
    html = f"<title>Bridge</title><header><p>{BLURB}</p><p>Mill News</p></header><main>{STORY}</main>"
    found = extract_by(lambda text: 0.1 if text == "Mill News" else 0.95, html)
    reasons = {removal.text: removal.rule_id for removal in (*found.removals, *found.chrome)}
    assert (reasons[BLURB], reasons["Mill News"]) == ("site-header", "outside")


@pytest.mark.parametrize(
    ("tags", "parents", "zones"),
    [
        ("body header div p", [-1, 0, 1, 2], [0, IN_HEADER, IN_HEADER, IN_HEADER]),
        ("body header main p", [-1, 0, 1, 2], [0, IN_HEADER, IN_HOLDER, IN_HOLDER]),
        ("body article header p", [-1, 0, 1, 2], [0, IN_HOLDER, IN_HOLDER, IN_HOLDER]),
        ("body header p div", [-1, 0, 1, 0], [0, IN_HEADER, IN_HEADER, 0]),
        ("header p", [-1, 0], [IN_HEADER, IN_HEADER]),
    ],
    ids=["header", "article in a header", "header in an article", "beside a header", "header alone"],
)
def test_an_element_that_holds_an_article_counts_before_a_header(
    tags: str, parents: list[int], zones: list[int]
) -> None:
    names = tuple(tags.split())
    assert find_zones(ContainerColumns(names, ("",) * len(names), tuple(parents))) == zones
