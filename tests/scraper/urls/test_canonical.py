"""Canonical URLs and variants of a page; a text that is no URL raises only `FetchError`."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scraper.errors import FetchError
from scraper.urls.canonical import canonicalize, host_of, host_port, normalize, site_of
from scraper.urls.variants import believable_amp, believable_canonical, is_copy, page_key

SPELLINGS = [
    ("scheme and host in lower case", "HTTP://EXAMPLE.com/A", "http://example.com/A"),
    ("no default port", "https://example.com:443/a", "https://example.com/a"),
    ("another port stays", "http://example.com:8080/a", "http://example.com:8080/a"),
    ("an empty port goes", "http://example.com:/a", "http://example.com/a"),
    ("an empty path is the root", "https://example.com", "https://example.com/"),
    ("no fragment", "https://example.com/a#b", "https://example.com/a"),
    ("dot segments", "https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("encoded dot segments", "https://example.com/a/%2e%2E/c", "https://example.com/c"),
    ("dots at the end", "https://example.com/a/b/..", "https://example.com/a/"),
    ("unreserved characters decoded", "https://example.com/%7Ea%2db", "https://example.com/~a-b"),
    ("hex digits in upper case", "https://example.com/%c3%a9", "https://example.com/%C3%A9"),
    ("letters encoded", "https://example.com/é?q=ü", "https://example.com/%C3%A9?q=%C3%BC"),
    ("a stray percent sign", "https://example.com/100%", "https://example.com/100%25"),
    ("a stray percent before an escape", "https://example.com/%%4142", "https://example.com/%25A42"),
    ("spaces", "  https://example.com/a b ", "https://example.com/a%20b"),
    ("line breaks inside", "https://example.com/a\n\tb", "https://example.com/ab"),
    ("tracking parameters", "https://example.com/a?utm_source=x&id=7&fbclid=y", "https://example.com/a?id=7"),
    ("only tracking parameters", "https://example.com/a?UTM_Medium=x", "https://example.com/a"),
    ("other parameters in their order", "https://example.com/?b=2&a=1", "https://example.com/?b=2&a=1"),
    ("a parameter without value", "https://example.com/?print&utm_id=3", "https://example.com/?print"),
    ("a parameter that may name the page", "https://example.com/?ref=5", "https://example.com/?ref=5"),
    ("an international host", "https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("a root dot", "https://example.com./", "https://example.com/"),
    ("an address as a number", "http://2130706433/", "http://127.0.0.1/"),
    ("an address in hexadecimal", "http://0x7f000001/", "http://127.0.0.1/"),
    ("a short address", "http://127.1/", "http://127.0.0.1/"),
    ("zero", "http://0/", "http://0.0.0.0/"),
    ("an address in wide digits", "http://１２７.0.0.1/", "http://127.0.0.1/"),
    ("Google's AMP viewer", "https://www.google.com/amp/s/www.example.com/storm/amp?utm_source=x", "https://www.example.com/storm/amp"),
    ("the AMP cache", "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/storm?id=1", "https://www.example.com/storm?id=1"),
    ("the AMP cache without TLS", "https://example-com.cdn.ampproject.org/v/example.com/storm", "http://example.com/storm"),
    ("a viewer in a viewer", "https://www.google.de/amp/s/www.google.com/amp/example.com/storm", "http://example.com/storm"),
    ("an article about AMP", "https://www.google.com/amp/about", "https://www.google.com/amp/about"),
    ("a symbol as a host", "http://☃.net/", "http://xn--n3h.net/"),
    ("a symbol within a host", "http://I❤.Bücher.WS/", "http://xn--i-7iq.xn--bcher-kva.ws/"),
    ("a wide symbol and a wide dot", "http://☃\ufe0f。ｎｅｔ/", "http://xn--n3h.net/"),
    ("backslashes", "http:\\\\example.com\\a\\..\\b", "http://example.com/b"),
    ("a backslash in a query stays", "https://example.com\\a?b\\c", "https://example.com/a?b%5Cc"),
    ("a backslash ends the host", "http://example.com\\@evil.example/", "http://example.com/@evil.example/"),
    ("a host that begins with numbers", "http://1.2.3.4.example/", "http://1.2.3.4.example/"),
    ("a host that ends in a number and letters", "http://example.0x1g/", "http://example.0x1g/"),
    ("one slash", "https:/example.com/a", "https://example.com/a"),
    ("three slashes", "http:///www.example.com/a", "http://www.example.com/a"),
    ("a mark before it", "\ufeffhttps://example.com/a", "https://example.com/a"),
    ("invisible characters around it", "\u200e\u00a0https://example.com/a\u200b\u202c", "https://example.com/a"),
    ("an invisible letter inside stays", "https://example.com/a\u200cb", "https://example.com/a%E2%80%8Cb"),
    ("IPv6", "http://[0:0::1]:80/", "http://[::1]/"),
    ("IPv4 in IPv6", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "wanted"), [row[1:] for row in SPELLINGS], ids=[row[0] for row in SPELLINGS])
def test_a_url_has_one_canonical_form(url: str, wanted: str) -> None:
    assert canonicalize(url) == wanted
    assert canonicalize(wanted) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com/a", "/a", "ftp://example.com/", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "https:/story.html", "https:///story.php?id=1",
        "http://", "http:///a", "http://example.com:99999/", "http://example.com:-1/", "http://example.com:x/",
        "http://user:secret@example.com/", "http://[::1", "http://[fe80::1%25eth0]/", "http://exa mple.com/",
        "http://-a.example/", "http://256.256.256.256/", "http://a..b/", "http://\ud800.example/", "http://example.com/\udfff",
        "http://1.2.3.4.5/", "http://1.2.3.4.5./", "http://example.1/", "http://example.0x1f/", "http://1.2.3.08/", "http://1 x.2/",
        "http://例.１/", "http://☃\u200d.net/", "http://☃.\u0301a.net/", "http://☃\u05d0.net/", "http://☃℀.net/", "http://☃%00.net/",
        "http://" + "a" * 64 + ".example/", "https://example.com/" + "a" * 9_000, "http://xn--/é",
    ],
)  # fmt: skip
def test_a_text_that_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        canonicalize(url)
    assert caught.value.kind == "url"
    str(caught.value).encode()


def test_a_long_host_of_digits_is_refused_in_time() -> None:
    start = time.perf_counter()
    with pytest.raises(FetchError):
        normalize("http://" + "1" * 3_000 + "x.1/")
    assert time.perf_counter() - start < 0.5


hosts = st.sampled_from(
    [
        "www.google.com/amp/s/www.google.com/amp",
        "www.google.com/amp/s",
        "x.cdn.ampproject.org/c/s/a.b",
        "example.com",
        "EXAMPLE.com:80",
        "bücher.example",
        "[::1]",
        "127.1",
        "a_b.c.",
        "%61.b",
        "ß.de",
        "☃.net",
        "a.1",
        "a\\b",
    ]
)
paths = st.text(st.sampled_from("/.%aA0é~ +;:@?&=#[]<>\"'\\\x00\u2028"), max_size=30)
addresses = st.builds(lambda host, path: f"http://{host}/{path}", hosts, paths)


@given(st.one_of(st.text(), st.text().map("http://".__add__), addresses))
@example("http://a/?%")
def test_the_canonical_form_is_idempotent_and_only_fetch_errors_are_raised(url: str) -> None:
    try:
        once = canonicalize(url)
    except FetchError:
        return
    assert once.isascii()
    assert canonicalize(once) == once
    assert normalize(once) == once
    assert once.startswith(host_port(once) + "/")
    assert site_of(once)


@given(st.text(), st.text())
def test_any_claimed_canonical_address_gives_a_canonical_url(claimed: str, path: str) -> None:
    own = canonicalize(f"https://example.com/{path}".encode("utf-8", "replace").decode())
    assert canonicalize(believable_canonical(own, claimed)).startswith("http")


CLAIMS = [
    ("the same page without its parameters", "https://example.com/2016/a?page=2", "https://example.com/2016/a", True),
    ("from www to bare", "https://www.example.co.uk/news/1", "https://example.co.uk/news/1", True),
    ("from the mobile host", "https://m.example.com/news/1", "https://www.example.com/news/1", True),
    ("from AMP", "https://example.com/amp/news/1", "https://example.com/news/1", True),
    ("another site", "https://example.com/news/1", "https://example.org/news/1", False),
    ("another publisher under one suffix", "https://a.co.uk/news/1", "https://b.co.uk/news/1", False),
    ("the home page", "https://example.com/news/1", "https://example.com/", False),
    ("a section", "https://example.com/news/1", "https://example.com/news/", False),
    ("another port of loopback", "http://127.0.0.1:8001/a-b-c", "http://127.0.0.1:8002/a-b-c", False),
    ("the folder of a section", "https://example.com/news/world/storm-hits-coast", "https://example.com/news/world/", False),
    ("the first page of the same article", "https://example.com/news/storm-hits-coast/2", "https://example.com/news/storm-hits-coast", True),
    ("the article of a print version", "https://example.com/news/storm-hits-coast/print", "https://example.com/news/storm-hits-coast", True),
    ("another article", "https://example.com/news/storm-hits-coast", "https://example.com/news/village-rejoices-over-bridge", False),
    ("a new headline, the same number", "https://example.com/storm-hits-coast-1234567", "https://example.com/waves-reach-village-1234567", True),
    ("a number with its headline", "https://example.com/node/1234567", "https://example.com/storm-hits-coast-again", True),
    ("no address", "https://example.com/news/1", "javascript:void(0)", False),
    ("nothing", "https://example.com/news/1", " ", False),
]  # fmt: skip


@pytest.mark.parametrize(("url", "claimed", "believed"), [row[1:] for row in CLAIMS], ids=[row[0] for row in CLAIMS])
def test_a_claimed_canonical_address_is_believed_if_it_can_be_right(url: str, claimed: str, believed: bool) -> None:
    assert believable_canonical(url, claimed) == (claimed if believed else url)


COPIES = [
    ("a file", "https://example.com/a/storm-hits-coast", "https://example.com/a/storm-hits-coast.amp.html", True),
    ("a folder before", "https://example.com/a/storm-hits-coast", "https://www.example.com/amp/a/storm-hits-coast", True),
    ("a host", "https://example.com/2026/storm-hits-coast", "https://amp.example.com/x/storm", True),
    ("a mark behind a number", "https://example.com/a-1234567", "https://example.com/a-1234567-amp", True),
    ("a parameter", "https://example.com/a/storm", "https://example.com/a/storm?outputType=amp", True),
    ("the page itself", "https://example.com/amp/a/storm", "https://example.com/amp/a/storm", False),
    ("a page that is no AMP", "https://example.com/a/storm", "https://example.com/a/lamp", False),
    ("another site", "https://example.com/a/storm", "https://amp.example.org/a/storm", False),
    ("the AMP front page", "https://example.com/a/storm", "https://example.com/amp/", False),
    ("the copy of another article", "https://example.com/storm-hits-coast", "https://example.com/amp/village-rejoices-over-bridge", False),
    ("the copy of another number", "https://example.com/a/1234567", "https://example.com/amp/a/7654321", False),
    ("no address", "https://example.com/a/storm", "javascript:amp()", False),
    ("nothing", "https://example.com/a/storm", " ", False),
]  # fmt: skip


@pytest.mark.parametrize(("url", "claimed", "believed"), [row[1:] for row in COPIES], ids=[row[0] for row in COPIES])
def test_a_claimed_amp_copy_is_believed_if_it_can_be_right(url: str, claimed: str, believed: bool) -> None:
    assert believable_amp(url, claimed) == (claimed if believed else "")


@given(addresses, addresses)
def test_any_claimed_amp_copy_is_refused_or_canonical(url: str, claimed: str) -> None:
    found = believable_amp(url, claimed)
    assert not found or found == canonicalize(found)


SAME = [
    ("AMP before", "https://example.com/amp/a/storm"), ("AMP behind", "https://example.com/a/storm/amp/"), ("an AMP file", "https://example.com/a/storm.amp"),
    ("an AMP host", "https://amp.example.com/a/storm"), ("an AMP parameter", "https://example.com/a/storm?outputType=amp"),
    ("the mobile host", "http://m.example.com/a/storm"), ("www", "https://www.example.com/a/storm"), ("a slash", "https://example.com/a/storm/"),
    ("an index file", "https://example.com/a/storm/index.html"),
]  # fmt: skip


@pytest.mark.parametrize("url", [row[1] for row in SAME], ids=[row[0] for row in SAME])
def test_variants_of_a_page_share_a_key(url: str) -> None:
    assert page_key(canonicalize(url)) == page_key("https://example.com/a/storm")


@pytest.mark.parametrize("url", ["https://example.com/amp", "https://example.com/a/storm?id=2", "https://example.org/a/storm", "https://example.com/a/Storm",
                                 "https://news.example.com/a/storm", "https://example.com/a/lamp", "https://example.com/a/storm/2"])  # fmt: skip
def test_other_pages_have_other_keys(url: str) -> None:
    assert page_key(url) not in {page_key("https://example.com/a/storm"), page_key("https://example.com/")}


def test_the_copy_among_two_variants_is_recognised() -> None:
    copies = ["https://m.example.com/a", "https://example.com/a/amp/", "https://example.com/a?x=1&amp=1"]
    others = ["https://www.example.com/a", "https://example.com/a/lamp"]
    assert [is_copy(url) for url in copies + others] == [True] * 3 + [False] * 2


@given(addresses)
def test_a_key_is_the_same_over_http_and_https(url: str) -> None:
    with suppress(FetchError):
        key = page_key(canonicalize(url.replace("http:", "https:").replace(":80", "")))
        assert key == page_key(canonicalize(url))


def test_host_and_site_are_distinguished() -> None:
    assert host_of("https://WWW.Example.com:8443/a") == "www.example.com"
    assert site_of("https://WWW.Example.com:8443/a") == "example.com:8443"
    assert host_port("https://example.com:8443/a/b?c") == "https://example.com:8443"


def test_a_claim_with_backslashes_is_read_as_browsers_do() -> None:
    own = "https://m.example.com/news/1"
    assert believable_canonical(own, r"\\www.example.com\news\1") == "https://www.example.com/news/1"
