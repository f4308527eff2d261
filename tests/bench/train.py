"""Trains the block scorer, and measures it on sites that it was not trained on.

    python -m tests.bench.train CORPUS [--folds 5] [--write scraper/scoring/scorer.npz]

CORPUS is a folder of folders with `gold.jsonl` and `pages/ID.html.gz`. Cross-validation is by site, over all folders
together. Only `--write` stores a model. Needs the extra `train` (catboost).
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from courlan import extract_domain

from scraper.blocks.model import PageBlocks
from scraper.extraction.candidates import make_candidates
from scraper.extraction.extract import extract_scored
from scraper.extraction.page_read import PageRead, title_position
from scraper.extraction.strip import strip_blocks
from scraper.rules.loader import built_in_rules
from scraper.scoring.features import compute_features
from scraper.scoring.inputs import PageContext, WordOdds
from scraper.scoring.scorer import MAX_UNLIKELY_SCORE, Forest, Scorer, save_scorer
from scraper.scoring.second_pass import second_pass_features
from scraper.text.words import fold, name_words, ngrams
from scraper.types import Page
from tests.bench.corpus import load_score
from tests.gate.pages import load_pages
from tests.support.gold import Gold
from tests.support.pages import page


@dataclass(frozen=True, slots=True)
class Sample:
    """One page, ready for training. `labels` has for each block its share in the gold text; `foreign` marks blocks that the score calls foreign."""

    corpus: str
    gold: dict[str, Any]
    site: str
    read: PageRead
    labels: np.ndarray
    foreign: np.ndarray

    @property
    def page(self) -> PageBlocks:
        return self.read.blocks

    @property
    def context(self) -> PageContext:
        return self.read.context


def read_sample(task: tuple[str, Path, dict[str, Any]]) -> Sample:
    corpus, file, gold = task
    read = page(gzip.decompress(file.read_bytes()), url=gold["url"])
    return make_sample(corpus, gold, read, site=extract_domain(gold["url"]) or gold["url"])


def own_samples() -> list[Sample]:
    """The gate's pages, for the languages that the corpora hardly have; a language is a site, so that it is held out as one."""
    return [
        make_sample(
            "gate",
            {"text": own_text(page.gold), "title": page.gold.title, "url": page.gold.url},
            page.fetched,
            site=page.key[:2],
        )
        for page in load_pages()
    ]


def own_text(gold: Gold) -> str:
    """The expected text of a page, with the standfirst, which the gate allows."""
    return "\n".join([gold.standfirst, *(text for _, text in gold.body)])


def make_sample(corpus: str, gold: dict[str, Any], page: Page, *, site: str) -> Sample:
    read = extract_scored(page, built_in_rules()).read
    said = f"{gold['text']}\n{gold.get('title') or ''}"
    return Sample(corpus, gold, site, read, label(read.blocks, gold["text"]), foreign(read.blocks, said))


def foreign(page: PageBlocks, said: str) -> np.ndarray:
    """Whether each block is foreign in the sense of the score: three or more words that neither gold text nor title contains."""
    known = frozenset(ngrams(fold(said)))
    keys = [fold(block.text) for block in page.blocks]
    return np.array(
        [len(key) > 2 and sum(ngram in known for ngram in ngrams(key)) < 0.3 * len(ngrams(key)) for key in keys],
        dtype=bool,
    )


def label(page: PageBlocks, gold: str) -> np.ndarray:
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


def fold_of(site: str, folds: int) -> int:
    return crc32(site.encode()) % folds


def learn_evidence(samples: Iterable[Sample]) -> WordOdds:
    """Log-odds of words, each site counting once for a word and side; words of fewer than four sites are left out."""
    names: dict[str, Counter[bool]] = defaultdict(Counter)
    words: dict[str, Counter[bool]] = defaultdict(Counter)
    by_site: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_site[sample.site].append(sample)
    for group in by_site.values():
        own_names: dict[tuple[str, bool], int] = Counter()
        own_words: dict[tuple[str, bool], int] = Counter()
        for sample in group:
            count_words(sample, own_names, own_words)
        for own, all_of in ((own_names, names), (own_words, words)):
            for word in {word for word, _ in own}:
                yes, no = own.get((word, True), 0), own.get((word, False), 0)
                all_of[word][True] += yes / (yes + no)
                all_of[word][False] += no / (yes + no)
    return WordOdds(log_odds(names), log_odds(words))


def count_words(sample: Sample, names: Counter[Any], words: Counter[Any]) -> None:
    for block, share in zip(sample.page.blocks, sample.labels, strict=True):
        body = bool(share >= 0.5)
        place = block.container
        for _ in range(4):
            container = sample.page.containers[place]
            for word in set(name_words(container.names)):
                names[word, body] += 1
            if container.parent < 0:
                break
            place = container.parent
        own = fold(block.text)
        if len(own) <= 60:
            for word in set(own):
                words[word, body] += 1


def log_odds(counts: dict[str, Counter[bool]], *, least: int = 4, smooth: float = 1.0) -> dict[str, float]:
    total = Counter[bool]()
    for own in counts.values():
        total.update(own)
    prior = total[True] / max(sum(total.values()), 1)
    return {
        word: round(
            math.log((own[True] + smooth * prior) / (own[False] + smooth * (1 - prior)))
            - math.log(prior / (1 - prior)),
            2,
        )
        for word, own in sorted(counts.items())
        if sum(own.values()) >= least
    }


USUAL_WEIGHT: Final = 25.0
"""Sum of the weights of all blocks of a page of usual length."""


def weights(sample: Sample) -> np.ndarray:
    """Cost of an error on each block: full for a foreign line of three words, by its share of the text for a lost line.

    A page of many blocks weighs more, but not by all of them: it is a single page, and its gold may be wrong.
    """
    size = np.array([len(fold(block.text)) for block in sample.page.blocks], dtype=float)
    body = sample.labels >= 0.5
    share = size / max(size[body].sum(), 1)
    own = np.where(
        body, 0.3 + np.minimum(12 * share, 3.0), np.where(sample.foreign, 1.2, np.where(size >= 3, 0.7, 0.18))
    )
    return np.asarray(own * math.sqrt(USUAL_WEIGHT / max(own.sum(), 5.0)))


def load(corpus: Path, cache: Path | None) -> list[Sample]:
    if cache and cache.exists():
        return pickle.loads(cache.read_bytes())  # type: ignore[no-any-return]
    tasks = [
        (folder.name, folder / "pages" / f"{row['id']}.html.gz", row)
        for folder in sorted(corpus.iterdir())
        if (folder / "gold.jsonl").exists()
        for row in map(json.loads, (folder / "gold.jsonl").open(encoding="utf-8"))
    ]
    with ProcessPoolExecutor(2) as pool:
        samples = [s for s in pool.map(read_sample, tasks, chunksize=8) if s.gold["text"] and s.page.blocks]
    samples += own_samples()
    if cache:
        cache.write_bytes(pickle.dumps(samples))
    return samples


def fit(
    rows: Sequence[dict[str, np.ndarray]],
    samples: Sequence[Sample],
    *,
    trees: int,
    rate: float,
    regular: float,
    chosen: Sequence[np.ndarray] | None = None,
) -> Forest:
    """Symmetric trees over the columns of many pages; `chosen` picks the blocks of each page that count."""
    from catboost import CatBoostClassifier

    names = tuple(rows[0])
    pick = chosen or [np.ones(len(sample.labels), dtype=bool) for sample in samples]
    model = CatBoostClassifier(
        iterations=trees, depth=6, learning_rate=rate, l2_leaf_reg=regular, rsm=0.3, bootstrap_type="Bernoulli", subsample=0.7,
        random_seed=1, verbose=0, thread_count=2, allow_writing_files=False,
    )  # fmt: skip
    model.fit(
        np.concatenate(
            [np.stack([row[name] for name in names], axis=1)[own] for row, own in zip(rows, pick, strict=True)]
        ),
        np.concatenate([(sample.labels >= 0.5).astype(int)[own] for sample, own in zip(samples, pick, strict=True)]),
        sample_weight=np.concatenate([weights(sample)[own] for sample, own in zip(samples, pick, strict=True)]),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        return read_forest(json.loads(file.read_text()), names)


def read_forest(model: dict[str, Any], names: tuple[str, ...], *, levels: int = 6) -> Forest:
    """Catboost's JSON as arrays. A tree of fewer levels gets questions that no block answers with yes."""
    trees = model["oblivious_trees"]
    features = np.zeros((len(trees), levels), dtype=np.int64)
    borders = np.full((len(trees), levels), np.inf, dtype=np.float32)
    leaves = np.zeros((len(trees), 2**levels), dtype=np.float32)
    for place, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or []):
            features[place, level] = split["float_feature_index"]
            borders[place, level] = split["border"]
        leaves[place, : len(tree["leaf_values"])] = tree["leaf_values"]
    scale, bias = model["scale_and_bias"]
    return Forest(names, features, borders, (leaves * scale).astype(np.float32), float(bias[0]))


@dataclass(frozen=True, slots=True)
class Trained:
    """Scores of every page by models that did not see its site, and the columns from which a final model is made."""

    first: list[np.ndarray]
    second: list[np.ndarray]
    columns: list[dict[str, np.ndarray]]
    again: list[dict[str, np.ndarray]]


FIRST_PASS: Final = {"trees": 300, "rate": 0.08, "regular": 5.0}
SECOND_PASS: Final = {"trees": 250, "rate": 0.06, "regular": 8.0}


def cross_validate(samples: Sequence[Sample], *, folds: int) -> Trained:
    where = np.array([fold_of(sample.site, folds) for sample in samples])
    evidence = [
        learn_evidence(s for s, own in zip(samples, where, strict=True) if own != fold) for fold in range(folds)
    ]
    columns = [compute_features(s.page, s.context, evidence[own]) for s, own in zip(samples, where, strict=True)]
    first = held_out(columns, samples, where, **FIRST_PASS)
    again = [second_pass_features(s.page, c, f) for s, c, f in zip(samples, columns, first, strict=True)]
    chosen = [scores > MAX_UNLIKELY_SCORE for scores in first]
    second = held_out(again, samples, where, chosen=chosen, **SECOND_PASS)
    return Trained(
        first, [np.where(own, new, old) for own, new, old in zip(chosen, second, first, strict=True)], columns, again
    )


def held_out(
    rows: Sequence[dict[str, np.ndarray]],
    samples: Sequence[Sample],
    where: np.ndarray,
    *,
    chosen: Sequence[np.ndarray] | None = None,
    **how: Any,
) -> list[np.ndarray]:
    """Scores of each page by a forest grown on the other folds."""
    scores: list[np.ndarray] = [np.zeros(0)] * len(samples)
    for held in sorted(set(where.tolist())):
        train = np.flatnonzero(where != held)
        pick = [chosen[i] for i in train] if chosen else None
        forest = fit([rows[i] for i in train], [samples[i] for i in train], chosen=pick, **how)
        for i in np.flatnonzero(where == held):
            scores[i] = forest.score(rows[i])
    return scores


def texts(samples: Sequence[Sample], scores: Sequence[np.ndarray], *, floor: float) -> list[str]:
    """Texts that the stripper with all rules would keep at these scores."""
    found = []
    for sample, own in zip(samples, scores, strict=True):
        start = title_position(sample.page, sample.context.title)
        stripped = strip_blocks(make_candidates(sample.read, own.tolist()), floor=floor, start=start)
        keep = set(stripped.kept)
        found.append("\n\n".join(block.text for block in sample.page.blocks if block.position in keep))
    return found


def figures(samples: Sequence[Sample], found: Sequence[str], score: Any) -> None:
    for corpus in sorted({sample.corpus for sample in samples}):
        pairs = [
            ({"text": text}, {"text": s.gold["text"], "title": s.gold.get("title")})
            for s, text in zip(samples, found, strict=True)
            if s.corpus == corpus
        ]
        own = score.report(pairs)
        print(
            f"  {corpus:11}",
            " ".join(
                f"{name}={own[name]:.3f}" for name in ("f1", "precision", "recall", "perfect", "leaky", "foreign/page")
            ),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--cache", type=Path, help="keep the read pages here between runs, until rules or reading change"
    )
    parser.add_argument("--keep", type=Path, help="keep the cross-validated scores here, to look into them")
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    samples = load(args.corpus, args.cache)
    trained = cross_validate(samples, folds=args.folds)
    if args.keep:
        args.keep.write_bytes(pickle.dumps(trained.second))
    score = load_score(args.corpus)
    for floor in (0.4, 0.5, 0.6):
        print(f"cross-validated by site, floor {floor}")
        figures(samples, texts(samples, trained.second, floor=floor), score)
    if args.write:
        first = fit(trained.columns, samples, **FIRST_PASS)
        second = fit(
            trained.again, samples, chosen=[scores > MAX_UNLIKELY_SCORE for scores in trained.first], **SECOND_PASS
        )
        save_scorer(Scorer(first, second, learn_evidence(samples)), args.write)
        print(f"wrote {args.write} ({args.write.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
