"""Pages and HTML documents that tests make up, from the parts that a test is about."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from scraper import Page, built_in_rules, extract
from scraper.types import Extraction
from tests.support.gold import Gold

URL: Final = "https://news.example/city/wall"
FETCHED_AT: Final = datetime(2027, 1, 1, tzinfo=UTC)
"""Later than the dates in the pages of tests and corpora: a date after the fetch is not believed."""


def page(
    html: str | bytes = b"",
    *,
    url: str = URL,
    content_type: str = "",
    fetched_at: datetime = FETCHED_AT,
    **changes: Any,
) -> Page:
    """A page as the fetcher returns it; `changes` are other fields of `Page`, such as `status` and `headers`.

    Without `content_type` and `headers`, text comes with a UTF-8 content type, and bytes come without any header.
    """
    if isinstance(html, str):
        html, content_type = html.encode("utf-8", "surrogatepass"), content_type or "text/html; charset=utf-8"
    headers = (("content-type", content_type),) if content_type else ()
    return replace(Page.from_html(html, url=url, fetched_at=fetched_at), **{"headers": headers} | changes)


class WithGold(Protocol):
    """A page of the newsroom or of the gate."""

    @property
    def html(self) -> bytes: ...
    @property
    def gold(self) -> Gold: ...


def gold_page(found: WithGold) -> Page:
    """A page whose every line is known, as a server sends it that names no charset."""
    return page(found.html, url=found.gold.url, content_type="text/html")


def extract_html(html: str | bytes, **options: Any) -> Extraction:
    """The extraction of a page of this HTML by the built-in rules; `options` are those of `page`."""
    return extract(page(html, **options), built_in_rules())


def document(body: str = "", *, title: str = "", head: str = "", lang: str = "") -> str:
    """An HTML document with this body. Without `title` and `lang` it has no such element or attribute."""
    root = f'<html lang="{lang}">' if lang else "<html>"
    return f"<!doctype html>{root}<head>{title and f'<title>{title}</title>'}{head}</head><body>{body}</body></html>"


def json_ld(value: object) -> str:
    """A JSON-LD script of a value; a string is put in as it is, valid JSON or not."""
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'
