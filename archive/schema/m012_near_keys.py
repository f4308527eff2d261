"""Schema of archives that were made while keys of near texts stood in one tree, brought to what new ones have."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema import m011_restores as schema_restores
from archive.schema.m003_near_and_dictionaries import SHINGLES
from archive.store.near_duplicates import STRETCH_BITS

migrations: Final = schema_restores.migrations
"""Those of before and this one: the next module takes it from here, so that they stand in order."""

STRETCHES: Final = (
    "ALTER TABLE shingles RENAME TO shingles_before",
    SHINGLES,
    f"""
INSERT INTO shingles (stretch, key, revision_id)
SELECT revision_id >> {STRETCH_BITS}, key, revision_id FROM shingles_before ORDER BY 1, 2, 3""",
    "DROP TABLE shingles_before",
)


@migrations()
def m012_stretches(db: Database) -> None:
    """Keys in stretches, and no index that another one holds; an archive that was made later has both already."""
    if "stretch" not in db["shingles"].columns_dict:
        for statement in STRETCHES:
            db.conn.execute(statement.strip())
    for index in ("articles_by_site", "articles_by_source"):
        db.conn.execute(f"DROP INDEX IF EXISTS {index}")
