"""Keys of texts in stretches of revisions, and no index that another index contains.

Keys are as good as random: in one tree of a million articles each new key falls into a page of its own.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

SHINGLES: Final = """
CREATE TABLE shingles (  -- eight runs of words of each text, hashed: texts that share some are compared
  stretch INTEGER NOT NULL,               -- of revision_id, by 65,536s: new keys fall into few pages of the file
  key INTEGER NOT NULL,
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  PRIMARY KEY (stretch, key, revision_id)
) WITHOUT ROWID"""

STRETCHES: Final = (
    "ALTER TABLE shingles RENAME TO shingles_before",
    SHINGLES,
    """
INSERT INTO shingles (stretch, key, revision_id)
SELECT revision_id >> 16, key, revision_id FROM shingles_before ORDER BY 1, 2, 3""",
    "DROP TABLE shingles_before",
)

EMPTY: Final = ("DROP TABLE shingles", SHINGLES)
"""For archives without texts that commits b4f3c04 to 28aa45c brought up to date: the table is still that of m003."""


def m012_stretches(db: Database) -> None:
    """An archive that commit 28aa45c made has its keys in stretches already."""
    columns = db["shingles"].columns_dict
    if "stretch" not in columns:
        for statement in STRETCHES if "key" in columns else EMPTY:
            db.conn.execute(statement.strip())
    for index in ("articles_by_site", "articles_by_source"):
        db.conn.execute(f"DROP INDEX IF EXISTS {index}")
