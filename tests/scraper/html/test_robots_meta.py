"""Signals of pages to archives, in headers and meta tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.html.robots_meta import SIGNALS, read_signals
from scraper.types import Page
from tests.support.pages import page

SIGNALS_BY_CASE = [
    ("nothing", page(b"<p>noarchive</p>"), ()),
    ("a meta tag", page(b'<meta name="robots" content="noarchive">'), ("noarchive",)),
    ("in capitals, unquoted, the other way round", page(b"<META CONTENT=NOARCHIVE NAME=ROBOTS>"), ("noarchive",)),
    ("several", page(b"<meta name='robots' content='nosnippet, NoIndex ,follow'>"), ("noindex", "nosnippet")),
    ("for us", page(b'<meta name="Cuttings" content="noarchive">'), ("noarchive",)),
    ("for another robot", page(b'<meta name="googlebot" content="noarchive">'), ()),
    ("in a comment", page(b'<!-- <meta name="robots" content="noarchive"> -->'), ()),
    ("other words", page(b'<meta name="robots" content="index, max-image-preview:large">'), ()),
    ("a description of them", page(b'<meta name="description" content="robots: noarchive">'), ()),
    ("none", page(b'<meta name="robots" content="none">'), ("noindex",)),
    ("nocache", page(b'<meta name="robots" content="nocache">'), ("noarchive",)),
    ("a header", page(b"", headers=(("x-robots-tag", "noarchive, nosnippet"),)), ("noarchive", "nosnippet")),
    ("a header for another robot", page(b"", headers=(("x-robots-tag", "googlebot: noindex, noarchive"),)), ()),
    ("a header for another and one for all", page(b"", headers=(("x-robots-tag", "otherbot: noindex"), ("x-robots-tag", "noarchive"),)), ("noarchive",)),
    ("a header for us", page(b"", headers=(("x-robots-tag", "Cuttings: noarchive"),)), ("noarchive",)),
    ("a header with a value", page(b"", headers=(("x-robots-tag", "max-snippet: 0, unavailable_after: 25 Jun 2027 15:00:00 PST"),)), ("nosnippet",)),
    ("TDMRep in a header", page(b"", headers=(("tdm-reservation", "1"),)), ("tdm-reservation",)),
    ("TDMRep that reserves nothing", page(b'<meta name="tdm-reservation" content="0">', headers=(("tdm-reservation", "0"),)), ()),
    ("TDMRep in a tag", page(b'<meta name="tdm-reservation" content="1">'), ("tdm-reservation",)),
    ("both", page(b'<meta name="robots" content="noarchive">', headers=(("tdm-reservation", "1"),)), ("noarchive", "tdm-reservation")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "signals"), [row[1:] for row in SIGNALS_BY_CASE], ids=[row[0] for row in SIGNALS_BY_CASE]
)
def test_the_signals_of_a_page_are_read(asked: Page, signals: tuple[str, ...]) -> None:
    assert read_signals(asked) == signals


@given(
    st.lists(
        st.sampled_from(
            [b"<meta ", b"name=", b"'robots'", b"content=", b"noarchive", b"<!--", b"-->", b">", b"\x00", b"&#0;"]
        )
    ).map(b"".join),
    st.text(),
)
def test_any_bytes_and_any_header_give_known_signals(body: bytes, header: str) -> None:
    assert set(read_signals(page(body, headers=(("x-robots-tag", header),)))) <= set(SIGNALS)


def test_a_page_of_unclosed_tags_is_read_in_linear_time() -> None:
    assert read_signals(page(b"robots" + b"<meta " * 40_000)) == ()
    assert read_signals(page(b"robots" + b"<!--" * 50_000)) == ()
