"""Two facts about a page as columns: whether its body was cut short, and whether its body came from the feed.

Earlier versions stored both facts as invented headers among those that the server sent.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, change_rows, each

COLUMNS: Final = (
    "cut_short INTEGER NOT NULL DEFAULT 0 CHECK (cut_short IN (0, 1)) /* 1: only the connection's end ended the body */",
    "from_feed INTEGER NOT NULL DEFAULT 0 CHECK (from_feed IN (0, 1)) /* 1: the body is the feed's text, not the page's */",
)

CUT_SHORT: Final = '["x-cuttings-cut","the connection\'s end was the only end of the body, and its markup has none"]'
FROM_FEED: Final = '["x-cuttings-body","feed"]'
"""The invented headers, exactly as earlier versions wrote them. A server that sends the same name sends another value."""

FACTS: Final = """
UPDATE {table} SET
  from_feed = EXISTS (SELECT 1 FROM json_each({table}.headers) WHERE json(value) = :from_feed),
  cut_short = EXISTS (SELECT 1 FROM json_each({table}.headers) WHERE json(value) = :cut_short)
    AND NOT EXISTS (SELECT 1 FROM json_each({table}.headers) WHERE json(value) = :from_feed),
  headers = (
    SELECT json_group_array(json(value))
    FROM (SELECT value FROM json_each({table}.headers) ORDER BY key)
    WHERE json(value) NOT IN (:cut_short, :from_feed))
WHERE {number} > :after AND {number} <= :upto AND headers LIKE '%"x-cuttings-%'"""
"""A feed's text is whole even if the page that it replaces was cut short."""


TABLES: Final = {"pages": "id", "page_parts": "page_id"}
"""Table: the column that numbers its pages."""


def m013_page_facts(db: Database) -> Steps:
    """Facts leave the headers. Headers that a server sent stay as they are."""
    added = (f"ALTER TABLE {table} ADD COLUMN {column}" for table in TABLES for column in COLUMNS)
    values = {"cut_short": CUT_SHORT, "from_feed": FROM_FEED}
    moved = (
        change_rows(FACTS.format(table=table, number=number), last=f"SELECT max({number}) FROM {table}", values=values)
        for table, number in TABLES.items()
    )
    return (*each(*added), *moved)
