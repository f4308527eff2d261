"""Articles as one Parquet file (https://parquet.apache.org/docs/file-format/), by pyarrow.

A file holds the fields of the JSON lines under the same names, with types: pandas, polars, DuckDB and `datasets` read them
alike. The schema is fixed, so that an export without articles is a valid file too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from archive.output.rows import article_row
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.batch.parquet_file import write_rows
from scraper.errors import ConfigError
from scraper.extras import install_command

if TYPE_CHECKING:
    from archive.store.records import StoredArticle

REPEATED: Final = ("site", "source", "language", "section", "verdict", "authors.list.element")
"""Columns with few distinct values, which a dictionary makes small."""

TIMES: Final = ("published", "modified", "first_seen", "last_seen", "saved_at", "starred_at")


def write_parquet(articles: Iterable[StoredArticle], out: BinaryIO, choice: TextChoice = DEFAULT) -> int:
    """Write a Parquet file. Returns the number of articles. Raises ConfigError without the extra `parquet`."""
    try:
        import pyarrow as pa
    except ImportError as exc:
        raise ConfigError(f"parquet: pyarrow is not installed; run {install_command('parquet')}") from exc
    rows = (typed_row(stored, choice) for stored in articles)
    return write_rows(rows, out, arrow_schema(pa), repeated=REPEATED)


def typed_row(stored: StoredArticle, choice: TextChoice) -> dict[str, Any]:
    """The fields of a line of JSON, with times as times."""
    row = article_row(stored, choice)
    return row | {name: datetime.fromisoformat(row[name]) for name in TIMES if row[name]}


def arrow_schema(pa: Any) -> Any:
    """The columns, in the order of the fields of the JSON lines. `pa` is pyarrow."""
    text, whole, time = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")

    def struct(**fields: Any) -> Any:
        return pa.list_(pa.struct(list(fields.items())))

    columns = {
        "id": whole, "url": text, "source": text, "title": text, "authors": pa.list_(text), "contributors": pa.list_(text),
        "published": time, "modified": time, "language": text, "site": text, "section": text, "tags": pa.list_(text),
        "description": text, "image": text, "free": pa.bool_(), "words": whole, "verdict": text,
        "evidence": pa.list_(text), "revision": whole, "duplicate_of": whole, "first_seen": time, "last_seen": time,
        "saved_at": time, "saved_tags": pa.list_(text), "starred_at": time, "reader_tags": pa.list_(text), "reader_note": text,
        "text": text, "markdown": text,
        "blocks": struct(
            kind=text, text=text, markdown=text, level=pa.int32(), position=pa.int32(), marker=text, image=text,
            credit=text, source=text,
        ),
        "captions": struct(text=text, image=text, credit=text), "corrections": pa.list_(text), "notes": pa.list_(text),
        "embeds": struct(text=text, source=text),
    }  # fmt: skip
    needed = {"id", "url", "source", "title", "words", "verdict", "revision", "first_seen", "last_seen", "text"}
    return pa.schema([pa.field(name, kind, nullable=name not in needed) for name, kind in columns.items()])
