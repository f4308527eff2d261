"""Papers on loopback that live through a day: they publish, edit, delete and move articles, break and heal.

A paper is changed by the minutes of a simulated clock, which the caller sets. It logs what it served, so that a benchmark can
say which requests were too many and which state of an article an archive must have.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from tests.support.loopback import Exchange, Server
from tests.support.news_server import feed

FEED_ARTICLES: Final = 30
"""Articles that a feed names, the newest first."""
TOPICS: Final = "harbour bridge orchard school ferry mill market theatre quarry library tram reservoir".split()
ACTS: Final = "council voted repaired closed opened measured counted painted moved sold bought asked answered".split()
WHEN: Final = (
    "on Monday, last week, in the spring, before noon, after the storm, in two years, by a narrow margin".split(", ")
)
SHELL: Final = '<!doctype html><html><head><title>{title}</title></head><body><div id="root"></div><script src="/app.js"></script></body></html>'


@dataclass(slots=True)
class Story:
    """One article: its number, its path now, its edits so far, and the status if it is gone."""

    number: int
    path: str
    published: int
    edits: int = 0
    gone: int = 0

    def paragraphs(self, name: str) -> list[str]:
        """The text: twelve paragraphs, of which an edit changes one and adds one."""
        drawn = random.Random(f"{name} {self.number}")
        lines = [sentence(drawn, f"{name} {self.number}.{place}") for place in range(12)]
        for edit in range(1, self.edits + 1):
            again = random.Random(f"{name} {self.number} edit {edit}")
            lines[again.randrange(len(lines))] = sentence(again, f"{name} {self.number}, edition {edit + 1}")
            lines.append(sentence(again, f"the late edition {edit} of {name} {self.number}"))
        return lines


def sentence(drawn: random.Random, name: str) -> str:
    """A paragraph of two sentences."""
    one, other = (
        f"the {drawn.choice(TOPICS)} that the {drawn.choice(TOPICS)} committee {drawn.choice(ACTS)} {drawn.choice(WHEN)} "
        f"cost {drawn.randrange(20, 900)} crowns more than the {drawn.choice(TOPICS)} of {drawn.randrange(1890, 1990)}"
        for _ in range(2)
    )
    return (
        f"In the matter of {name}, {one}. The chair said that {other}, and nobody at the meeting disagreed with that."
    )


@dataclass(slots=True)
class Fault:
    """What is wrong from one minute to another: `down`, `errors`, `busy`, `feed`, `robots`, `shell` or `quiet`."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Paper:
    """A paper and its log. `every` is the number of minutes between two articles."""

    name: str
    every: int = 15
    faults: tuple[Fault, ...] = ()
    minute: int = 0
    stories: list[Story] = field(default_factory=list)
    server: Server | None = None
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.name)

    def has(self, kind: str) -> bool:
        """Whether a fault of this kind is there now."""
        return any(fault.kind == kind and fault.start <= self.minute < fault.end for fault in self.faults)

    def pass_time(self, minute: int, *, changing: bool = True) -> None:
        """Live up to this minute: publish, and edit, delete or move what is there."""
        for now in range(self.minute + 1, minute + 1):
            self.minute = now
            if now % self.every == 0 and not self.has("quiet"):
                number = len(self.stories) + 1
                self.stories.append(Story(number, f"/{self.name}/{number}.html", now))
            if changing and self.stories and now % 20 == 0:
                self.change(self.chance.choice(self.stories))

    def change(self, story: Story) -> None:
        """Edit an article mostly; delete or move it sometimes."""
        act = self.chance.random()
        if story.gone:
            return
        if act < 0.06:
            story.gone = self.chance.choice((404, 410))
        elif act < 0.14:
            story.path = story.path.replace(".html", "-moved.html")
        else:
            story.edits += 1

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request, and log it."""
        path = exchange.path.partition("?")[0]
        self.asked[path].append(self.minute)
        if self.has("down"):
            exchange.reset()
        elif path == "/robots.txt":
            rule = "/" if self.has("robots") else "/private/"
            await exchange.send(f"User-agent: *\nDisallow: {rule}\n", kind="text/plain")
        elif self.has("busy"):
            await exchange.send("busy", 503, Retry_After="7200")
        elif path == "/feed.xml":
            await self.send_feed(exchange)
        else:
            await self.send_page(exchange, path)

    async def send_feed(self, exchange: Exchange) -> None:
        assert self.server is not None
        if self.has("feed"):
            await exchange.send("<html><p>This page is being rebuilt.</p></html>")
            return
        newest = [story.path for story in self.stories if not story.gone][: -FEED_ARTICLES - 1 : -1]
        await self.send(exchange, feed(self.server.base, *newest), "application/rss+xml")

    async def send_page(self, exchange: Exchange, path: str) -> None:
        first = path.replace("-moved", "")
        story = next((story for story in self.stories if story.path.replace("-moved", "") == first), None)
        if self.has("errors"):
            await exchange.send("error", 500)
        elif story is None or story.gone:
            await exchange.send("gone", story.gone if story else 404)
        elif path != story.path and len(path) < len(story.path):
            await exchange.send("", 301, Location=story.path)
        else:
            await self.send(exchange, self.page(story), "text/html")

    def page(self, story: Story) -> str:
        """The HTML of an article."""
        title = f"The {TOPICS[story.number % len(TOPICS)]} question of {self.name.title()}, part {story.number}"
        if self.has("shell"):
            return SHELL.format(title=title)
        paragraphs = "".join(f"<p>{line}</p>" for line in story.paragraphs(self.name))
        return (
            f'<!doctype html><html lang="en"><head><title>{title}</title><meta name="author" content="Ann Lee"></head><body>'
            f'<nav><a href="/">Home</a> <a href="/all">All</a></nav><article><h1>{title}</h1>{paragraphs}</article>'
            "<footer>Imprint</footer></body></html>"
        )

    async def send(self, exchange: Exchange, body: str, kind: str) -> None:
        """Send a body with an ETag, or 304; count the bodies sent."""
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:12]}"'
        if exchange.headers.get("if-none-match") == tag:
            await exchange.send("", 304, "", ETag=tag)
            return
        self.sent[exchange.path, tag] += 1
        await exchange.send(body, 200, kind, ETag=tag)


@dataclass
class PaperServer(Server):
    """A server that passes every request to a paper."""

    paper: Paper | None = None

    async def respond(self, exchange: Exchange) -> None:
        assert self.paper is not None
        await self.paper.answer(exchange)
