"""The limits that docs/fetching.md lists are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scraper.errors import FETCH_KINDS
from scraper.fetch import bounds, robots, robots_groups
from scraper.fetch.settings import Settings
from scraper.urls.canonical import MAX_URL_CHARS

PAGE = (Path(__file__).parents[2] / "docs" / "fetching.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([\d,]+)[^|]* \| [^|]+ \|$", PAGE, re.MULTILINE))
SETTINGS = Settings()
VALUES: dict[str, float] = {
    "requests for one page together, with redirects and retries": SETTINGS.deadline,
    "time to connect, with TLS but without a proxy's answer": SETTINGS.connect_timeout,
    "body as sent": SETTINGS.max_wire_bytes,
    "body after decoding": SETTINGS.max_body_bytes,
    "HTTP/1.1: received bytes for each byte of the largest body": bounds.MAX_FRAMING_FACTOR,
    "header, with the interim responses before it": bounds.MAX_HEAD_BYTES,
    "header fields": bounds.MAX_FIELDS,
    "interim responses (1xx)": bounds.MAX_INTERIM_REPLIES,
    f"HTTP/2 frames, or chunks, of a response, beside one for each {bounds.BYTES_PER_FRAME} body bytes": bounds.MAX_FRAMES,
    "line between two chunks, with its extensions": bounds.MAX_LINE_BYTES,
    "redirects": SETTINGS.max_redirects,
    "length of a URL": MAX_URL_CHARS,
    "robots.txt (the rest is ignored)": robots.MAX_BYTES,
    "line of robots.txt (the rest is ignored)": robots_groups.MAX_LINE_BYTES,
}


def test_each_limit_is_listed_and_no_other() -> None:
    assert set(ROWS) == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_a_listed_limit_has_the_value_of_the_code(name: str) -> None:
    assert ROWS[name] == f"{VALUES[name]:,.0f}"


def test_the_kinds_of_failure_are_those_of_fetching() -> None:
    table = PAGE.partition("## Failures")[2].partition("\n\n`refused`")[0]
    listed = {
        kind for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for kind in re.findall(r"`([a-z-]+)`", row)
    }
    of_extraction = {"render", "parse", "extract-timeout", "extract-crashed", "reserved", "no-article"}
    assert listed == set(FETCH_KINDS) - of_extraction
