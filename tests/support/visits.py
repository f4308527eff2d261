"""Fetched pages with an extraction, for tests of the archive, in one line each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from archive.store.archive import Archive
from scraper.types import Article, Block, Extraction, Fetched, Link, Page, Quality, Removal

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
URL = "https://herald.example/2026/harbour"
OTHER = "https://coast.example/wire/harbour"
BODY = (
    "The harbour of Westmark will be dredged in spring, the port authority said on Friday after a long vote.",
    "Fishermen had asked for the work since a trawler ran aground two winters ago.",
    "It will cost eleven million crowns, half of it paid by the county.",
)


def hours(number: float) -> datetime:
    """The time this many hours after `START`."""
    return START + timedelta(hours=number)


def article(*paragraphs: str, url: str = URL, title: str = "Harbour to be dredged", **changes: Any) -> Article:
    """An article of these paragraphs, or of `BODY`."""
    fields: dict[str, Any] = {
        "url": url,
        "canonical_url": url,
        "site": url.split("/")[2],
        "title": title,
        "authors": ("Ada Quill", "José Ríos"),
        "contributors": (),
        "published": datetime(2026, 11, 19, 17, 30, tzinfo=UTC),
        "modified": None,
        "language": "en",
        "description": "Work begins in spring.",
        "section": "Local",
        "tags": ("harbour",),
        "image": "",
        "free": None,
        "blocks": tuple(Block("paragraph", text, position=number) for number, text in enumerate(paragraphs or BODY)),
    }
    return Article(**fields | changes)


def removal(text: str = "Sign up for our newsletter", **changes: Any) -> Removal:
    """One row of a ledger."""
    fields: dict[str, Any] = {"rule_id": "newsletter.signup.en", "stage": "text", "kind": "newsletter", "position": 9}
    return Removal(**fields | {"text": text} | changes)


def visit(
    found: Article | None = None,
    *,
    url: str = URL,
    final_url: str = "",
    verdict: Any = "ok",
    removals: tuple[Removal, ...] = (),
    source: str = "herald",
    body: bytes = b"<html>page</html>",
    etag: str = "",
    at: datetime = START,
) -> Fetched:
    """A fetched page; `found` is the article that was extracted from it."""
    headers = (("content-type", "text/html"), *((("etag", etag),) if etag else ()))
    return Fetched(
        link=Link(url=url, source=source),
        page=Page(url=url, final_url=final_url or url, status=200, headers=headers, body=body, fetched_at=at),
        extraction=Extraction(found, removals, (), "rules-1", Quality(verdict)),
    )


def rows(archive: Archive, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows that a query on the archive returns."""
    return archive.db.conn.execute(sql, values).fetchall()


def save(archive: Archive, outcome: Any, at: float = 0) -> str:
    """Save an outcome in the first run, `at` hours after its start. Return the state that the archive gives it."""
    return archive.save(outcome, run=1, at=hours(at))
