"""The shape of a restored block: heading, list item or quote, with its links."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

SHAPE: Final = "ALTER TABLE restores ADD COLUMN shape TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(shape)) /* kind, level and Markdown, as in `revisions.blocks`; {}: a paragraph */"


def m011_shapes(db: Database) -> None:
    """One column. Blocks that were restored before stay paragraphs."""
    db.conn.execute(SHAPE)
