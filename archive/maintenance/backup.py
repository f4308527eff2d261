"""Maintenance of an archive: `backup` copies it, `vacuum` shrinks its file, `prune` deletes old raw pages."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from archive.schema.stage import Stage, StageWatch, ignore_stage
from archive.store.archive import Archive
from archive.store.columns import iso
from archive.store.connection import DAMAGED, archive_errors, read_only, transaction
from archive.store.new_file import place_new_file
from scraper.errors import DamageError, InputError

MAX_PAGES_PER_TRANSACTION: Final = 500
"""Pages pruned in one transaction, so that another writer waits for milliseconds only."""

PAGES_PER_STEP: Final = 4_096
"""Database pages (of 4 KB) that a backup copies before it says how far it is."""

_OLD: Final = "FROM pages WHERE fetched_at < ? AND length(body) > 0"
_IN_PARTS: Final = "(SELECT coalesce(sum(length(page_parts.body)), 0) FROM page_parts WHERE page_id = pages.id)"
_PRUNE: Final = f"""
UPDATE pages SET body = x'', dictionary_id = NULL WHERE id IN (SELECT id {_OLD} AND id > ? ORDER BY id LIMIT ?) RETURNING id"""
"""Pages after the last that was pruned: to look for them from the first page on took the square of an archive's pages."""
_PRUNE_PARTS: Final = """
DELETE FROM page_parts WHERE page_id > ? AND page_id <= ?
AND EXISTS (SELECT 1 FROM pages WHERE pages.id = page_parts.page_id AND length(pages.body) = 0)"""
_UNUSED: Final = """
DELETE FROM dictionaries WHERE NOT EXISTS (SELECT 1 FROM pages WHERE pages.dictionary_id = dictionaries.id)
AND version < (SELECT max(version) FROM dictionaries AS other WHERE other.host = dictionaries.host)"""


def back_up(path: Path, copy: Path, *, watch: StageWatch = ignore_stage) -> int:
    """Copy the state of the archive at one moment, even while a run writes; the size of the copy in bytes.

    `watch` is told the database pages copied so far. The copy gets its name when it is complete. An existing file is never overwritten. Raises `ArchiveError`, `InputError`.
    """
    if copy.exists():
        raise InputError(f"{copy}: the file exists already; name another file")
    if not copy.parent.is_dir():
        raise InputError(f"{copy}: there is no folder {copy.parent}; create it")
    with archive_errors(path):
        db = read_only(path)
    with closing(db.conn), tempfile.TemporaryDirectory(dir=copy.parent, prefix=f".{copy.name}-") as folder:
        made = Path(folder) / copy.name
        with archive_errors(copy), closing(sqlite3.connect(made)) as target:
            hold_state(db)
            db.conn.backup(
                target,
                pages=PAGES_PER_STEP,
                progress=lambda status, left, total: watch(Stage("copy", total - left, total)),
            )
        with made.open("rb") as file:
            os.fsync(file.fileno())
        if not place_new_file(made, copy):
            raise InputError(f"{copy}: another program created the file during the backup; name another file")
    return copy.stat().st_size


def hold_state(db: Database) -> None:
    """Make the connection read the state of this moment from now on.

    A backup in several steps starts anew whenever the database changes between two steps, unless its source is inside a
    transaction, which sees no changes (https://sqlite.org/backup.html). Writers do not wait for a reader: the log keeps both.
    """
    db.conn.execute("BEGIN")
    db.conn.execute("SELECT 1 FROM sqlite_schema").fetchone()


def vacuum(archive: Archive) -> tuple[int, int]:
    """Rewrite the file without deleted rows; its size in bytes before and after. The caller holds the run's lock.

    A damaged file is not rewritten, because the new file would look undamaged. Raises `DamageError`.
    """
    with archive_errors(archive.path):
        (message,) = archive.db.conn.execute("PRAGMA integrity_check(1)").fetchone()
        if message != "ok":
            raise DamageError(str(archive.path), f"the file is damaged ({message}); {DAMAGED}")
        before = size(archive.db)
        for index in ("articles_fts", "unspaced_fts"):
            with transaction(archive.db):
                archive.db.conn.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
        archive.db.conn.execute("VACUUM")
        archive.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, size(archive.db)


def size(db: Database) -> int:
    """Bytes of the database."""
    return int(db.conn.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0])


@dataclass(frozen=True, slots=True)
class OldPages:
    """Number and bytes of the raw pages from before a time. `unread` counts pages that no article's text came from."""

    pages: int
    bytes: int
    unread: int


def find_old_pages(archive: Archive, before: datetime) -> OldPages:
    """The raw pages to prune."""
    with archive_errors(archive.path):
        row = archive.db.conn.execute(
            f"SELECT count(*), coalesce(sum(length(body) + {_IN_PARTS}), 0), coalesce(sum(used = 0), 0) {_OLD}",
            (iso(before),),
        )
        return OldPages(*row.fetchone())


def prune(archive: Archive, before: datetime) -> Iterator[int]:
    """Delete the bodies of pages that were fetched before a time; yields the number of pages per transaction.

    All other columns of a page stay, its hash too. Further pages of the same article are deleted whole. Texts, revisions
    and the ledger never change. A reference page is deleted if no page needs it and its site has a newer one.
    """
    last = 0
    with archive_errors(archive.path):
        while True:
            with transaction(archive.db):
                row = (iso(before), last, MAX_PAGES_PER_TRANSACTION)
                done = [page_id for (page_id,) in archive.db.conn.execute(_PRUNE, row)]
                if not done:
                    archive.db.conn.execute(_UNUSED)
                    return
                archive.db.conn.execute(_PRUNE_PARTS, (last, max(done)))
                last = max(done)
            yield len(done)
