"""Origins of revisions, restores, re-extractions, source metrics and alarms."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from archive.schema.steps import Steps, each

ORIGINS: Final = ("scrape", "reextract", "restore")
"""Causes of a revision: a fetched page, a stored page that was extracted again, or a reader who restored a block."""

ALARM_KINDS: Final = ("emptied", "shortened", "eaten", "silent", "shut")
"""Kinds of alarms."""

_KINDS: Final = "'newsletter', 'promo', 'related', 'ad', 'affiliate', 'social', 'byline', 'stamp', 'credit', 'caption', 'author-box', 'comment', 'paywall', 'consent', 'legal', 'tags', 'navigation', 'repeat', 'other'"
_ORIGINS: Final = ", ".join(f"'{origin}'" for origin in ORIGINS)
_ALARMS: Final = ", ".join(f"'{kind}'" for kind in ALARM_KINDS)

COLUMNS: Final = (
    f"ALTER TABLE revisions ADD COLUMN origin TEXT NOT NULL DEFAULT 'scrape' CHECK (origin IN ({_ORIGINS})) /* what made it */",
    "ALTER TABLE revisions ADD COLUMN extractor TEXT NOT NULL DEFAULT '' /* version of Cuttings and hash of its extraction */",
)

TABLES: Final = (
    f"""
CREATE TABLE restores (  -- removed blocks that a reader put back; later extractions of the article put them back too
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  fingerprint TEXT NOT NULL,              -- of the block's text without regard to white space
  rule TEXT NOT NULL,                     -- that took it out: this is a vote against it
  stage TEXT NOT NULL CHECK (stage IN ('element', 'text', 'page')),
  kind TEXT NOT NULL CHECK (kind IN ({_KINDS})),
  position INTEGER NOT NULL,              -- where it stood then, among the page's blocks
  text TEXT NOT NULL,
  at TEXT NOT NULL,
  undone_at TEXT                          -- empty: in force
)""",
    "CREATE INDEX restores_by_article ON restores (article_id)",
    """
CREATE TABLE reextractions (  -- by which rules a stored page was last extracted again, so that a cut run can go on
  page_id INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  rules_hash TEXT NOT NULL,
  extractor TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at TEXT NOT NULL
)""",
    """
CREATE TABLE samples (  -- one row a page of a run that is not over yet; at its end they become a row of `vitals`
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  outcome TEXT NOT NULL,
  stored INTEGER,                         -- characters of the text that was there before; empty: none was
  chars INTEGER NOT NULL,                 -- of the text that was found
  removed INTEGER NOT NULL,               -- characters that were taken out of it
  has_author INTEGER NOT NULL,
  has_date INTEGER NOT NULL,
  rule TEXT NOT NULL,                     -- that took most
  taken INTEGER NOT NULL                  -- characters that it took
)""",
    "CREATE INDEX samples_by_run ON samples (run_id, source)",
    """
CREATE TABLE vitals (  -- one row a run and source from which pages came: how whole they were
  run_id INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  pages INTEGER NOT NULL,                 -- that were fetched and extracted
  revisits INTEGER NOT NULL,              -- of these, pages of which a text was there before
  emptied INTEGER NOT NULL,               -- of the revisits: no text was found
  shortened INTEGER NOT NULL,             -- of the revisits: a text of less than 60 % of the one before
  textless INTEGER NOT NULL,              -- of the others: no article was found
  median_chars INTEGER,                   -- of the texts that were found
  with_author REAL,                       -- share of them, 0 to 1
  with_date REAL,
  removed REAL,                           -- characters removed, as a share of those found and removed
  eaters TEXT NOT NULL CHECK (json_valid(eaters)),  -- rule: pages of which it took more than a third
  PRIMARY KEY (run_id, source)
) WITHOUT ROWID""",
    "CREATE INDEX vitals_by_source ON vitals (source, run_id)",
    f"""
CREATE TABLE alarms (  -- what went wrong with a source, until it is well again
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ({_ALARMS})),
  run_id INTEGER NOT NULL REFERENCES runs (id),  -- that saw it last
  raised_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,                  -- last
  detail TEXT NOT NULL,
  closed_at TEXT,                         -- empty: open
  closed_by TEXT NOT NULL DEFAULT ''      -- 'run': it was well again; 'reextract'; 'reader': this is how it is now
)""",
    "CREATE UNIQUE INDEX alarms_open ON alarms (source, kind) WHERE closed_at IS NULL",
)

VIEWS: Final = (
    """
CREATE VIEW ledger AS  -- each block that was taken out of an article's newest text, and by what
SELECT removals.id, articles.site, removals.kind, removals.rule, removals.text, removals.position,
       revisions.extractor, revisions.origin, articles.id AS article_id, articles.url
FROM removals JOIN revisions ON revisions.id = removals.revision_id
JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number""",
    """
CREATE VIEW rule_votes AS  -- rules against which readers put blocks back
SELECT rule, kind, count(*) AS votes, count(DISTINCT article_id) AS articles, min(text) AS example
FROM restores WHERE undone_at IS NULL GROUP BY rule, kind ORDER BY votes DESC, rule""",
)


def m004_ledger(db: Database) -> Steps:
    """New columns of `revisions`, tables and views."""
    return each(*COLUMNS, *TABLES, *VIEWS)
