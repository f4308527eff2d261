"""An article as a dictionary for JSON: the same names of fields in `clean`, `export` and `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from archive.output.article import iso
from archive.output.markdown import block_markdown, markdown_body
from archive.output.text_choice import DEFAULT, TextChoice

if TYPE_CHECKING:  # `clean` needs no store
    from archive.store.records import StoredArticle
    from scraper.types import Article, Block, Extraction, Removal

NO_ARTICLE: Final[dict[str, Any]] = {
    "title": "", "authors": [], "contributors": [], "published": None, "modified": None, "language": "", "site": "",
    "section": "", "tags": [], "description": "", "image": "", "free": None,
}  # fmt: skip
NO_CONTENT: Final[dict[str, Any]] = {
    "text": "", "markdown": "", "blocks": [], "captions": [], "corrections": [], "notes": [], "embeds": []
}  # fmt: skip


def document(extraction: Extraction, *, url: str = "", choice: TextChoice = DEFAULT) -> dict[str, Any]:
    """The output of `clean --format json` and, below an id, of `clean --jsonl`. `url` is used if no article was found.

    `date` and `quality` are earlier names of `published` and `verdict`.
    """
    article = extraction.article
    found = facts(article) | content(article, choice) if article else NO_ARTICLE | NO_CONTENT
    return {
        "url": (article.url if article else "") or url or None,
        **found,
        "language": found["language"] or None,
        "site": found["site"] or None,
        "verdict": extraction.quality.verdict,
        "evidence": list(extraction.quality.evidence),
        "removed": [removed(removal) for removal in extraction.removals],
        "date": found["published"],
        "quality": extraction.quality.verdict,
    }


def article_row(stored: StoredArticle, choice: TextChoice = DEFAULT) -> dict[str, Any]:
    """A stored article with everything that `export` and `show` print. Times are in UTC."""
    return record(stored) | content(stored.article, choice)


def record(stored: StoredArticle) -> dict[str, Any]:
    """What the archive knows of an article, without its content. A missing value is None, or an empty list or text.

    One of its revisions also has when it was seen, and what made it.
    """
    from archive.store.columns import iso as utc_iso
    from archive.store.columns import iso_or_none as utc_iso_or_none

    article = stored.article
    return {
        "id": stored.id,
        "url": article.url,
        "source": stored.source,
        **facts(article),
        "published": utc_iso_or_none(article.published),
        "modified": utc_iso_or_none(article.modified),
        "words": stored.words,
        "verdict": stored.verdict,
        "evidence": list(stored.evidence),
        "revision": stored.revision,
        "duplicate_of": stored.duplicate_of,
        "first_seen": utc_iso(stored.first_seen),
        "last_seen": utc_iso(stored.last_seen),
        "saved_at": utc_iso_or_none(stored.saved_at),
        "saved_tags": list(stored.saved_tags),
        "starred_at": utc_iso_or_none(stored.starred_at),
        "reader_tags": list(stored.reader_tags),
        "reader_note": stored.reader_note,
        **({"seen_at": utc_iso(stored.seen_at), "origin": stored.origin} if stored.seen_at else {}),
    }


def facts(article: Article) -> dict[str, Any]:
    """An article's metadata. Times have the page's own offset."""
    return {
        "title": article.title,
        "authors": list(article.authors),
        "contributors": list(article.contributors),
        "published": iso(article.published),
        "modified": iso(article.modified),
        "language": article.language,
        "site": article.site,
        "section": article.section,
        "tags": list(article.tags),
        "description": article.description,
        "image": article.image,
        "free": article.free,
    }


def content(article: Article, choice: TextChoice) -> dict[str, Any]:
    """An article's text, as text and as Markdown, and all its blocks, whatever the text holds."""
    kinds = choice.kinds(article)
    blocks = [block_row(block) for block in article.blocks]

    def some(kind: str, *keys: str) -> list[dict[str, Any]]:
        return [{key: row[key] for key in ("text", *keys)} for row in blocks if row["kind"] == kind]

    return {
        "text": article.text_of(kinds),
        "markdown": markdown_body(article, kinds),
        "blocks": blocks,
        "captions": some("caption", "image", "credit"),
        "corrections": [row["text"] for row in some("correction")],
        "notes": [row["text"] for row in some("note")],
        "embeds": some("embed", "source"),
    }


def block_row(block: Block) -> dict[str, Any]:
    """One block. An item and a row also have their marker, a caption its picture and credit, an embedded post its source;
    None for none.
    """
    extra: dict[str, Any] = {}
    if block.kind in {"list", "table"}:
        extra = {"marker": block.marker or None}
    if block.kind == "caption":
        extra = {"image": block.image or None, "credit": block.credit or None}
    if block.kind == "embed":
        extra = {"source": block.source or None}
    return {
        "kind": block.kind,
        "text": block.text,
        "markdown": block_markdown(block),
        "level": block.level,
        "position": block.position,
        **extra,
    }


def removed(removal: Removal) -> dict[str, Any]:
    """One removal."""
    return {"rule": removal.rule_id, "kind": removal.kind, "position": removal.position, "text": removal.text}
