"""Retries, pauses and the circuit breaker of failing hosts."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.client import Settings
from scraper.fetch.throttle import (
    HostHealth,
    RetryPolicy,
    is_temporary,
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


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_temporary_failure_is_retried_after_growing_waits(status: int) -> None:
    async def run() -> tuple[list[str], list[float]]:
        time = FakeTime()
        async with serving({"/a": failing(2, status)}) as server, time.fetcher() as client:
            return await outcomes(client, server, "/a"), time.slept

    assert asyncio.run(run()) == (["page"], [0.5, 1.0])


def test_a_lasting_failure_is_not_retried() -> None:
    async def run() -> tuple[list[str], int]:
        async with serving({"/a": failing(9, 500), "/b": failing(9, 403)}) as server, FakeTime().fetcher() as client:
            return await outcomes(client, server, "/a", "/b"), len(server.seen)

    assert asyncio.run(run()) == (["status", "status"], 3)


def test_a_host_that_keeps_failing_is_paused_and_then_tried_by_one_request() -> None:
    async def run() -> None:
        time = FakeTime()
        broken: dict[str, Any] = {f"/{n}": failing(99) for n in range(9)}
        settings = Settings(
            delay=0, allow_private=True, retry_policy=RetryPolicy(jitter=0.0, retries=0, breaker=3, breaker_pause=100.0)
        )
        async with serving({**broken, "/ok": PAGE}) as server, time.fetcher(settings) as client:
            assert await outcomes(client, server, "/0", "/1", "/2", "/3", "/ok") == ["status"] * 3 + ["paused"] * 2
            assert client.pauses()[f"127.0.0.1:{server.port}"].until == NOW + timedelta(seconds=100)
            time.now = 100.0
            assert await outcomes(client, server, "/4", "/ok") == ["status", "paused"]
            assert client.pauses()[f"127.0.0.1:{server.port}"].until == NOW + timedelta(seconds=300)
            time.now = 300.0
            before = len(server.seen)
            both = await asyncio.gather(client.fetch(server.url("/ok")), client.fetch(server.url("/ok?2")))
            assert len(both) == 2
            assert server.peak == 1
            assert len(server.seen) == before + 2
            assert client.pauses() == {}

    asyncio.run(run())


def test_the_retries_of_one_request_count_as_one_failure() -> None:
    async def run() -> list[str]:
        settings = Settings(delay=0, allow_private=True, retry_policy=RetryPolicy(retries=2, breaker=3))
        async with (
            serving({"/0": failing(99), "/1": failing(99), "/2": failing(99), "/3": PAGE}) as server,
            FakeTime().fetcher(settings) as client,
        ):
            return await outcomes(client, server, "/0", "/1", "/2", "/3")

    assert asyncio.run(run()) == ["status", "status", "status", "paused"]


def test_retries_are_limited_per_host_and_run() -> None:
    async def run() -> int:
        broken: dict[str, Any] = {f"/{n}": failing(99) for n in range(20)}
        settings = Settings(
            delay=0, allow_private=True, retry_policy=RetryPolicy(retries=2, retry_budget=3, breaker=1000)
        )
        async with serving(broken) as server, FakeTime().fetcher(settings) as client:
            await outcomes(client, server, *broken)
            return len(server.seen)

    assert asyncio.run(run()) == 1 + 20 + 3


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (FetchError("u", "refused"), True),
        (FetchError("u", "timeout"), True),
        (FetchError("u", "status", status=503), True),
        (FetchError("u", "status", status=404), False),
        (FetchError("u", "dns"), False),
        (FetchError("u", "tls"), False),
        (FetchError("u", "truncated"), False),
    ],
)
def test_only_temporary_failures_are_retried(error: FetchError, passing: bool) -> None:
    assert is_temporary(error) is passing


def test_a_temporary_resolver_failure_is_retried() -> None:
    answers: list[Any] = [socket.gaierror(socket.EAI_AGAIN, "later"), ["127.0.0.1"]]

    async def resolve(host: str, port: int) -> list[str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return list(answer)

    async def run() -> tuple[int, list[float]]:
        time = FakeTime()
        async with serving({"/a": PAGE}) as server, time.fetcher(resolve=resolve) as client:
            page = await client.fetch(f"http://news.test:{server.port}/a")
            return page.status, time.slept

    assert asyncio.run(run()) == (200, [0.5])


@given(
    st.lists(st.sampled_from(["refused", "timeout", "dns", "truncated", "ok"]), max_size=40),
    st.floats(0, 1e9),
    st.floats(0, 1),
)
def test_no_sequence_of_failures_pauses_a_host_for_more_than_a_day(
    events: list[str], retry_after: float, chance: float
) -> None:
    health = HostHealth(retries_left=5)
    now = 0.0
    for event in events:
        if event == "ok":
            health.note_success()
        else:
            health.note_failure(
                FetchError("u", event, retry_after=retry_after),
                retry_policy=RetryPolicy(),
                attempt=0,
                now=now,
                chance=chance,
            )
        assert health.paused_until - now <= MAX_PAUSE_SECONDS
        assert health.retries_left >= 0
        now += 1.0


DEFAULTS = RetryPolicy()


def fail(health: HostHealth, *, attempt: int = 0, now: float = 0.0) -> bool:
    """Note a failure that may be over soon, under the default policy."""
    return health.note_failure(FetchError("u", "refused"), retry_policy=DEFAULTS, attempt=attempt, now=now, chance=0.0)


def test_the_eighth_failure_in_a_row_pauses_a_host_for_two_minutes() -> None:
    health = HostHealth(retries_left=0)
    for _ in range(7):
        fail(health)
    assert health.paused_until == 0.0
    fail(health)
    assert health.paused_until == 120.0


def test_a_request_is_retried_twice() -> None:
    health = HostHealth(DEFAULTS.retry_budget)
    assert [fail(health, attempt=attempt) for attempt in range(3)] == [True, True, False]


def test_a_host_gets_ten_retries_in_a_run() -> None:
    health = HostHealth(DEFAULTS.retry_budget)
    retried = []
    for _ in range(11):
        retried.append(fail(health))
        health.note_success()
    assert retried == [True] * 10 + [False]


@pytest.mark.parametrize(("seconds", "retried"), [(60.0, True), (60.5, False)])
def test_a_pause_of_up_to_a_minute_is_waited_out(seconds: float, retried: bool) -> None:
    health = HostHealth(DEFAULTS.retry_budget, paused_until=seconds)
    assert fail(health) is retried


def test_a_success_resets_the_doubling_of_pauses() -> None:
    health = HostHealth(retries_left=0, failures=DEFAULTS.breaker - 1)
    now, pauses = 0.0, []
    for succeeds in (False, True, False):
        if succeeds:
            health.note_success()
            health.failures = DEFAULTS.breaker - 1
        fail(health, now=now)
        pauses.append(health.paused_until - now)
        now = health.paused_until
    assert pauses == [120.0, 120.0, 240.0]


@pytest.mark.parametrize(("kind", "failures"), [("dns", 3), ("paused", 3), ("protocol", 0), ("truncated", 0)])
def test_only_an_answer_ends_a_row_of_failures(kind: str, failures: int) -> None:
    health = HostHealth(retries_left=0, failures=3)
    health.note_failure(FetchError("u", kind), retry_policy=DEFAULTS, attempt=0, now=0.0, chance=0.0)
    assert health.failures == failures
