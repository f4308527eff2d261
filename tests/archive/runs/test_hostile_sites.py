"""One run over hostile servers: each may cost its own page, within bounds of time and memory, and all others are archived."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.behaviours import ARTICLE, FEED, STORY, Behaviour
from tests.support.frames import FrameServer
from tests.support.hostile_sites import PAGES, SOURCES, honest
from tests.support.listening import in_thread
from tests.support.loopback import Exchange, Route, Server, serving
from tests.support.tls import authority_pem, server_tls

DEADLINE_SECONDS = 8.0
MAX_WIRE_BYTES = 2_000_000
MAX_SENT_BYTES = 48_000_000
"""Three times what a client reads of one response (`bounds`): some is buffered on the way, and a request may be retried."""
NAMES = ("Petrel", "Fulmar", "Gannet")
MAX_MEMORY_BYTES = 400_000_000
MAX_SECONDS = 90.0

RUN = """
import json, socket, ssl, sys
from pathlib import Path
from archive.runs.scrape import RunPlan, run_scrape
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.throttle import RetryPolicy
from scraper.types import Source

plan = json.load(sys.stdin)
ask, told, connect = socket.getaddrinfo, {}, Fetcher.__init__.__kwdefaults__["connect"]
strangers = []

def resolver(host, port, *args, **kwargs):
    answers = plan["names"].get(host)
    if answers is None:
        return ask(host, port, *args, **kwargs)
    told[host] = told.get(host, 0) + 1
    return [(0, 0, 0, "", (address, port)) for address in answers[min(told[host], len(answers)) - 1]]

async def router(address, port):
    if address not in plan["routes"] and f"{address}:{port}" not in plan["allow"]:
        strangers.append(f"{address}:{port}")
    return await connect(plan["routes"].get(address, address), port)

socket.getaddrinfo = resolver
Fetcher.__init__.__kwdefaults__["connect"] = router
Fetcher.__init__.__kwdefaults__["tls"] = lambda tls=ssl.create_default_context(cadata=plan["authority"]): tls
sources = tuple(Source(name, kind, tuple(urls)) for name, kind, urls in plan["sources"])
retry_policy = RetryPolicy(retries=1, backoff=0.05, max_wait=1.5)
settings = Settings(user_agent="Test/1.0", delay=0, allow_hosts=tuple(plan["allow"]), deadline=plan["deadline"], max_wire_bytes=plan["most"], retry_policy=retry_policy)
totals = run_scrape(RunPlan(Path(plan["archive"]), sources, "test", settings, jobs=2))
peak = next(int(line.split()[1]) * 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps({"peak": peak, "seconds": totals.seconds, "strangers": strangers}))
"""


@dataclass
class World:
    """Servers by the name of their behaviour, the honest ones, and the one that must not be reached.

    `hosts` are what the hostile ones are asked by; `names` what a resolver answers for those that have one, and `routes`
    where their public addresses lead.
    """

    hostile: dict[str, Server] = field(default_factory=dict)
    honest: list[Server] = field(default_factory=list)
    trap: Server | None = None
    hosts: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def serving_world() -> AsyncIterator[World]:
    """All servers, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        world = World()
        await start_servers(world, stack)
        yield world


async def start_servers(world: World, stack: AsyncExitStack) -> None:
    """Starts the servers of a world, to end with the stack."""
    world.trap = await stack.enter_async_context(serving({"/": "secret"}))
    for number, (name, behaviour) in enumerate((PAGES | SOURCES).items(), 1):
        host = f"127.9.{number >> 8}.{number & 255}"
        tls = server_tls(**{"hosts": (host,)} | behaviour.tls) if behaviour.tls is not None else None
        made = FrameServer if behaviour.http2 else Server
        server = await stack.enter_async_context(serving({}, host=host, tls=tls, made=made))
        world.hosts[name] = f"name-{number}.test" if behaviour.answers else server.host
        if behaviour.answers:
            public = f"93.184.{number >> 8}.{number & 255}"
            world.routes[public] = server.host
            world.names[world.hosts[name]] = [
                [public if address == "PUBLIC" else address for address in addresses] for addresses in behaviour.answers
            ]
        words = {"HERE": f"{server.host}:{server.port}", "TRAP": str(world.trap.port), "NAME": world.hosts[name]}
        server.routes[FEED if behaviour.source else STORY] = placed(behaviour.route, words)
        server.routes |= {"/robots.txt": behaviour.robots, **behaviour.more}
        world.hostile[name] = server
    for number in (1, 2, 3):
        server = await stack.enter_async_context(serving({}, host=f"127.8.0.{number}"))
        server.routes |= honest(server.base, *NAMES)
        world.honest.append(server)


def placed(route: Route, words: dict[str, str]) -> Route:
    """A route that knows names and ports, which the table could not."""
    if not callable(route):
        return route

    async def send(exchange: Exchange) -> None:
        await route(Placed(exchange, words))  # type: ignore[arg-type]

    return send


class Placed:
    """An exchange whose Location has its ports filled in."""

    def __init__(self, exchange: Exchange, words: dict[str, str]) -> None:
        self.exchange = exchange
        self.words = words

    def __getattr__(self, name: str) -> Any:
        return getattr(self.exchange, name)

    async def send(self, *arguments: Any, **fields: str) -> None:
        for word, value in self.words.items():
            fields = {name: text.replace(word, value) if name == "Location" else text for name, text in fields.items()}
        await self.exchange.send(*arguments, **fields)


@dataclass(frozen=True)
class Outcome:
    """The run's result: links by address, its figures, and the servers after the run."""

    pages: dict[str, tuple[str, bool]]
    sources: dict[str, str]
    articles: list[str]
    peak: int
    strangers: list[str]
    seconds: float
    world: World


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One run over everything."""
    archive = tmp_path_factory.mktemp("hostile") / "a.db"
    with in_thread(serving_world()) as built:
        scheme = {
            name: "https" if behaviour.tls is not None else "http" for name, behaviour in (PAGES | SOURCES).items()
        }
        at = {name: f"{scheme[name]}://{built.hosts[name]}:{server.port}" for name, server in built.hostile.items()}
        plan = {
            "archive": str(archive),
            "authority": authority_pem(),
            "allow": [f"{server.host}:{server.port}" for server in (*built.hostile.values(), *built.honest)],
            "names": built.names,
            "routes": built.routes,
            "deadline": DEADLINE_SECONDS,
            "most": MAX_WIRE_BYTES,
            "sources": [
                *((f"honest {n}", "feed", [server.url(FEED)]) for n, server in enumerate(built.honest)),
                ("pages", "urls", [at[name] + STORY for name in PAGES]),
                *((name, behaviour.source, [at[name] + FEED]) for name, behaviour in SOURCES.items()),
            ],
        }
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", RUN], input=json.dumps(plan), capture_output=True, text=True, timeout=MAX_SECONDS
        )
        seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(archive)) as db:
        rows = db.execute("SELECT url, kind, error, article_id FROM links").fetchall()
        articles = [row[0] for row in db.execute("SELECT url FROM articles")]
    pages = {url: (error, article is not None) for url, kind, error, article in rows if kind == "page"}
    sources = {url: error for url, kind, error, _ in rows if kind == "source"}
    names = {base + STORY: name for name, base in at.items()} | {base + FEED: name for name, base in at.items()}
    return Outcome(
        {names.get(url, url): found for url, found in pages.items()},
        {names.get(url, url): error for url, error in sources.items()},
        articles, json.loads(done.stdout)["peak"], json.loads(done.stdout)["strangers"], seconds, built,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "behaviour"), PAGES.items(), ids=PAGES)
def test_each_hostile_page_gives_its_kind_of_failure(outcome: Outcome, name: str, behaviour: Behaviour) -> None:
    """All floods share the run's event loop: on a busy machine one may reach the deadline before its limit.

    `tests/scraper/fetch/test_floods.py` holds the limit of each flood alone.
    """
    error, archived = outcome.pages[name]
    allowed = {behaviour.expected, "timeout"} if behaviour.is_flood else {behaviour.expected}
    assert (ARTICLE if archived else error) in allowed


@pytest.mark.parametrize(("name", "behaviour"), SOURCES.items(), ids=SOURCES)
def test_each_hostile_source_gives_its_kind_of_failure(outcome: Outcome, name: str, behaviour: Behaviour) -> None:
    assert outcome.sources.get(name, "") == behaviour.expected


def test_all_articles_of_the_honest_sites_are_archived_in_the_same_run(outcome: Outcome) -> None:
    wanted = {server.url(f"/{name}.html") for server in outcome.world.honest for name in NAMES}
    assert wanted <= set(outcome.articles)


def test_honest_sites_got_polite_requests(outcome: Outcome) -> None:
    for server in outcome.world.honest:
        assert sorted(server.seen) == sorted(["/robots.txt", FEED, *(f"/{name}.html" for name in NAMES)])
        assert server.peak <= 2


def test_the_run_is_bounded_in_memory_and_time(outcome: Outcome) -> None:
    assert outcome.peak < MAX_MEMORY_BYTES
    assert outcome.seconds < MAX_SECONDS / 2


def test_no_hostile_site_sent_much_more_than_a_page_may_have(outcome: Outcome) -> None:
    for name, server in outcome.world.hostile.items():
        assert server.sent_bytes < MAX_SENT_BYTES, name


def test_no_private_address_was_connected_to(outcome: Outcome) -> None:
    assert outcome.world.trap is not None
    assert outcome.world.trap.connections == 0
    assert outcome.strangers == []


def test_hostile_sites_get_no_more_requests_than_others(outcome: Outcome) -> None:
    for name, server in outcome.world.hostile.items():
        assert server.count("/robots.txt") <= 2, name
        assert server.count("/private/x") == 0
        assert server.peak <= 2, name
        assert len(server.seen) <= 20, name


def test_the_table_is_as_long_as_promised() -> None:
    assert len(PAGES | SOURCES) >= 220
