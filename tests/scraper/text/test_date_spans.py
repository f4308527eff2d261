"""The one grammar of dates: what each form means, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text.date_spans import DATE_FORMS, parse_span

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
SPANS = [
    ("2026", "2026-01-01T00:00", "2027-01-01T00:00"),
    ("2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
    ("2026-2", "2026-02-01T00:00", "2026-03-01T00:00"),
    ("2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
    ("20261105", "2026-11-05T00:00", "2026-11-06T00:00"),
    ("2026-W45-4", "2026-11-05T00:00", "2026-11-06T00:00"),
    ("today", "2026-11-28T00:00", "2026-11-29T00:00"),
    ("Yesterday", "2026-11-27T00:00", "2026-11-28T00:00"),
    (" 2026-11-05 ", "2026-11-05T00:00", "2026-11-06T00:00"),
    ("2026-11-05T12:00", "2026-11-05T12:00", "2026-11-05T12:00"),
    ("2026-11-05T12:00Z", "2026-11-05T12:00", "2026-11-05T12:00"),
    ("2026-11-05 12:00+02:00", "2026-11-05T10:00", "2026-11-05T10:00"),
    ("90s", "2026-11-28T21:28:30", "2026-11-28T21:28:30"),
    ("12h", "2026-11-28T09:30", "2026-11-28T09:30"),
    ("7d", "2026-11-21T21:30", "2026-11-21T21:30"),
    ("1.5d", "2026-11-27T09:30", "2026-11-27T09:30"),
    ("2w", "2026-11-14T21:30", "2026-11-14T21:30"),
    ("0d", "2026-11-28T21:30", "2026-11-28T21:30"),
]
NONE = [
    "",
    "soon",
    "tomorrow",
    "20",
    "2026-13",
    "2026-02-30",
    "2026-11-",
    "0000",
    "7",
    "7 years",
    "-7d",
    "7D",
    "99999999d",
    "٢٠٢٦",
]


@pytest.mark.parametrize(("text", "start", "end"), SPANS, ids=[text for text, _, _ in SPANS])
def test_a_date_begins_and_ends(text: str, start: str, end: str) -> None:
    expected = tuple(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end))
    assert parse_span(text, NOW) == expected


@pytest.mark.parametrize("text", NONE, ids=[text or "empty" for text in NONE])
def test_any_other_text_is_no_date(text: str) -> None:
    assert parse_span(text, NOW) is None


def test_a_day_is_one_of_utc_whatever_the_clocks_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=10)))
    assert there.day == 29
    assert parse_span("today", there) == parse_span("today", NOW)


def test_the_last_year_of_the_calendar_ends_with_it() -> None:
    found = parse_span("9999", NOW)
    assert found is not None
    assert found[1] == datetime.max.replace(tzinfo=UTC)


def test_the_forms_that_messages_name_are_dates() -> None:
    for form in DATE_FORMS.replace(" or ", ", ").split(", "):
        assert parse_span(form, NOW), form


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_span(text, NOW)
    assert found is None or found[0] <= found[1]
