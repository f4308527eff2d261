"""Decisions on a visit: tables of the stored text, the new text and the expected decision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.store.columns import fingerprint, plain_text
from archive.store.decisions import (
    Stored,
    alike,
    changed_paragraphs,
    decide,
)
from scraper.types import Article, Verdict
from tests.support.visits import BODY, article, visit

LONG = tuple(f"Paragraph {number} has a number of its own, and some more words to be long." for number in range(10))


def stored(found: Article, verdict: str = "ok") -> Stored:
    """The article as the archive would hold it."""
    text = found.text
    return Stored(id=1, title=found.title, text=text, verdict=verdict, revision=1, fingerprint=fingerprint(text))


CASES: list[tuple[str, Stored | None, Article | None, Verdict, str]] = [
    ("a first visit", None, article(), "ok", "new"),
    ("a first visit to a short page", None, article("Brief."), "short", "new"),
    ("a first visit without text", None, None, "empty", "failed"),
    ("a first visit to a section page", None, article(*LONG), "listing", "failed"),
    ("a first visit to a soft 404", None, article("Sorry."), "error-page", "failed"),
    ("a first visit behind a paywall", None, article("A teaser."), "paywall", "new"),
    ("a section page longer than the article", stored(article()), article(*LONG), "listing", "worse"),
    ("a consent wall longer than the article", stored(article()), article(*LONG), "consent", "worse"),
    ("the same text", stored(article()), article(), "ok", "same"),
    ("other white space", stored(article("a b", "c")), article("a  b ", "c"), "ok", "same"),
    ("the same text, badly rated", stored(article()), article(), "paywall", "same"),
    ("an edited paragraph", stored(article()), article(*BODY[:2], "Now twelve million."), "ok", "revised"),
    ("another headline", stored(article()), article(title="Harbour will be dredged"), "ok", "revised"),
    ("no text any more", stored(article()), None, "empty", "worse"),
    ("half the text behind a paywall", stored(article(*LONG)), article(*LONG[:5]), "paywall", "worse"),
    ("a cut transfer", stored(article(*LONG)), article(*LONG[:8]), "truncated", "worse"),
    ("a third of the text, short", stored(article(*LONG)), article(*LONG[:3]), "short", "worse"),
    ("most of the text, short", stored(article(*LONG)), article(*LONG[:8]), "short", "revised"),
    ("cut by the editors to a line", stored(article(*LONG)), article("This story was retracted."), "ok", "revised"),
    ("half the text, and nothing new", stored(article(*LONG)), article(*LONG[:5]), "ok", "worse"),
    (
        "half the text, and a new paragraph",
        stored(article(*LONG)),
        article(*LONG[:4], "The rest is for the court."),
        "ok",
        "revised",
    ),
    ("a last paragraph taken out", stored(article(*LONG)), article(*LONG[:8]), "ok", "revised"),
    ("more text than the paywall gave", stored(article(*LONG[:3]), "paywall"), article(*LONG), "ok", "revised"),
]


@pytest.mark.parametrize(("before", "found", "verdict", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_visit_has_its_decision(
    before: Stored | None, found: Article | None, verdict: Verdict, expected: str
) -> None:
    assert (
        decide(before, visit(found, verdict=verdict).extraction, plain_text(found.text if found else "")).outcome
        == expected
    )


def test_a_refused_text_has_a_reason() -> None:
    worse = decide(
        stored(article(*LONG)),
        visit(article(*LONG[:2]), verdict="paywall").extraction,
        plain_text(article(*LONG[:2]).text),
    )
    assert "paywall" in worse.reason
    assert str(len(article(*LONG).text)) in worse.reason


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\n\nb", "a\n\nb", (0, 0)),
        ("a\n\nb", "b\n\na", (0, 0)),
        ("a\n\nb", "a\n\nc", (1, 1)),
        ("a", "a\n\na", (1, 0)),
        ("", "a", (1, 0)),
        ("a  b\n\n\n\nc", "a b\n\nc", (0, 0)),
    ],
)
def test_paragraphs_are_counted_regardless_of_their_order(before: str, after: str, expected: tuple[int, int]) -> None:
    assert changed_paragraphs(before, after) == expected


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_counts_explain_the_change_in_length(before: list[str], after: list[str]) -> None:
    added, removed = changed_paragraphs("\n\n".join(before), "\n\n".join(after))
    assert len(after) - len(before) == added - removed
    assert changed_paragraphs("\n\n".join(after), "\n\n".join(before)) == (removed, added)


@pytest.mark.parametrize(
    ("after", "expected"), [(LONG[:4], True), ((*LONG[:4], "New."), True), (BODY, False), ((LONG[0], *BODY), False)]
)
def test_versions_of_a_story_share_paragraphs(after: tuple[str, ...], expected: bool) -> None:
    assert alike("\n\n".join(LONG), "\n\n".join(after)) is expected
