"""robots.txt: rules of a file, and the policy when the file cannot be fetched."""

from __future__ import annotations

import asyncio
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.robots import MAX_BYTES, parse_robots, product_token, robots_after_error
from scraper.fetch.robots_groups import MAX_LINE_BYTES
from scraper.fetch.throttle import (
    RetryPolicy,
)
from tests.support.fetching import (
    HTML,
    NOW,
    answer,
    fetched,
    fetcher,
    refused,
)
from tests.support.loopback import Exchange, Route, Server, serving
from tests.support.news_server import status as answer_status

FILE = b"\xef\xbb\xbfUser-agent: *\nDisallow: /private/\nAllow: /private/open$\nSitemap: https://news.test/map.xml\n\nUser-agent: Cuttings\nCrawl-delay: 2.5\nDisallow: /no-cuttings/\n"
CASES = tomllib.loads(Path(__file__).with_name("robots_cases.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_file_allows_and_denies_paths(case: dict[str, Any]) -> None:
    robots = parse_robots(case["file"].encode())
    paths = [*case.get("allowed", ()), *case.get("denied", ())]
    allowed = [path for path in paths if robots.allows(f"http://news.test{path}", case.get("agent", "Cuttings"))]
    assert allowed == case.get("allowed", [])


def test_the_rules_for_our_name_apply_before_the_rules_for_everyone() -> None:
    robots = parse_robots(FILE)
    assert not robots.allows("https://news.test/private/a", "Other")
    assert robots.allows("https://news.test/private/open", "Other")
    assert robots.allows("https://news.test/private/a", "Cuttings")
    assert not robots.allows("https://news.test/no-cuttings/a", "Cuttings")
    assert (robots.crawl_delay("Cuttings"), robots.crawl_delay("Other")) == (2.5, 0.0)
    assert robots.sitemaps == ("https://news.test/map.xml",)


@pytest.mark.parametrize(
    ("between", "wanted"),
    [("User-agent: Cuttings\nCrawl-delay: 9\n", 9.0), ("Crawl-delay: 9\nUser-agent: Cuttings\n", 0.0)],
)
def test_a_delay_between_two_names_applies_to_the_names_above_it(between: str, wanted: float) -> None:
    robots = parse_robots(f"User-agent: Other\n{between}User-agent: More\nDisallow: /a".encode())
    assert [robots.crawl_delay(name) for name in ("Other", "Cuttings", "More")] == [9.0, wanted, 0.0]


@pytest.mark.parametrize("delay", ["nan", "inf", "-3", "soon", "1e400"])
def test_an_invalid_crawl_delay_is_ignored(delay: str) -> None:
    assert parse_robots(f"User-agent: *\nCrawl-delay: {delay}\n".encode()).crawl_delay("x") == 0


@pytest.mark.parametrize(
    ("kind", "status", "means"),
    [
        ("status", 404, None),
        ("status", 403, None),
        ("redirects", 0, None),
        ("status", 429, "robots"),
        ("status", 503, "robots"),
        ("status", 0, "robots"),
        ("truncated", 0, "robots"),
        ("dns", 0, "dns"),
        ("timeout", 0, "timeout"),
        ("private-address", 0, "private-address"),
    ],
)
def test_a_file_that_cannot_be_fetched_allows_all_or_nothing(kind: str, status: int, means: str | None) -> None:
    robots = robots_after_error(FetchError("https://news.test/robots.txt", kind, status=status))
    assert (robots.refusal[0] if robots.refusal else None) == means


@given(st.one_of(st.binary(), st.text(st.sampled_from("userag-nt: *dilow/$#\n%\x00é")).map(str.encode)))
def test_any_bytes_are_read_as_rules(body: bytes) -> None:
    robots = parse_robots(body)
    assert robots.allows("https://news.test/a", "Cuttings") in (True, False)
    assert robots.crawl_delay("Cuttings") >= 0


def test_bytes_past_the_size_limit_are_not_read() -> None:
    assert parse_robots(b"#" * MAX_BYTES + b"\nUser-agent: *\nDisallow: /\n").allows("https://news.test/", "x")


def test_sitemaps_are_named_in_several_ways_and_anywhere() -> None:
    body = b"Sitemap: /a.xml\nUser-agent: x\nSitemaps:https://news.test/b.xml # b\nSite-map https://news.test/c.xml\nSitemap:\n"
    assert parse_robots(body).sitemaps == ("/a.xml", "https://news.test/b.xml", "https://news.test/c.xml")


def test_a_line_is_cut_at_the_size_limit() -> None:
    start = b"Disallow: "
    path = "/" + "a" * (MAX_LINE_BYTES - len(start) - 1)
    robots = parse_robots(b"User-agent: *\n" + start + path.encode() + b"bcd\nDisallow: /e")
    asked = [robots.allows(f"http://news.test{end}", "x") for end in (path + "x", path[:-1], "/e")]
    assert asked == [False, True, False]


@pytest.mark.parametrize("mark", [b"\xef", b"\xef\xbb", b"\xbb\xbf", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_may_lack_a_part(mark: bytes) -> None:
    assert not parse_robots(mark + b"User-agent: *\nDisallow: /").allows("https://news.test/", "x")
    assert parse_robots(b"x" + mark + b"User-agent: *\nDisallow: /").allows("https://news.test/", "x")


@pytest.mark.parametrize(
    "field", ["User-agent: a{n}", "Crawl-delay: {n}", "Disallow: /{n}", "User-agent: *", "Sitemap: {n}"]
)
def test_a_file_of_many_names_and_rules_is_read_in_time(field: str) -> None:
    half = "".join(f"User-agent: b{n}\n" for n in range(12_000))
    body = (half + "\n".join(field.format(n=n) for n in range(16_000)))[:MAX_BYTES].encode()
    start = time.perf_counter()
    parse_robots(body).allows("https://news.test/a", "b")
    assert time.perf_counter() - start < 2


def test_our_name_is_the_product_token_of_the_user_agent() -> None:
    assert product_token("News-Bot/1.0 (x)") == "News-Bot"
    assert product_token("123") == "*"


@pytest.mark.parametrize(
    "body",
    [
        b"User-agent: *\rDisallow: /a\r",
        b"User-agent: *\r\nDisallow: /a\r\n",
        b"\xef\xbb\xbfuser-agent:*\ndisallow:/a",
        "User-agent: *\nDisallow: /a\n".encode("utf-16"),
        b"# caf\xe9\nUser-agent: *\nDisallow: /a # \xff\n",
        b"\n\n\x00\nUser-agent: *\n\nDisallow: /a",
    ],
    ids=["old Mac", "Windows", "a mark and no spaces", "UTF-16", "Latin-1", "NUL and blank lines"],
)
def test_a_file_is_read_in_every_encoding_and_line_ending(body: bytes) -> None:
    robots = parse_robots(body)
    assert not robots.allows("https://news.test/a", "Cuttings")
    assert robots.allows("https://news.test/b", "Cuttings")


@pytest.mark.parametrize(("redirects", "read"), [(5, True), (6, False)])
def test_five_redirects_are_followed_and_the_file_applies_to_the_first_host(redirects: int, read: bool) -> None:
    async def run() -> str:
        async with serving({}) as other, serving({"/a": "<p>Text.</p>"}) as server, client() as fetcher:

            async def further(exchange: Exchange) -> None:
                step = int(exchange.path.partition("?")[2] or 0) + 1
                await exchange.send(
                    b"", 301, Location=other.url("/rules") if step == redirects else f"/robots.txt?{step}"
                )

            other.routes["/rules"] = "User-agent: *\nDisallow: /a\nSitemap: https://news.test/map.xml"
            server.routes["/robots.txt"] = further
            try:
                await fetcher.fetch(server.url("/a"))
            except FetchError as exc:
                assert (await fetcher.robots(server.url("/"))).sitemaps == ("https://news.test/map.xml",)
                return exc.kind
            return ""

    assert asyncio.run(run()) == ("robots" if read else "")


def test_a_file_is_refetched_after_a_day_and_stays_valid_while_its_host_fails() -> None:
    now = 0.0

    async def run() -> None:
        nonlocal now
        async with (
            serving({"/a": "<p>Text.</p>", "/b": "<p>Text.</p>"}) as server,
            client(monotonic=lambda: now) as fetcher,
        ):

            async def asked(path: str) -> str:
                try:
                    await fetcher.fetch(server.url(path))
                except FetchError as exc:
                    return exc.kind
                return "page"

            server.routes["/robots.txt"] = "User-agent: *\nDisallow: /a"
            assert [await asked("/a"), await asked("/b")] == ["robots", "page"]
            now = 86_399.0
            assert [await asked("/a"), server.count("/robots.txt")] == ["robots", 1]
            now = 86_401.0
            server.routes["/robots.txt"] = answer_status(500)
            assert [await asked("/a"), await asked("/b"), server.count("/robots.txt")] == ["robots", "page", 2]
            now = 2 * 86_402.0
            server.routes["/robots.txt"] = "User-agent: *\nDisallow: /b"
            assert [await asked("/a"), await asked("/b"), server.count("/robots.txt")] == ["page", "robots", 3]

    asyncio.run(run())


def client(**kwargs: Any) -> Fetcher:
    return Fetcher(
        Settings(user_agent="Test/1.0", delay=0, allow_private=True, retry_policy=RetryPolicy(retries=0)),
        clock=lambda: NOW,
        **kwargs,
    )


def test_robots_txt_is_fetched_once_and_obeyed_after_every_redirect() -> None:
    async def run() -> Server:
        async with (
            serving({"/a": HTML, "/b": answer(b"", 302, Location="/private/x"), "/private/x": HTML}) as server,
            fetcher() as client,
        ):
            paths = ["/a", "/a?1", "/b", "/private/x"]
            results = await asyncio.gather(*(client.fetch(server.url(path)) for path in paths), return_exceptions=True)
            kinds = [result.kind if isinstance(result, FetchError) else "" for result in results]
            assert kinds == ["", "", "robots", "robots"]
            return server

    server = asyncio.run(run())
    assert server.count("/robots.txt") == 1
    assert server.count("/private/x") == 0


@pytest.mark.parametrize(("status", "kind"), [(404, ""), (403, ""), (500, "robots"), (429, "robots")])
def test_the_status_of_a_missing_file_allows_or_forbids_the_page(status: int, kind: str) -> None:
    routes: dict[str, Route] = {"/robots.txt": answer(b"", status), "/a": HTML}
    if kind:
        assert refused(routes).kind == kind
    else:
        assert fetched(routes)[0].body == HTML


def test_an_endless_file_is_read_up_to_the_size_limit() -> None:
    async def robots(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        rule = b"User-agent: *\nDisallow: /a\n"
        await exchange.raw(b"%x\r\n%b\r\n" % (len(rule), rule))
        while True:
            await exchange.raw(b"1000\r\n" + b"#" * 0x1000 + b"\r\n")

    assert refused({"/robots.txt": robots, "/a": HTML}).kind == "robots"
