"""An article's text as rows of `articles`, `revisions` and `removals`: built once by pure functions, then inserted.

Each row is a named tuple in the order of its columns, so that SQLite accepts the tuple unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlite_utils import Database

from archive.store.columns import PlainText, Visit, array, iso_or_none, pack_blocks, plain
from archive.store.decisions import Decision, Stored
from archive.store.identity import key_of
from archive.store.page_dictionaries import host_of
from scraper.extractor_version import extractor_version
from scraper.types import Extraction, Fetched, Removal

if TYPE_CHECKING:
    from archive.store.near_index import NearText


class ArticleRow(NamedTuple):
    """Columns of `articles` that every new text writes."""

    title: str
    authors: str
    contributors: str
    published: str | None
    modified: str | None
    language: str
    section: str
    tags: str
    description: str
    image: str
    free: bool | None
    words: int
    verdict: str
    evidence: str
    revision: int
    duplicate_of: int | None
    last_seen: str
    fingerprint: str
    text: str


class ArticleOrigin(NamedTuple):
    """Columns of `articles` that the first text writes and no later one changes."""

    url: str
    host: str
    site: str
    source: str
    first_seen: str


class RevisionRow(NamedTuple):
    """One row of `revisions`. `page_id` is None if no page was stored for the text."""

    article_id: int
    number: int
    page_id: int | None
    run_id: int
    seen_at: str
    title: str
    added: int
    removed: int
    rules_hash: str
    fingerprint: str
    blocks: str
    text: str
    origin: str
    extractor: str


class NewText(NamedTuple):
    """A text on its way into the archive, with the article's stored text and the decision on the two.

    `seen` is the time of its page (ISO 8601 UTC).
    """

    fetched: Fetched
    text: PlainText
    near: NearText
    stored: Stored | None
    decision: Decision
    seen: str


class TextCause(NamedTuple):
    """The origin of a text (`revisions.origin`), the stored page that it was made from, and the extractor's version.

    An empty version stands for the running one.
    """

    origin: str
    page_id: int | None
    extractor: str = ""


class RemovalRow(NamedTuple):
    """One row of `removals`."""

    article_id: int
    revision_id: int
    rule: str
    stage: str
    kind: str
    position: int
    text: str


def insert_sql(table: str, columns: Sequence[str]) -> str:
    """The statement that inserts one row, its values in the order of `columns`.

    >>> insert_sql("near", ("article_id", "other_id"))
    'INSERT INTO near (article_id, other_id) VALUES (?, ?)'
    """
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_INSERT_ARTICLE: Final = insert_sql("articles", ("id", *ArticleOrigin._fields, *ArticleRow._fields))
_INSERT_REVISION: Final = insert_sql("revisions", ("id", *RevisionRow._fields))
_INSERT_REMOVAL: Final = insert_sql("removals", RemovalRow._fields)
_NEW_VALUES: Final = {"last_seen": "max(last_seen, ?)"}
"""The clock may have been set back, so `last_seen` never decreases."""
_ASSIGNMENTS: Final = ", ".join(f"{name} = {_NEW_VALUES.get(name, '?')}" for name in ArticleRow._fields)
_UPDATE_ARTICLE: Final = f"UPDATE articles SET {_ASSIGNMENTS} WHERE id = ?"


def article_row(
    extraction: Extraction, text: PlainText, *, revision: int, duplicate_of: int | None, seen: str
) -> ArticleRow:
    """The row of an extraction that found an article; `seen` is the time of its page."""
    article = extraction.article
    assert article is not None
    return ArticleRow(
        title=plain(article.title),
        authors=array(article.authors),
        contributors=array(article.contributors),
        published=iso_or_none(article.published),
        modified=iso_or_none(article.modified),
        language=plain(article.language),
        section=plain(article.section),
        tags=array(article.tags),
        description=plain(article.description),
        image=plain(article.image),
        free=article.free,
        words=text.words,
        verdict=extraction.quality.verdict,
        evidence=array(extraction.quality.evidence),
        revision=revision,
        duplicate_of=duplicate_of,
        last_seen=seen,
        fingerprint=text.fingerprint,
        text=text.text,
    )


def article_origin(fetched: Fetched, *, seen: str) -> ArticleOrigin:
    """The address, site and source under which a new article is kept."""
    article = fetched.extraction.article
    assert article is not None
    url = key_of(fetched)
    host = host_of(url)
    return ArticleOrigin(plain(url), host, plain(article.site) or host, plain(fetched.link.source), seen)


def revision_row(new: NewText, visit: Visit, article_id: int, cause: TextCause) -> RevisionRow:
    """The text as the revision after the stored one."""
    stored, extraction, text = new.stored, new.fetched.extraction, new.text
    article = extraction.article
    assert article is not None
    return RevisionRow(
        article_id=article_id,
        number=stored.revision + 1 if stored else 1,
        page_id=cause.page_id,
        run_id=visit.run,
        seen_at=visit.at,
        title=plain(article.title),
        added=new.decision.added,
        removed=new.decision.removed,
        rules_hash=extraction.rules_hash,
        fingerprint=text.fingerprint,
        blocks=pack_blocks(article.blocks, text.text),
        text=text.text,
        origin=cause.origin,
        extractor=cause.extractor or extractor_version(),
    )


def removal_rows(removals: Iterable[Removal], *, article_id: int, revision_id: int) -> list[RemovalRow]:
    """The ledger of one revision."""
    return [
        RemovalRow(article_id, revision_id, plain(one.rule_id), one.stage, one.kind, one.position, plain(one.text))
        for one in removals
    ]


def insert_article(db: Database, origin: ArticleOrigin, row: ArticleRow) -> int:
    """The new article's id."""
    article_id = db.conn.execute(_INSERT_ARTICLE, (None, *origin, *row)).lastrowid
    assert article_id is not None
    return article_id


def insert_articles(db: Database, rows: Sequence[tuple[int, ArticleOrigin, ArticleRow]]) -> None:
    """Write new articles, each under its id."""
    db.conn.executemany(_INSERT_ARTICLE, [(article_id, *origin, *row) for article_id, origin, row in rows])


def update_article(db: Database, article_id: int, row: ArticleRow) -> None:
    """Write an article's newest text over the one before, which stays in `revisions`."""
    db.conn.execute(_UPDATE_ARTICLE, (*row, article_id))


def insert_revision(db: Database, row: RevisionRow, removals: Iterable[Removal]) -> int:
    """Write a revision and its ledger; the revision's id."""
    revision_id = db.conn.execute(_INSERT_REVISION, (None, *row)).lastrowid
    assert revision_id is not None
    rows = removal_rows(removals, article_id=row.article_id, revision_id=revision_id)
    db.conn.executemany(_INSERT_REMOVAL, rows)
    return revision_id


def insert_revisions(db: Database, rows: Sequence[tuple[int, RevisionRow]], removals: Sequence[RemovalRow]) -> None:
    """Write revisions, each under its id, and their ledgers."""
    db.conn.executemany(_INSERT_REVISION, [(revision_id, *row) for revision_id, row in rows])
    db.conn.executemany(_INSERT_REMOVAL, removals)
