"""The page of one article: its blocks in page order, the removed blocks between them, and its history."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup, escape

from archive.ledger.restore import Entry, read_ledger
from archive.output.article import printable
from archive.output.inline_html import inline_html, is_safe, plain_html
from archive.output.markdown import by_table, row_cells
from archive.store.archive import Archive
from archive.store.columns import unpack_blocks
from archive.store.records import StoredArticle, select
from scraper.errors import InputError
from scraper.rules.loader import BUILT_IN, rule_files
from scraper.rules.reasons import BUILT_IN_REASONS
from scraper.types import Block, Removal, default_kinds

MAX_LISTED_ROWS: Final = 50
"""Rows of each list: aliases, duplicates."""

JOINED_KINDS: Final = frozenset({"list", "table", "code"})
"""Kinds whose neighbouring blocks make one element."""

RIGHT_TO_LEFT: Final = frozenset("ar arc ckb dv fa he iw ks ps sd syr ug ur yi".split())

REMOVALS_SQL: Final = """
SELECT removals.rule AS rule_id, removals.stage, removals.kind, removals.position, removals.text
FROM removals JOIN revisions ON revisions.id = removals.revision_id
WHERE revisions.article_id = :article AND revisions.number = :number ORDER BY removals.position, removals.id"""

REVISION_SQL: Final = "SELECT title, text, blocks, seen_at, page_id FROM revisions WHERE article_id = ? AND number = ?"

HISTORY_SQL: Final = "SELECT number, seen_at, title, added, removed, origin FROM revisions WHERE article_id = ? ORDER BY number DESC LIMIT 200"

ADDRESSES_SQL: Final = """
SELECT url, kind FROM aliases WHERE article_id = :article
UNION SELECT url, 'visited' FROM links WHERE article_id = :article AND url NOT IN (SELECT url FROM aliases WHERE article_id = :article)
LIMIT :most"""

COPIES_SQL: Final = """
SELECT id, title, site FROM articles WHERE id = (SELECT duplicate_of FROM articles WHERE id = :article)
UNION SELECT id, title, site FROM articles WHERE duplicate_of = :article
UNION SELECT id, title, site FROM articles
WHERE duplicate_of = (SELECT duplicate_of FROM articles WHERE id = :article) AND id <> :article
LIMIT :most"""


@dataclass(frozen=True, slots=True)
class Piece:
    """One block ready to show, kept or removed. `html` is safe; `cells` are those of a table row, `marker` is the block's.

    `number` identifies a removed block of the newest text for `cuttings restore`; 0 for other blocks.
    """

    kind: str
    html: Markup
    position: int = 0
    level: int = 0
    image: str = ""
    credit: str = ""
    source: str = ""
    cells: tuple[Markup, ...] = ()
    marker: str = ""
    rule: str = ""
    why: str = ""
    number: int = 0

    @property
    def removed(self) -> bool:
        return bool(self.rule)

    @property
    def ordinal(self) -> int | None:
        """The number of an item of a numbered list."""
        return int(self.marker[:-1]) if self.kind == "list" and self.marker.endswith(".") else None


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring pieces that make one element, such as a list or a table; or a single piece."""

    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One revision in a history."""

    number: int
    seen_at: str
    title: str
    added: int
    removed: int
    origin: str


@dataclass(frozen=True, slots=True)
class SimilarArticle:
    """Another article with the same text, or much of it."""

    id: int
    title: str
    site: str
    how: str


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article's page. `number` is the revision shown.

    `removed` counts its removed blocks by kind; `restored` are the blocks that a reader restored.
    """

    stored: StoredArticle
    title: str
    number: int
    seen_at: str
    groups: tuple[Group, ...]
    removed: tuple[tuple[str, int], ...]
    restored: tuple[Piece, ...]
    history: tuple[Version, ...]
    addresses: tuple[tuple[str, str], ...]
    copies: tuple[SimilarArticle, ...]
    events: tuple[tuple[str, str, str], ...]
    page_id: int | None

    @property
    def has_standfirst(self) -> bool:
        """Whether the text begins with the page's standfirst, which mostly says what its description says."""
        return any(group.kind == "standfirst" for group in self.groups)

    @property
    def dek(self) -> str:
        """The description above the text; empty if the text opens with it, or with a standfirst."""
        description = self.stored.article.description
        first = next((group.pieces[0].html.striptags() for group in self.groups if group.kind == "paragraph"), "")
        return "" if self.has_standfirst or opens_with(first, description) else description

    @property
    def restored_positions(self) -> frozenset[int]:
        """Positions of the restored blocks, which the reader has judged already."""
        return frozenset(piece.position for piece in self.restored)

    @property
    def right_to_left(self) -> bool:
        return self.stored.article.language.partition("-")[0].lower() in RIGHT_TO_LEFT


def read_article(archive: Archive, number: int, *, revision: int | None = None) -> ArticlePage:
    """The article with its newest text, or with that of a revision. Raises `InputError` if there is none."""
    stored = archive.article(str(number))
    shown = revision or stored.revision
    row = next(select(archive.db, REVISION_SQL, (number, shown)), None)
    if row is None:
        raise InputError(f"article {number} has no revision {shown}")
    blocks = unpack_blocks(row["blocks"], row["text"])
    entries = read_ledger(archive, number).entries if shown == stored.revision else old_ledger(archive, number, shown)
    gone = [removed_piece(entry) for entry in entries if not entry.restore and not stands_apart(entry.removal, blocks)]
    asked = {"article": number, "most": MAX_LISTED_ROWS}
    copies = [SimilarArticle(**copy, how="the same text") for copy in select(archive.db, COPIES_SQL, asked)]
    return ArticlePage(
        stored=stored,
        title=printable(row["title"]),
        number=shown,
        seen_at=row["seen_at"],
        groups=tuple(grouped([*map(kept_piece, shown_blocks(blocks)), *gone])),
        restored=tuple(removed_piece(entry) for entry in entries if entry.restore),
        removed=tuple(Counter(piece.kind for piece in gone).most_common()),
        history=tuple(Version(**version) for version in select(archive.db, HISTORY_SQL, (number,))),
        addresses=tuple(
            (found["url"], found["kind"])
            for found in select(archive.db, ADDRESSES_SQL, asked)
            if found["url"] != stored.article.url
        ),
        copies=(*copies, *read_near(archive, number, {copy.id for copy in copies})),
        events=tuple((event["at"], event["kind"], event["detail"]) for event in read_events(archive, number)),
        page_id=row["page_id"],
    )


def shown_blocks(blocks: Sequence[Block]) -> list[Block]:
    """The blocks to show as kept: not a note, which is shown as removed, and not a standfirst that the text repeats."""
    hidden = {"note", "standfirst"} - default_kinds(blocks)
    return [block for block in blocks if block.kind not in hidden]


def old_ledger(archive: Archive, number: int, revision: int) -> tuple[Entry, ...]:
    """The removals of an earlier text, which can no longer be restored."""
    rows = select(archive.db, REMOVALS_SQL, {"article": number, "number": revision})
    return tuple(Entry(0, Removal(**row)) for row in rows)


def stands_apart(removal: Removal, blocks: Sequence[Block]) -> bool:
    """Whether the removed block is also kept beside the text, as a caption is."""
    return any(block.kind == removal.kind and block.position == removal.position for block in blocks)


def read_events(archive: Archive, number: int) -> Iterator[dict[str, Any]]:
    """Events of the article other than revisions, newest first."""
    return select(
        archive.db, "SELECT at, kind, detail FROM events WHERE article_id = ? ORDER BY id DESC LIMIT 20", (number,)
    )


NEAR_SQL: Final = """
SELECT articles.id, articles.title, articles.site, pairs.contained FROM (
  SELECT other_id AS id, contained FROM near WHERE article_id = :article
  UNION SELECT article_id, contained FROM near WHERE other_id = :article
) AS pairs JOIN articles ON articles.id = pairs.id ORDER BY pairs.contained DESC LIMIT :most"""


def read_near(archive: Archive, number: int, known: Collection[int] = ()) -> Iterator[SimilarArticle]:
    """Articles with much of this text, except the known duplicates."""
    for row in select(archive.db, NEAR_SQL, {"article": number, "most": MAX_LISTED_ROWS}):
        if row["id"] not in known:
            yield SimilarArticle(
                row["id"], row["title"], row["site"], f"{round(row['contained'] * 100)}% of the wording"
            )


def opens_with(text: str, description: str) -> bool:
    """Whether a text opens with a description, which may be cut short.

    >>> opens_with("The wall, 3 m high, is done. It cost 5.", "The wall, 3 m high, is…"), opens_with("The wall is done.", "A wall")
    (True, False)
    """
    wanted, found = words_of(description), words_of(text)
    return bool(wanted) and found[: len(wanted)] == wanted


def words_of(text: str) -> list[str]:
    """The words of a text in small letters."""
    return re.findall(r"\w+", text.casefold())


# --- blocks -------------------------------------------------------------------------------------------------------


def kept_piece(block: Block) -> Piece:
    """A block of the article."""
    text = printable(block.text)
    html = (
        escape(text)
        if block.kind == "code"
        else inline_html(printable(block.markup))
        if block.markup
        else plain_html(text)
    )
    piece = Piece(
        kind=block.kind,
        html=html,
        position=block.position,
        level=block.level,
        image=block.image if is_safe(block.image) else "",
        credit=printable(block.credit),
        source=block.source if is_safe(block.source) else "",
        marker=block.marker,
    )
    if block.kind == "table":
        return replace(piece, cells=tuple(inline_html(printable(cell)) for cell in row_cells(block)))
    return piece


def removed_piece(entry: Entry) -> Piece:
    """A removed block, with its reason in words."""
    gone = entry.removal
    html = plain_html(printable(gone.text))
    return Piece(
        gone.kind, html, position=gone.position, rule=gone.rule_id, why=reason(gone.rule_id), number=entry.number
    )


def reason(rule: str) -> str:
    """Why a block is removed, by the id of a rule or of a built-in reason."""
    if built_in := BUILT_IN_REASONS.get(rule):
        return built_in.why
    return rule_reasons().get(rule, "a rule that is not built in")


@cache
def rule_reasons() -> dict[str, str]:
    """The reason of each built-in rule, read once. Loading the rules to run them would take ten times as long."""
    tables = (tomllib.loads(file.read_text("utf-8")) for file in rule_files(BUILT_IN))
    return {row["id"]: row["why"] for table in tables for row in table["rule"]}


def by_picture(captions: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Neighbouring captions by their picture: the lines of one make one box. A caption without a picture goes on with the one before."""
    own: list[Piece] = []
    for piece in captions:
        shown = next((one.image for one in own if one.image), "")
        if own and piece.image and piece.image != shown:
            yield tuple(own)
            own = []
        own.append(piece)
    yield tuple(own)


def grouped(pieces: Iterable[Piece]) -> Iterator[Group]:
    """The pieces in page order. Neighbours of one kind that make one element are together."""
    ordered = sorted(pieces, key=lambda piece: piece.position)
    for (kind, removed), run in groupby(ordered, key=lambda piece: (piece.kind, piece.removed)):
        members = tuple(run)
        if removed:
            yield Group("removed", members)
        elif kind == "table" and max(len(piece.cells) for piece in members) == 1:
            yield from (Group("paragraph", (piece,)) for piece in members)
        elif kind == "table":
            yield from (Group(kind, own) for own in by_table(members))
        elif kind == "caption":
            yield from (Group(kind, own) for own in by_picture(members))
        elif kind in JOINED_KINDS:
            yield Group(kind, members)
        else:
            yield from (Group(kind, (piece,)) for piece in members)
