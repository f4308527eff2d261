"""Names of time zones: the readers of pages and of feeds know the same ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scraper.discovery.times import parse_time
from scraper.text.dates import parse_date
from scraper.text.time_zones import ZONES


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("write", [str.lower, str.upper])
def test_a_zone_means_the_same_on_a_page_and_in_a_feed(name: str, write: Callable[[str], str]) -> None:
    moment = datetime(2024, 5, 3, 18, 6, tzinfo=UTC) - timedelta(hours=ZONES[name])
    assert parse_date(f"3 May 2024, 18:06 {write(name)}") == moment
    assert parse_date(f"2024-05-03 18:06 {write(name)}") == moment
    assert parse_time(f"Fri, 03 May 2024 18:06:00 {write(name)}") == moment
    assert parse_time(f"2024-05-03T18:06:00 {write(name)}") == moment


def test_a_name_that_is_no_zone_is_read_as_utc() -> None:
    assert parse_date("3 May 2024, 18:06 Uhr") == datetime(2024, 5, 3, 18, 6, tzinfo=UTC)
