"""A small news site on loopback, served from a thread, for tests that run a real command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.listening import in_thread
from tests.support.loopback import Exchange, Route, Send, Server, serving

SENTENCES = (
    "The harbour master said on Monday that the {name} would sail again in the spring, after two years on the slip.",
    "Repairs to the hull of the {name} had cost more than the town expected, and the council met twice to vote on them.",
    "Passengers who used to cross in twenty minutes have taken the bus around the bay, which needs an hour and a half.",
    "The first crossing of the {name} is planned for the second week of April, if the weather and the inspectors allow it.",
)


def story(name: str, *, extra: str = "") -> str:
    """The HTML of an article about a ship of this name."""
    paragraphs = "".join(f"<p>{sentence.format(name=name)}</p>" for sentence in SENTENCES) + (
        f"<p>{extra}</p>" if extra else ""
    )
    return (
        f'<!doctype html><html lang="en"><head><title>The {name} to sail again</title>'
        '<meta property="article:published_time" content="2026-01-31T12:00:00Z"><meta name="author" content="Ann Lee"></head>'
        f'<body><nav><a href="/">Home</a></nav><article><h1>The {name} to sail again</h1>{paragraphs}'
        "<p>Related: The winter when the harbour froze over</p></article></body></html>"
    )


def with_etag(body: str, kind: str = "text/html") -> Send:
    """A route with an ETag; it answers 304 to a request that names the ETag."""
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:12]}"'

    async def send(exchange: Exchange) -> None:
        if exchange.headers.get("if-none-match") == tag:
            await exchange.send("", 304, "", ETag=tag)
        else:
            await exchange.send(body, 200, kind, ETag=tag)

    return send


def status(code: int) -> Send:
    """A route that answers with this status."""

    async def send(exchange: Exchange) -> None:
        await exchange.send("no", code)

    return send


def feed(base: str, *paths: str) -> str:
    """A feed that names these paths."""
    items = "".join(f"<item><title>{path}</title><link>{base}{path}</link></item>" for path in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>{base}/</link><description>d</description>{items}</channel></rss>'


@contextmanager
def news_server(routes: Mapping[str, Route]) -> Iterator[Server]:
    """A server until the block ends. The test may change its `routes` at any time."""
    with in_thread(serving(routes)) as server:
        yield server


def publish(server: Server, **names: str) -> None:
    """Serve a story at each `/SLUG.html`, and a feed that names all of them."""
    for slug, name in names.items():
        server.routes[f"/{slug}.html"] = with_etag(story(name))
    server.routes["/feed.xml"] = with_etag(
        feed(server.base, *(f"/{slug}.html" for slug in names)), "application/rss+xml"
    )
