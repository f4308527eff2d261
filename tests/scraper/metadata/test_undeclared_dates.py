"""Dates of pages that declare none and show none beside the headline."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scraper.metadata.undeclared_dates import MAX_GUESS_CHARS, is_written
from tests.scraper.metadata.support import british, read

FAR = f"<p>{'Rain. ' * 40}</p><p>{'Wind. ' * 40}</p>"
BODIES = {
    "an element named after dates": ("<p id=pubdate>In Oslo, 3 May 2024</p>", "2024-05-03"),
    "a German name": ("<p class=datum>Oslo, den 3. Mai 2024, von Bo Ek</p>", "2024-05-03"),
    "a line with a word of publication": (
        "<p>Posted by Bo Ek, somewhere in Oslo, on 3 May 2024 in News</p>",
        "2024-05-03",
    ),
    "such a line before a date alone": ("<p>9 May 2024</p><p>Posted by Bo Ek on 3 May 2024 in News</p>", "2024-05-03"),
    "a line without such a word": ("<p>Seen by Bo Ek, somewhere in Oslo, on 3 May 2024 in News</p>", None),
    "a long line with such a word": (f"<p>{'Then ' * 20} it was posted on 3 May 2024</p>", None),
    "a banner of an archive": ("<div id=wm-ipp-base><p>3 May 2024</p></div>", None),
    "a line beside a banner": ("<div id=wm-ipp-base><p>9 May 2024</p></div><p>3 May 2024</p>", "2024-05-03"),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_a_date_far_from_the_headline_is_found(body: str, expected: str | None) -> None:
    found = read(british(body=f"<h1>Old bridge reopens</h1>{FAR}{body}")).published
    assert (found.date().isoformat() if found else None) == expected


def test_the_change_that_a_page_declares_stands_for_its_publication_if_nothing_else_does() -> None:
    head = "<meta property=article:modified_time content=2024-05-09T08:30:00Z>"
    for body, expected in {
        "": datetime(2024, 5, 9, 8, 30, tzinfo=UTC),
        "<p>3 May 2024</p>": datetime(2024, 5, 3, tzinfo=UTC),
    }.items():
        found = read(british(head=head, body=f"<h1>Old bridge reopens</h1>{FAR}{body}"))
        assert (found.published, found.modified) == (expected, datetime(2024, 5, 9, 8, 30, tzinfo=UTC))


SCRIPT = '<script>var page = {"seen": "%s"}</script>'


def test_htmldate_finds_a_time_in_a_script() -> None:
    found = read(british(body=f"<h1>Old bridge reopens</h1>{FAR}{SCRIPT % '2024-05-03T08:30:00Z'}")).published
    assert found == datetime(2024, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [SCRIPT % "2031-05-03T08:30:00Z", SCRIPT % "2024-05-03T08:30:00Z" + "x" * MAX_GUESS_CHARS],
    ids=["future", "long page"],
)
def test_a_guess_is_bounded(body: str) -> None:
    html = british(body=f"<h1>Old bridge reopens</h1>{FAR}{body}")
    assert read(html, fetched_at=datetime(2024, 6, 1, tzinfo=UTC)).published is None


@pytest.mark.parametrize("meta", ["2012 May", "2012"])
def test_a_day_that_only_htmldate_made_up_is_none(meta: str) -> None:
    assert read(british(head=f"<meta name=doc_date content='{meta}'>", body=f"<h1>Bridge</h1>{FAR}")).published is None


WRITTEN = {
    "2024-05-03T08:30": True,
    "/2024/05/03/": True,
    "x-20240503.html": True,
    "3.5.2024": True,
    "5/3/2024": True,
    "Oslo, 3. Mai 2024": True,
    "May 3rd, 2024": True,
    "/2024/05/3.jpg": False,
    "13.5.2024": False,
    "May 2024": False,
    "3 May 2025": False,
    "4 May 2024": False,
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_a_day_is_written_in_numbers_or_in_words(text: str, expected: bool) -> None:
    assert is_written(date(2024, 5, 3), text) is expected
