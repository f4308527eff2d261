"""A caller's transport: replies that no server library sends, failures by name, and our rules before every request of it."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest
import respx

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Secrets, Settings
from scraper.fetch.throttle import RetryPolicy
from scraper.types import Known, Page
from tests.support import ROOT
from tests.support.fetching import HTML, OPEN, FakeTime, answer
from tests.support.loopback import serving

SITE = "https://site.example"
SETTINGS = replace(OPEN, allow_private=False)


class Chunks(httpx.AsyncByteStream):
    """A body in pieces that ends with a failure, or fails when it is closed."""

    def __init__(
        self, *chunks: bytes, failure: Exception | None = None, failure_at_end: Exception | None = None
    ) -> None:
        self.chunks = chunks
        self.failure = failure
        self.failure_at_end = failure_at_end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.failure is not None:
            raise self.failure

    async def aclose(self) -> None:
        if self.failure_at_end is not None:
            raise self.failure_at_end


def reply(
    status: int = 200, *fields: tuple[bytes, bytes], body: bytes | Chunks = HTML, **extensions: bytes
) -> Callable[[httpx.Request], httpx.Response]:
    """A side effect of respx: a response whose body is yet to be read."""
    stream = body if isinstance(body, Chunks) else Chunks(body[:99], body[99:])
    return lambda request: httpx.Response(status, headers=list(fields), stream=stream, extensions=extensions)


def site(robots: str = "") -> respx.Router:
    """A router that serves robots.txt. It patches nothing: only a transport that is given it asks it."""
    router = respx.Router(assert_all_called=False)
    router.get(f"{SITE}/robots.txt", name="robots").respond(text=robots)
    return router


def over(router: respx.Router, settings: Settings = SETTINGS) -> Fetcher:
    return Fetcher(settings, transport=httpx.MockTransport(router.async_handler))


def fetched(router: respx.Router, url: str = f"{SITE}/a", settings: Settings = SETTINGS, **kwargs: object) -> Page:
    async def run() -> Page:
        async with over(router, settings) as client:
            return await client.fetch(url, **kwargs)  # type: ignore[arg-type]

    return asyncio.run(run())


def paths(router: respx.Router) -> list[str]:
    """The requests that a router got, without robots.txt."""
    return [str(call.request.url) for call in router.calls if call.request.url.path != "/robots.txt"]


REFUSED = {
    "status 0": (reply(0), "protocol"),
    "a negative status": (reply(-5), "protocol"),
    "a status of two digits": (reply(99), "protocol"),
    "an interim status as the last": (reply(199), "protocol"),
    "a changed protocol": (reply(101), "protocol"),
    "a status of thirty digits": (reply(10**30), "protocol"),
    "status 600": (reply(600), "status"),
    "status 999": (reply(999), "status"),
    "not modified, unasked, with a body": (reply(304), "protocol"),
    "a Location that is no URL": (reply(301, (b"location", b"https://[::bad/")), "redirects"),
    "257 header fields": (reply(200, *[(b"x-%d" % number, b"y") for number in range(257)]), "too-large"),
    "64 KB of header": (reply(200, (b"x", b"y" * 65_536)), "too-large"),
    "a repeated Content-Encoding": (
        reply(200, (b"content-encoding", b"gzip"), (b"content-encoding", b"gzip"), body=gzip.compress(HTML)),
        "decode",
    ),
    "a body that is not encoded as it says": (
        reply(200, (b"content-encoding", b"gzip"), body=b"\xff" + HTML),
        "decode",
    ),
    "a body over the limit as sent": (reply(body=Chunks(*[b"x" * 9_000] * 12)), "too-large"),
    "a body over the limit as decoded": (
        reply(200, (b"content-encoding", b"gzip"), body=gzip.compress(b"x" * 200_001)),
        "too-large",
    ),
    "an announced body over the limit": (reply(200, (b"content-length", b"9" * 5_000)), "too-large"),
    "a picture": (reply(200, (b"content-type", b"image/png")), "type"),
}


@pytest.mark.parametrize(("answer", "kind"), REFUSED.values(), ids=REFUSED)
def test_a_reply_that_no_server_library_sends_is_an_error_of_its_kind(
    answer: Callable[[httpx.Request], httpx.Response], kind: str
) -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=answer)
    with pytest.raises(FetchError) as caught:
        fetched(router)
    assert caught.value.kind == kind
    assert caught.value.url == f"{SITE}/a"


READ = {
    "a body that is already there": lambda request: httpx.Response(200, html=HTML.decode()),
    "an encoded body that is already there": lambda request: httpx.Response(
        200, headers={"content-encoding": "gzip"}, content=gzip.compress(HTML)
    ),
    "an encoded body in pieces": reply(200, (b"content-encoding", b"GZIP"), body=gzip.compress(HTML)),
    "no type and no length": reply(),
    "256 header fields": reply(200, *[(b"x-%d" % number, b"y") for number in range(256)]),
    "bytes in the header": reply(200, (b"x-\xe9", b"\xff\xfe"), (b"content-type", b"text/html; charset=\xff")),
    "a length that is no number": reply(200, (b"content-length", b"-1")),
    "no reason": reply(reason_phrase=b""),
    "a reason of any bytes": reply(reason_phrase=b"\xff\x00"),
    "an unknown version of HTTP": reply(http_version=b"\xff"),
    "status 299": reply(299),
}


@pytest.mark.parametrize("answer", READ.values(), ids=READ)
def test_an_odd_reply_is_read_if_its_body_is_whole(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=answer)
    page = fetched(router)
    assert page.body == HTML
    assert not page.cut_short


@pytest.mark.parametrize(
    ("version", "marked"),
    [(b"HTTP/1.0", True), (b"HTTP/1.1", True), (b"HTTP/2", False), (b"HTTP/3", False)],
    ids=["1.0", "1.1", "2", "3"],
)
def test_only_http_1_can_cut_a_body_short_unseen(version: bytes, marked: bool) -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=reply(body=HTML[:-20], http_version=version))
    assert fetched(router).cut_short is marked


def test_header_bytes_are_read_as_latin_1() -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=reply(200, (b"ETag", b' "\xe9\xff" ')))
    assert fetched(router).header("etag") == '"éÿ"'


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout, "timeout"),
        (httpx.PoolTimeout, "timeout"),
        (httpx.ConnectError, "refused"),
        (httpx.CloseError, "refused"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_failure_by_name_is_retried_if_it_is_temporary(failure: type[Exception], kind: str) -> None:
    patient = replace(SETTINGS, retry_policy=RetryPolicy(retries=1, backoff=0.0))
    router = site()
    route = router.get(f"{SITE}/a").mock(side_effect=[failure, httpx.Response(200, html="x")])
    assert fetched(router, settings=patient).body == b"x"
    route.mock(side_effect=failure)
    with pytest.raises(FetchError) as caught:
        fetched(router, settings=patient)
    assert caught.value.kind == kind
    assert route.call_count == 2 + 2


@pytest.mark.parametrize("failure", [httpx.ProxyError, httpx.RemoteProtocolError])
def test_a_failure_by_name_is_not_retried_if_it_is_lasting(failure: type[Exception]) -> None:
    router = site()
    route = router.get(f"{SITE}/a").mock(side_effect=failure)
    with pytest.raises(FetchError):
        fetched(router, settings=replace(SETTINGS, retry_policy=RetryPolicy(retries=1, backoff=0.0)))
    assert route.call_count == 1


IN_BODY = {
    "time ran out": (Chunks(HTML[:500], failure=httpx.ReadTimeout("x")), "timeout"),
    "the server broke off": (Chunks(HTML[:500], failure=httpx.RemoteProtocolError("x")), "truncated"),
    "closing failed as well": (
        Chunks(HTML[:500], failure=httpx.ReadError("x"), failure_at_end=httpx.PoolTimeout("x")),
        "truncated",
    ),
}


@pytest.mark.parametrize(("body", "kind"), IN_BODY.values(), ids=IN_BODY)
def test_a_failure_within_a_body_is_an_error_and_the_next_page_is_fetched(body: Chunks, kind: str) -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=reply(body=body))
    router.get(f"{SITE}/b").mock(side_effect=reply())

    async def run() -> tuple[FetchError, Page]:
        async with over(router) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(f"{SITE}/a")
            return caught.value, await client.fetch(f"{SITE}/b")

    error, page = asyncio.run(run())
    assert (error.kind, error.status, page.body) == (kind, 200, HTML)


def test_a_failure_says_more_than_that_its_response_could_not_be_closed() -> None:
    router = site()
    body = Chunks(b"x" * 20_000, failure_at_end=httpx.CloseError("x"))
    router.get(f"{SITE}/a").mock(side_effect=reply(404, body=body))
    with pytest.raises(FetchError) as caught:
        fetched(router)
    assert (caught.value.kind, caught.value.status) == ("status", 404)


def test_robots_txt_comes_by_the_transport_and_is_obeyed() -> None:
    router = site("User-agent: *\nDisallow: /private/\n")
    router.get(f"{SITE}/a").mock(side_effect=reply(302, (b"location", b"/private/a")))
    for path in ("/a", "/private/b"):
        with pytest.raises(FetchError) as caught:
            fetched(router, SITE + path)
        assert caught.value.kind == "robots"
    assert paths(router) == [f"{SITE}/a"]
    assert router["robots"].call_count == 2


def test_requests_keep_the_delay_that_robots_txt_asks_for() -> None:
    time = FakeTime()
    starts: list[float] = []

    def page(request: httpx.Request) -> httpx.Response:
        starts.append(time.now)
        return httpx.Response(200, html="x")

    async def run() -> None:
        router = site("User-agent: *\nCrawl-delay: 3\n")
        router.get(path__startswith="/page").mock(side_effect=page)
        settings = Settings(user_agent="Test/1.0", delay=1.0, retry_policy=RetryPolicy(jitter=0.0))
        async with time.fetcher(settings, transport=httpx.MockTransport(router.async_handler)) as client:
            await asyncio.gather(*(client.fetch(f"{SITE}/page-{number}") for number in range(4)))

    asyncio.run(run())
    assert [later - earlier for earlier, later in pairwise(starts)] == [3.0] * 3


def test_secrets_go_to_their_host_only_and_cookies_of_a_reply_are_not_sent_back() -> None:
    other = "https://other.example"
    router = site()
    router.get(f"{other}/robots.txt").respond(404)
    for url, target in {f"{SITE}/a": f"{other}/b", f"{other}/b": f"{other}/c", f"{other}/c": f"{SITE}/d"}.items():
        fields = (b"location", target.encode()), (b"set-cookie", b"own=2")
        router.get(url).mock(side_effect=reply(302, *fields))
    router.get(f"{SITE}/d").mock(side_effect=reply())
    fetched(router, secrets=Secrets("site.example", (("X-Key", "k"),), (("session", "s1"),)))
    requests = [call.request for call in router.calls]
    assert [(each.url.path, each.headers.get("x-key"), each.headers.get("cookie")) for each in requests] == [
        ("/robots.txt", None, None),
        ("/a", "k", "session=s1"),
        ("/robots.txt", None, None),
        ("/b", None, None),
        ("/c", None, None),
        ("/d", "k", "session=s1"),
    ]


def test_a_known_page_is_requested_conditionally_and_a_304_with_a_body_is_an_empty_page() -> None:
    router = site()
    route = router.get(f"{SITE}/a").mock(side_effect=reply(304, body=Chunks(*[b"x" * 9_000] * 12)))
    page = fetched(router, known=Known(etag='"1"', last_modified="Sun, 01 Mar 2026 07:00:00 GMT"))
    assert (page.status, page.body) == (304, b"")
    headers = route.calls.last.request.headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', "Sun, 01 Mar 2026 07:00:00 GMT")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "localhost", "intranet", "db.internal"])
def test_a_host_with_a_private_spelling_is_refused_unless_it_is_allowed(host: str) -> None:
    router = site()
    router.get(f"{SITE}/a").mock(side_effect=reply(302, (b"location", f"http://{host}/b".encode())))
    for url in (f"http://{host}/a", f"{SITE}/a"):
        with pytest.raises(FetchError) as caught:
            fetched(router, url)
        assert caught.value.kind == "private-address"
    assert {call.request.url.host for call in router.calls} == {"site.example"}
    allowed = respx.Router()
    allowed.get(path="/robots.txt").respond(404)
    allowed.get(path="/a").mock(side_effect=reply())
    assert fetched(allowed, f"http://{host}/a", replace(SETTINGS, allow_private=True)).body == HTML


WITHOUT_NETWORK = """
import asyncio, sys, httpx
from scraper.fetch.client import Fetcher, Settings

def refuse(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise AssertionError(event, arguments)

async def answer(request):
    return httpx.Response(404 if request.url.path == "/robots.txt" else 200, html="x")

async def main():
    async with Fetcher(Settings(delay=0), transport=httpx.MockTransport(answer)) as client:
        for url in ("https://site.example/a", "http://no-such-host.invalid/"):
            print((await client.fetch(url)).status)

sys.addaudithook(refuse)
asyncio.run(main())
"""


def test_no_socket_is_opened_and_no_name_is_resolved() -> None:
    command = [sys.executable, "-c", WITHOUT_NETWORK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["200", "200"], "")


class Reading(httpx.AsyncBaseTransport):
    """A transport that reads each body, as a cache does."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        await response.aread()
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_transport_that_reads_the_bodies_gives_them_decoded(encoding: str) -> None:
    async def run() -> bytes:
        body = gzip.compress(HTML) if encoding else HTML
        async with (
            serving({"/a": answer(body, Content_Encoding=encoding)}) as server,
            Fetcher(OPEN, transport=Reading(httpx.AsyncHTTPTransport())) as client,
        ):
            return (await client.fetch(server.url("/a"))).body

    assert asyncio.run(run()) == HTML
