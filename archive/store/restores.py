"""Restored blocks: removals that a reader undid, read from the archive and undone again in each new extraction.

Restores are not rules, so that extraction stays pure. Restores are applied to the result of each extraction. A restored block
therefore stays in the text after a refetch and after `reextract`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from sqlite_utils import Database

from archive.store.columns import fingerprint, plain
from archive.store.records import read_removal, select
from scraper.beside import kind_beside
from scraper.rules.reasons import COPY_IDS
from scraper.types import BODY_KINDS, Article, Block, Extraction, Removal

SHAPE: Final = ("kind", "markup", "level", "marker")

_ACTIVE: Final = """
SELECT id, fingerprint, shape, rule, stage, kind, position, text, outside FROM restores
WHERE article_id = ? AND undone_at IS NULL ORDER BY position, id"""

Shapes = Mapping[str, Block]
"""Blocks as they were on the page, by the fingerprint of their text."""
NO_SHAPES: Final[Shapes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Restore:
    """A removal that is undone in every extraction of this article. `shape` is the block as it was on the page.

    `outside`: the block was chrome.
    """

    id: int
    fingerprint: str
    removal: Removal
    shape: Block
    outside: bool = False


def read_restores(db: Database, article_id: int) -> tuple[Restore, ...]:
    """An article's restored blocks, in page order."""
    return tuple(
        Restore(
            id=row["id"],
            fingerprint=row["fingerprint"],
            removal=read_removal(row),
            shape=unpack_shape(row["shape"], row["text"]),
            outside=bool(row["outside"]),
        )
        for row in select(db, _ACTIVE, (article_id,))
    )


def pack_shape(block: Block | None) -> str:
    """A block's kind and markup as JSON, without its text. None, or a block that is not body text, becomes a paragraph."""
    if block is None or block.kind not in BODY_KINDS:
        return "{}"
    return json.dumps(
        {key: plain(value) if isinstance(value, str) else value for key in SHAPE if (value := getattr(block, key))},
        ensure_ascii=False,
    )


def unpack_shape(column: str, text: str) -> Block:
    """The block that `pack_shape` packed."""
    return Block(**{"kind": "paragraph", "text": text, **json.loads(column)})


def restore_blocks(extraction: Extraction, restores: Sequence[Restore]) -> Extraction:
    """The extraction with these blocks in its text instead of in its removals.

    A block that is no longer on the page is left out. A block that today's rules keep is not added again. The chrome is
    searched too if the extraction has it, because other rules may find other ends of the article.
    """
    article = extraction.article
    if article is None or not restores:
        return extraction
    kept = Counter(fingerprint(block.text) for block in article.body)
    wanted: Counter[str] = Counter()
    for restore in restores:
        if restore.removal.rule_id not in COPY_IDS and kept[restore.fingerprint]:  # a restored copy is beside its twin
            kept[restore.fingerprint] -= 1
        else:
            wanted[restore.fingerprint] += 1
    removals, back = split_removals(extraction.removals, wanted)
    chrome, outside = split_removals(extraction.chrome, wanted)
    if not back and not outside:
        return extraction
    shapes = {restore.fingerprint: restore.shape for restore in restores}
    return replace(
        extraction, article=with_blocks(article, (*back, *outside), shapes), removals=removals, chrome=chrome
    )


def split_removals(
    removals: Sequence[Removal], wanted: Counter[str]
) -> tuple[tuple[Removal, ...], tuple[Removal, ...]]:
    """The removals to keep, and those to undo. Reduces the counts in `wanted`."""
    stay: list[Removal] = []
    back: list[Removal] = []
    for removal in removals:
        key = fingerprint(removal.text) if wanted.total() else ""
        if wanted[key] > 0:
            wanted[key] -= 1
            back.append(removal)
        else:
            stay.append(removal)
    return tuple(stay), tuple(back)


def with_blocks(article: Article, back: Sequence[Removal], shapes: Shapes = NO_SHAPES) -> Article:
    """The article with these blocks in their places and shapes. A caption becomes a block of the text."""
    places = {removal.position for removal in back}
    others = tuple(block for block in article.blocks if block.position not in places)
    own = tuple(
        shapes.get(fingerprint(removal.text), Block("paragraph", ""))._replace(
            text=removal.text, position=removal.position
        )
        for removal in back
    )
    return replace(article, blocks=tuple(sorted((*others, *own), key=lambda block: block.position)))


def without_block(article: Article, removal: Removal) -> tuple[Article, Removal | None]:
    """The article without one body block, and the block's removal; None if the text has no such block.

    The block is the one at the removal's position, or else the first with its text. This reverses `with_blocks`; a caption
    or a note is set apart again, without the URL of its picture.
    """
    key = fingerprint(removal.text)
    same = [block for block in article.body if fingerprint(block.text) == key]
    if not same:
        return article, None
    chosen = next((block for block in same if block.position == removal.position), same[0])
    blocks = [block for block in article.blocks if block is not chosen]
    if kind := kind_beside(removal):
        blocks.append(Block(kind, removal.text, chosen.position))
    blocks.sort(key=lambda block: block.position)
    return replace(article, blocks=tuple(blocks)), removal._replace(position=chosen.position)
