"""Extraction of one page, seen from outside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scraper.extract import extract
from scraper.rules import built_in
from scraper.types import Article, Page

BODY = "".join(f"<p>The harbour board met for the {n}th time this year and, after four hours, agreed on nothing but the date of its next meeting.</p>" for n in range(4, 9))


def article(head: str, *, url: str = "https://news.example.com/a/board", body: str = BODY) -> Article:
    html = f"<html><head><title>Board meets</title>{head}</head><body><article><h1>Board meets</h1>{body}</article></body></html>"
    found = extract(Page(url, url, 200, (("content-type", "text/html; charset=utf-8"),), html.encode(), datetime(2026, 1, 1, tzinfo=UTC)), built_in()).article
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        pytest.param("https://news.example.com/a/board-meets", "https://news.example.com/a/board-meets", id="another address of the site"),
        pytest.param("https://other.example.org/x", "https://news.example.com/a/board", id="another site"),
        pytest.param("https://news.example.com/", "https://news.example.com/a/board", id="the front page"),
        pytest.param("", "https://news.example.com/a/board", id="none"),
    ],
)
def test_a_canonical_address_is_believed_within_reason(claimed: str, believed: str) -> None:
    assert article(f'<link rel="canonical" href="{claimed}">').canonical_url == believed
