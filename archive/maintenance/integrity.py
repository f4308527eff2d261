"""Checks of an archive for damage, without writing: the file, the schema, texts, ledger, raw pages and indexes.

SQLite's own check misses most damage inside texts and bodies, so hashes are compared too. Only a statement that needs
the write lock compares the full-text indexes. The statement runs in a transaction that is rolled back, only if all other
checks passed and no run is writing. If the archive cannot be locked, the indexes are not compared.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from archive.schema.migrations import MIGRATIONS
from archive.schema.stage import Stage, StageWatch, ignore_stage
from archive.store.columns import fingerprint, plain, unpack_blocks
from archive.store.connection import archive_errors, read_only
from archive.store.lock import locked
from archive.store.raw_pages import read_body, read_parts
from archive.store.records import select
from scraper.chrome import read_chrome_rows
from scraper.errors import ArchiveError, DamageError, LockedError
from scraper.types import SHOWN_KINDS, default_kinds, join_blocks

MAX_FAULTS: Final = 100
"""Problems reported per check: enough to judge the damage."""

INDEXES: Final = ("articles_fts", "unspaced_fts")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the part of the archive, the row (0 for the part as a whole), and what is wrong."""

    part: str
    row: int
    what: str

    def line(self) -> str:
        """The problem as one line for people.

        >>> Problem("pages", 12, "the hash does not match").line()
        'pages 12: the hash does not match'
        """
        return f"{self.part}{f' {self.row}' if self.row else ''}: {self.what}"


CountRow = Callable[[], None]
"""Called after each row of a check whose rows are counted."""


def check_file(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Faults that SQLite finds: broken pages, wrong indexes, violated constraints and references."""
    for (message,) in db.conn.execute(f"PRAGMA integrity_check({MAX_FAULTS})"):
        if message != "ok":
            yield Problem("file", 0, message)
    for table, row, parent, _ in db.conn.execute("PRAGMA foreign_key_check").fetchmany(MAX_FAULTS):
        yield Problem(table, row or 0, f"refers to a missing row of {parent}")


def check_schema(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Tables, indexes, triggers and views that are missing or were changed."""
    made = Database(memory=True)
    MIGRATIONS.apply(made)
    listing = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"
    there = {(kind, name): sql for kind, name, sql in db.conn.execute(listing)}
    for kind, name, sql in made.conn.execute(listing):
        if (kind, name) not in there:
            yield Problem("schema", 0, f"the {kind} {name} is missing")
        elif there[kind, name] != sql:
            yield Problem("schema", 0, f"the {kind} {name} was changed")
    made.close()


_NUMBERS: Final = """
SELECT articles.id, articles.revision, count(revisions.id) AS many, coalesce(max(revisions.number), 0) AS last
FROM articles LEFT JOIN revisions ON revisions.article_id = articles.id
GROUP BY articles.id HAVING many <> articles.revision OR last <> articles.revision"""
_NEWEST: Final = """
SELECT articles.id FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE revisions.text <> articles.text OR revisions.fingerprint <> articles.fingerprint OR revisions.title <> articles.title"""
_STRAYS: Final = """
SELECT removals.id FROM removals JOIN revisions ON revisions.id = removals.revision_id
WHERE removals.article_id <> revisions.article_id"""


_CHROME: Final = """
SELECT chrome.revision_id, chrome.packed, revisions.blocks FROM chrome JOIN revisions ON revisions.id = chrome.revision_id"""


def check_articles(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Articles that differ from their newest revision, or lack revisions."""
    for article_id, revision, many, last in db.conn.execute(_NUMBERS):
        yield Problem(
            "articles", article_id, f"the article is at revision {revision}, but has {many}, the last numbered {last}"
        )
    for (article_id,) in db.conn.execute(_NEWEST):
        yield Problem("articles", article_id, "the text differs from the newest revision")


def check_texts(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Texts that do not match their hash or their blocks, and blocks that were both kept and removed."""
    for row in select(db, "SELECT id, text, fingerprint, blocks FROM revisions"):
        count_row()
        if fingerprint(row["text"]) != row["fingerprint"]:
            yield Problem("revisions", row["id"], "the text does not match its hash")
            continue
        try:
            blocks = unpack_blocks(row["blocks"], row["text"])
            kinds = default_kinds(blocks)
            shown = [block for block in blocks if block.kind in kinds]
            complete = plain(join_blocks(shown)) == row["text"]
        except (ValueError, TypeError, KeyError):
            yield Problem("revisions", row["id"], "the blocks cannot be read")
            continue
        if not complete:
            yield Problem("revisions", row["id"], "the blocks do not add up to the text")
        kept = {block.position for block in shown}
        removed = db.conn.execute("SELECT id, position FROM removals WHERE revision_id = ?", (row["id"],)).fetchall()
        for removal_id, position in removed:
            if position in kept:
                yield Problem("removals", removal_id, f"block {position} of revision {row['id']} was kept as well")
    for (removal_id,) in db.conn.execute(_STRAYS):
        yield Problem("removals", removal_id, "belongs to a revision of another article")


def check_chrome(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Chrome that cannot be read, or of which a block is in the text as well."""
    for revision_id, packed, blocks in db.conn.execute(_CHROME):
        count_row()
        try:
            outside = {row.position for row in read_chrome_rows(packed)}
            kept = {row["position"] for row in json.loads(blocks) if row["kind"] in SHOWN_KINDS}
        except (ValueError, TypeError, KeyError):
            yield Problem("chrome", revision_id, "cannot be read")
            continue
        for position in sorted(outside & kept):
            yield Problem("chrome", revision_id, f"block {position} was kept as well")


def check_pages(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Raw pages that do not read back as they were received. A pruned page has nothing to read."""
    for (page_id,) in db.conn.execute("SELECT id FROM pages WHERE length(body) > 0"):
        count_row()
        try:
            read_parts(db, page_id, read_body(db, page_id, path=""), path="")
        except ArchiveError as exc:
            yield Problem("pages", page_id, exc.detail.removeprefix(f"page {page_id} is "))
    for page_id, headers in db.conn.execute("SELECT id, headers FROM pages"):
        try:
            json.loads(headers)
        except ValueError:
            yield Problem("pages", page_id, "the headers cannot be read")


_MISCOUNTED: Final = """
SELECT source, site, sum(kept), sum(found) FROM (
  SELECT source, site, articles AS kept, 0 AS found, words, with_author, with_date FROM article_counts
  UNION ALL SELECT source, site, 0, count(*), -sum(words), -sum(authors <> '[]'), -sum(published IS NOT NULL)
  FROM articles GROUP BY source, site
) GROUP BY source, site
HAVING sum(kept) <> sum(found) OR sum(words) <> 0 OR sum(with_author) <> 0 OR sum(with_date) <> 0"""


def check_counts(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Counts that are kept beside the articles, and a full-text index with a wrong number of articles.

    The number is the only check of an index that needs no lock.
    """
    for source, site, kept, found in db.conn.execute(_MISCOUNTED):
        yield Problem(
            "article_counts", 0, f"{source}, {site}: counts {kept:,} of {found:,} articles, or other words in them"
        )
    articles, indexed = (
        db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("articles", "articles_fts_docsize")
    )
    if articles != indexed:
        yield Problem("articles_fts", 0, f"indexes {indexed:,} of {articles:,} articles")


def check_index(db: Database, path: Path, count_row: CountRow) -> Iterator[Problem]:
    """Full-text indexes that do not agree with the texts. Raises `LockedError` while a run writes."""
    with locked(path, trace=False):
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        try:
            conn.execute("BEGIN IMMEDIATE")
            for index in INDEXES:
                try:
                    conn.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
                except sqlite3.DatabaseError as exc:
                    yield Problem(index, 0, f"does not agree with the texts ({exc})")
        finally:
            with suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
            conn.close()  # before the reader closes: the last connection to close would change the log


Check = Callable[[Database, Path, CountRow], Iterator[Problem]]

CHECKS: Final[dict[str, Check]] = {
    "file": check_file,
    "schema": check_schema,
    "articles": check_articles,
    "texts": check_texts,
    "chrome": check_chrome,
    "pages": check_pages,
    "counts": check_counts,
    "index": check_index,
}
"""Checks in order: a later one trusts what an earlier one checked."""

COUNTED: Final = {"texts": "revisions", "chrome": "chrome", "pages": "pages"}
"""Checks that call `count_row`, and the tables of these rows."""

SLOW: Final = ("pages", "index")
NEWER: Final = ("schema", "chrome", "pages", "counts", "index")
"""Checks of tables and columns that an archive of an earlier version lacks."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The problems found. `skipped` says which checks were not made, and why."""

    problems: tuple[Problem, ...]
    skipped: tuple[str, ...]
    articles: int
    pages: int


def check_archive(path: Path, *, quick: bool = False, watch: StageWatch = ignore_stage) -> CheckReport:
    """Run all checks; `quick` leaves out raw pages and full-text indexes. `watch` is told the check and its rows so far.

    Raises `ArchiveError` if the file cannot be opened.
    """
    problems: list[Problem] = []
    skipped: list[str] = []
    with archive_errors(path):
        db = read_only(path)
    try:
        older = is_older(db)
        if older:
            skipped.append("the archive is of an earlier version and was checked in part; any run migrates it")
        for name, check in CHECKS.items():
            if (quick and name in SLOW) or (older and name in NEWER):
                continue
            if name == "index" and problems:
                skipped.append("the full-text indexes were not compared: the archive is damaged")
                continue
            counter = row_counter(db, name, watch)
            run_check(name, check(db, path, counter), problems, skipped)
        counts = [count(db, table) for table in ("articles", "pages")]
    finally:
        db.close()
    return CheckReport(tuple(problems), tuple(skipped), *counts)


def is_older(db: Database) -> bool:
    """Whether migrations are pending; False if the file is too damaged to tell."""
    with suppress(sqlite3.Error, UnicodeDecodeError):  # the second: a message of SQLite quotes the damaged text
        return bool(MIGRATIONS.pending(db))
    return False


def row_counter(db: Database, name: str, watch: StageWatch) -> CountRow:
    """The function that a check calls after each row; it tells `watch` how many rows are done."""
    total = count(db, COUNTED[name]) if name in COUNTED else 0
    done = 0
    watch(Stage(name, done, total))

    def count_row() -> None:
        nonlocal done
        done += 1
        watch(Stage(name, done, total))

    return count_row


def run_check(name: str, found_by: Iterator[Problem], problems: list[Problem], skipped: list[str]) -> None:
    """Add the problems that one check finds. A check that the damage stops is a problem too."""
    found = 0
    try:
        for problem in found_by:
            found += 1
            if found <= MAX_FAULTS:
                problems.append(problem)
    except LockedError:
        skipped.append("the full-text indexes were not compared: a run is writing")
    except sqlite3.OperationalError as exc:
        if name == "index":
            skipped.append(f"the full-text indexes were not compared: {exc}")
        else:
            problems.append(Problem(name, 0, f"cannot be read further ({exc})"))
    except ArchiveError as exc:
        if name == "index" and not isinstance(exc, DamageError):
            skipped.append(f"the full-text indexes were not compared: {exc.detail}")
        else:
            problems.append(Problem(name, 0, f"cannot be read further ({exc})"))
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        problems.append(Problem(name, 0, f"cannot be read further ({exc})"))
    if found > MAX_FAULTS:
        problems.append(Problem(name, 0, f"and {found - MAX_FAULTS:,} more"))


def count(db: Database, table: str) -> int:
    """The table's number of rows; 0 if the file is too damaged to count them."""
    with suppress(sqlite3.Error, UnicodeDecodeError):
        return int(db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    return 0
