"""The view `changes` says who made a revision: the publisher, newer rules, or a reader who restored a block."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

CHANGES: Final = """
CREATE VIEW changes AS  -- texts that changed after they were first seen; `made_by` tells an edit of the publisher from ours
SELECT revisions.seen_at, articles.site, revisions.title, revisions.number AS revision, revisions.added,
       revisions.removed, articles.id AS article_id, articles.url,
       CASE revisions.origin WHEN 'scrape' THEN 'publisher' WHEN 'restore' THEN 'reader' WHEN 'reextract' THEN 'rules'
         ELSE revisions.origin END AS made_by
FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.number > 1 ORDER BY revisions.seen_at DESC, revisions.id DESC"""


def m024_changes(db: Database) -> None:
    """A view alone."""
    db.conn.execute("DROP VIEW changes")
    db.conn.execute(CHANGES.strip())
