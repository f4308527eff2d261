"""Keeping an archive: a copy of it while a run writes, its file made small, raw pages that are no longer wanted dropped."""

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

from archive.store.archive import Archive
from archive.store.columns import iso
from archive.store.connection import archive_errors, read_only, transaction
from scraper.errors import DamageError, InputError

CHUNK: Final = 500
"""Pages that are pruned in one transaction."""

_OLD: Final = "FROM pages WHERE fetched_at < ? AND length(body) > 0"
_IN_PARTS: Final = "(SELECT coalesce(sum(length(page_parts.body)), 0) FROM page_parts WHERE page_id = pages.id)"
_PRUNE: Final = f"UPDATE pages SET body = x'', dictionary_id = NULL WHERE id IN (SELECT id {_OLD} ORDER BY id LIMIT ?)"
_PRUNE_PARTS: Final = """
DELETE FROM page_parts WHERE EXISTS (SELECT 1 FROM pages WHERE pages.id = page_parts.page_id AND length(pages.body) = 0)"""
_UNUSED: Final = """
DELETE FROM dictionaries WHERE NOT EXISTS (SELECT 1 FROM pages WHERE pages.dictionary_id = dictionaries.id)
AND version < (SELECT max(version) FROM dictionaries AS other WHERE other.host = dictionaries.host)"""


def back_up(path: Path, copy: Path) -> int:
    """Copies the archive as it is at one moment, beside a run that writes; the bytes of the copy.

    The copy takes its name when it is whole, and never another file's. Raises `ArchiveError`, `InputError`.
    """
    if copy.exists():
        raise InputError(f"{copy}: it exists; a backup overwrites nothing")
    if not copy.parent.is_dir():
        raise InputError(f"{copy}: there is no folder {copy.parent}")
    with archive_errors(path):
        db = read_only(path)
    with closing(db.conn), tempfile.TemporaryDirectory(dir=copy.parent, prefix=f".{copy.name}-") as folder:
        made = Path(folder) / copy.name
        with archive_errors(copy), closing(sqlite3.connect(made)) as target:
            db.conn.backup(target, pages=-1)  # in one step: a writer beside it neither waits nor restarts it
        with made.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(made, copy)
        except FileExistsError:
            raise InputError(f"{copy}: it exists by now; a backup overwrites nothing") from None
        except OSError:  # a file system without links
            made.rename(copy)
    return copy.stat().st_size


def vacuum(archive: Archive) -> tuple[int, int]:
    """Writes the file anew without what was deleted; its bytes before and after. The caller holds the run's lock.

    Raises `DamageError` for a damaged file, which it leaves: written anew it would look sound.
    """
    with archive_errors(archive.path):
        (message,) = archive.db.conn.execute("PRAGMA integrity_check(1)").fetchone()
        if message != "ok":
            raise DamageError(str(archive.path), f"it is damaged ({message}); `cuttings check` says all that is")
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
class Old:
    """Raw pages from before a time: how many, the bytes they take, and how many still wait to give a text."""

    pages: int
    bytes: int
    unread: int


def find_old(archive: Archive, before: datetime) -> Old:
    """What there is to prune."""
    with archive_errors(archive.path):
        row = archive.db.conn.execute(
            f"SELECT count(*), coalesce(sum(length(body) + {_IN_PARTS}), 0), coalesce(sum(used = 0), 0) {_OLD}",
            (iso(before),),
        )
        return Old(*row.fetchone())


def prune(archive: Archive, before: datetime) -> Iterator[int]:
    """Drops the bodies of pages that were fetched before a time, some at a time; how many each time.

    What is known of a page stays, its hash too (of further pages of one article, the first's); texts, revisions and the ledger are never touched. A reference page is
    dropped when no page needs it and its site has a newer one.
    """
    with archive_errors(archive.path):
        while True:
            with transaction(archive.db):
                done = archive.db.conn.execute(_PRUNE, (iso(before), CHUNK)).rowcount
                archive.db.conn.execute(_PRUNE_PARTS)
                if not done:
                    archive.db.conn.execute(_UNUSED)
                    return
            yield done
