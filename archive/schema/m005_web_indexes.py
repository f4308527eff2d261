"""Indexes for our pages in Datasette, so that no page reads a whole table."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, each

INDEXES: Final = (
    # one source's newest articles, for its health
    "CREATE INDEX articles_by_source ON articles (source)",
    # one site's newest articles
    "CREATE INDEX articles_by_site_and_date ON articles (site, coalesce(published, first_seen))",
    # edits, newest first: about one article in fifty has any
    "CREATE INDEX revisions_edited ON revisions (seen_at) WHERE number > 1",
    # what fails now, by source and kind
    "CREATE INDEX links_in_trouble ON links (source, error) WHERE state IN ('failed', 'gone')",
)


def m005_pages(db: Database) -> Steps:
    """Four indexes."""
    return each(*INDEXES)
