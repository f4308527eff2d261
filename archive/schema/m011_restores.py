"""What a block that was put back was: a heading, an item, a quote, with its links. A migration of its own."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

SHAPE: Final = "ALTER TABLE restores ADD COLUMN shape TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(shape)) /* kind, level and Markdown, as in `revisions.blocks`; {}: a paragraph */"


def m011_shapes(db: Database) -> None:
    """Blocks that were put back before stay paragraphs."""
    db.conn.execute(SHAPE)
