"""Times as feeds and sitemaps write them: each in UTC, and none where the text gives none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext
from scraper.discovery.times import parse_time

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

STANDARD = [
    ("Sun, 01 Mar 2026 07:00:00 EST", NOON), ("Sun, 01 Mar 2026 13:00:00 CET", NOON), ("Sun, 01 Mar 2026 13:00:00 WEST", NOON),
    ("Mon, 02 Mar 2026 01:00:00 NZDT", NOON), ("Sun, 01 Mar 2026 19:00:00 WIB", NOON), ("2026-03-01T12:00:00.123Z", NOON.replace(microsecond=123000)),
    ("2026-03-01T13:00:00+0100", NOON), ("2026-03-01", NOON.replace(hour=0)), ("2026-03", NOON.replace(hour=0)), ("1 March 2026 12:00 GMT", NOON),
    ("2026-03-01 14:00:00 +02:00", NOON), ("2026", datetime(2026, 1, 1, tzinfo=UTC)), ("", None), ("soon", None), ("9999-12-31T23:59:59-12:00", None),
    ("Sun, 01 Mar 2026 12:00:00 -0000", NOON), ("2026-03-01T12:00:00.000+0000", NOON), ("Sun, 1 Mar 26 12:00 UT", NOON),
    ("Sun, 20 Jul 1969 20:17:40 GMT", datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), STANDARD)
def test_times_are_read_in_all_formats_of_feeds(text: str, meant: datetime | None) -> None:
    assert parse_time(text) == meant


MISTAKES = [
    "Sun, 01 Mar 2026 14:00:00 +02:00", "Sun, 01 Mar 2026 14:00:00 GMT+2", "Sun, 01 Mar 2026 07:00:00 UTC-05:00",
    "Sun Mar 01 2026 13:00:00 GMT+0100 (Central European Standard Time)", "Sun Mar 01 13:00:00 CET 2026",
    "2026-03-01T13:00:00+01:00[Europe/Rome]", "Sun, 01 Mar 2026 12:00 PM", "March 1, 2026 12:00 pm", "2026-03-01 12:00:00 PM",
    "So, 01 März 2026 13:00:00 +0100", "dim., 1 mars 2026 13:00:00 +0100", "dom, 01 mar. 2026 13:00:00 +0100", "Вс, 01 мар 2026 15:00:00 +0300",
    "niedz., 01 marca 2026 13:00:00 +0100", "2026年3月1日 12:00", "Sunday, March 1, 2026 - 12:00", "01-Mar-2026 12:00:00",
    "Sun, 01 Mar 2026 07:00:00 -05", "Sun, 01 Mar 2026 14:00:00 GMT+02", "March 1, 2026 7:00 am -05", "2026-03-01 12:00 +00",
    "2026/03/01 12:00:00", "01.03.2026 12:00", "1772366400", "1772366400000",
]  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_times_that_no_standard_allows_are_read_as_their_writers_mean_them(text: str) -> None:
    assert parse_time(text) == NOON


@pytest.mark.parametrize("text", ["Sun, 01 Mar 2026 6:00 PM", "Sun, 01 Mar 2026 06:00:00 pm"])
def test_half_of_the_day_counts(text: str) -> None:
    assert parse_time(text) == NOON.replace(hour=18)


@pytest.mark.parametrize("text", ["Tue, 16 Sept 2025 10:00:00 +0300", "Di., 16. September 2025, 9:00 MESZ"])
def test_the_name_of_a_month_may_be_of_any_length(text: str) -> None:
    assert parse_time(text) == datetime(2025, 9, 16, 7, tzinfo=UTC)


PLACEHOLDERS = [
    "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT", "-0001-11-30T00:00:00+00:00", "Wed, 30 Nov -0001 00:00:00 +0000",
    "0000-00-00 00:00:00", "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00+01:00", "1969-12-31T19:00:00-05:00", "1900-01-01", "0",
    "1899-12-30T00:00:00", "Sat, 30 Dec 1899 00:00:00 GMT", "1900-01-01T00:00:00+01:00",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_an_empty_date_is_no_date(text: str) -> None:
    assert parse_time(text) is None


ASSASSINATION = datetime(1865, 4, 15, 7, 22, tzinfo=UTC)
OLD = [
    "1865-04-15 07:22", "Sat, 15 Apr 1865 07:22:00 GMT", "Sat, 15 Apr 1865 07.22.00 GMT", "Sat,15 Apr 1865 07:22:00 GMT",
    "Sat, 15 Apr 1865, 07:22:00 GMT", "Sat Apr 15 07:22:00 1865", "April 15, 1865 07:22",
]  # fmt: skip


@pytest.mark.parametrize("text", OLD)
def test_an_old_date_is_a_date(text: str) -> None:
    assert parse_time(text) == ASSASSINATION


@pytest.mark.parametrize("mistake", ["", "&nbsp;"])
def test_an_entry_with_an_empty_date_has_none_in_any_reader(mistake: str) -> None:
    item = f"<item><link>/a</link><pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>{mistake}</item>"
    body = f"<rss version='2.0'><channel>{item}</channel></rss>"
    (link,) = parse_feed(body.encode(), LinkContext("s", "https://news.test/feed")).links
    assert link.published is None
    assert link.modified is None


def test_day_and_month_that_can_be_exchanged_are_not_guessed() -> None:
    assert parse_time("13/4/26 12:00") == datetime(2026, 4, 13, 12, tzinfo=UTC)
    assert parse_time("03/04/2026 12:00") is parse_time("3/4/16") is parse_time("03/04/26 12:00") is None
    assert parse_time("13/04/2026 12:00") == parse_time("04/13/2026 12:00") == datetime(2026, 4, 13, 12, tzinfo=UTC)


@given(st.text(max_size=40))
def test_a_time_is_utc_or_none(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.utcoffset() == NOON.utcoffset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 13 Dec 2016 8:6:0 +0100", "2016-12-13T07:06:00+00:00"),
        ("12/13/2016 6:06:00 PM", "2016-12-13T18:06:00+00:00"),
        ("13.12.2016 12:06 AM", "2016-12-13T00:06:00+00:00"),
    ],
)
def test_hours_of_one_digit_and_halves_of_a_day_in_capitals_are_read(text: str, expected: str) -> None:
    found = parse_time(text)
    assert found is not None
    assert found.isoformat() == expected
