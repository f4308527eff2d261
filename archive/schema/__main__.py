"""Today's schema as SQL: `python -m archive.schema > archive/schema/current.sql`, after each new migration."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.migrations import MIGRATIONS

HEADER: Final = "-- The schema of a new archive. Made by `python -m archive.schema` from the migrations: do not edit.\n"

ENTRIES: Final = """
SELECT entry.sql FROM sqlite_schema AS entry JOIN pragma_table_list AS owner ON owner.name = entry.tbl_name
WHERE entry.sql IS NOT NULL AND owner.type <> 'shadow' AND owner.name NOT LIKE '\\_sqlite%' ESCAPE '\\'
ORDER BY owner.type = 'view', owner.type = 'virtual', owner.name, entry.type <> owner.type, entry.type DESC, entry.name"""
"""Tables, full-text indexes and views by name, each with its indexes and triggers."""


def current_schema() -> str:
    """All statements of a new archive's schema, without tables of SQLite's and of the migrations' own."""
    db = Database(memory=True)
    MIGRATIONS.apply(db)
    statements = [sql for (sql,) in db.conn.execute(ENTRIES)]
    db.close()
    return HEADER + "".join(f"\n{sql};\n" for sql in statements)


if __name__ == "__main__":
    print(current_schema(), end="")
