"""Keys of texts in stretches of revisions, and no index that another index contains.

Keys are as good as random: in one tree of a million articles each new key falls into a page of its own.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Step, Steps

SHINGLES: Final = """
CREATE TABLE shingles (  -- eight runs of words of each text, hashed: texts that share some are compared
  stretch INTEGER NOT NULL,               -- of revision_id, by 65,536s: new keys fall into few pages of the file
  key INTEGER NOT NULL,
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  PRIMARY KEY (stretch, key, revision_id)
) WITHOUT ROWID"""

MOVE: Final = """
INSERT INTO shingles (stretch, key, revision_id)
SELECT ?, key, revision_id FROM shingles_before WHERE revision_id >> 16 = ? ORDER BY key, revision_id"""
"""The keys of one stretch: the table before has them in this order already."""

LAST_STRETCH: Final = "SELECT max(id) >> 16 FROM revisions"


def begin(db: Database, after: int) -> None:
    """Make the new table. An archive that commit 28aa45c made has it already.

    Archives without texts that commits b4f3c04 to 28aa45c brought up to date have the table of m003, without keys.
    """
    columns = db["shingles"].columns_dict
    if "stretch" not in columns:
        db.conn.execute("ALTER TABLE shingles RENAME TO shingles_before" if "key" in columns else "DROP TABLE shingles")
        db.conn.execute(SHINGLES.strip())


def move_keys(db: Database, stretch: int) -> int | None:
    """Move the keys of a stretch: a part of a `Step`."""
    if not db["shingles_before"].exists():
        return None
    db.conn.execute(MOVE, (stretch, stretch))
    return stretch + 1 if stretch < int(db.conn.execute(LAST_STRETCH).fetchone()[0] or 0) else None


def end(db: Database, after: int) -> None:
    """Drop what is not needed any more."""
    db.conn.execute("DROP TABLE IF EXISTS shingles_before")
    for index in ("articles_by_site", "articles_by_source"):
        db.conn.execute(f"DROP INDEX IF EXISTS {index}")


def m012_stretches(db: Database) -> Steps:
    """The keys in a new table, stretch by stretch, and two indexes less."""
    return (Step(begin), Step(move_keys, LAST_STRETCH), Step(end))
