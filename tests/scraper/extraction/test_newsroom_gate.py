"""Extraction of the newsroom, whose every line we know: floors that are raised, never lowered.

Raise a floor when the figures that a failure prints have risen for good.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction
from tests.support.gold import GoldPage, gold_pages
from tests.support.pages import gold_page


@dataclass(frozen=True)
class Read:
    """A page of the newsroom and what was extracted from it."""

    page: GoldPage
    extraction: Extraction

    @property
    def kept(self) -> list[str]:
        """The body's blocks, without a standfirst."""
        article = self.extraction.article
        return [block.text for block in article.body if block.text != self.page.gold.standfirst] if article else []

    @property
    def wanted(self) -> list[str]:
        return [text for _, text in self.page.gold.body]


@pytest.fixture(scope="module")
def newsroom() -> tuple[Read, ...]:
    return tuple(Read(page, extract(gold_page(page), built_in_rules())) for page in gold_pages())


def named(reads: list[Read]) -> list[str]:
    return [f"{read.page.gold.site}/{read.page.gold.slug}" for read in reads]


def test_most_bodies_are_extracted_exactly(newsroom: tuple[Read, ...]) -> None:
    wrong = [read for read in newsroom if read.kept != read.wanted]
    assert len(newsroom) - len(wrong) >= PERFECT, named(wrong)


def test_few_paragraphs_are_lost(newsroom: tuple[Read, ...]) -> None:
    lost = [text for read in newsroom for text in (Counter(read.wanted) - Counter(read.kept)).elements()]
    assert len(lost) <= LOST, lost


def test_little_boilerplate_is_left_in_the_text(newsroom: tuple[Read, ...]) -> None:
    left = [text for read in newsroom for text in (Counter(read.kept) - Counter(read.wanted)).elements()]
    assert len(left) <= LEFT, left


def test_metadata_is_read(newsroom: tuple[Read, ...]) -> None:
    articles = [(read.page.gold, read.extraction.article) for read in newsroom if read.extraction.article]
    assert len(articles) == len(newsroom)
    assert [gold.slug for gold, article in articles if article.title != gold.title] == []
    assert [gold.slug for gold, article in articles if article.published != gold.published] == []
    assert [gold.slug for gold, article in articles if article.language.lower()[:2] != gold.language[:2]] == []
    assert len([gold.slug for gold, article in articles if article.authors != gold.authors]) <= 1


def test_an_article_about_newsletters_keeps_its_text(newsroom: tuple[Read, ...]) -> None:
    read = next(read for read in newsroom if read.page.gold.slug == "newsletters-about-newsletters")
    assert set(read.wanted) <= set(read.kept)


def test_both_copies_of_a_syndicated_article_give_the_same_text(newsroom: tuple[Read, ...]) -> None:
    copies = [read for read in newsroom if read.page.gold.slug == "marrow-river-crests"]
    assert [read.page.gold.site for read in copies] == ["courier", "fieldnotes"]
    assert copies[0].kept == copies[1].kept == copies[0].wanted


PERFECT, LOST, LEFT = 21, 1, 14
