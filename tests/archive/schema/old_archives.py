"""The archives of `archives/`, each as the code of one commit made it: see `make_archives`."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import zstandard

from archive.store.columns import fingerprint

FOLDER = Path(__file__).with_name("archives")

NAMES = tuple(sorted(path.name.removesuffix(".db.zst") for path in FOLDER.iterdir()))
"""Last migration and commit of each archive."""

FIRST = "m001_first-225e5e3"
"""The oldest archive with today's columns of `articles`."""


def unpack(name: str, path: Path) -> None:
    """Write the archive to this path."""
    path.write_bytes(zstandard.decompress((FOLDER / f"{name}.db.zst").read_bytes()))


def add_articles(path: Path, texts: Mapping[str, str]) -> None:
    """Add articles of one paragraph to the archive `FIRST`, by their URLs."""
    conn = sqlite3.connect(path)
    (last,) = conn.execute("SELECT max(id) FROM articles").fetchone()
    for number, (url, text) in enumerate(texts.items(), last + 1):
        blocks = json.dumps([{"kind": "paragraph", "position": 0, "at": 0, "chars": len(text)}])
        page = b"<html>%d</html>" % number
        values = {
            "id": number,
            "url": url,
            "host": url.split("/")[2],
            "fingerprint": fingerprint(text),
            "text": text,
            "blocks": blocks,
            "link": number + 1000,
            "page": number + 1000,
            "bytes": len(page),
            "sha256": hashlib.sha256(page).hexdigest(),
            "body": zstandard.compress(page),
        }
        for statement in ADD_ARTICLE.split(";"):
            conn.execute(statement, values)
    conn.commit()
    conn.close()


ADD_ARTICLE = """
INSERT INTO articles (id, title, site, authors, words, url, host, source, contributors, language, section, tags,
  description, image, verdict, evidence, revision, first_seen, last_seen, fingerprint, text)
SELECT :id, title, :host, authors, words, :url, :host, source, contributors, language, section, tags,
  description, image, verdict, evidence, 1, first_seen, last_seen, :fingerprint, :text FROM articles WHERE id = 2;
INSERT INTO links (id, url, source, kind, state, article_id, first_seen, last_seen, fetched_at, run_id)
SELECT :link, :url, source, kind, state, :id, first_seen, last_seen, fetched_at, run_id FROM links WHERE article_id = 2;
INSERT INTO pages (id, link_id, article_id, run_id, url, status, headers, fetched_at, used, bytes, sha256, body)
SELECT :page, :link, :id, run_id, :url, status, headers, fetched_at, 1, :bytes, :sha256, :body
FROM pages WHERE article_id = 2 AND used = 1;
INSERT INTO revisions (article_id, number, page_id, run_id, seen_at, title, added, removed, rules_hash, fingerprint,
  blocks, text)
SELECT :id, 1, :page, run_id, seen_at, title, 1, 0, rules_hash, :fingerprint, :blocks, :text
FROM revisions WHERE article_id = 2 AND number = 1"""
