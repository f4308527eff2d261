"""Retry-After: how it is read, waited out, and passed on to the next run."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.client import Pause
from scraper.fetch.throttle import (
    parse_retry_after,
)
from scraper.types import MAX_PAUSE_SECONDS
from tests.support.fetching import (
    NOW,
    PAGE,
    FakeTime,
    failing,
    outcomes,
)
from tests.support.loopback import serving


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2020 12:01:00 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
        ("1.5", 1.5),
        ("90 s", 90),
        ("2026-03-01T12:01:00Z", 60),
        (str(int(NOW.timestamp()) + 45), 45),
        (str(int(NOW.timestamp()) - 45), 0),
        ("2 minutes", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float) -> None:
    assert parse_retry_after(text, lambda: NOW) == seconds


@given(st.one_of(st.text(), st.integers().map(str), st.datetimes().map(format_datetime)))
def test_any_text_is_read_as_a_number_of_seconds(text: str) -> None:
    assert 0 <= parse_retry_after(text, lambda: NOW) < 1e13


RETRY_AFTER = {
    "seconds": ("7", 7.0),
    "a date": (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
    "a date that is past": (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.5),
    "no number": ("soon", 0.5),
    "a negative number": ("-5", 0.5),
    "a fraction": ("1.5", 1.5),
    "nothing": ("", 0.5),
}


@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_short_retry_after_delays_all_requests_to_its_host(value: str, wait: float) -> None:
    async def run() -> tuple[list[str], list[float]]:
        time = FakeTime()
        async with serving({"/a": failing(1, 429, Retry_After=value), "/b": PAGE}) as server, time.fetcher() as client:
            return await outcomes(client, server, "/a", "/b"), time.slept

    assert asyncio.run(run()) == (["page", "page"], [wait])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3600", 3600.0),
        ("9" * 30, MAX_PAUSE_SECONDS),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_PAUSE_SECONDS),
    ],
)
def test_a_long_retry_after_pauses_the_host_for_a_day_at_most_and_in_the_next_run(value: str, seconds: float) -> None:
    async def run() -> None:
        time = FakeTime()
        async with (
            serving({"/a": failing(1, 503, Retry_After=value), "/b": PAGE}) as server,
            serving({"/c": PAGE}) as neighbour,
        ):
            async with time.fetcher() as client:
                assert await outcomes(client, server, "/a", "/b") == ["status", "paused"]
                assert await outcomes(client, neighbour, "/c") == ["page"]
                left = client.pauses()
                asked = len(server.seen)
            name = f"127.0.0.1:{server.port}"
            assert left == {name: Pause(NOW + timedelta(seconds=seconds), "it answered 503 with Retry-After")}
            async with time.fetcher(pauses=left) as client:
                with pytest.raises(FetchError) as caught:
                    await client.fetch(server.url("/b"))
                assert (caught.value.kind, caught.value.retry_after) == ("paused", seconds)
                assert len(server.seen) == asked
                time.now += seconds
                assert await outcomes(client, server, "/b") == ["page"]
                assert client.pauses() == {}
        assert time.slept == []

    asyncio.run(run())
