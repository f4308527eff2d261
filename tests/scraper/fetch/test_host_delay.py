"""The delay between requests to one host, and its limit on parallel requests."""

from __future__ import annotations

import asyncio

import pytest

from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.throttle import (
    throttle_keys,
)
from tests.support.fetching import (
    HTML,
    NOW,
    OPEN,
    PAGE,
    PATIENT,
    FakeTime,
    fetcher,
)
from tests.support.loopback import Exchange, Server, serving


def test_a_host_gets_no_more_parallel_requests_than_allowed() -> None:
    async def run() -> Server:
        async with serving({"/a": HTML}, latency=0.02) as server, fetcher() as client:
            await asyncio.gather(*(client.fetch(server.url(f"/a?{n}")) for n in range(12)))
            return server

    server = asyncio.run(run())
    assert server.peak == OPEN.per_host
    assert server.connections <= OPEN.per_host


@pytest.mark.parametrize(("robots", "delay"), [("User-agent: *\n", 2.0), ("User-agent: *\nCrawl-delay: 5\n", 5.0)])
def test_requests_to_a_host_start_no_sooner_than_its_delay(robots: str, delay: float) -> None:
    async def run() -> list[float]:
        time = FakeTime()
        settings = Settings(delay=2.0, per_host=1, allow_private=True)
        async with serving({"/robots.txt": robots, "/a": HTML}) as server, time.fetcher(settings) as client:
            for n in range(4):
                await client.fetch(server.url(f"/a?{n}"))
        return time.slept

    assert asyncio.run(run()) == [2.0, delay, delay, delay]


def test_a_kept_connection_that_the_server_closed_is_replaced_after_the_hosts_delay() -> None:
    async def closing(exchange: Exchange) -> None:
        if exchange.server.count("/a") == 1:
            exchange.reset()
        else:
            await exchange.send(HTML)

    async def run() -> tuple[int, list[float]]:
        time = FakeTime()
        settings = Settings(delay=2.0, allow_private=True)
        async with serving({"/a": closing}) as server, time.fetcher(settings) as client:
            assert (await client.fetch(server.url("/a"))).body == HTML
            return server.count("/a"), time.slept

    assert asyncio.run(run()) == (2, [2.0, 2.0])


def test_parts_of_a_page_need_no_delay_and_the_next_page_waits_after_them() -> None:
    async def run() -> tuple[list[float], list[float]]:
        time = FakeTime()
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


def test_parts_of_a_page_do_not_queue_behind_a_waiting_page() -> None:
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
def test_names_of_one_publisher_on_one_address_share_a_throttle(
    one: tuple[str, list[str]], other: tuple[str, list[str]], same: bool
) -> None:
    assert (not set(throttle_keys(*one)).isdisjoint(throttle_keys(*other))) is same


def test_ports_and_names_of_one_host_share_one_delay() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> tuple[list[float], int]:
        time = FakeTime()
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
