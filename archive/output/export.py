"""Export of articles: JSON Lines, Markdown or CSV, to one stream or as a file per article.

Rows are read in batches by id. So few articles are in memory, and no long read transaction blocks checkpoints of the
write-ahead log.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from archive.output.markdown import markdown_of
from archive.output.rows import article_row, record
from archive.output.text_choice import DEFAULT, TextChoice
from archive.search.conditions import Condition, narrow
from archive.search.fulltext import selection
from archive.search.query_syntax import parse_query
from archive.store.connection import archive_errors
from archive.store.new_file import write_whole
from archive.store.records import (
    SELECT_ARTICLE,
    SELECT_REVISION,
    StoredArticle,
    select,
    stored_article,
    stored_revision,
)
from scraper.text.patterns import lazy_pattern

if TYPE_CHECKING:
    from archive.store.archive import Archive

_BATCH_ROWS: Final = 200
_LAST: Final = 2**63 - 1
"""The largest id of SQLite."""

CSV_COLUMNS: Final = (
    "id", "url", "site", "source", "title", "authors", "contributors", "published", "modified", "language", "section",
    "tags", "description", "image", "free", "words", "verdict", "revision", "duplicate_of", "first_seen", "last_seen",
    "saved_at", "saved_tags", "starred_at", "reader_tags", "reader_note", "text",
)  # fmt: skip

REVISION_COLUMNS: Final = ("seen_at", "origin")
"""Further columns of revisions."""

_FORMULA: Final = lazy_pattern(r"^\s*[=+\-@\t\r＝＋－＠﹦﹢﹣﹫]")
"""Start of a cell that a spreadsheet runs as a formula (OWASP: CSV injection), its signs in full width and small too."""


def export_articles(
    archive: Archive,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    query: str | None = None,
    ids: Sequence[int] | None = None,
) -> Iterator[StoredArticle]:
    """Articles in the order they were archived. The filters are those of `search`; with `ids`, only these, in order."""
    with archive_errors(archive.path):
        condition = selected_by(archive, site=site, since=since, until=until, query=query)
    if condition is None:
        return
    for batch in batches_of(archive, condition) if ids is None else batches_with(archive, condition, ids):
        yield from map(stored_article, batch)


def batches_of(archive: Archive, condition: Condition) -> Iterator[list[dict[str, Any]]]:
    """The rows of articles in batches by id."""
    condition &= Condition("articles.id > :after")
    sql = f"{SELECT_ARTICLE} {condition.where} ORDER BY articles.id LIMIT {_BATCH_ROWS}"
    after = 0
    while batch := rows_of(archive, sql, {**condition.values, "after": after}):
        yield batch
        after = batch[-1]["id"]


def batches_with(archive: Archive, condition: Condition, ids: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
    """The rows of the articles with these ids that meet the condition, in batches."""
    for start in range(0, len(ids), _BATCH_ROWS):
        wanted = condition & with_ids(ids[start : start + _BATCH_ROWS])
        yield rows_of(archive, f"{SELECT_ARTICLE} {wanted.where} ORDER BY articles.id", wanted.values)


def export_revisions(
    archive: Archive, *, after: int = 0, upto: int | None = None, **filters: Any
) -> Iterator[StoredArticle]:
    """Every text that the articles ever had, in the order in which the texts were stored. The filters choose articles.

    `after` and `upto` bound the ids of the revisions.
    """
    with archive_errors(archive.path):
        condition = selected_by(archive, **filters)
    if condition is None:
        return
    condition &= Condition("revisions.id > :after AND revisions.id <= :upto")
    sql = f"{SELECT_REVISION} {condition.where} ORDER BY revisions.id LIMIT {_BATCH_ROWS}"
    values = {**condition.values, "after": after, "upto": _LAST if upto is None else upto}
    while batch := rows_of(archive, sql, values):
        yield from map(stored_revision, batch)
        values["after"] = batch[-1]["revision_id"]


def rows_of(archive: Archive, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query, read at once."""
    with archive_errors(archive.path):
        return list(select(archive.db, sql, values))


def with_ids(ids: Sequence[int]) -> Condition:
    """Articles with these ids."""
    return Condition("articles.id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(list(ids))})


def selected_by(
    archive: Archive,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    query: str | None = None,
    ids: Sequence[int] | None = None,
) -> Condition | None:
    """The articles that the filters of `search` select, as a condition; None if the query can find nothing."""
    condition = narrow(archive.db, prefix="filter_", sites=(site,) if site else (), since=since, before=until)
    if ids is not None:
        condition &= with_ids(ids)
    if query is None:
        return condition
    selected = selection(archive.db, parse_query(query))
    if selected is None:
        return None
    return condition & Condition(f"articles.id IN ({selected.sql})", selected.values)


def write_jsonl(articles: Iterable[StoredArticle], out: TextIO, choice: TextChoice = DEFAULT) -> int:
    """Write a line of JSON per article. Returns the number of articles."""
    count = 0
    for stored in articles:
        out.write(json.dumps(article_row(stored, choice), ensure_ascii=False) + "\n")
        count += 1
    return count


def write_json(articles: Iterable[StoredArticle], out: TextIO, choice: TextChoice = DEFAULT) -> int:
    """Write one array of JSON, an article per line. Returns the number of articles."""
    count = 0
    for stored in articles:
        out.write((",\n" if count else "[\n") + json.dumps(article_row(stored, choice), ensure_ascii=False))
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def write_markdown(articles: Iterable[StoredArticle], out: TextIO, choice: TextChoice = DEFAULT) -> int:
    """Write Markdown with a horizontal rule between articles; none between those with front matter. Returns their number."""
    count = 0
    between = "\n" if choice.front_matter else "\n---\n\n"
    for stored in articles:
        out.write((between if count else "") + markdown(stored, choice))
        count += 1
    return count


def write_csv(
    articles: Iterable[StoredArticle], out: TextIO, choice: TextChoice = DEFAULT, *, guarded: bool = True
) -> int:
    """Write CSV (RFC 4180) with a header; lists are joined by "; ". Returns the number of articles.

    With `guarded`, an apostrophe comes before a cell that a spreadsheet would run as a formula. Open `out` with
    `newline=""`.
    """
    writer = csv.writer(out)
    every = iter(articles)
    first = next(every, None)
    columns = (*CSV_COLUMNS, *REVISION_COLUMNS) if first and first.seen_at else CSV_COLUMNS
    writer.writerow(columns)
    count = 0
    for stored in every if first is None else chain((first,), every):
        article = stored.article
        row = record(stored) | {"text": article.text_of(choice.kinds(article))}
        writer.writerow([_cell(row[column], guarded=guarded) for column in columns])
        count += 1
    return count


Writer = Callable[[Iterable[StoredArticle], TextIO, TextChoice], int]

FORMATS: Final[Mapping[str, Writer]] = {"jsonl": write_jsonl, "markdown": write_markdown, "csv": write_csv}
"""Writers of a stream of articles, by format."""

_SUFFIXES: Final = {"jsonl": ".json", "markdown": ".md", "csv": ".csv"}


@dataclass(slots=True)
class FolderResult:
    """What was written into a folder: the number of files that hold their article, and those that were left as they were."""

    written: int = 0
    kept: list[Path] = field(default_factory=list)


def write_folder(
    articles: Iterable[StoredArticle], folder: Path, choice: TextChoice = DEFAULT, *, form: str, force: bool = False
) -> FolderResult:
    """Write a file per article into a folder, which is created if missing.

    Each file is complete or absent. A file of that name with another content is kept unless `force` is given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = FolderResult()
    for stored in articles:
        path = folder / f"{file_stem(stored)}{_SUFFIXES[form]}"
        out = io.StringIO(newline="")
        FORMATS[form]((stored,), out, choice)
        if write_whole(path, out.getvalue().encode(), force=force):
            result.written += 1
        else:
            result.kept.append(path)
    return result


def file_stem(stored: StoredArticle) -> str:
    """A file name without suffix: date, title and id, of a revision its number too. It is unique, and valid on every system."""
    day = (stored.article.published or stored.first_seen).date().isoformat()
    letters = unicodedata.normalize("NFKD", stored.article.title).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", letters))[:60].strip("-")
    revision = f"r{stored.revision}" if stored.seen_at else ""
    return "-".join(part for part in (day, slug, str(stored.id), revision) if part)


def markdown(stored: StoredArticle, choice: TextChoice) -> str:
    """The article in Markdown, with contributors and address at the end, unless its front matter has them.

    The tags of the front matter are the page's and the reader's.
    """
    article = stored.article
    if choice.front_matter:
        tags = tuple(dict.fromkeys((*article.tags, *stored.saved_tags, *stored.reader_tags)))
        return markdown_of(replace(article, tags=tags), choice) + "\n"
    notes = [f"With {', '.join(article.contributors)}."] if article.contributors else []
    return "\n\n".join([markdown_of(article, choice), *notes, f"<{article.url}>"]) + "\n"


def _cell(value: Any, *, guarded: bool) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if guarded and _FORMULA.match(text) else text
