"""An article as plain text or as a dictionary for JSON, and small helpers for printed values.

Text may be printed on a terminal, so control characters, which could move the cursor, are dropped.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # printing a line needs no store
    from archive.store.records import StoredArticle
    from scraper.types import Article, Block, Extraction, Removal

CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls except tab and newline, and the marks that change the direction of text."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with the moment's own offset, `Z` for UTC; None for None.

    >>> iso(datetime(2016, 12, 13, 23, 6, tzinfo=UTC))
    '2016-12-13T23:06:00Z'
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


def printable(text: str) -> str:
    """The text without control characters.

    >>> printable("a\\x1b[31mb\\tc")
    'a[31mb\\tc'
    """
    return CONTROL.sub("", text)


def in_bytes(number: int) -> str:
    """A size for people, in megabytes from 0.1 MB on, else in kilobytes rounded up.

    >>> in_bytes(43_210), in_bytes(712_000)
    ('44 kB', '0.7 MB')
    """
    return f"{number / 1_000_000:.1f} MB" if number >= 100_000 else f"{-(-number // 1000)} kB"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """The value as JSON with readable letters; all letters are escaped if one cannot be encoded (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


# --- JSON ---------------------------------------------------------------------------------------------------------


def document(extraction: Extraction, *, url: str = "") -> dict[str, Any]:
    """The output of `clean --format json` for one document. `url` is used if no article was found."""
    article = extraction.article
    common = {"removed": [removed(removal) for removal in extraction.removals], "quality": extraction.quality.verdict}
    if article is None:
        empty: dict[str, Any] = {
            "url": url or None,
            "title": "",
            "authors": [],
            "contributors": [],
            "date": None,
            "language": None,
        }
        return {
            **empty,
            "site": None,
            "description": "",
            "text": "",
            **common,
            "captions": [],
            "corrections": [],
            "embeds": [],
        }
    return {
        "url": article.url or url or None,
        "title": article.title,
        "authors": list(article.authors),
        "contributors": list(article.contributors),
        "date": iso(article.published),
        "language": article.language or None,
        "site": article.site or None,
        "description": article.description,
        "text": article.text,
        **common,
        "captions": [caption(block) for block in article.blocks if block.kind == "caption"],
        "corrections": [block.text for block in article.blocks if block.kind == "correction"],
        "embeds": [
            {"text": block.text, "source": block.source or None} for block in article.blocks if block.kind == "embed"
        ],
    }


def removed(removal: Removal) -> dict[str, Any]:
    """One removal."""
    return {"rule": removal.rule_id, "kind": removal.kind, "position": removal.position, "text": removal.text}


def caption(block: Block) -> dict[str, Any]:
    """A caption with its picture and credit, None if the page has none."""
    return {"text": block.text, "image": block.image or None, "credit": block.credit or None}


# --- plain text ---------------------------------------------------------------------------------------------------


def text_of(article: Article) -> str:
    """Title, blank line, body. `clean` reads this text back to the same article."""
    return printable("\n\n".join(part for part in (article.title, article.text) if part))


def counted(number: int, noun: str) -> str:
    """The number and its noun, in the singular or plural.

    >>> counted(1, "link"), counted(2000, "link")
    ('1 link', '2,000 links')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """The text with spaces for line breaks."""
    return " ".join(text.splitlines())


def article_row(stored: StoredArticle) -> dict[str, Any]:
    """An article as a dictionary for JSON. A value that the page does not give is None, or an empty list or text."""
    from archive.store.columns import iso as utc_iso
    from archive.store.columns import iso_or_none as utc_iso_or_none

    article = stored.article
    asides = {
        kind: [block for block in article.blocks if block.kind == kind] for kind in ("caption", "correction", "embed")
    }
    return {
        "id": stored.id,
        "url": article.url,
        "site": article.site,
        "source": stored.source,
        "title": article.title,
        "authors": list(article.authors),
        "contributors": list(article.contributors),
        "published": utc_iso_or_none(article.published),
        "modified": utc_iso_or_none(article.modified),
        "language": article.language,
        "section": article.section,
        "tags": list(article.tags),
        "description": article.description,
        "image": article.image,
        "free": article.free,
        "words": stored.words,
        "verdict": stored.verdict,
        "revision": stored.revision,
        "duplicate_of": stored.duplicate_of,
        "first_seen": utc_iso(stored.first_seen),
        "last_seen": utc_iso(stored.last_seen),
        "captions": [{"text": it.text, "image": it.image, "credit": it.credit} for it in asides["caption"]],
        "corrections": [it.text for it in asides["correction"]],
        "embeds": [{"text": it.text, "source": it.source} for it in asides["embed"]],
        "text": article.text,
    }
