"""Days and months in addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text.url_dates import date_in_url, read_address

DAYS = {
    "https://x.example/2024/05/03/story": "2024-05-03",
    "https://x.example/2024/may/3/story": "2024-05-03",
    "https://x.example/blog/2024/october/03/story": "2024-10-03",
    "https://x.example/2024/football/03/story": None,
    "https://x.example/2024/mac/03/story": None,
    "https://x.example/story-20240503.html": "2024-05-03",
    "https://x.example/article/A2024050308300005196": "2024-05-03",
    "https://x.example/2024/05/story": None,
    "https://x.example/story-8419489": None,
    "https://x.example/29-10-2021": "2021-10-29",
    "https://x.example/23-01-2022-old-bridge": "2022-01-23",
    "https://x.example/old-bridge_03.05.2024.html": "2024-05-03",
    "https://x.example/29/10/2021/story": "2021-10-29",
    "https://x.example/10-29-2021": "2021-10-29",
    "https://x.example/29-10.2021": None,
    "https://x.example/29-13-2021": None,
    "https://x.example/129-10-2021": None,
    "https://x.example/29-10-20214": None,
}


@pytest.mark.parametrize(("url", "expected"), DAYS.items())
def test_a_day_in_an_address_is_read(url: str, expected: str | None) -> None:
    found = date_in_url(url)
    assert (found.date().isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("language", "expected"), {"en-US": "2021-03-04", "en": "2021-04-03", "": "2021-04-03"}.items()
)
def test_the_language_tells_day_from_month_in_an_address(language: str, expected: str) -> None:
    found = date_in_url("https://x.example/03-04-2021", language=language)
    assert found is not None
    assert found.date().isoformat() == expected


SNAPSHOTS = {
    "a year": ("https://web.archive.org/web/2013/http://x.example/story", None),
    "a time": ("https://web.archive.org/web/20130405123456/http://x.example/story", None),
    "a flag": ("https://web.archive.org/web/20130405123456id_/https://x.example/story", None),
    "no scheme": ("https://web.archive.org/web/20130405123456/x.example/story", None),
    "another archive": ("https://archive.example/2013.04.05-123456/https://x.example/story", None),
    "one slash": ("https://web.archive.org/web/20130405123456/http:/x.example/story", None),
    "a story's own day": ("https://web.archive.org/web/20130405/http://x.example/2012/03/04/story", "2012-03-04"),
    "a time before a name without a dot": ("https://x.example/20130405123456/old-bridge/", "2013-04-05"),
    "no archive": ("https://x.example/20130405123456/story", "2013-04-05"),
    "no archive, a day and a file": ("https://x.example/2013/04/05/story.html", "2013-04-05"),
}


@pytest.mark.parametrize(("url", "expected"), SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_the_day_of_a_snapshot_is_not_the_story_s(url: str, expected: str | None) -> None:
    found = date_in_url(url)
    assert (found.date().isoformat() if found else None) == expected


MONTHS = {
    "https://x.example/2024/05/story": ("2024-05-01", "2024-06-01"),
    "https://x.example/2023/12/story": ("2023-12-01", "2024-01-01"),
    "https://x.example/2024-02/story": ("2024-02-01", "2024-03-01"),
    "https://x.example/2024/13/story": None,
    "https://x.example/2024/05": None,
    "https://x.example/archive-2024/5-tips": None,
}


@pytest.mark.parametrize(("url", "expected"), MONTHS.items())
def test_a_month_in_an_address_is_read(url: str, expected: tuple[str, str] | None) -> None:
    found = read_address(url)
    assert (found and (found.start.date().isoformat(), found.end.date().isoformat())) == expected


def test_the_distance_to_an_address_is_zero_on_its_days() -> None:
    found = read_address("https://x.example/2024/05/03/story")
    assert found is not None
    times = [
        datetime(2024, 5, 2, 22, tzinfo=UTC),
        datetime(2024, 5, 3, 23, tzinfo=UTC),
        datetime(2024, 5, 4, 1, tzinfo=UTC),
    ]
    assert [found.distance(time) for time in times] == [timedelta(hours=2), timedelta(), timedelta(hours=1)]


@given(st.text(max_size=60) | st.from_regex(r"[0-9T:/. -]{0,30}(may|web)?[0-9/:.-]{0,14}", fullmatch=True))
def test_any_text_is_read_as_an_address(text: str) -> None:
    found = read_address(f"https://x.example/{text}")
    assert found is None or found.start < found.end
