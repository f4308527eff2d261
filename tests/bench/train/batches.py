"""Batches: crops of several pages in one array of fixed length, with a gap between them, so that JAX compiles once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scraper.scoring.inputs import GROUPS
from tests.bench.train.reading import STARTS
from tests.bench.train.targets import Prepared

Batch = dict[str, np.ndarray]

ROWS: Final = 2048
GAP: Final = 8
"""Empty rows after a page: as many as the farthest step of a convolution."""
MIN_CROP, MAX_CROP = 140, 420
CROP_AT_OWN: Final = 0.85
GOLD_SHARE: Final = 0.35
"""Share of the pages without labels that an epoch takes."""
WORD_DROP, NAME_DROP, BLOCK_DROP, PAGE_DROP = 0.2, 0.3, 0.1, 0.2
"""Shares left out: of words, of names and link tokens, of all words or names of a block, of all names or links of a page."""
WORD_COLUMNS: Final = slice(0, int(STARTS[4]))
NAME_COLUMNS: Final = slice(int(STARTS[4]), int(STARTS[6]))
LINK_COLUMNS: Final = slice(int(STARTS[6]), int(STARTS[7]))
"""Columns of the tokens that are words, names of elements, and addresses of links."""


@dataclass(frozen=True, slots=True)
class Crop:
    """Blocks `start` to `stop` of a page, at row `at` of a batch."""

    page: Prepared
    start: int
    stop: int
    at: int

    @property
    def rows(self) -> slice:
        return slice(self.at, self.at + self.stop - self.start)


def training_batches(pages: Sequence[Prepared], rng: np.random.Generator) -> Iterator[Batch]:
    """One epoch: pages in random order, cropped at random, with a share of words and names left out."""
    for crops in pack(choose_crops(pages, rng)):
        yield drop_tokens(build(crops), crops, rng)


def choose_crops(pages: Sequence[Prepared], rng: np.random.Generator) -> Iterator[Crop]:
    for number in rng.permutation(len(pages)):
        page = pages[number]
        if not page.is_sure and rng.random() > GOLD_SHARE:
            continue
        room = int(rng.integers(MIN_CROP, MAX_CROP))
        if len(page) <= room:
            yield Crop(page, 0, len(page), 0)
            continue
        own = np.flatnonzero(page.own)
        centre = int(rng.choice(own)) if len(own) and rng.random() < CROP_AT_OWN else int(rng.integers(len(page)))
        start = int(np.clip(centre - rng.integers(room), 0, len(page) - room))
        yield Crop(page, start, start + room, 0)


def whole_pages(pages: Iterable[Prepared]) -> Iterator[Crop]:
    """Each page uncropped, if it fits into a batch."""
    yield from (Crop(page, 0, len(page), 0) for page in pages if len(page) + GAP <= ROWS)


def pack(crops: Iterable[Crop]) -> Iterator[list[Crop]]:
    """Crops placed one after another, as many as a batch has room for. Each must fit alone."""
    batch: list[Crop] = []
    used = 0
    for crop in crops:
        size = crop.stop - crop.start + GAP
        if used + size > ROWS:
            yield batch
            batch, used = [], 0
        batch.append(Crop(crop.page, crop.start, crop.stop, used))
        used += size
    if batch:
        yield batch


def build(crops: Sequence[Crop]) -> Batch:
    """One batch. `groups` numbers the groups of its rows: those of `GROUPS`, then the page."""
    first_page = crops[0].page
    whole = len(GROUPS)
    groups = np.full((ROWS, whole + 1), ROWS - 1, dtype=np.int32)
    headings = np.arange(ROWS, dtype=np.int32)
    first, last = np.zeros(ROWS, dtype=np.int32), np.zeros(ROWS, dtype=np.int32)
    mask = np.zeros(ROWS, dtype=np.float32)
    batch: Batch = {
        name: np.zeros((ROWS, *getattr(first_page, name).shape[1:]), dtype=getattr(first_page, name).dtype)
        for name in ("columns", "tokens", "own", "own_weight", "label", "has_label", "gold", "gold_weight")
    }
    batch["rule_kinds"] = np.zeros(ROWS, dtype=np.int32)
    for crop in crops:
        rows, own, inputs = crop.rows, slice(crop.start, crop.stop), crop.page.inputs
        for name in batch:
            batch[name][rows] = getattr(inputs if name == "rule_kinds" else crop.page, name)[own]
        for group in range(whole):
            groups[rows, group] = np.unique(inputs.groups[own, group], return_inverse=True)[1] + crop.at
        groups[rows, whole] = crop.at
        above = inputs.headings[own]
        inside = (above >= crop.start) & (above < crop.stop)
        headings[rows] = np.where(inside, above - crop.start + crop.at, headings[rows])
        first[rows], last[rows], mask[rows] = crop.at, rows.stop - 1, 1
    return batch | {"groups": groups, "headings": headings, "first": first, "last": last, "mask": mask}


def drop_tokens(batch: Batch, crops: Sequence[Crop], rng: np.random.Generator) -> Batch:
    """The batch with a share of its tokens left out: without it the network learns sites by heart."""
    tokens = batch["tokens"].copy()
    for columns, share in ((WORD_COLUMNS, WORD_DROP), (NAME_COLUMNS, NAME_DROP), (LINK_COLUMNS, NAME_DROP)):
        part = tokens[:, columns]
        part[rng.random(part.shape) < share] = 0
    for columns in (WORD_COLUMNS, NAME_COLUMNS):
        tokens[rng.random(ROWS) < BLOCK_DROP, columns] = 0
    for crop in crops:
        for columns in (NAME_COLUMNS, LINK_COLUMNS):
            if rng.random() < PAGE_DROP:
                tokens[crop.rows, columns] = 0
    return batch | {"tokens": tokens}
