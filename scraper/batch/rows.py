"""The row of a page: its article with the blocks that were removed, or the error that stopped its extraction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from scraper.crawl.capture_task import CaptureTask, extract_joined
from scraper.errors import ExtractError
from scraper.types import Article, Block, Extraction, Page, Removal

REPEATED: Final = (
    "site",
    "language",
    "section",
    "verdict",
    "error",
    "authors.list.element",
    "removals.list.element.rule",
)
"""Columns with few distinct values, which a dictionary makes small."""


def extract_row(task: CaptureTask) -> tuple[str, dict[str, Any]]:
    """A worker's task: the hash of the rules that it has, and the row of a page."""
    extraction = extract_joined(task)
    return extraction.rules_hash, page_row(task.page, extraction)


def page_row(page: Page, extraction: Extraction) -> dict[str, Any]:
    """The row of a page that was read. Without an article `title`, `text` and others are null; `verdict` says why."""
    article = extraction.article
    return {
        "url": page.url,
        "captured_at": page.fetched_at,
        **(article_fields(article) if article else {}),
        "verdict": extraction.quality.verdict,
        "evidence": [clean(text) for text in extraction.quality.evidence],
        "text": clean(article.text) if article else None,
        "blocks": [block_fields(block) for block in article.blocks] if article else [],
        "removals": [removal_fields(removal) for removal in extraction.removals],
        "error": None,
        "error_detail": None,
    }


def error_row(page: Page, error: ExtractError) -> dict[str, Any]:
    """The row of a page whose extraction failed: all but `url`, `captured_at` and the error is null."""
    found = {"url": page.url, "captured_at": page.fetched_at, "text": None}
    return found | {"error": error.kind, "error_detail": clean(error.detail)}


def article_fields(article: Article) -> dict[str, Any]:
    """An article's metadata. Empty texts are null; times are in UTC."""
    texts = {
        name: clean(getattr(article, name)) or None
        for name in ("canonical_url", "title", "site", "section", "language", "description", "image")
    }
    lists = {name: [clean(text) for text in getattr(article, name)] for name in ("authors", "contributors", "tags")}
    times = {"published": in_utc(article.published), "modified": in_utc(article.modified)}
    return texts | lists | times | {"free": article.free, "words": len(article.text.split())}


def block_fields(block: Block) -> dict[str, Any]:
    """A block of an article; null for what it has not."""
    return {
        "kind": block.kind,
        "text": clean(block.text),
        "markdown": clean(block.markup) or None,
        "level": block.level,
        "position": block.position,
        "marker": block.marker or None,
        "image": clean(block.image) or None,
        "credit": clean(block.credit) or None,
        "source": clean(block.source) or None,
    }


def removal_fields(removal: Removal) -> dict[str, Any]:
    """A block that was removed, with its rule or reason."""
    return {
        "rule": removal.rule_id,
        "kind": removal.kind,
        "position": removal.position,
        "text": clean(removal.text),
    }


def in_utc(moment: datetime | None) -> datetime | None:
    """A time in UTC. A time without an offset counts as UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def clean(text: str) -> str:
    """A text as UTF-8 can hold it.

    >>> clean("ab\\ud83dc")
    'ab?c'
    """
    return text.encode("utf-8", "replace").decode()


def row_schema() -> Any:
    """The columns of a shard's file. Raises `ImportError` without pyarrow."""
    import pyarrow as pa

    text, time, number = pa.string(), pa.timestamp("us", tz="UTC"), pa.int32()
    texts = pa.list_(text)
    block = {"kind": text, "text": text, "markdown": text, "level": number, "position": number, "marker": text, "image": text, "credit": text, "source": text}  # fmt: skip
    removal = {"rule": text, "kind": text, "position": number, "text": text}
    columns = {
        "url": text, "captured_at": time, "canonical_url": text, "title": text, "authors": texts, "contributors": texts,
        "published": time, "modified": time, "language": text, "site": text, "section": text, "tags": texts,
        "description": text, "image": text, "free": pa.bool_(), "words": pa.int64(), "verdict": text, "evidence": texts,
        "text": text, "blocks": pa.list_(pa.struct(list(block.items()))),
        "removals": pa.list_(pa.struct(list(removal.items()))), "error": text, "error_detail": text,
    }  # fmt: skip
    return pa.schema(
        [pa.field(name, kind, nullable=name not in {"url", "captured_at"}) for name, kind in columns.items()]
    )
