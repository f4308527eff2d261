"""An article as plain text, Markdown or a JSON-ready dictionary. Pure; nothing here prints.

What comes out may land on a terminal: control characters, which could move its cursor or recolour it, are dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from archive.store.columns import iso as utc_iso
from archive.store.columns import iso_or_none as utc_iso_or_none
from archive.store.records import StoredArticle
from scraper.types import Article, Block, Extraction, Removal

CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls but tab and newline, and the marks that turn the direction of text around."""

MARKDOWN_START: Final = re.compile(
    r"^(\s*)(#{1,6}(?=\s|$)|[-+*>](?=\s|$)|\d{1,9}(?=[.)](?:\s|$))|```|~~~|={3,}|-{3,})", re.MULTILINE
)
"""What would make a line of plain text a heading, an item, a quote or a fence (CommonMark 4 and 5)."""
NUMBER: Final = re.compile(r"\d+")

MARKDOWN_INLINE: Final = re.compile(r"[\\`*]|<(?=[a-z/!?])|\](?=[(\[:])|(?<!\w)_|_(?!\w)", re.IGNORECASE)
"""What would make a run of plain text emphasis, code, raw HTML or a link (CommonMark 6)."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with the offset that the moment carries, `Z` for UTC; None when there is none.

    >>> iso(datetime(2016, 12, 13, 23, 6, tzinfo=UTC))
    '2016-12-13T23:06:00Z'
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


def printable(text: str) -> str:
    """`text` without control characters.

    >>> printable("a\\x1b[31mb\\tc")
    'a[31mb\\tc'
    """
    return CONTROL.sub("", text)


def in_bytes(number: int) -> str:
    """A size for people, in kilobytes that were begun below a tenth of a megabyte.

    >>> in_bytes(43_210), in_bytes(712_000)
    ('44 kB', '0.7 MB')
    """
    return f"{number / 1_000_000:.1f} MB" if number >= 100_000 else f"{-(-number // 1000)} kB"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON: readable letters where they can be encoded, escapes where they cannot (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


# --- JSON ---------------------------------------------------------------------------------------------------------


def document(extraction: Extraction, *, url: str = "") -> dict[str, Any]:
    """Everything `clean --format json` prints of one document. `url` stands in when no article was found."""
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
    """One row of a removal ledger."""
    return {"rule": removal.rule_id, "kind": removal.kind, "position": removal.position, "text": removal.text}


def caption(block: Block) -> dict[str, Any]:
    """A caption with its picture and who made it, None where the page does not say."""
    return {"text": block.text, "image": block.image or None, "credit": block.credit or None}


# --- plain text ---------------------------------------------------------------------------------------------------


def text_of(article: Article) -> str:
    """Title, blank line, body: what `clean` reads back to the same article."""
    return printable("\n\n".join(part for part in (article.title, article.text) if part))


# --- Markdown -----------------------------------------------------------------------------------------------------


def markdown_of(article: Article) -> str:
    """The article as Markdown: title, a line of authors and date, then its blocks, captions in italics."""
    parts = [f"# {escape_inline(one_line(article.title))}"] if article.title else []
    day = article.published.date().isoformat() if article.published else ""
    if signed := " · ".join(part for part in (", ".join(map(escape_inline, article.authors)), day) if part):
        parts.append(f"*{signed}*")
    parts.extend(markdown_blocks(article.blocks))
    return printable("\n\n".join(parts))


def markdown_blocks(blocks: Iterable[Block]) -> list[str]:
    """Blocks as Markdown; neighbours that make one list, table, quote or code block come out as one."""
    parts: list[str] = []
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        members = tuple(group)
        match kind:
            case "list":
                parts.append("\n".join(list_item(block) for block in members))
            case "table":
                parts.append(table(members))
            case "quote" | "embed":
                parts.append("\n>\n".join(prefixed(inline(block), "> ") for block in members))
            case "code":
                parts.extend(fenced(block.text) for block in members)
            case "heading":
                parts.extend(f"{'#' * min(max(block.level, 2), 6)} {one_line(inline(block))}" for block in members)
            case "caption" | "correction":
                parts.extend(f"*{one_line(inline(block))}*" for block in members)
            case _:
                parts.extend(inline(block) for block in members)
    return parts


def inline(block: Block) -> str:
    """A block's inline Markdown, safe at the start of a line."""
    return escape_start(block.markup or escape_inline(block.text))


def escape_inline(text: str) -> str:
    """`text` in which nothing is emphasis, code, raw HTML or a link.

    >>> escape_inline("<b>4 * 5</b>, snake_case")
    '\\\\<b>4 \\\\* 5\\\\</b>, snake_case'
    """
    return MARKDOWN_INLINE.sub(r"\\\g<0>", text)


def escape_start(text: str) -> str:
    """`text` in which no line begins like a Markdown block.

    >>> escape_start("1. January"), escape_start("# 1 fan"), escape_start("plain")
    ('1\\\\. January', '\\\\# 1 fan', 'plain')
    """
    return MARKDOWN_START.sub(
        lambda match: match[1] + (f"{match[2]}\\" if NUMBER.fullmatch(match[2]) else f"\\{match[2]}"), text
    )


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "link"), counted(2000, "link")
    ('1 link', '2,000 links')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """`text` with its line breaks made spaces."""
    return " ".join(text.splitlines())


def prefixed(text: str, prefix: str) -> str:
    """`text` with `prefix` before each line."""
    return "\n".join(prefix + line for line in text.splitlines())


def list_item(block: Block) -> str:
    """One item, indented by its depth."""
    return f"{'  ' * max(block.level - 1, 0)}- {one_line(inline(block))}"


def table(rows: tuple[Block, ...]) -> str:
    """Rows as a pipe table, the first as its head; a single cell a row is no table and stays a line of text."""
    cells = [[cell.strip() for cell in one_line(row.markup or escape_inline(row.text)).split(" | ")] for row in rows]
    width = max(map(len, cells))
    if width == 1:
        return "  \n".join(escape_start(row[0]) for row in cells)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def fenced(text: str) -> str:
    """Code between fences longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def article_row(stored: StoredArticle) -> dict[str, Any]:
    """An article as a dictionary ready for JSON; None or an empty list or text: the page did not say."""
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
