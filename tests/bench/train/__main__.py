"""Trains the scorer, and measures it on sites that it was not trained on.

    python -m tests.bench.train CORPUS [--folds 5] [--fold N] [--predictions FILE.jsonl] [--write scraper/scoring/scorer.safetensors]

CORPUS is the folder with the gold corpora and truth-dev, and has bench/truth.py beside it. Cross-validation is by site; a
fold takes about three minutes on one processor. Only `--write` stores a scorer, of all pages. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from scraper.scoring.network import OWN_LABELS
from scraper.scoring.scorer import Scorer, save_scorer
from tests.bench.train.labels import NO_LABEL
from tests.bench.train.prediction import Held, predict, show_figures
from tests.bench.train.reading import Sample, load_samples
from tests.bench.train.targets import FIRST_FOREIGN
from tests.support.token_numbers import TokenNumbers

THRESHOLDS = (0.5, 0.42, 0.35)
"""Probabilities from which a block counts as the article's. A scorer is written with the first, and predictions are made at it:
a lower one keeps more texts whole, a higher one more texts clean."""


def fold_of(site: str, folds: int) -> int:
    return crc32(site.encode()) % folds


def train_scorer(
    samples: Sequence[Sample], numbers: TokenNumbers, *, threshold: float, args: argparse.Namespace
) -> Scorer:
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    from tests.bench.train.training import train  # JAX reads the variable when it is loaded

    return train(samples, numbers, seed=args.seed, threshold=threshold, epochs=args.epochs)


def accuracy(pages: Sequence[Held]) -> float:
    """Share of the own and the foreign blocks that a score of 0.5 tells apart."""
    labels, own = (
        np.concatenate([page.sample.labels for page in pages]),
        np.concatenate([page.logits for page in pages]) > 0,
    )
    told = (labels != NO_LABEL) & ((labels < len(OWN_LABELS)) | (labels >= FIRST_FOREIGN))
    return float((own == (labels < len(OWN_LABELS)))[told].mean())


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--fold", type=int, action="append", help="hold out this fold only; -1: none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--predictions", type=Path, help="write the texts of the held-out pages, for truth.py")
    parser.add_argument("--write", type=Path, help="store a scorer of all pages")
    return parser.parse_args()


def cross_validate(samples: Sequence[Sample], numbers: TokenNumbers, args: argparse.Namespace) -> list[Held]:
    """The held-out labelled pages of each fold, and the gate's."""
    held: list[Held] = []
    for fold in range(args.folds) if args.fold is None else [fold for fold in args.fold if fold >= 0]:
        training = [sample for sample in samples if fold_of(sample.site, args.folds) != fold]
        scorer = train_scorer(training, numbers, threshold=0.5, args=args)
        pages = [sample for sample in samples if fold_of(sample.site, args.folds) == fold and sample.is_measured]
        held += [predict(scorer, sample) for sample in pages]
        print(f"fold {fold}: {accuracy(held[-len(pages) :]):.4f} of own and foreign blocks told apart", flush=True)
    return held


def main() -> None:
    args = parse_arguments()
    numbers = TokenNumbers()
    samples = load_samples(args.corpus, numbers)
    held = cross_validate(samples, numbers, args)
    if held:
        rows = show_figures(args.corpus, held, THRESHOLDS)
        if args.predictions:
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            args.predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if args.write:
        save_scorer(train_scorer(samples, numbers, threshold=THRESHOLDS[0], args=args), args.write)
        print(f"wrote {args.write} ({args.write.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
