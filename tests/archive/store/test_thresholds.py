"""Thresholds of the archive's decisions: for each one, a case just below its value and a case just above."""

from __future__ import annotations

import pytest

from archive.store.archive import Archive
from archive.store.columns import fingerprint, plain_text
from archive.store.decisions import THRESHOLDS, Stored, alike, decide, is_remnant
from archive.store.near_duplicates import likeness, same_story, shingles
from scraper.types import Verdict
from tests.support.visits import OTHER, URL, article, save, visit

TITLE = "Harbour to be dredged"

KEPT: list[tuple[Verdict, int, str, str]] = [
    ("ok", 1, "revised", "new"),
    ("short", 499, "worse", "new"),
    ("short", 500, "revised", "new"),
    ("truncated", 899, "worse", "new"),
    ("truncated", 900, "revised", "new"),
    ("paywall", 899, "worse", "new"),
    ("paywall", 900, "revised", "new"),
    ("empty", 9000, "worse", "failed"),
    ("consent", 9000, "worse", "failed"),
    ("listing", 9000, "worse", "failed"),
    ("error-page", 9000, "worse", "failed"),
    ("needs-javascript", 9000, "worse", "failed"),
]
"""A verdict, the characters of a text, the decision if 1,000 other characters are stored, the decision on a first visit."""


@pytest.mark.parametrize(("verdict", "chars", "again", "first"), KEPT)
def test_a_text_with_a_bad_verdict_needs_a_share_of_the_stored_text(
    verdict: Verdict, chars: int, again: str, first: str
) -> None:
    before = Stored(1, TITLE, "a" * 1000, "ok", 1, fingerprint("a" * 1000))
    found = visit(article("b" * chars, title=TITLE), verdict=verdict).extraction
    assert decide(before, found, plain_text("b" * chars)).outcome == again
    assert decide(None, found, plain_text("b" * chars)).outcome == first


@pytest.mark.parametrize(("chars", "expected"), [(1999, True), (2000, False)])
def test_less_than_two_thirds_of_a_text_are_a_remnant(chars: int, expected: bool) -> None:
    first, second = "a" * chars, "b" * (3000 - chars - len("\n\n"))
    assert is_remnant(f"{first}\n\n{second}", first) is expected


@pytest.mark.parametrize(("common", "expected"), [(29, False), (30, True)])
def test_three_tenths_of_the_paragraphs_make_two_texts_alike(common: int, expected: bool) -> None:
    before = [f"Before {number}." for number in range(100)]
    after = before[:common] + [f"After {number}." for number in range(100 - common)]
    assert alike("\n\n".join(before), "\n\n".join(after)) is expected


@pytest.mark.parametrize(("words", "expected"), [(19, "new"), (20, "duplicate")])
def test_a_text_of_twenty_words_is_a_duplicate(archive: Archive, words: int, expected: str) -> None:
    text = numbered("word", words)
    assert save(archive, visit(article(text, url=URL), url=URL)) == "new"
    assert save(archive, visit(article(text, url=OTHER), url=OTHER)) == expected


def test_every_threshold_has_a_case() -> None:
    others = {"remnant", "alike", "duplicate"}
    assert set(THRESHOLDS) == others | {f"keep {verdict}" for verdict, *_ in KEPT}
    assert all(row.unit and row.why for row in THRESHOLDS.values())


@pytest.mark.parametrize(("size", "expected"), [(29, False), (30, True)])
def test_thirty_shingles_are_compared(size: int, expected: bool) -> None:
    text = shingles(numbered("word", size + 3))
    assert len(text) == size
    assert same_story(likeness(text, text)) is expected


@pytest.mark.parametrize(("common", "expected"), [(399, False), (400, True)])
def test_two_fifths_of_the_shingles_make_one_story(common: int, expected: bool) -> None:
    one = shingles(numbered("word", 1003))
    other = shingles(f"{numbered('word', common + 3)} {numbered('other', 1000 - common)}")
    assert len(one) == len(other) == 1000
    assert same_story(likeness(one, other)) is expected


def numbered(word: str, count: int) -> str:
    """A text of different words."""
    return " ".join(f"{word}{number}" for number in range(count))
