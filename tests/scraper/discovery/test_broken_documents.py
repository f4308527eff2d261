"""Broken feeds and sitemaps: any bytes give a listing or our error."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext, Listing
from scraper.discovery.sitemaps import parse_sitemap
from scraper.errors import ParseError
from tests.scraper.discovery.test_feeds import BODIES, FEEDS
from tests.scraper.discovery.test_sitemaps import ENTITIES, URLSET
from tests.support.noise import noise

CONTEXT = LinkContext("s", "https://news.test/documents.xml", full_text=True)
BROKEN_ANYWHERE = [b"\xff\xfe", b"<![CDATA["]
FEED_PIECES = [
    *FEEDS.values(),
    *(body.encode() for body in BODIES.values()),
    b"<rss><item>",
    b"<link href='//[' />",
    b'{"items":[',
    *BROKEN_ANYWHERE,
]
SITEMAP_PIECES = [
    URLSET,
    ENTITIES,
    gzip.compress(URLSET),
    b"<sitemapindex><sitemap><loc>",
    b"https://a.test/\n",
    b"<loc>//[</loc>",
    *BROKEN_ANYWHERE,
]


@pytest.mark.parametrize(
    ("parse", "pieces"), [(parse_feed, FEED_PIECES), (parse_sitemap, SITEMAP_PIECES)], ids=["feed", "sitemap"]
)
@settings(max_examples=200)
@given(st.data())
def test_arbitrary_bytes_give_a_listing_or_our_error(
    parse: Callable[[bytes, LinkContext], Listing], pieces: Sequence[bytes], data: st.DataObject
) -> None:
    with suppress(ParseError):
        assert isinstance(parse(data.draw(noise(pieces)), CONTEXT), Listing)
