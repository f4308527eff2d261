"""The public Python interface: short, typed and stable."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

import scraper
from scraper import Page, built_in_rules, extract

SENTENCE = "The council of Bréhat met on Tuesday and decided to raise the harbour wall by two metres before winter. "


def test_an_article_comes_out_in_four_lines() -> None:
    page = Page.from_html(f"<article><h1>Wall</h1><p>{SENTENCE * 3}</p></article>", url="https://example.org/a")
    extraction = extract(page, built_in_rules())
    assert extraction.text == (SENTENCE * 3).strip()
    assert extraction.article is not None
    assert extraction.article.url == "https://example.org/a"


@pytest.mark.parametrize(
    "html",
    [
        f"<meta charset=utf-16><article><p>{SENTENCE}</p></article>",
        f"<meta charset=iso-8859-1><article><p>{SENTENCE}</p></article>".encode("iso-8859-1"),
        f"<article><p>{SENTENCE}</p></article>".encode(),
    ],
    ids=["text, whatever charset it names", "bytes by their meta tag", "UTF-8 bytes"],
)
def test_markup_is_decoded_as_its_kind_says(html: str | bytes) -> None:
    assert extract(Page.from_html(html), built_in_rules()).text == SENTENCE.strip()


def test_the_docstring_example_holds() -> None:
    assert doctest.testmod(scraper) == (0, 3)


def test_importing_the_package_imports_nothing_heavy_and_knows_no_other_name() -> None:
    script = "import sys, scraper; print(sorted({'lxml', 'numpy', 'selectolax', 'httpx'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
    with pytest.raises(AttributeError, match="its public names are Page, built_in_rules, extract"):
        _ = scraper.fetch_everything  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", ["", "a story", "http://[", "https://[::1/x"], ids=repr)
def test_a_url_that_is_none_costs_no_text(url: str) -> None:
    assert extract(Page.from_html(f"<article><p>{SENTENCE}</p></article>", url=url), built_in_rules()).text
