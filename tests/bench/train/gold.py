"""How much of each block stands in a gold text: the label of pages that nobody has labelled by reading."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from scraper.blocks.model import PageBlocks
from scraper.text.words import fold
from tests.support.texts import ngrams


def gold_shares(page: PageBlocks, gold: str) -> np.ndarray:
    """Share of each block's word triples in the gold text. If the page has more copies than the gold, those among most gold text count."""
    words = fold(gold)
    known = frozenset(ngrams(words))
    lines = Counter(fold(line) for line in gold.splitlines())
    keys = [fold(block.text) for block in page.blocks]
    shares = np.array([
        (sum(ngram in known for ngram in ngrams(key)) / len(ngrams(key)) if len(key) > 2 else float(key in lines)) if key else 0.0 for key in keys
    ])  # fmt: skip
    take_joined(keys, shares, known)
    copies: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if shares[place] >= 0.5:
            copies[key].append(place)
    good = (shares >= 0.5) * np.array([min(len(key), 40) for key in keys])
    whole = f" {' '.join(words)} "
    for key, places in copies.items():
        room = max(lines[key], whole.count(f" {' '.join(key)} ") if len(key) > 2 else 0, 1)
        for place in sorted(places, key=lambda place: -company(good, place))[room:]:
            shares[place] = 0.0
    return shares


def company(good: np.ndarray, place: int) -> float:
    """Words of gold text in the four blocks before and after a place."""
    return float(good[max(place - 4, 0) : place].sum() + good[place + 1 : place + 5].sum())


def take_joined(keys: Sequence[tuple[str, ...]], shares: np.ndarray, known: frozenset[tuple[str, ...]]) -> None:
    """Raise blocks of one or two words that the gold text joins with the block before or after."""
    filled = [place for place, key in enumerate(keys) if key]
    for at, place in enumerate(filled):
        key, missing = keys[place], 3 - len(keys[place])
        if missing <= 0 or shares[place] >= 0.5:
            continue
        before = [keys[other] for other in filled[max(at - 1, 0) : at] if shares[other] >= 0.5]
        after = [keys[other] for other in filled[at + 1 : at + 2] if shares[other] >= 0.5]
        if any(own[-missing:] + key in known for own in before) or any(key + own[:missing] in known for own in after):
            shares[place] = 1.0
