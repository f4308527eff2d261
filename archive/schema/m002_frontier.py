"""Links that wait, times at which pages are fetched again, and paused hosts."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, change_rows, each

LINKS: Final = (
    "ALTER TABLE links ADD COLUMN title TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE links ADD COLUMN published TEXT",
    "ALTER TABLE links ADD COLUMN had_at TEXT",
    "ALTER TABLE links ADD COLUMN signals TEXT NOT NULL DEFAULT '[]' CHECK (json_type(signals) = 'array')",
    """
CREATE INDEX links_by_due  -- `next_try` is the time from which a link is asked for: new, failed, or to be looked at again
ON links (source, next_try) WHERE next_try IS NOT NULL AND kind = 'page'""",
)
"""`title` and `published`: as the source gave them. `had_at`: the time of the first fetch; times of refetches count from
there. `signals`: what the publisher asks of archives (noarchive, tdm-reservation ...), as a JSON array."""

LAST_LINK: Final = "SELECT max(id) FROM links"

TIMES: Final = """
UPDATE links SET had_at = first_seen, next_try = CASE
  WHEN julianday(fetched_at) < julianday(first_seen) + 7 THEN strftime('%Y-%m-%dT%H:%M:%SZ', first_seen, '+7 days') END
WHERE kind = 'page' AND state = 'done' AND id > :after AND id <= :upto"""
"""m001 kept no times for fetched pages: each page is fetched once more, a week after it was first seen."""

FEEDS: Final = """
UPDATE links SET kind = 'source'
WHERE kind = 'page' AND article_id IS NULL AND error = 'parse' AND id > :after AND id <= :upto"""
"""m001 recorded a failed feed as a page."""

HOSTS: Final = """
CREATE TABLE hosts (  -- that asked to be left alone, or kept failing; a row is of no use after `until`
  host TEXT PRIMARY KEY,                  -- scheme, name and port
  until TEXT NOT NULL,
  reason TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id)
) WITHOUT ROWID"""

HEALTH: Final = """
CREATE VIEW health AS  -- one row a source: is it alive, and is what comes from it whole?
SELECT sources.source, coalesce(texts.articles, 0) AS articles, texts.newest, texts.words AS mean_words,
       texts.with_author AS percent_with_author, texts.with_date AS percent_with_date,
       sources.waiting, sources.failed, sources.gone, sources.last_success, sources.last_tried, sources.next_try
FROM (
  SELECT source, sum(state = 'new') AS waiting, sum(state = 'failed') AS failed, sum(state = 'gone') AS gone,
         max(fetched_at) AS last_success, max(CASE WHEN state <> 'new' THEN last_seen END) AS last_tried,
         min(CASE WHEN kind = 'page' THEN next_try END) AS next_try
  FROM links GROUP BY source
) AS sources LEFT JOIN (
  SELECT source, count(*) AS articles, max(first_seen) AS newest, round(avg(words)) AS words,
         round(avg(authors <> '[]') * 100) AS with_author, round(avg(published IS NOT NULL) * 100) AS with_date
  FROM articles GROUP BY source
) AS texts ON texts.source = sources.source
ORDER BY sources.source"""


def m002_frontier(db: Database) -> Steps:
    """New columns of `links`, the table of paused hosts, and the view `health` with waiting links."""
    return (
        *each(*LINKS),
        change_rows(TIMES, last=LAST_LINK),
        change_rows(FEEDS, last=LAST_LINK),
        *each(HOSTS, "DROP VIEW health", HEALTH),
    )
