"""Links know since when they fail, and the removed blocks of the newest texts are a view of their own."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

FAILING_SINCE: Final = "ALTER TABLE links ADD COLUMN failing_since TEXT /* of state failed or gone: the first failure after the last success */"
KNOWN_FAILURES: Final = "UPDATE links SET failing_since = last_seen WHERE state IN ('failed', 'gone')"
"""Earlier versions did not record it: the last try is what is known."""

CURRENT_REMOVALS: Final = """
CREATE VIEW current_removals AS  -- blocks that are out of the newest texts: each once, however many revisions it was removed from
SELECT removals.*, articles.id AS article_id
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN removals ON removals.revision_id = revisions.id"""


def m022_failing_links(db: Database) -> None:
    """One column, filled for failing links, which are few; and a view."""
    for statement in (FAILING_SINCE, KNOWN_FAILURES, CURRENT_REMOVALS):
        db.conn.execute(statement.strip())
