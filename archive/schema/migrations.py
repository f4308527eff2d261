"""All migrations in order, and the names under which archives record them.

A change of the schema is a new file with one function, a new line in `IN_ORDER`, and a new `current.sql`
(`python -m archive.schema`). Migrations run in this order, those that an archive lacks between others too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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

__all__ = ["APPLICATION_ID", "IN_ORDER", "MIGRATIONS"]

IN_ORDER: Final[tuple[Callable[[Database], None], ...]] = (
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
)
"""Archives record the names of these functions: a function that has landed keeps its name."""

RENAMED: Final = {"m006_batches": "m006_keys_and_batches"}
"""Names that some versions recorded, and today's names: m006 had another name from commit b4f3c04 to 28aa45c."""


class ArchiveMigrations(Migrations):
    """Migrations that recognise recorded names of earlier versions."""

    def applied(self, db: Database) -> list[Migrations._AppliedMigration]:
        """Migrations that the archive has, by today's names."""
        return [replace(row, name=RENAMED.get(row.name, row.name)) for row in super().applied(db)]


MIGRATIONS: Final = ArchiveMigrations("cuttings")
for _migration in IN_ORDER:
    MIGRATIONS()(_migration)
