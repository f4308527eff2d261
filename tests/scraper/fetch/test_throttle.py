"""Pauses, tries and the breaker, as pure decisions and against a real server that keeps account."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Pause, Settings
from scraper.fetch.throttle import (
    MAX_PAUSE_SECONDS,
    HostHealth,
    RetryPolicy,
    is_temporary,
    parse_retry_after,
    throttle_keys,
)
from scraper.types import Page
from tests.support.loopback import Exchange, Server, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENT = RetryPolicy(jitter=0.0)
SETTINGS = Settings(user_agent="Test/1.0", delay=0, allow_private=True, deadline=5, retry_policy=PATIENT)
PAGE = "<html><body><p>Text.</p></body></html>"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def fetcher(self, settings: Settings = SETTINGS, **kwargs: Any) -> Fetcher:
        return Fetcher(
            settings,
            clock=lambda: NOW + timedelta(seconds=self.now),
            sleep=self.sleep,
            monotonic=lambda: self.now,
            chance=lambda: 0.0,
            **kwargs,
        )


def failing(times: int, status: int = 503, **fields: str) -> Any:
    """A route that fails so often before it answers."""

    async def route(exchange: Exchange) -> None:
        if exchange.server.count(exchange.path) <= times:
            await exchange.send("", status, **fields)
        else:
            await exchange.send(PAGE)

    return route


async def kinds(client: Fetcher, server: Server, *paths: str) -> list[str]:
    """What became of paths, one after the other: "page" or the kind of error."""
    found = []
    for path in paths:
        try:
            found.append("page" if isinstance(await client.fetch(server.url(path)), Page) else "")
        except FetchError as exc:
            found.append(exc.kind)
    return found


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_host_in_trouble_is_tried_again_after_growing_waits(status: int) -> None:
    async def run() -> tuple[list[str], list[float]]:
        time = Time()
        async with serving({"/a": failing(2, status)}) as server, time.fetcher() as client:
            return await kinds(client, server, "/a"), time.slept

    assert asyncio.run(run()) == (["page"], [0.5, 1.0])


def test_a_page_that_fails_by_itself_is_not_asked_for_twice() -> None:
    async def run() -> tuple[list[str], int]:
        async with serving({"/a": failing(9, 500), "/b": failing(9, 403)}) as server, Time().fetcher() as client:
            return await kinds(client, server, "/a", "/b"), len(server.seen)

    assert asyncio.run(run()) == (["status", "status"], 3)


def test_what_draws_a_page_comes_at_once_and_the_next_page_keeps_its_distance_from_it() -> None:
    async def run() -> tuple[list[float], list[float]]:
        time = Time()
        starts: list[tuple[str, float]] = []

        async def note(exchange: Exchange) -> None:
            starts.append((exchange.path, time.now))
            await exchange.send(PAGE)

        settings = Settings(user_agent="Test/1.0", delay=10, allow_private=True, retry_policy=PATIENT)
        async with serving({"/a": note, "/b": note, "/x": note}) as server, time.fetcher(settings) as client:
            await client.fetch(server.url("/a"))
            time.now += 4
            await asyncio.gather(
                client.fetch(server.url("/x"), want="data"), client.fetch(server.url("/x?2"), want="part")
            )
            await client.fetch(server.url("/b"))
        return [at for path, at in starts if path[1] in "ab"], [at for path, at in starts if path[1] == "x"]

    assert asyncio.run(run()) == ([10.0, 24.0], [14.0, 14.0])


def test_what_draws_a_page_does_not_queue_behind_a_page_that_waits_for_its_turn() -> None:
    async def run() -> list[str]:
        async with serving({"/a": PAGE, "/b": PAGE, "/x": PAGE}) as server:
            settings = Settings(user_agent="Test/1.0", delay=1, allow_private=True, retry_policy=PATIENT)
            now = asyncio.get_running_loop().time
            waits, turn = asyncio.Event(), asyncio.Event()

            async def sleep(seconds: float) -> None:
                if server.count("/a"):
                    waits.set()
                    await turn.wait()

            async with Fetcher(settings, clock=lambda: NOW, sleep=sleep, monotonic=now) as client:
                await client.fetch(server.url("/a"))
                later = asyncio.create_task(client.fetch(server.url("/b")))
                async with asyncio.timeout(5):
                    await waits.wait()
                    await client.fetch(server.url("/x"), want="data")
                turn.set()
                await later
            return server.seen

    assert asyncio.run(run()) == ["/robots.txt", "/a", "/x", "/b"]


RETRY_AFTER = {
    "seconds": ("7", 7.0),
    "a date": (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
    "a date that is past": (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.5),
    "no number": ("soon", 0.5),
    "a negative number": ("-5", 0.5),
    "a fraction": ("1.5", 0.5),
    "nothing": ("", 0.5),
}


@pytest.mark.parametrize(("value", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_short_retry_after_is_waited_out_by_everyone_at_the_host(value: str, wait: float) -> None:
    async def run() -> tuple[list[str], list[float]]:
        time = Time()
        async with serving({"/a": failing(1, 429, Retry_After=value), "/b": PAGE}) as server, time.fetcher() as client:
            return await kinds(client, server, "/a", "/b"), time.slept

    assert asyncio.run(run()) == (["page", "page"], [wait])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3600", 3600.0),
        ("9" * 30, MAX_PAUSE_SECONDS),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_PAUSE_SECONDS),
    ],
)
def test_a_long_retry_after_puts_the_host_to_sleep_within_a_day_and_for_the_next_run(
    value: str, seconds: float
) -> None:
    async def run() -> None:
        time = Time()
        async with (
            serving({"/a": failing(1, 503, Retry_After=value), "/b": PAGE}) as server,
            serving({"/c": PAGE}) as neighbour,
        ):
            async with time.fetcher() as client:
                assert await kinds(client, server, "/a", "/b") == ["status", "paused"]
                assert await kinds(client, neighbour, "/c") == ["page"]
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
                assert await kinds(client, server, "/b") == ["page"]
                assert client.pauses() == {}
        assert time.slept == []

    asyncio.run(run())


def test_a_host_that_keeps_failing_is_left_alone_then_tried_once() -> None:
    async def run() -> None:
        time = Time()
        broken: dict[str, Any] = {f"/{n}": failing(99) for n in range(9)}
        settings = Settings(
            delay=0, allow_private=True, retry_policy=RetryPolicy(jitter=0.0, retries=0, breaker=3, breaker_pause=100.0)
        )
        async with serving({**broken, "/ok": PAGE}) as server, time.fetcher(settings) as client:
            assert await kinds(client, server, "/0", "/1", "/2", "/3", "/ok") == ["status"] * 3 + ["paused"] * 2
            assert client.pauses()[f"127.0.0.1:{server.port}"].until == NOW + timedelta(seconds=100)
            time.now = 100.0
            assert await kinds(client, server, "/4", "/ok") == ["status", "paused"]
            assert client.pauses()[f"127.0.0.1:{server.port}"].until == NOW + timedelta(seconds=300)
            time.now = 300.0
            before = len(server.seen)
            both = await asyncio.gather(client.fetch(server.url("/ok")), client.fetch(server.url("/ok?2")))
            assert len(both) == 2
            assert server.peak == 1
            assert len(server.seen) == before + 2
            assert client.pauses() == {}

    asyncio.run(run())


def test_the_tries_of_one_request_count_once_against_its_host() -> None:
    async def run() -> list[str]:
        settings = Settings(delay=0, allow_private=True, retry_policy=RetryPolicy(retries=2, breaker=3))
        async with (
            serving({"/0": failing(99), "/1": failing(99), "/2": failing(99), "/3": PAGE}) as server,
            Time().fetcher(settings) as client,
        ):
            return await kinds(client, server, "/0", "/1", "/2", "/3")

    assert asyncio.run(run()) == ["status", "status", "status", "paused"]


def test_tries_are_bounded_for_a_host_and_run() -> None:
    async def run() -> int:
        broken: dict[str, Any] = {f"/{n}": failing(99) for n in range(20)}
        settings = Settings(
            delay=0, allow_private=True, retry_policy=RetryPolicy(retries=2, retry_budget=3, breaker=1000)
        )
        async with serving(broken) as server, Time().fetcher(settings) as client:
            await kinds(client, server, *broken)
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
def test_only_what_may_be_over_soon_is_tried_again(error: FetchError, passing: bool) -> None:
    assert is_temporary(error) is passing


def test_a_resolver_that_is_out_for_a_moment_is_asked_again() -> None:
    answers: list[Any] = [socket.gaierror(socket.EAI_AGAIN, "later"), ["127.0.0.1"]]

    async def resolve(host: str, port: int) -> list[str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return list(answer)

    async def run() -> tuple[int, list[float]]:
        time = Time()
        async with serving({"/a": PAGE}) as server, time.fetcher(resolve=resolve) as client:
            page = await client.fetch(f"http://news.test:{server.port}/a")
            return page.status, time.slept

    assert asyncio.run(run()) == (200, [0.5])


@given(
    st.lists(st.sampled_from(["refused", "timeout", "dns", "truncated", "ok"]), max_size=40),
    st.floats(0, 1e9),
    st.floats(0, 1),
)
def test_no_sequence_of_answers_makes_a_pause_longer_than_a_day(
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


@given(st.one_of(st.text(), st.integers().map(str), st.datetimes().map(format_datetime)))
def test_any_retry_after_is_a_number_of_seconds(text: str) -> None:
    assert 0 <= parse_retry_after(text, lambda: NOW) < 1e13


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("www.news.test", ["9.9.9.9"]), ("news.test", ["8.8.8.8"]), True),
        (("a.news.com", ["9.9.9.9"]), ("b.news.com", ["8.8.8.8", "9.9.9.9"]), True),
        (("a.news.com", ["9.9.9.9"]), ("b.news.com", ["8.8.8.8"]), False),
        (("one.com", ["9.9.9.9"]), ("two.com", ["9.9.9.9"]), False),
        (("localhost", ["127.0.0.1"]), ("127.0.0.1", ["127.0.0.1"]), True),
        (("127.0.0.2", ["127.0.0.2"]), ("127.0.0.1", ["127.0.0.1"]), False),
        (("one.com", ["one.com"]), ("two.com", ["two.com"]), False),
    ],
)
def test_names_are_one_host_when_a_publisher_has_them_on_one_address(
    one: tuple[str, list[str]], other: tuple[str, list[str]], same: bool
) -> None:
    assert (not set(throttle_keys(*one)).isdisjoint(throttle_keys(*other))) is same


def test_ports_names_and_aliases_of_one_host_are_counted_and_paced_together() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> tuple[list[float], int]:
        time = Time()
        settings = Settings(delay=2.0, allow_private=True, retry_policy=PATIENT)
        async with (
            serving({"/a": PAGE}) as one,
            serving({"/a": PAGE}) as two,
            time.fetcher(settings, resolve=resolve) as client,
        ):
            hosts = (
                f"127.0.0.1:{one.port}",
                f"www.news.test:{one.port}",
                f"news.test:{two.port}",
                f"localhost:{two.port}",
            )
            for host in hosts:
                await client.fetch(f"http://{host}/a")
            return time.slept, len(one.seen) + len(two.seen)

    slept, seen = asyncio.run(run())
    assert seen == 8
    assert slept == [2.0] * (seen - 1)
