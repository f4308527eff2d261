"""All migrations in order, and the names under which archives record them.

A change of the schema is a new file with one function, a new line in `IN_ORDER`, and a new `current.sql`
(`python -m archive.schema`). Migrations run in this order, those that an archive lacks between others too.

A migration that reads or writes every row of a large table returns `Steps` instead of doing its work. `advance` does one part
of one step. After a kill it goes on where the archive says that it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from inspect import unwrap
from typing import Final

from sqlite_utils import Database, Migrations

from archive.schema.m001_tables import APPLICATION_ID, m001_first
from archive.schema.m001b_column_order import m001b_column_order
from archive.schema.m002_frontier import m002_frontier
from archive.schema.m003_near_and_dictionaries import m003_dictionaries_near_search
from archive.schema.m004_ledger import m004_ledger
from archive.schema.m005_web_indexes import m005_pages
from archive.schema.m006_keys_and_batches import m006_keys_and_batches
from archive.schema.m007_article_health import m007_health
from archive.schema.m008_link_health import m008_links_in_health
from archive.schema.m009_page_parts import m009_page_parts
from archive.schema.m010_views import m010_boilerplate
from archive.schema.m011_restores import m011_shapes
from archive.schema.m012_near_keys import m012_stretches
from archive.schema.m013_page_facts import m013_page_facts
from archive.schema.m014_chrome import m014_chrome
from archive.schema.m015_words import m015_words
from archive.schema.m016_captures import m016_captures
from archive.schema.m017_unspaced_joiners import m017_unspaced_joiners
from archive.schema.m018_counts import m018_counts
from archive.schema.m019_saved import m019_saved
from archive.schema.m020_exports import m020_exports
from archive.schema.m021_reader import m021_reader
from archive.schema.m022_failing_links import m022_failing_links
from archive.schema.m023_fewer_merges import m023_fewer_merges
from archive.schema.m024_changes import m024_changes
from archive.schema.stage import Stage, StageWatch
from archive.schema.steps import Steps, do_all

__all__ = ["APPLICATION_ID", "IN_ORDER", "MIGRATIONS"]

Migration = Callable[[Database], Steps | None]
"""Does its work, or returns the steps of which the work consists."""

IN_ORDER: Final[tuple[Migration, ...]] = (
    m001_first,
    m001b_column_order,
    m002_frontier,
    m003_dictionaries_near_search,
    m004_ledger,
    m005_pages,
    m006_keys_and_batches,
    m007_health,
    m008_links_in_health,
    m009_page_parts,
    m010_boilerplate,
    m011_shapes,
    m012_stretches,
    m013_page_facts,
    m014_chrome,
    m015_words,
    m016_captures,
    m017_unspaced_joiners,
    m018_counts,
    m019_saved,
    m020_exports,
    m021_reader,
    m022_failing_links,
    m023_fewer_merges,
    m024_changes,
)
"""Archives record the names of these functions: a function that has landed keeps its name."""

RENAMED: Final = {"m006_batches": "m006_keys_and_batches"}
"""Names that some versions recorded, and today's names: m006 had another name from commit b4f3c04 to 28aa45c."""


UNDER_WAY: Final = "under-way"
"""Name of the record of where the work is, which stands among the migrations until the work is done.

Earlier versions refuse an archive with a name that they do not know, and so never write to a half migrated archive.
"""

_FORGET: Final = "DELETE FROM _sqlite_migrations WHERE migration_set = ? AND name = ?"
_NOTE: Final = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)"
_NOTED: Final = "SELECT applied_at FROM _sqlite_migrations WHERE migration_set = ? AND name = ?"


class ArchiveMigrations(Migrations):
    """Migrations that recognise recorded names of earlier versions, and that can be made part by part."""

    def applied(self, db: Database) -> list[Migrations._AppliedMigration]:
        """Migrations that the archive has, by today's names."""
        return [
            replace(row, name=RENAMED.get(row.name, row.name)) for row in super().applied(db) if row.name != UNDER_WAY
        ]

    def advance(self, db: Database, watch: StageWatch) -> bool:
        """Do the next part of the pending migrations in the caller's transaction. Whether work is left.

        `watch` is called before the work.
        """
        self.ensure_migrations_table(db)
        pending = self.pending(db)
        if not pending:  # another process did the last part
            return False
        name = pending[0].name
        step, after = self._position(db, name)
        what = f"step {len(self._migrations) - len(pending) + 1} of {len(self._migrations)}"
        watch(Stage(what))
        steps = unwrap(pending[0].fn)(db) or ()
        if step < len(steps):
            watch(Stage(what, after, steps[step].total(db)))
            reached = steps[step].work(db, after)
            step, after = (step + 1, 0) if reached is None else (step, reached)
        if step >= len(steps):
            self._record_applied(db, name)
        left = step < len(steps) or len(pending) > 1
        self._note(db, f"{name} {step} {after}" if left else "")
        return left

    def _position(self, db: Database, name: str) -> tuple[int, int]:
        """The step of this migration that comes next, and the number after which it goes on."""
        noted = db.conn.execute(_NOTED, (self.name, UNDER_WAY)).fetchone()
        last, *position = noted[0].split() if noted else ("",)
        return (int(position[0]), int(position[1])) if last == name else (0, 0)

    def _note(self, db: Database, position: str) -> None:
        """Record where the work is; empty for done."""
        db.conn.execute(_FORGET, (self.name, UNDER_WAY))
        if position:
            db.conn.execute(_NOTE, (self.name, UNDER_WAY, position))


def at_once(migration: Migration) -> Callable[[Database], None]:
    """The migration with all of its steps in one call: for `Migrations.apply`."""

    @wraps(migration)
    def whole(db: Database) -> None:
        do_all(db, migration(db) or ())

    return whole


MIGRATIONS: Final = ArchiveMigrations("cuttings")
for _migration in IN_ORDER:
    MIGRATIONS()(at_once(_migration))
