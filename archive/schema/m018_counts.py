"""Articles counted by source and site as they are written, and indexes that answer `health` without reading all rows.

At a million articles `status` read every entry of two indexes with all that it shows, 200 MB, and so did the page of sources.
Now it adds up `article_counts`, and looks up the newest and earliest times in indexes that hold a third less.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, change_rows, each, statements

COUNTS: Final = """
CREATE TABLE article_counts (  -- articles by source and site, kept by triggers, so that nobody counts a million rows
  source TEXT NOT NULL,
  site TEXT NOT NULL,
  articles INTEGER NOT NULL,
  words INTEGER NOT NULL,                 -- of these articles, together
  with_author INTEGER NOT NULL,           -- articles
  with_date INTEGER NOT NULL,
  PRIMARY KEY (source, site)
) WITHOUT ROWID"""

ADD: Final = """
INSERT INTO article_counts (source, site, articles, words, with_author, with_date)
  {values}
  ON CONFLICT (source, site) DO UPDATE SET articles = articles + excluded.articles, words = words + excluded.words,
    with_author = with_author + excluded.with_author, with_date = with_date + excluded.with_date"""
ADD_NEW: Final = ADD.format(
    values="VALUES (new.source, new.site, 1, new.words, new.authors <> '[]', new.published IS NOT NULL)"
).strip()
SUBTRACT_OLD: Final = """
UPDATE article_counts SET articles = articles - 1, words = words - old.words,
    with_author = with_author - (old.authors <> '[]'), with_date = with_date - (old.published IS NOT NULL)
  WHERE source = old.source AND site = old.site""".strip()
COUNT_STORED: Final = ADD.format(
    values="""SELECT source, site, count(*), sum(words), sum(authors <> '[]'), sum(published IS NOT NULL)
  FROM articles WHERE id > :after AND id <= :upto GROUP BY source, site"""
)
LAST_ARTICLE: Final = "SELECT max(id) FROM articles"

TRIGGERS: Final = (
    f"""
CREATE TRIGGER articles_counted AFTER INSERT ON articles BEGIN
  {ADD_NEW};
END""",
    f"""
CREATE TRIGGER articles_counted_again AFTER UPDATE OF source, site, words, authors, published ON articles BEGIN
  {SUBTRACT_OLD};
  {ADD_NEW};
END""",
    f"""
CREATE TRIGGER articles_discounted AFTER DELETE ON articles BEGIN
  {SUBTRACT_OLD};
END""",
)

INDEXES: Final = (
    "DROP INDEX articles_in_health",
    "CREATE INDEX articles_in_health ON articles (source, first_seen)",
    "DROP INDEX links_in_health",
    "CREATE INDEX links_in_health ON links (source, state, kind, fetched_at)",
    "DROP INDEX links_in_trouble",
    "CREATE INDEX links_in_trouble ON links (source, state, error, last_seen) WHERE state IN ('failed', 'gone')",
    "DROP INDEX links_by_due",
    """
CREATE INDEX links_by_due  -- `next_try` is the time from which a link is asked for: new, failed, or to be looked at again
ON links (source, next_try, state) WHERE next_try IS NOT NULL AND kind = 'page'""",
)
"""Each is searched by its first columns, and the last one is read without the row."""

HEALTH: Final = """
CREATE VIEW health AS  -- one row a source: is it alive, and is what comes from it whole?
WITH RECURSIVE sources (source) AS (  -- one look-up a source, not a scan of all links
  SELECT min(source) FROM links
  UNION ALL SELECT (SELECT min(source) FROM links WHERE links.source > sources.source) FROM sources
  WHERE sources.source IS NOT NULL
), answers (source, at) AS (
  SELECT sources.source, (
    SELECT max(fetched_at) FROM links
    WHERE links.source = sources.source AND links.state = states.state AND links.kind = kinds.kind
  ) FROM sources, (SELECT 'done' AS state UNION ALL VALUES ('failed'), ('gone'), ('new')) AS states,
    (SELECT 'page' AS kind UNION ALL VALUES ('source')) AS kinds
)
SELECT sources.source, coalesce(texts.articles, 0) AS articles,
       (SELECT max(first_seen) FROM articles WHERE articles.source = sources.source) AS newest,
       texts.words AS mean_words, texts.with_author AS percent_with_author, texts.with_date AS percent_with_date,
       (SELECT count(*) FROM links WHERE links.source = sources.source AND state = 'new') AS waiting,
       (SELECT count(*) FROM links WHERE links.source = sources.source AND state = 'failed') AS failed,
       (SELECT count(*) FROM links WHERE links.source = sources.source AND state = 'gone') AS gone,
       answered.at AS last_success,
       nullif(max(coalesce(answered.at, ''), coalesce((
         SELECT max(last_seen) FROM links WHERE links.source = sources.source AND state IN ('failed', 'gone')
       ), '')), '') AS last_tried,
       (SELECT min(next_try) FROM links WHERE links.source = sources.source AND kind = 'page' AND next_try IS NOT NULL)
         AS next_try
FROM sources
LEFT JOIN (SELECT source, max(at) AS at FROM answers GROUP BY source) AS answered ON answered.source = sources.source
LEFT JOIN (
  SELECT source, sum(articles) AS articles, round(sum(words) * 1.0 / sum(articles)) AS words,
         round(sum(with_author) * 100.0 / sum(articles)) AS with_author,
         round(sum(with_date) * 100.0 / sum(articles)) AS with_date
  FROM article_counts GROUP BY source HAVING sum(articles) > 0
) AS texts ON texts.source = sources.source
WHERE sources.source IS NOT NULL
ORDER BY sources.source"""


def m018_counts(db: Database) -> Steps:
    """The table, filled part by part; then its triggers, four indexes made anew, and the view."""
    return (
        statements(COUNTS),
        change_rows(COUNT_STORED, last=LAST_ARTICLE),
        statements(*TRIGGERS),
        *each(*INDEXES, "DROP VIEW health", HEALTH),
    )
