"""Cursors of named exports: which texts an export of a name has not written yet.

A text is a row of `revisions`, whose ids grow, and a cursor is the id of the newest text that was there when an export
began. It moves when the output is complete: after a kill the next export of that name writes everything again. A text that
arrives during an export is written by the next one, at the latest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.store.archive import Archive
from archive.store.columns import iso, plain
from archive.store.connection import archive_errors, transaction
from scraper.errors import InputError

_NEWEST: Final = "SELECT coalesce(max(id), 0) FROM revisions"
_READ: Final = "SELECT revision_id, selection, at FROM exports WHERE name = ?"
_CURRENT: Final = """
SELECT articles.id FROM revisions CROSS JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number
WHERE revisions.id > ? AND revisions.id <= ? ORDER BY articles.id"""
_MOVE: Final = """
INSERT INTO exports (name, revision_id, selection, at) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET revision_id = max(revision_id, excluded.revision_id), at = excluded.at"""


@dataclass(frozen=True, slots=True)
class ExportCursor:
    """The texts of one export: those after revision `after`, up to revision `upto`.

    `since` is when the export before was complete; empty if there was none. `selection` holds the site and the query.
    """

    name: str
    selection: str
    after: int
    upto: int
    since: str = ""


def read_cursor(archive: Archive, name: str, selection: Mapping[str, Any]) -> ExportCursor:
    """The cursor of a name. Raises `InputError` for an empty name, and if earlier exports had another site or query."""
    wanted = json.dumps({key: value or "" for key, value in sorted(selection.items())}, ensure_ascii=False)
    if not (name := plain(name).strip()):
        raise InputError("--new: the name is empty; name the export, such as --new daily")
    with archive_errors(archive.path):
        row = archive.db.conn.execute(_READ, (name,)).fetchone()
        (upto,) = archive.db.conn.execute(_NEWEST).fetchone()
    if row is None:
        return ExportCursor(name, plain(wanted), 0, upto)
    after, before, since = row
    if json.loads(before) != json.loads(wanted):
        raise InputError(f"--new {name}: earlier exports of this name had {before}; use the same, or another name")
    return ExportCursor(name, before, after, upto, since)


def changed_articles(archive: Archive, cursor: ExportCursor) -> list[int]:
    """The ids of the articles whose newest text the cursor has not passed, in order."""
    with archive_errors(archive.path):
        return [number for (number,) in archive.db.conn.execute(_CURRENT, (cursor.after, cursor.upto))]


def move_cursor(archive: Archive, cursor: ExportCursor, *, at: datetime) -> None:
    """Records that the texts of the cursor were written. A cursor never moves back."""
    with archive_errors(archive.path), transaction(archive.db):
        archive.db.conn.execute(_MOVE, (cursor.name, cursor.upto, cursor.selection, iso(at)))
