"""Table `articles` of archives that the first two versions of m001 made: without `host`, or in another order.

m001 was edited twice after archives existed (commits c830a7c and e0059d3 made other tables). This migration stands
before m002 because m006 reads `host`. It leaves other archives as they are.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive.schema.m001_tables import TABLES

FIRST: Final = (
    "id url site source title authors contributors published modified language section tags description image free words "
    "verdict evidence revision duplicate_of first_seen last_seen fingerprint text"
)
"""Columns that commit c830a7c made."""
SECOND: Final = (
    "id url host site source title authors contributors published modified language section tags description image free "
    "words verdict evidence revision duplicate_of first_seen last_seen fingerprint text"
)
"""Columns that commit e0059d3 made."""
ARTICLES: Final = next(sql for sql in TABLES if sql.startswith("\nCREATE TABLE articles ")).strip()
ATTACHED: Final = """
SELECT sql FROM sqlite_schema WHERE tbl_name = 'articles' AND type IN ('index', 'trigger') AND sql IS NOT NULL"""
BY_HOST: Final = "CREATE INDEX IF NOT EXISTS articles_by_host ON articles (host)"

DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def m001b_column_order(db: Database) -> None:
    """Make `articles` anew if it has one of the early lists of columns; keep its rows, indexes and triggers.

    Other tables refer to `articles`: their references are checked when the transaction ends, and hold again by then.
    """
    names = list(db["articles"].columns_dict)
    if names not in (FIRST.split(), SECOND.split()):
        return
    columns = ", ".join(names)
    attached = db.conn.execute(ATTACHED).fetchall()
    db.conn.execute("PRAGMA defer_foreign_keys = ON")
    db.conn.execute(f"CREATE TABLE articles_before AS SELECT {columns} FROM articles")
    db.conn.execute("DROP TABLE articles")
    db.conn.execute(ARTICLES)
    if "host" in names:
        db.conn.execute(f"INSERT INTO articles ({columns}) SELECT {columns} FROM articles_before")
    else:
        insert_with_hosts(db, columns)
    db.conn.execute("DROP TABLE articles_before")
    for (statement,) in attached:
        db.conn.execute(statement)
    db.conn.execute(BY_HOST)


def insert_with_hosts(db: Database, columns: str) -> None:
    """Copy the rows with the host of each URL. An article without a site's name gets the host as its site."""
    db.conn.create_function("host_of", 1, host_of, deterministic=True)
    db.conn.execute(f"INSERT INTO articles ({columns}, host) SELECT {columns}, host_of(url) FROM articles_before")
    db.conn.execute("UPDATE articles SET site = host WHERE site = ''")


def host_of(url: str) -> str:
    """The host of a canonical URL without www., with its port when that is not the scheme's.

    >>> host_of("https://www.herald.example/1"), host_of("http://127.0.0.1:8001/x"), host_of("")
    ('herald.example', '127.0.0.1:8001', '')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))
    return host.removeprefix("www.")
