"""Articles in chunks of bounded size, for language models: lines of JSON that say which blocks each chunk holds.

A chunk ends between blocks. A block that is too long alone is cut after a sentence, a sentence after a word, a word anywhere. A
heading is in the chunk of what follows it. No chunk has text of two articles.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from archive.formats.tokens import Fits
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.block_text import join_blocks
from scraper.text.sentences import CLOSERS

if TYPE_CHECKING:
    from archive.store.records import StoredArticle
    from scraper.types import Block

CUTS: Final = (
    re.compile(rf"[.!?…][{CLOSERS}]*\s+|[。！？][{CLOSERS}」』]*\s*|\n+"),
    re.compile(r"\s+"),
    re.compile(r"(?s)."),
)
"""Ends of pieces of a text, the best first: of sentences and lines, of words, of characters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block or a part of one; `place` is the block's place in the article's list of blocks, from 0."""

    place: int
    block: Block


def write_chunks(articles: Iterable[StoredArticle], out: TextIO, choice: TextChoice = DEFAULT, *, fits: Fits) -> int:
    """Write a line of JSON per chunk. Returns the number of articles."""
    count = 0
    for stored in articles:
        for row in chunk_rows(stored, choice, fits):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count


def chunk_rows(stored: StoredArticle, choice: TextChoice, fits: Fits) -> Iterator[dict[str, Any]]:
    """The chunks of an article. An `id` holds the article, its revision and the chunk's number, so it never names another text."""
    from archive.store.columns import iso_or_none

    article = stored.article
    kinds = choice.kinds(article)
    pieces = [Piece(place, block) for place, block in enumerate(article.blocks) if block.kind in kinds]
    for number, chunk in enumerate(chunks(pieces, article.language, fits), 1):
        yield {
            "id": f"{stored.id}-{stored.revision}-{number}",
            "article_id": stored.id,
            "url": article.url,
            "title": article.title,
            "published": iso_or_none(article.published),
            "revision": stored.revision,
            "first_block": chunk[0].place,
            "last_block": chunk[-1].place,
            "text": text_of(chunk),
        }


def chunks(pieces: Iterable[Piece], language: str, fits: Fits) -> Iterator[list[Piece]]:
    """The pieces in chunks that fit. Only a single letter may be too long."""
    chunk: list[Piece] = []
    for piece in pieces:
        rest: Piece | None = piece
        while rest is not None:
            if fits(text_of([*chunk, rest]), language):
                chunk.append(rest)
                break
            body, headings = without_headings(chunk)
            if body:
                yield body
                chunk = headings
                continue
            head, rest = cut(headings, rest, language, fits)
            yield [*headings, *head]
            chunk = []
    if chunk:
        yield chunk


def without_headings(chunk: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """A chunk in two: what comes before the headings at its end, and these."""
    end = len(chunk)
    while end and chunk[end - 1].block.kind == "heading":
        end -= 1
    return [*chunk[:end]], [*chunk[end:]]


def cut(headings: list[Piece], piece: Piece, language: str, fits: Fits) -> tuple[list[Piece], Piece | None]:
    """The longest beginning of a piece that fits below headings, and the rest of it. The beginning is empty if nothing fits there."""
    text = piece.block.text
    for pattern in CUTS:
        ends = [end for match in pattern.finditer(text) if is_boundary(text, end := match.end())]
        low, high = 0, len(ends)
        while low < high:
            middle = (low + high + 1) // 2
            if fits(text_of([*headings, part(piece, text[: ends[middle - 1]])]), language):
                low = middle
            else:
                high = middle - 1
        if low:
            return divided(piece, ends[low - 1])
    return ([], piece) if headings else divided(piece, 1)


def divided(piece: Piece, end: int) -> tuple[list[Piece], Piece | None]:
    """A piece in two parts; None for an empty rest."""
    rest = piece.block.text[end:].strip()
    return [part(piece, piece.block.text[:end])], part(piece, rest) if rest else None


def part(piece: Piece, text: str) -> Piece:
    """The piece with a part of its text."""
    return replace(piece, block=piece.block._replace(text=text.strip(), markup=""))


def is_boundary(text: str, end: int) -> bool:
    """Whether a text may be cut here: never before a sign that belongs to the letter before it."""
    return end == len(text) or not unicodedata.combining(text[end])


def text_of(pieces: Iterable[Piece]) -> str:
    return join_blocks(piece.block for piece in pieces)
