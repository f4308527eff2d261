"""What a reader adds to an archive: stars, tags and notes of articles, and saved searches.

Extraction never touches these tables, so that they outlive every revision. Each change is one small transaction, also while a
run writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from archive.store.archive import Archive
from archive.store.columns import iso, plain
from archive.store.connection import archive_errors, transaction
from scraper.errors import InputError

MAX_TAG_CHARS: Final = 60
MAX_TAGS: Final = 40
"""Tags of one article."""
MAX_NOTE_CHARS: Final = 20_000
MAX_NAME_CHARS: Final = 100
"""Length of the name of a saved search."""
MAX_SEARCHES: Final = 200

_STAR: Final = "INSERT INTO stars (article_id, at) VALUES (:article, :at) ON CONFLICT DO NOTHING"
_UNSTAR: Final = "DELETE FROM stars WHERE article_id = :article"
_NOTE: Final = """
INSERT INTO reader_notes (article_id, text, at) VALUES (:article, :text, :at)
ON CONFLICT (article_id) DO UPDATE SET text = excluded.text, at = excluded.at"""
_DROP_NOTE: Final = "DELETE FROM reader_notes WHERE article_id = :article"
_TAG: Final = "INSERT INTO reader_tags (tag, article_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_DROP_TAGS: Final = """
DELETE FROM reader_tags WHERE article_id = ? AND tag NOT IN (SELECT value FROM json_each(?))"""
_SEARCH: Final = """
INSERT INTO searches (name, parameters, at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET parameters = excluded.parameters, at = excluded.at RETURNING id"""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search. `parameters` are those of the search page's address."""

    id: int
    name: str
    parameters: Mapping[str, str]


def set_star(archive: Archive, article_id: int, *, on: bool, at: datetime) -> None:
    """Star an article, or take its star away."""
    _change(archive, article_id, _STAR if on else _UNSTAR, {"article": article_id, "at": iso(at)})


def set_note(archive: Archive, article_id: int, text: str, *, at: datetime) -> None:
    """Set the note of an article; an empty text deletes it. Raises `InputError` for a text that is too long."""
    text = plain(text).strip()
    if len(text) > MAX_NOTE_CHARS:
        raise InputError(f"the note has {len(text):,} characters; shorten it to {MAX_NOTE_CHARS:,}")
    _change(archive, article_id, _NOTE if text else _DROP_NOTE, {"article": article_id, "text": text, "at": iso(at)})


def set_tags(archive: Archive, article_id: int, text: str, *, at: datetime) -> None:
    """Set the tags of an article, which are separated by commas. Raises `InputError` for too many, or too long ones."""
    tags = parse_tags(text)
    _check_article(archive, article_id)
    with archive_errors(archive.path), transaction(archive.db):
        archive.db.conn.execute(_DROP_TAGS, (article_id, json.dumps(tags)))
        archive.db.conn.executemany(_TAG, [(tag, article_id, iso(at)) for tag in tags])


def parse_tags(text: str) -> list[str]:
    """The tags in a text, each once.

    >>> parse_tags(" harbour, budget  2027,,harbour")
    ['harbour', 'budget 2027']
    """
    tags = list(dict.fromkeys(" ".join(tag.split()) for tag in plain(text).split(",") if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise InputError(f"there are {len(tags)} tags; give an article at most {MAX_TAGS}")
    if long := next((tag for tag in tags if len(tag) > MAX_TAG_CHARS), ""):
        raise InputError(f"the tag {long[:30]}… has {len(long)} characters; shorten it to {MAX_TAG_CHARS}")
    return tags


def save_search(archive: Archive, name: str, parameters: Mapping[str, str], *, at: datetime) -> int:
    """Save a search under a name, in place of one of this name; its id. Raises `InputError`."""
    name = " ".join(plain(name).split())
    if not name or len(name) > MAX_NAME_CHARS:
        raise InputError(f"the name has {len(name)} characters; give one of 1 to {MAX_NAME_CHARS}")
    if not parameters:
        raise InputError("the search has no condition; search for a word, or choose a site or dates first")
    with archive_errors(archive.path), transaction(archive.db):
        count = archive.db.conn.execute("SELECT count(*) FROM searches WHERE name <> ?", (name,)).fetchone()[0]
        if count >= MAX_SEARCHES:
            raise InputError(f"{MAX_SEARCHES} searches are saved; delete one first")
        row = (name, json.dumps(dict(parameters)), iso(at))
        return int(archive.db.conn.execute(_SEARCH, row).fetchone()[0])


def delete_search(archive: Archive, number: int) -> None:
    """Delete a saved search. One that is gone already stays so."""
    with archive_errors(archive.path), transaction(archive.db):
        archive.db.conn.execute("DELETE FROM searches WHERE id = ?", (number,))


def read_searches(db: Database) -> tuple[SavedSearch, ...]:
    """The saved searches by name."""
    rows = db.conn.execute("SELECT id, name, parameters FROM searches ORDER BY name LIMIT ?", (MAX_SEARCHES,))
    return tuple(SavedSearch(number, name, json.loads(text)) for number, name, text in rows)


def read_search(db: Database, number: int) -> SavedSearch:
    """A saved search. Raises `InputError` if there is none of this number."""
    row = db.conn.execute("SELECT id, name, parameters FROM searches WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise InputError(f"there is no saved search {number}")
    return SavedSearch(row[0], row[1], json.loads(row[2]))


def _change(archive: Archive, article_id: int, sql: str, values: Mapping[str, object]) -> None:
    _check_article(archive, article_id)
    with archive_errors(archive.path), transaction(archive.db):
        archive.db.conn.execute(sql, values)


def _check_article(archive: Archive, article_id: int) -> None:
    """Raises `InputError` for a number that no article has."""
    with archive_errors(archive.path):
        if archive.db.conn.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone() is None:
            raise InputError(f"there is no article {article_id}")
