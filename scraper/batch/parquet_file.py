"""Rows as a Parquet file (https://parquet.apache.org/docs/file-format/), by pyarrow, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

MAX_GROUP_ROWS: Final = 1_000
"""Rows of a row group, the part of a file that is in memory at once and that a reader can skip."""

MAX_GROUP_CHARS: Final = 32_000_000
"""Characters of text after which a row group ends before its time, so that huge articles do not fill the memory."""

MIN_BATCH_ROWS: Final = 100
"""Rows that are converted together: as dictionaries they take ten times the memory that they take in columns."""


def write_rows(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    schema: Any,
    *,
    repeated: Sequence[str],
    facts: Callable[[], Mapping[str, str]] = dict,
) -> int:
    """Write a file and return the number of rows. `schema` is pyarrow's.

    `repeated` columns get a dictionary. `facts` are asked for after the last row and stand in the file's metadata.
    Raises `ImportError` without pyarrow.
    """
    from pyarrow import parquet as pq

    count = 0
    with pq.ParquetWriter(
        out, schema, compression="zstd", use_dictionary=list(repeated), write_page_index=True
    ) as writer:
        for group in row_groups(rows, schema):
            count += group.num_rows
            writer.write_table(group, row_group_size=MAX_GROUP_ROWS)
        if found := facts():
            writer.add_key_value_metadata(dict(found))
    return count


def row_groups(rows: Iterable[Mapping[str, Any]], schema: Any) -> Iterator[Any]:
    """Tables of rows, each for one row group."""
    import pyarrow as pa

    batches: list[Any] = []
    waiting: list[Mapping[str, Any]] = []
    total = chars = 0
    for row in rows:
        waiting.append(row)
        total += 1
        chars += len(row["text"] or "")
        is_full = total == MAX_GROUP_ROWS or chars >= MAX_GROUP_CHARS
        if is_full or len(waiting) == MIN_BATCH_ROWS:
            batches.append(pa.RecordBatch.from_pylist(waiting, schema=schema))
            waiting = []
        if is_full:
            yield pa.Table.from_batches(batches, schema=schema)
            batches = []
            total = chars = 0
    if waiting:
        batches.append(pa.RecordBatch.from_pylist(waiting, schema=schema))
    if batches:
        yield pa.Table.from_batches(batches, schema=schema)
