-- The schema of a new archive. Made by `python -m archive.schema` from the migrations: do not edit.

CREATE TABLE alarms (  -- what went wrong with a source, until it is well again
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('emptied', 'shortened', 'eaten', 'silent', 'shut')),
  run_id INTEGER NOT NULL REFERENCES runs (id),  -- that saw it last
  raised_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,                  -- last
  detail TEXT NOT NULL,
  closed_at TEXT,                         -- empty: open
  closed_by TEXT NOT NULL DEFAULT ''      -- 'run': it was well again; 'reextract'; 'reader': this is how it is now
);

CREATE UNIQUE INDEX alarms_open ON alarms (source, kind) WHERE closed_at IS NULL;

CREATE TABLE aliases (  -- further addresses of an article: where it redirected to, what it called canonical
  url TEXT PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  link_id INTEGER NOT NULL REFERENCES links (id),
  kind TEXT NOT NULL CHECK (kind IN ('redirect', 'canonical'))
) WITHOUT ROWID;

CREATE INDEX aliases_by_article ON aliases (article_id);

CREATE TABLE article_counts (  -- articles by source and site, kept by triggers, so that nobody counts a million rows
  source TEXT NOT NULL,
  site TEXT NOT NULL,
  articles INTEGER NOT NULL,
  words INTEGER NOT NULL,                 -- of these articles, together
  with_author INTEGER NOT NULL,           -- articles
  with_date INTEGER NOT NULL,
  PRIMARY KEY (source, site)
) WITHOUT ROWID;

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
);

CREATE TRIGGER articles_counted AFTER INSERT ON articles BEGIN
  INSERT INTO article_counts (source, site, articles, words, with_author, with_date)
  VALUES (new.source, new.site, 1, new.words, new.authors <> '[]', new.published IS NOT NULL)
  ON CONFLICT (source, site) DO UPDATE SET articles = articles + excluded.articles, words = words + excluded.words,
    with_author = with_author + excluded.with_author, with_date = with_date + excluded.with_date;
END;

CREATE TRIGGER articles_counted_again AFTER UPDATE OF source, site, words, authors, published ON articles BEGIN
  UPDATE article_counts SET articles = articles - 1, words = words - old.words,
    with_author = with_author - (old.authors <> '[]'), with_date = with_date - (old.published IS NOT NULL)
  WHERE source = old.source AND site = old.site;
  INSERT INTO article_counts (source, site, articles, words, with_author, with_date)
  VALUES (new.source, new.site, 1, new.words, new.authors <> '[]', new.published IS NOT NULL)
  ON CONFLICT (source, site) DO UPDATE SET articles = articles + excluded.articles, words = words + excluded.words,
    with_author = with_author + excluded.with_author, with_date = with_date + excluded.with_date;
END;

CREATE TRIGGER articles_deleted AFTER DELETE ON articles BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, text, authors)
  VALUES ('delete', old.id, old.title, old.text, old.authors);
END;

CREATE TRIGGER articles_discounted AFTER DELETE ON articles BEGIN
  UPDATE article_counts SET articles = articles - 1, words = words - old.words,
    with_author = with_author - (old.authors <> '[]'), with_date = with_date - (old.published IS NOT NULL)
  WHERE source = old.source AND site = old.site;
END;

CREATE TRIGGER articles_gone BEFORE DELETE ON articles BEGIN
  DELETE FROM unspaced WHERE id = old.id;
  DELETE FROM near WHERE article_id = old.id OR other_id = old.id;
END;

CREATE TRIGGER articles_inserted AFTER INSERT ON articles WHEN NOT EXISTS (SELECT 1 FROM unindexed) BEGIN
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END;

CREATE TRIGGER articles_updated AFTER UPDATE OF id, title, text, authors ON articles
WHEN NOT EXISTS (SELECT 1 FROM unindexed WHERE id = old.id) BEGIN
  INSERT INTO articles_fts (articles_fts, rowid, title, text, authors)
  VALUES ('delete', old.id, old.title, old.text, old.authors);
  INSERT INTO articles_fts (rowid, title, text, authors) VALUES (new.id, new.title, new.text, new.authors);
END;

CREATE TRIGGER unspaced_changed AFTER UPDATE OF title, text, authors ON articles
WHEN EXISTS (SELECT 1 FROM unspaced WHERE id = new.id) BEGIN
  INSERT INTO unspaced_fts (rowid, title, text, authors)
  SELECT id, title, text, authors FROM unspaced_texts WHERE id = new.id;
END;

CREATE TRIGGER unspaced_changing BEFORE UPDATE OF title, text, authors ON articles
WHEN EXISTS (SELECT 1 FROM unspaced WHERE id = old.id) BEGIN
  INSERT INTO unspaced_fts (unspaced_fts, rowid, title, text, authors)
  SELECT 'delete', id, title, text, authors FROM unspaced_texts WHERE id = old.id;
END;

CREATE INDEX articles_by_date ON articles (coalesce(published, first_seen));

CREATE INDEX articles_by_duplicate ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE INDEX articles_by_fingerprint ON articles (fingerprint);

CREATE INDEX articles_by_host ON articles (host);

CREATE INDEX articles_by_language ON articles (language);

CREATE INDEX articles_by_site_and_date ON articles (site, coalesce(published, first_seen));

CREATE INDEX articles_in_doubt ON articles (verdict) WHERE verdict <> 'ok';

CREATE INDEX articles_in_health ON articles (source, first_seen);

CREATE TABLE captures (  -- pages that other programs captured (WARC files), each imported once
  url TEXT NOT NULL,
  at TEXT NOT NULL,                       -- when it was captured
  run_id INTEGER NOT NULL REFERENCES runs (id),
  outcome TEXT NOT NULL,                  -- new, revised, history, same, duplicate; worse, textless: not stored
  rules_hash TEXT NOT NULL,               -- of the rules that read it: what they refused, others may store
  extractor TEXT NOT NULL,
  PRIMARY KEY (url, at)
) WITHOUT ROWID;

CREATE TABLE chrome (  -- menus, rails and footers around a text; revisions of earlier versions have none
  revision_id INTEGER PRIMARY KEY REFERENCES revisions (id),
  packed BLOB NOT NULL                    -- zlib: [[rule, stage, kind, [gap, text, ...]], ...], positions as gaps
);

CREATE TABLE dictionaries (  -- a page of each site, against which its other pages are compressed; rows never change,
                             -- and one that a page needs cannot be deleted
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,                     -- without www.
  version INTEGER NOT NULL CHECK (version >= 1),  -- a new one when the site's template has changed
  since TEXT NOT NULL,
  bytes INTEGER NOT NULL,                 -- of the body, uncompressed
  sha256 TEXT NOT NULL,                   -- of the body, uncompressed
  body BLOB NOT NULL,                     -- zstd, without a dictionary
  UNIQUE (host, version)
);

CREATE TABLE events (  -- what a reader of the archive should know and no other table says
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  article_id INTEGER NOT NULL REFERENCES articles (id),
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('worse', 'gone')),  -- a worse extraction, not taken; the page was taken down
  detail TEXT NOT NULL
);

CREATE INDEX events_by_article ON events (article_id);

CREATE TABLE exports (  -- `export --new NAME`: what an export of this name has written
  name TEXT PRIMARY KEY,
  revision_id INTEGER NOT NULL,           -- the newest text when it began; 0: there was none
  selection TEXT NOT NULL CHECK (json_valid(selection)),  -- site and query, which a name always has
  at TEXT NOT NULL                        -- when its output was complete
) WITHOUT ROWID;

CREATE TABLE hosts (  -- that asked to be left alone, or kept failing; a row is of no use after `until`
  host TEXT PRIMARY KEY,                  -- scheme, name and port
  until TEXT NOT NULL,
  reason TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id)
) WITHOUT ROWID;

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
, title TEXT NOT NULL DEFAULT '', published TEXT, had_at TEXT, signals TEXT NOT NULL DEFAULT '[]' CHECK (json_type(signals) = 'array'), failing_since TEXT /* of state failed or gone: the first failure after the last success */);

CREATE INDEX links_by_article ON links (article_id);

CREATE INDEX links_by_due  -- `next_try` is the time from which a link is asked for: new, failed, or to be looked at again
ON links (source, next_try, state) WHERE next_try IS NOT NULL AND kind = 'page';

CREATE INDEX links_in_health ON links (source, state, kind, fetched_at);

CREATE INDEX links_in_trouble ON links (source, state, error, last_seen) WHERE state IN ('failed', 'gone');

CREATE TABLE near (  -- one story on two sites: pairs of articles that share much of their wording
  article_id INTEGER NOT NULL REFERENCES articles (id),  -- the one archived later
  other_id INTEGER NOT NULL REFERENCES articles (id),    -- the one archived earlier
  similarity REAL NOT NULL CHECK (similarity > 0 AND similarity <= 1),  -- runs of four words that both have, of all
  contained REAL NOT NULL CHECK (contained >= similarity AND contained <= 1),  -- of those that the shorter text has
  PRIMARY KEY (article_id, other_id),
  CHECK (other_id < article_id)
) WITHOUT ROWID;

CREATE INDEX near_by_other ON near (other_id);

CREATE TABLE page_parts (  -- the second and further pages of an article whose first is in `pages`
  page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number >= 2),
  url TEXT NOT NULL,                      -- after redirects
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_type(headers) = 'array'),  -- [[name, value], ...]
  fetched_at TEXT NOT NULL,
  bytes INTEGER NOT NULL,                 -- of the body, uncompressed
  sha256 TEXT NOT NULL,                   -- of the body, uncompressed
  body BLOB NOT NULL, cut_short INTEGER NOT NULL DEFAULT 0 CHECK (cut_short IN (0, 1)) /* 1: only the connection's end ended the body */, from_feed INTEGER NOT NULL DEFAULT 0 CHECK (from_feed IN (0, 1)) /* 1: the body is the feed's text, not the page's */,                     -- zstd, with the first page's body as raw-content dictionary
  PRIMARY KEY (page_id, number)
);

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
, dictionary_id INTEGER REFERENCES dictionaries (id) /* a raw-content one of `body` */, cut_short INTEGER NOT NULL DEFAULT 0 CHECK (cut_short IN (0, 1)) /* 1: only the connection's end ended the body */, from_feed INTEGER NOT NULL DEFAULT 0 CHECK (from_feed IN (0, 1)) /* 1: the body is the feed's text, not the page's */);

CREATE INDEX pages_by_article ON pages (article_id);

CREATE INDEX pages_by_dictionary ON pages (dictionary_id) WHERE dictionary_id IS NOT NULL;

CREATE INDEX pages_by_link ON pages (link_id, used);

CREATE TABLE reader_notes (  -- a reader's note on an article
  article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  at TEXT NOT NULL                        -- when it was changed last
);

CREATE TABLE reader_tags (  -- tags that a reader gave to articles; the site's own are in `articles`
  tag TEXT NOT NULL,
  article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  PRIMARY KEY (tag, article_id)
) WITHOUT ROWID;

CREATE INDEX reader_tags_by_article ON reader_tags (article_id);

CREATE TABLE reextractions (  -- by which rules a stored page was last extracted again, so that a cut run can go on
  page_id INTEGER PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  rules_hash TEXT NOT NULL,
  extractor TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE TABLE removals (  -- the ledger: each block that was taken out of a text, and why
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  rule TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('element', 'text', 'page')),
  kind TEXT NOT NULL CHECK (kind IN ('newsletter', 'promo', 'related', 'ad', 'affiliate', 'social', 'byline', 'stamp', 'credit', 'caption', 'author-box', 'comment', 'paywall', 'consent', 'legal', 'tags', 'navigation', 'repeat', 'other')),
  position INTEGER NOT NULL,              -- among the page's blocks
  text TEXT NOT NULL
);

CREATE INDEX removals_by_article ON removals (article_id);

CREATE INDEX removals_by_revision ON removals (revision_id);

CREATE TABLE restores (  -- removed blocks that a reader put back; later extractions of the article put them back too
  id INTEGER PRIMARY KEY,
  article_id INTEGER NOT NULL REFERENCES articles (id),
  fingerprint TEXT NOT NULL,              -- of the block's text without regard to white space
  rule TEXT NOT NULL,                     -- that took it out: this is a vote against it
  stage TEXT NOT NULL CHECK (stage IN ('element', 'text', 'page')),
  kind TEXT NOT NULL CHECK (kind IN ('newsletter', 'promo', 'related', 'ad', 'affiliate', 'social', 'byline', 'stamp', 'credit', 'caption', 'author-box', 'comment', 'paywall', 'consent', 'legal', 'tags', 'navigation', 'repeat', 'other')),
  position INTEGER NOT NULL,              -- where it stood then, among the page's blocks
  text TEXT NOT NULL,
  at TEXT NOT NULL,
  undone_at TEXT                          -- empty: in force
, shape TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(shape)) /* kind, level and Markdown, as in `revisions.blocks`; {}: a paragraph */, outside INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1)) /* 1: it was chrome */);

CREATE INDEX restores_by_article ON restores (article_id);

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
  text TEXT NOT NULL, origin TEXT NOT NULL DEFAULT 'scrape' CHECK (origin IN ('scrape', 'reextract', 'restore')) /* what made it */, extractor TEXT NOT NULL DEFAULT '' /* version of Cuttings and hash of its extraction */,
  UNIQUE (article_id, number)
);

CREATE INDEX revisions_by_page ON revisions (page_id);

CREATE INDEX revisions_edited ON revisions (seen_at) WHERE number > 1;

CREATE TABLE runs (  -- one row a run of `scrape` or `add`; times everywhere are ISO 8601 in UTC
  id INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,                       -- empty: still running, or killed
  sources TEXT NOT NULL,                  -- the source list it ran over
  counts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(counts)),  -- outcome: number
  note TEXT NOT NULL DEFAULT '',
  sqlite_version TEXT NOT NULL            -- of the library that wrote, for when a bug in it turns up
);

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
);

CREATE INDEX samples_by_run ON samples (run_id, source);

CREATE TABLE saved (  -- pages of reading lists (`cuttings add --from`), as their reader saved them
  url TEXT PRIMARY KEY,
  at TEXT,                                -- when the reader saved it; empty: the list does not say
  title TEXT NOT NULL,                    -- as the list has it
  tags TEXT NOT NULL CHECK (json_type(tags) = 'array'),
  folder TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id)  -- that read it first
) WITHOUT ROWID;

CREATE TABLE searches (  -- searches that a reader saved; each has a feed
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  parameters TEXT NOT NULL CHECK (json_type(parameters) = 'object'),  -- of the search page's address
  at TEXT NOT NULL
);

CREATE TABLE shingles (  -- eight runs of words of each text, hashed: texts that share some are compared
  stretch INTEGER NOT NULL,               -- of revision_id, by 65,536s: new keys fall into few pages of the file
  key INTEGER NOT NULL,
  revision_id INTEGER NOT NULL REFERENCES revisions (id),
  PRIMARY KEY (stretch, key, revision_id)
) WITHOUT ROWID;

CREATE TABLE stars (  -- articles that a reader starred
  article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
  at TEXT NOT NULL
);

CREATE TABLE tallies (  -- what each run brought from each source
  run_id INTEGER NOT NULL REFERENCES runs (id),
  source TEXT NOT NULL,
  outcome TEXT NOT NULL,                  -- new, revised, same, duplicate, worse, failed, unchanged; found, wanted: links
  error TEXT NOT NULL DEFAULT '',         -- kind of failure
  number INTEGER NOT NULL,
  PRIMARY KEY (run_id, source, outcome, error)
) WITHOUT ROWID;

CREATE TABLE unindexed (  -- articles of the transaction under way whose words are indexed at its end; 0: it has begun
  id INTEGER PRIMARY KEY
);

CREATE TABLE unspaced (  -- articles with words in a script that puts no spaces between them, or joins endings to them
  id INTEGER PRIMARY KEY REFERENCES articles (id)
);

CREATE TRIGGER unspaced_deleted BEFORE DELETE ON unspaced BEGIN
  INSERT INTO unspaced_fts (unspaced_fts, rowid, title, text, authors)
  SELECT 'delete', id, title, text, authors FROM unspaced_texts WHERE id = old.id;
END;

CREATE TRIGGER unspaced_inserted AFTER INSERT ON unspaced BEGIN
  INSERT INTO unspaced_fts (rowid, title, text, authors)
  SELECT id, title, text, authors FROM unspaced_texts WHERE id = new.id;
END;

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
) WITHOUT ROWID;

CREATE INDEX vitals_by_source ON vitals (source, run_id);

CREATE VIRTUAL TABLE article_words USING fts5vocab (articles_fts, row);

CREATE VIRTUAL TABLE articles_fts USING fts5 (
  title, text, authors, content='articles', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE unspaced_fts USING fts5 (
  title, text, authors, content='unspaced_texts', content_rowid='id', tokenize='trigram'
);

CREATE VIRTUAL TABLE unspaced_words USING fts5vocab (unspaced_fts, row);

CREATE VIEW boilerplate AS  -- what is removed most, by site: of the last 30,000 blocks; `removals` has all
SELECT min(articles.site) AS site, removals.kind, removals.text, removals.rule,
       count(DISTINCT removals.article_id) AS articles, min(articles.url) AS example
FROM (SELECT article_id, kind, text, rule FROM removals ORDER BY id DESC LIMIT 30000) AS removals
JOIN articles ON articles.id = removals.article_id
GROUP BY articles.host, removals.kind, removals.text, removals.rule ORDER BY articles DESC, removals.text;

CREATE VIEW changes AS  -- texts that changed after they were first seen; `made_by` tells an edit of the publisher from ours
SELECT revisions.seen_at, articles.site, revisions.title, revisions.number AS revision, revisions.added,
       revisions.removed, articles.id AS article_id, articles.url,
       CASE revisions.origin WHEN 'scrape' THEN 'publisher' WHEN 'restore' THEN 'reader' WHEN 'reextract' THEN 'rules'
         ELSE revisions.origin END AS made_by
FROM revisions JOIN articles ON articles.id = revisions.article_id
WHERE revisions.number > 1 ORDER BY revisions.seen_at DESC, revisions.id DESC;

CREATE VIEW current_removals AS  -- blocks that are out of the newest texts: each once, however many revisions it was removed from
SELECT removals.*, articles.id AS article_id
FROM articles JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN removals ON removals.revision_id = revisions.id;

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
ORDER BY sources.source;

CREATE VIEW ledger AS  -- each block that was taken out of an article's newest text, and by what
SELECT removals.id, articles.site, removals.kind, removals.rule, removals.text, removals.position,
       revisions.extractor, revisions.origin, articles.id AS article_id, articles.url
FROM removals JOIN revisions ON revisions.id = removals.revision_id
JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number;

CREATE VIEW reading_list AS  -- saved pages, newest first, and what became of each
SELECT saved.at AS saved, coalesce(articles.title, saved.title) AS title, saved.tags, saved.folder,
       CASE WHEN articles.id IS NULL THEN links.state ELSE 'archived' END AS state,
       CASE WHEN articles.id IS NULL THEN links.detail ELSE '' END AS reason, articles.id AS article_id, saved.url
FROM saved LEFT JOIN links ON links.url = saved.url
LEFT JOIN articles ON articles.id = coalesce(
  links.article_id,
  (SELECT article_id FROM aliases WHERE aliases.url = saved.url),
  (SELECT id FROM articles AS own WHERE own.url = saved.url)
)
ORDER BY saved.at DESC, saved.url;

CREATE VIEW recent AS  -- newest first
SELECT id, coalesce(published, first_seen) AS date, site, title, authors, section, words, url
FROM articles ORDER BY coalesce(published, first_seen) DESC;

CREATE VIEW rule_votes AS  -- rules against which readers put blocks back
SELECT rule, kind, count(*) AS votes, count(DISTINCT article_id) AS articles, min(text) AS example
FROM restores WHERE undone_at IS NULL GROUP BY rule, kind ORDER BY votes DESC, rule;

CREATE VIEW unspaced_texts AS  -- without joiners; padded, so that three letters begin at the last letter too
SELECT articles.id,
  replace(replace(title, char(8204), ''), char(8205), '') || '  ' AS title,
  replace(replace(text, char(8204), ''), char(8205), '') || '  ' AS text,
  replace(replace(authors, char(8204), ''), char(8205), '') || '  ' AS authors
FROM unspaced JOIN articles ON articles.id = unspaced.id;
