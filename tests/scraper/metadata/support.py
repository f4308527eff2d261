"""Small pages for the tests of metadata, and their metadata as the product reads it."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.metadata.facts import gather
from scraper.metadata.metadata import metadata_of
from scraper.types import UNKNOWN_TIME, Metadata
from tests.support.pages import document, json_ld

URL = "https://www.dailyplanet.example/news/bridge-reopens"


def read(html: str | bytes, url: str = URL, *, fetched_at: datetime = UNKNOWN_TIME) -> Metadata:
    """The metadata of a page."""
    return metadata_of(gather(LexborHTMLParser(html), url, fetched_at=fetched_at))


def british(*, head: str = "", body: str = "", ld: object = None) -> str:
    """A document in British English; `ld` is its JSON-LD, as a value or as text."""
    return document(body, head=head + (json_ld(ld) if ld is not None else ""), lang="en-GB")


WORDS = st.sampled_from(
    [
        "By",
        "von",
        "Jane Doe",
        "2024",
        "May 3,",
        "03/04/2024",
        "T10:99",
        "Z",
        "-",
        "|",
        ",",
        "and",
        "(",
        ")",
        "\ud800",
        "\x00",
        "기자",
        "記者",
        "{",
        "}",
        '"',
        "Updated",
    ]
)
SOUP = st.lists(WORDS | st.text(max_size=8), max_size=20).map(" ".join)
