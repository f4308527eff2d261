"""Pages rendered by scripts, in a real Chromium whose requests all go through our fetcher."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.runs.scrape import RunPlan, run_scrape
from archive.store.archive import Archive
from scraper.errors import ConfigError, FetchError
from scraper.extras import install_command
from scraper.fetch.browser import CHROMIUM_VARIABLE, Limits, Renderer, check_renderer, find_chromium
from scraper.fetch.client import Fetcher, Secrets, Settings
from scraper.types import Page, Source
from tests.support.loopback import Exchange, Route, Server, serving
from tests.support.news_server import SENTENCES, news_server
from tests.support.pages import document

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

try:
    check_renderer()
    MISSING = ""
except ConfigError as exc:
    MISSING = str(exc)
needs_chromium = pytest.mark.skipif(bool(MISSING), reason=MISSING or "there is one")


def drawn_by(script: str, body: str = "") -> str:
    """A page that is empty except for its script."""
    return document(f"<main id=m>{body}</main><script>{script}</script>", title="Tide")


DRAWS = drawn_by(
    "fetch('/api/story.json').then(r => r.json()).then(s => { document.title = s.title; m.innerHTML = s.text.map(p => `<p>${p}</p>`).join('') })"
)
STORY = '{"title": "The tide", "text": ["The tide came in at six.", "It went out at noon, caf\\u00e9 and all."]}'


def json(text: str) -> Any:
    async def send(exchange: Exchange) -> None:
        await exchange.send(text, kind="application/json")

    return send


class Site:
    """A server whose pages are rendered."""

    def __init__(self, server: Server, renderer: Renderer) -> None:
        self.server = server
        self.renderer = renderer

    async def draw(self, path: str = "/", **options: Any) -> Page:
        return await self.renderer.render(self.server.url(path), **options)


def run(
    routes: Mapping[str, Route], work: Any, *, limits: Limits | None = None, other: Mapping[str, Route] | None = None
) -> Any:
    """Return `work(site, other server)`. Only the first server may be fetched from."""

    async def inner() -> Any:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(serving(routes))
            private = await stack.enter_async_context(serving(other or {}))
            settings = Settings(
                user_agent="Test/1.0", delay=0, allow_hosts=(server.base.removeprefix("http://"),), deadline=10
            )
            fetcher = await stack.enter_async_context(Fetcher(settings, clock=lambda: NOW))
            renderer = await stack.enter_async_context(
                Renderer(fetcher, limits=limits or Limits(idle_timeout=3, deadline=20))
            )
            return await work(Site(server, renderer), private)

    return asyncio.run(inner())


def failure(work: Coroutine[Any, Any, Any]) -> Any:
    async def inner() -> FetchError:
        with pytest.raises(FetchError) as caught:
            await work
        return caught.value

    return inner()


@needs_chromium
def test_an_article_is_rendered_and_all_requests_carry_our_user_agent() -> None:
    async def work(site: Site, other: Server) -> tuple[Page, Server]:
        secrets = Secrets(site.server.base.removeprefix("http://"), (("X-Key", "k"),))
        return await site.draw("/?day=1", secrets=secrets), site.server

    got, server = run({"/": DRAWS, "/api/story.json": json(STORY)}, work)
    assert "<title>The tide</title>" in got.body.decode()
    assert "<p>It went out at noon, café and all.</p>" in got.body.decode()
    assert (got.final_url, got.status, got.header("content-type"), got.header("etag")) == (
        server.url("/?day=1"),
        200,
        "text/html; charset=utf-8",
        "",
    )
    assert server.seen == ["/robots.txt", "/?day=1", "/api/story.json"]
    assert {headers["user-agent"] for headers in server.asked} == {"Test/1.0"}
    assert [headers.get("x-key") for headers in server.asked] == [None, "k", "k"]


ASKS = """
const show = (name) => { m.textContent += ' ' + name };
for (const url of ['/private/data', 'OTHER/private/data', 'OTHER/open', '/away', '/open']) fetch(url).then(r => show(url + '=' + r.status), () => show(url + '=none'));
"""


@needs_chromium
def test_robots_txt_applies_to_data_at_every_host_and_after_redirects_but_not_to_scripts() -> None:
    async def away(exchange: Exchange) -> None:
        await exchange.send(b"", 302, Location="/private/moved")

    async def inner() -> tuple[Page, Server, Server]:
        async with AsyncExitStack() as stack:
            site = await stack.enter_async_context(
                serving({"/away": away, "/open": "x", "/private/a.js": "m.textContent += ' script'"})
            )
            other = await stack.enter_async_context(serving({"/open": "x"}, host="127.0.0.2"))
            site.routes["/"] = drawn_by(ASKS.replace("OTHER", other.base)).replace(
                "</body>", '<script src="/private/a.js"></script></body>'
            )
            fetcher = await stack.enter_async_context(
                Fetcher(Settings(user_agent="Test/1.0", delay=0, allow_private=True), clock=lambda: NOW)
            )
            renderer = await stack.enter_async_context(Renderer(fetcher, limits=Limits(idle_timeout=20, deadline=60)))
            return await renderer.render(site.url("/")), site, other

    got, site, other = asyncio.run(inner())
    text = got.body.decode().replace(other.base, "OTHER")
    shown = sorted(text.partition('<main id="m">')[2].partition("</main>")[0].split())
    assert shown == sorted(
        ["script", "/private/data=none", "OTHER/private/data=none", "OTHER/open=200", "/away=none", "/open=200"]
    )
    assert sorted(site.seen) == ["/", "/away", "/open", "/private/a.js", "/robots.txt"]
    assert sorted(other.seen) == ["/open", "/robots.txt"]


@needs_chromium
def test_a_rendered_page_sends_no_more_parallel_requests_than_its_host_allows() -> None:
    many = "for (let n = 0; n < 12; n++) fetch('/x?' + n).then(() => { m.textContent += 'x' })"

    async def work(site: Site, other: Server) -> tuple[Page, Server]:
        site.server.latency = 0.02
        return await site.draw(), site.server

    got, server = run({"/": drawn_by(many), "/x": "x"}, work)
    assert "x" * 12 in got.body.decode()
    assert server.peak <= 2


ESCAPES = """
const to = 'OTHER', done = [], show = () => { m.textContent = 'done: ' + done.join(' ') };
const t = (n, f) => { try { Promise.resolve(f()).then(() => { done.push(n); show() }, () => 0) } catch (e) {} };
t('fetch', () => fetch(to + '/secret', {mode: 'no-cors'}));
t('socket', () => new Promise((y, n) => { const s = new WebSocket(to.replace('http', 'ws')); s.onopen = y; s.onerror = n }));
t('image', () => new Promise((y, n) => { const i = new Image(); i.onload = y; i.onerror = n; i.src = to + '/i.png' }));
t('beacon', () => navigator.sendBeacon(to + '/beacon', 'x') && new Promise(() => 0));
navigator.serviceWorker.register('/sw.js');
t('file', () => fetch('file:///etc/passwd'));
t('post', () => fetch('/api/post', {method: 'POST', body: 'x'}));
t('events', () => new Promise((y, n) => { const s = new EventSource(to + '/events'); s.onopen = y; s.onerror = n }));
for (const rel of ['preconnect', 'dns-prefetch', 'prefetch', 'stylesheet', 'modulepreload']) {
  const l = document.createElement('link'); l.rel = rel; l.href = to + '/' + rel; document.head.append(l);
}
const f = document.createElement('iframe'); f.src = to + '/frame'; document.body.append(f);
const a = document.createElement('a'); a.href = to + '/download'; a.download = 'x'; document.body.append(a); a.click();
window.open(to + '/popup');
try { new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT'}]}).createDataChannel('x') } catch (e) {}
show();
"""


@needs_chromium
def test_a_page_reaches_only_hosts_that_our_rules_allow() -> None:
    routes: dict[str, Route] = {"/sw.js": "self.addEventListener('fetch', () => 0)"}

    async def work(site: Site, other: Server) -> tuple[Page, Server, Server]:
        site.server.routes["/"] = drawn_by(ESCAPES.replace("OTHER", other.base).replace("PORT", str(other.port)))
        return await site.draw(), site.server, other

    got, server, other = run(routes, work, other={"/secret": "private", "/": "private"})
    assert (other.connections, other.seen) == (0, [])
    assert server.seen == ["/robots.txt", "/"]
    assert "done: </main>" in got.body.decode()


@needs_chromium
def test_a_scripted_redirect_is_followed_on_its_own_host_and_not_to_a_private_address() -> None:
    async def work(site: Site, other: Server) -> tuple[Page, Page, Server]:
        site.server.routes["/away"] = drawn_by(f"location = '{other.url('/')}'", "here")
        site.server.routes["/home"] = drawn_by("location = '/there'", "here")
        site.server.routes["/there"] = drawn_by("", "there")
        return await site.draw("/away"), await site.draw("/home"), other

    away, home, other = run({}, work, other={"/": "private"})
    assert other.connections == 0
    assert ("here</main>" in away.body.decode(), away.final_url.endswith("/away")) == (True, True)
    assert ("there</main>" in home.body.decode(), home.final_url.endswith("/there")) == (True, True)


@needs_chromium
def test_endless_scripts_end_at_the_deadline_and_the_next_page_is_rendered() -> None:
    async def work(site: Site, other: Server) -> tuple[FetchError, Page]:
        return await failure(site.draw("/loop")), await site.draw("/")

    error, good = run(
        {"/loop": drawn_by("for (;;) ;"), "/": DRAWS, "/api/story.json": json(STORY)},
        work,
        limits=Limits(deadline=6, idle_timeout=2),
    )
    assert (error.kind, "within 6 s" in error.detail) == ("timeout", True)
    assert b"came in at six" in good.body


@needs_chromium
def test_a_page_with_endless_requests_is_read_as_it_is_within_the_request_limit() -> None:
    async def work(site: Site, other: Server) -> tuple[Page, int]:
        return await site.draw(), len(site.server.seen)

    endless = drawn_by("let n = 0; (function f() { fetch('/x?' + n++).finally(f) })()", "The text.")
    got, asked = run({"/": endless, "/x": "x"}, work, limits=Limits(idle_timeout=2, requests=20))
    assert b"The text." in got.body
    assert asked == 2 + 19


@needs_chromium
@pytest.mark.parametrize(
    ("route", "kind"),
    [
        (drawn_by("m.textContent = 'x'.repeat(3e6)"), "too-large"),
        (
            drawn_by(
                "Object.defineProperty(document.documentElement, 'outerHTML', {get: () => 'short'}); m.textContent = 'x'.repeat(3e6)"
            ),
            "too-large",
        ),
    ],
    ids=["large", "large, and lying"],
)
def test_a_dom_over_the_size_limit_is_refused(route: str, kind: str) -> None:
    async def work(site: Site, other: Server) -> FetchError:
        return await failure(site.draw())

    assert run({"/": route}, work, limits=Limits(dom_bytes=2_000_000)).kind == kind


@needs_chromium
def test_a_document_is_fetched_under_the_usual_rules() -> None:
    async def picture(exchange: Exchange) -> None:
        await exchange.send(b"\x89PNG", kind="image/png")

    async def work(site: Site, other: Server) -> list[str]:
        return [(await failure(site.draw(path))).kind for path in ("/private/x", "/none", "/picture")] + [
            (await failure(site.renderer.render(other.url("/")))).kind
        ]

    assert run({"/picture": picture}, work) == ["robots", "status", "type", "private-address"]


@needs_chromium
def test_a_rendered_source_is_archived_and_refetched_in_full(tmp_path: Path) -> None:
    story = json(
        '{"title": "The Tern", "text": ' + dumps([sentence.format(name="Tern") for sentence in SENTENCES]) + "}"
    )
    with news_server({"/": DRAWS, "/api/story.json": story}) as site:
        source = Source("drawn", "urls", (site.url("/"),), render=True)
        settings = Settings(user_agent="Test/1.0", delay=0, allow_private=True)
        plan = RunPlan(tmp_path / "a.db", (source,), "x", settings, jobs=1)
        assert run_scrape(plan, clock=lambda: NOW).saved == {"new": 1}
        assert run_scrape(plan, clock=lambda: NOW + timedelta(hours=2)).saved == {"same": 1}
    with Archive.open(plan.archive) as archive:
        assert archive.article("1").article.text == "\n\n".join(sentence.format(name="Tern") for sentence in SENTENCES)


def test_a_missing_browser_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CHROMIUM_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=f"{CHROMIUM_VARIABLE} names '.*none', which is not a program"):
        find_chromium()
    monkeypatch.delenv(CHROMIUM_VARIABLE)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ConfigError, match=f"no Chromium was found; install one or set {CHROMIUM_VARIABLE} to its path"):
        find_chromium()


def test_a_run_without_its_browser_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CHROMIUM_VARIABLE, str(tmp_path / "none"))
    (tmp_path / "s.toml").write_text(
        '[[source]]\nname = "x"\nkind = "urls"\nurl = "https://example.org/"\nrender = true\n'
    )
    result = CliRunner().invoke(main, ["scrape", str(tmp_path / "s.toml"), "--db", str(tmp_path / "a.db")])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(
        "cuttings: a source has 'render = true', but CUTTINGS_CHROMIUM names"
    )
    assert not (tmp_path / "a.db").exists()


def test_a_missing_extra_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "playwright", None)
    with pytest.raises(ConfigError, match=re.escape(install_command("browser"))):
        check_renderer()
