"""Tables, views and full-text index of the first version.

The SQL has comments because SQLite stores them: `sqlite3 archive.db .schema` prints them with the tables.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

APPLICATION_ID: Final = 0x43757474
"""Identifies our files in the SQLite header: the letters "Cutt" (https://sqlite.org/fileformat.html#application_id)."""


_KINDS: Final = "'newsletter', 'promo', 'related', 'ad', 'affiliate', 'social', 'byline', 'stamp', 'credit', 'caption', 'author-box', 'comment', 'paywall', 'consent', 'legal', 'tags', 'navigation', 'repeat', 'other'"

TABLES: Final = (
    """
CREATE TABLE runs (  -- one row a run of `scrape` or `add`; times everywhere are ISO 8601 in UTC
  id INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,                       -- empty: still running, or killed
  sources TEXT NOT NULL,                  -- the source list it ran over
  counts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(counts)),  -- outcome: number
  note TEXT NOT NULL DEFAULT '',
  sqlite_version TEXT NOT NULL            -- of the library that wrote, for when a bug in it turns up
)""",
    """
CREATE TABLE articles (  -- one row an article, as last seen in good shape
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  site TEXT NOT NULL,                     -- what the site calls itself, or else the host
  published TEXT,
  authors TEXT NOT NULL CHECK (json_type(authors) = 'array'),
  words INTEGER NOT NULL CHECK (words >= 0),
  url TEXT NOT NULL UNIQUE,               -- the canonical address; others are in `aliases` and `links`
  host TEXT NOT NULL,                     -- of that address, without www.
  source TEXT NOT NULL,                   -- the source that first named it
  contributors TEXT NOT NULL CHECK (json_type(contributors) = 'array'),
  modified TEXT,
  language TEXT NOT NULL,
  section TEXT NOT NULL,
  tags TEXT NOT NULL CHECK (json_type(tags) = 'array'),
  description TEXT NOT NULL,
  image TEXT NOT NULL,
  free INTEGER CHECK (free IN (0, 1)),    -- schema.org isAccessibleForFree; empty: the page does not say
  verdict TEXT NOT NULL,                  -- how far the extraction can be trusted: ok, short, paywall ...
  evidence TEXT NOT NULL CHECK (json_type(evidence) = 'array'),
  revision INTEGER NOT NULL CHECK (revision >= 1),  -- number of the revision that this text is
  duplicate_of INTEGER REFERENCES articles (id) CHECK (duplicate_of <> id),  -- the same text, archived earlier
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL CHECK (last_seen >= first_seen),
  fingerprint TEXT NOT NULL,              -- of the text without regard to white space
  text TEXT NOT NULL                      -- the body alone: blocks joined by a blank line
)""",
    "CREATE INDEX articles_by_fingerprint ON articles (fingerprint)",
    "CREATE INDEX articles_by_host ON articles (host)",
    "CREATE INDEX articles_by_site ON articles (site)",
    "CREATE INDEX articles_by_date ON articles (coalesce(published, first_seen))",
    "CREATE INDEX articles_by_duplicate ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL",
    """
CREATE TABLE links (  -- every address that was tried, and what came of it
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('page', 'source')),  -- 'source': a feed or sitemap itself
  state TEXT NOT NULL CHECK (state IN ('new', 'done', 'failed', 'gone')),
  article_id INTEGER REFERENCES articles (id),
  attempts INTEGER NOT NULL DEFAULT 0,    -- failures in a row
  next_try TEXT,                          -- not before, when failed
  etag TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '', -- as the server sent it
  status INTEGER NOT NULL DEFAULT 0,      -- last HTTP status; 0: no answer
  error TEXT NOT NULL DEFAULT '',         -- kind of the last failure
  detail TEXT NOT NULL DEFAULT '',
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,                -- last tried
  fetched_at TEXT,                        -- last answered with the page, or with "not modified"
  run_id INTEGER NOT NULL REFERENCES runs (id)
)""",
    "CREATE INDEX links_by_article ON links (article_id)",
    "CREATE INDEX links_by_source ON links (source, state)",
    """
CREATE TABLE aliases (  -- further addresses of an article: where it redirected to, what it called canonical
  url TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  link_id INTEGER NOT NULL REFERENCES links (id),
  kind TEXT NOT NULL CHECK (kind IN ('redirect', 'canonical'))
) WITHOUT ROWID""",
    "CREATE INDEX aliases_by_article ON aliases (article_id)",
    """
CREATE TABLE pages (  -- what the server sent, for extraction again with better rules
  id INTEGER PRIMARY KEY,
  link_id INTEGER NOT NULL REFERENCES links (id),
  article_id INTEGER REFERENCES articles (id),  -- empty: no article was found on it
  run_id INTEGER NOT NULL REFERENCES runs (id),
  url TEXT NOT NULL,                      -- after redirects
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_type(headers) = 'array'),  -- [[name, value], ...]
  fetched_at TEXT NOT NULL,
  used INTEGER NOT NULL CHECK (used IN (0, 1)),  -- 0: its text was worse than what was there; the newest is kept
  bytes INTEGER NOT NULL,                 -- of the body, uncompressed
  sha256 TEXT NOT NULL,                   -- of the body, uncompressed
  body BLOB NOT NULL                      -- zstd
)""",
    "CREATE INDEX pages_by_link ON pages (link_id, used)",
    "CREATE INDEX pages_by_article ON pages (article_id)",
    """
CREATE TABLE revisions (  -- every text an article ever had; rows never change
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  page_id INTEGER REFERENCES pages (id),
  run_id INTEGER NOT NULL REFERENCES runs (id),
  seen_at TEXT NOT NULL,
  title TEXT NOT NULL,
  added INTEGER NOT NULL,                 -- paragraphs, against the revision before
  removed INTEGER NOT NULL,
  rules_hash TEXT NOT NULL,               -- of the rules that stripped it
  fingerprint TEXT NOT NULL,
  blocks TEXT NOT NULL CHECK (json_type(blocks) = 'array'),  -- kinds and Markdown in page order; a body block's
                                          -- text is substr(text, at + 1, chars), captions and corrections carry theirs
  text TEXT NOT NULL,
  UNIQUE (article_id, number)
)""",
    "CREATE INDEX revisions_by_page ON revisions (page_id)",
    f"""
CREATE TABLE removals (  -- the ledger: each block that was taken out of a text, and why
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  rule TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('element', 'text', 'page')),
  kind TEXT NOT NULL CHECK (kind IN ({_KINDS})),
  position INTEGER NOT NULL,              -- among the page's blocks
  text TEXT NOT NULL
)""",
    "CREATE INDEX removals_by_revision ON removals (revision_id)",
    "CREATE INDEX removals_by_article ON removals (article_id)",
    """
CREATE TABLE events (  -- what a reader of the archive should know and no other table says
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  article_id INTEGER NOT NULL REFERENCES articles (id),
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('worse', 'gone')),  -- a worse extraction, not taken; the page was taken down
  detail TEXT NOT NULL
)""",
    "CREATE INDEX events_by_article ON events (article_id)",
    """
CREATE TABLE tallies (  -- what each run brought from each source
  run_id INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  outcome TEXT NOT NULL,                  -- new, revised, same, duplicate, worse, failed, unchanged; found, wanted: links
  error TEXT NOT NULL DEFAULT '',         -- kind of failure
  number INTEGER NOT NULL,
  PRIMARY KEY (run_id, source, outcome, error)
) WITHOUT ROWID""",
)

SEARCH: Final = (
    """
CREATE VIRTUAL TABLE articles_fts USING fts5 (
  title, text, authors, content='articles', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
)""",
    """
CREATE TRIGGER articles_inserted AFTER INSERT ON articles BEGIN
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END""",
    """
CREATE TRIGGER articles_deleted AFTER DELETE ON articles BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, text, authors)
  VALUES ('delete', old.id, old.title, old.text, old.authors);
END""",
    """
CREATE TRIGGER articles_updated AFTER UPDATE OF id, title, text, authors ON articles BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, text, authors)
  VALUES ('delete', old.id, old.title, old.text, old.authors);
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END""",
)

VIEWS: Final = (
    """
CREATE VIEW recent AS  -- newest first
SELECT id, coalesce(published, first_seen) AS date, site, title, authors, section, words, url
FROM articles ORDER BY coalesce(published, first_seen) DESC""",
    """
CREATE VIEW changes AS  -- texts that were edited after they were first seen
SELECT revisions.seen_at, articles.site, revisions.title, revisions.number AS revision, revisions.added,
       revisions.removed, articles.id AS article_id, articles.url
FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.number > 1 ORDER BY revisions.seen_at DESC, revisions.id DESC""",
    """
CREATE VIEW boilerplate AS  -- what is removed most, by site
SELECT min(articles.site) AS site, removals.kind, removals.text, removals.rule,
       count(DISTINCT removals.article_id) AS articles, min(articles.url) AS example
FROM removals JOIN articles ON articles.id = removals.article_id
GROUP BY articles.host, removals.kind, removals.text, removals.rule ORDER BY articles DESC, removals.text""",
    """
CREATE VIEW health AS  -- one row a source: is it alive, and is what comes from it whole?
SELECT sources.source, coalesce(texts.articles, 0) AS articles, texts.newest, texts.words AS mean_words,
       texts.with_author AS percent_with_author, texts.with_date AS percent_with_date,
       sources.failed, sources.gone, sources.last_success, sources.last_tried
FROM (
  SELECT source, sum(state = 'failed') AS failed, sum(state = 'gone') AS gone, max(fetched_at) AS last_success,
         max(last_seen) AS last_tried
  FROM links GROUP BY source
) AS sources LEFT JOIN (
  SELECT source, count(*) AS articles, max(first_seen) AS newest, round(avg(words)) AS words,
         round(avg(authors <> '[]') * 100) AS with_author, round(avg(published IS NOT NULL) * 100) AS with_date
  FROM articles GROUP BY source
) AS texts ON texts.source = sources.source
ORDER BY sources.source""",
)


def m001_first(db: Database) -> None:
    """Tables, search and views of the first version."""
    for statement in (*TABLES, *SEARCH, *VIEWS):
        db.conn.execute(statement.strip())
    db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
