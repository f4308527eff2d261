"""Articles as one Parquet file (https://parquet.apache.org/docs/file-format/), by pyarrow.

A file holds the fields of the JSON lines under the same names, with types: pandas, polars, DuckDB and `datasets` read them
alike. The schema is fixed, so that an export without articles is a valid file too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from archive.output.rows import article_row
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from archive.store.records import StoredArticle

MAX_GROUP_ROWS: Final = 1_000
"""Articles of a row group, the part of a file that is in memory at once and that a reader can skip."""

MAX_GROUP_CHARS: Final = 32_000_000
"""Characters of text after which a row group ends before its time, so that huge articles do not fill the memory."""

MIN_BATCH_ROWS: Final = 100
"""Articles that are converted together: as dictionaries they take ten times the memory that they take in columns."""

REPEATED: Final = ("site", "source", "language", "section", "verdict", "authors.list.element")
"""Columns with few distinct values, which a dictionary makes small."""

TIMES: Final = ("published", "modified", "first_seen", "last_seen", "saved_at")


def write_parquet(articles: Iterable[StoredArticle], out: BinaryIO, choice: TextChoice = DEFAULT) -> int:
    """Write a Parquet file. Returns the number of articles. Raises ConfigError without the extra `parquet`."""
    try:
        import pyarrow as pa
        from pyarrow import parquet as pq
    except ImportError as exc:
        raise ConfigError("parquet: pyarrow is not installed; run pip install 'cuttings[parquet]'") from exc
    schema = arrow_schema(pa)
    count = 0
    with pq.ParquetWriter(
        out, schema, compression="zstd", use_dictionary=list(REPEATED), write_page_index=True
    ) as writer:
        for group in row_groups(articles, choice, pa, schema):
            count += group.num_rows
            writer.write_table(group, row_group_size=MAX_GROUP_ROWS)
    return count


def row_groups(articles: Iterable[StoredArticle], choice: TextChoice, pa: Any, schema: Any) -> Iterator[Any]:
    """Tables of articles, each for one row group."""
    batches: list[Any] = []
    rows: list[dict[str, Any]] = []
    total = chars = 0
    for stored in articles:
        row = typed_row(stored, choice)
        rows.append(row)
        total += 1
        chars += len(row["text"])
        is_full = total == MAX_GROUP_ROWS or chars >= MAX_GROUP_CHARS
        if is_full or len(rows) == MIN_BATCH_ROWS:
            batches.append(pa.RecordBatch.from_pylist(rows, schema=schema))
            rows = []
        if is_full:
            yield pa.Table.from_batches(batches, schema=schema)
            batches = []
            total = chars = 0
    if rows:
        batches.append(pa.RecordBatch.from_pylist(rows, schema=schema))
    if batches:
        yield pa.Table.from_batches(batches, schema=schema)


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
        "saved_at": time, "saved_tags": pa.list_(text),
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
