"""Indexes that the archive's own pages in Datasette read by, so that none of them walks a table."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

INDEXES: Final = (
    # one source's newest articles, for its health
    "CREATE INDEX articles_by_source ON articles (source)",
    # one site's newest articles
    "CREATE INDEX articles_by_site_and_date ON articles (site, coalesce(published, first_seen))",
    # edits, the last one first: one article in some fifty has any
    "CREATE INDEX revisions_edited ON revisions (seen_at) WHERE number > 1",
    # what fails now, by source and kind
    "CREATE INDEX links_in_trouble ON links (source, error) WHERE state IN ('failed', 'gone')",
)


def m005_pages(db: Database) -> None:
    """Indexes for the pages of our Datasette plugin."""
    for statement in INDEXES:
        db.conn.execute(statement)
