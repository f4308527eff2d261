"""The title and the publication time of a link, for a page that does not name its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.extraction.multipage import with_hints
from scraper.types import Link
from tests.support.pages import FETCHED_AT, URL, document, extract_html

BODY = f"<article><h1>Old bridge reopens</h1><p>{'The old bridge over the harbour is open again. ' * 12}</p></article>"
CHANGED = "<meta property=article:modified_time content=2024-05-09T08:30:00Z>"
OWN = "<meta property=article:published_time content=2024-05-04T08:30:00Z>"
HINTS = {
    "the page names no time": ("", "2024-05-03"),
    "the page names only its change": (CHANGED, "2024-05-03"),
    "the page names a time of its own": (OWN, "2024-05-04"),
    "the page names both": (OWN + CHANGED, "2024-05-04"),
    "the link names a later time than the change": (CHANGED.replace("05-09", "05-02"), "2024-05-02"),
}


@pytest.mark.parametrize(("head", "expected"), HINTS.values(), ids=HINTS.keys())
def test_the_time_of_a_link_stands_for_one_that_the_page_does_not_name(head: str, expected: str) -> None:
    link = Link(URL, "feed", title="Old bridge", published=datetime(2024, 5, 3, tzinfo=UTC))
    article = with_hints(extract_html(document(BODY, head=head)), link, fetched_at=FETCHED_AT).article
    assert article is not None
    assert article.published is not None
    assert article.published.date().isoformat() == expected
