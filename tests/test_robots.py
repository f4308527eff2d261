"""robots.txt: what a file says, and what its absence means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.robots import MAX_BYTES, parse_robots, product_token, robots_after

FILE = b"\xef\xbb\xbfUser-agent: *\nDisallow: /private/\nAllow: /private/open$\nSitemap: https://news.test/map.xml\n\nUser-agent: Cuttings\nCrawl-delay: 2.5\nDisallow: /no-cuttings/\n"


def test_the_group_of_our_name_counts_and_else_that_of_everyone() -> None:
    robots = parse_robots(FILE)
    assert not robots.allows("https://news.test/private/a", "Other")
    assert robots.allows("https://news.test/private/open", "Other")
    assert robots.allows("https://news.test/private/a", "Cuttings")
    assert not robots.allows("https://news.test/no-cuttings/a", "Cuttings")
    assert (robots.delay("Cuttings"), robots.delay("Other")) == (2.5, 0.0)
    assert robots.sitemaps == ("https://news.test/map.xml",)


@pytest.mark.parametrize("delay", ["nan", "inf", "-3", "soon", "1e400"])
def test_a_delay_that_is_nonsense_is_none(delay: str) -> None:
    assert parse_robots(f"User-agent: *\nCrawl-delay: {delay}\n".encode()).delay("x") == 0


@pytest.mark.parametrize(
    ("kind", "status", "means"),
    [
        ("status", 404, None),
        ("status", 403, None),
        ("redirects", 0, None),
        ("status", 429, "robots"),
        ("status", 503, "robots"),
        ("truncated", 0, "robots"),
        ("dns", 0, "dns"),
        ("timeout", 0, "timeout"),
        ("private-address", 0, "private-address"),
    ],
)
def test_a_file_that_cannot_be_had_allows_all_or_nothing(kind: str, status: int, means: str | None) -> None:
    robots = robots_after(FetchError("https://news.test/robots.txt", kind, status=status))
    assert (robots.refusal[0] if robots.refusal else None) == means


@given(st.one_of(st.binary(), st.text(st.sampled_from("userag-nt: *dilow/$#\n%\x00é")).map(str.encode)))
def test_any_bytes_give_rules(body: bytes) -> None:
    robots = parse_robots(body)
    assert robots.allows("https://news.test/a", "Cuttings") in (True, False)
    assert robots.delay("Cuttings") >= 0


def test_what_lies_past_the_cap_is_not_read() -> None:
    assert parse_robots(b"#" * MAX_BYTES + b"\nUser-agent: *\nDisallow: /\n").allows("https://news.test/", "x")


def test_our_name_is_the_product_of_the_user_agent() -> None:
    assert product_token("News-Bot/1.0 (x)") == "News-Bot"
    assert product_token("123") == "*"
