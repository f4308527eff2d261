"""Texts that the project's stripper keeps at the network's scores, and their figures by ../shared/bench/truth.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any, Final, NamedTuple

import numpy as np

from scraper.extraction.extract import judge_page
from scraper.rules.loader import built_in_rules
from scraper.scoring.network import LABELS, OWN_OUTPUT, forward
from scraper.scoring.scorer import BlockScores, Scorer, kinds_of, probabilities
from scraper.types import RemovalKind
from tests.bench.corpus import load_measures
from tests.bench.train.labels import NO_LABEL
from tests.bench.train.reading import Sample, parse_page, read_source

MIN_KEPT: Final = 0.98


class Held(NamedTuple):
    """A page's own logits, and the removal kinds of its blocks, by a network that did not see the page's site."""

    sample: Sample
    logits: np.ndarray
    kinds: tuple[RemovalKind, ...]

    def scores(self, threshold: float) -> BlockScores:
        """The scores at which `threshold` becomes 0.5."""
        return BlockScores(probabilities(self.logits + np.log((1 - threshold) / threshold)), self.kinds)


def predict(scorer: Scorer, sample: Sample) -> Held:
    """What a scorer of threshold 0.5 says of a page."""
    _, read = parse_page(read_source(sample.source))
    logits = forward(scorer.network, scorer.read(read.blocks, read.context))
    return Held(sample, logits[:, OWN_OUTPUT], kinds_of(logits))


def predict_text(held: Held, *, threshold: float) -> dict[str, Any]:
    """A row for truth.py."""
    tree, read = parse_page(read_source(held.sample.source))
    read, stripped = judge_page(tree, read, held.scores(threshold), built_in_rules())
    blocks = read.blocks.blocks
    return {
        "id": held.sample.source.gold["id"],
        "text": "\n\n".join(blocks[place].text for place in stripped.shown),
        "removed": [
            {"text": removal.text, "kind": removal.kind, "rule": removal.rule_id}
            for removal in (*stripped.removals, *stripped.chrome)
        ],
    }


def measure(truth: Any, sample: Sample, text: str) -> dict[str, float]:
    """The page's figures: of truth-dev by its own blocks, of others by the blocks as they are read today."""
    file = sample.source.labelled and sample.source.labelled.file
    if file:
        blocks = [json.loads(line) for line in file.with_suffix(".blocks.jsonl").open(encoding="utf-8")]
        labels = truth.labels(file.with_suffix(".labels.txt"))
    else:
        _, read = parse_page(read_source(sample.source))
        blocks = [{"n": place, "text": block.text} for place, block in enumerate(read.blocks.blocks)]
        labels = {place: LABELS[label] for place, label in enumerate(sample.labels) if label != NO_LABEL}
    found = truth.page(blocks, labels, text)
    leaky, whole = bool(found["leaks"]), found["kept"] >= MIN_KEPT
    return {"perfect": whole and not leaky, "leaky": leaky, "whole": whole}


def show_figures(corpus: Path, pages: Sequence[Held], thresholds: Sequence[float]) -> list[dict[str, Any]]:
    """Print the figures at each threshold; returned are the rows for truth.py at the first."""
    truth = load_measures(corpus, "truth")
    first: list[dict[str, Any]] = []
    for threshold in thresholds:
        rows = [predict_text(held, threshold=threshold) for held in pages]
        first = first or rows
        figures: dict[str, list[dict[str, float]]] = {}
        for held, row in zip(pages, rows, strict=True):
            in_truth = held.sample.source.labelled and held.sample.source.labelled.file
            figures.setdefault("truth-dev" if in_truth else "labels", []).append(
                measure(truth, held.sample, row["text"])
            )
        for name, found in sorted(figures.items()):
            shares = " ".join(f"{key}={mean(page[key] for page in found):.3f}" for key in found[0])
            print(f"threshold {threshold:.2f} {name:9} pages={len(found)} {shares}", flush=True)
    return first
