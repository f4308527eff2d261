"""Scores `extract` on corpora of real pages with gold text, compared with trafilatura in the same run.

    python -m tests.bench.corpus [CORPUS] [--worst 5] [--only NAME] [--no-peer]

CORPUS is a folder of folders with `gold.jsonl` and `pages/ID.html.gz`. `bench/score.py` beside it computes the measures.
Prints for each corpus the figures of both, milliseconds of CPU per page and their ratio, and the pages that leak and lose
most. The shipped scorer was trained on these pages; `train.py` gives figures for sites that it was not trained on.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from trafilatura import bare_extraction

from tests.support.pages import extract_html

SHOWN: Final = ("f1", "precision", "recall", "perfect", "leaky", "foreign/page", "title", "date", "authors_f1")


@dataclass(frozen=True, slots=True)
class Done:
    """The result of one extractor on one page, and its seconds of CPU."""

    prediction: dict[str, Any]
    seconds: float


def read_corpus(folder: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Gold rows of a corpus, each with the bytes of its page."""
    for row in map(json.loads, (folder / "gold.jsonl").open(encoding="utf-8")):
        yield row, gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes())


def ours(row: dict[str, Any], body: bytes) -> dict[str, Any]:
    article = extract_html(body, url=row["url"]).article
    if article is None:
        return {"text": "", "title": "", "authors": [], "date": ""}
    published = article.published.isoformat() if article.published else ""
    return {"text": article.text, "title": article.title, "authors": list(article.authors), "date": published}


def peer(row: dict[str, Any], body: bytes) -> dict[str, Any]:
    found = bare_extraction(body.decode("utf-8", "replace"), with_metadata=True)
    if found is None:
        return {"text": "", "title": "", "authors": [], "date": ""}
    authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]  # type: ignore[union-attr]
    return {"text": found.text, "title": found.title or "", "authors": authors, "date": found.date or ""}  # type: ignore[union-attr]


def timed(task: Callable[[dict[str, Any], bytes], dict[str, Any]], item: tuple[dict[str, Any], bytes]) -> Done:
    started = time.process_time()
    prediction = task(*item)
    return Done(prediction, time.process_time() - started)


def load_measures(corpus: Path, name: str) -> Any:
    """A module of measures, beside the corpora: `score` or `truth`. Exits with a message if it is missing."""
    file = corpus.resolve().parent / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.exists() or spec is None or spec.loader is None:
        sys.exit(f"{file}: not found; name the folder that holds the corpora, with bench/{name}.py beside it")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def show_worst(score: Any, pairs: list[tuple[dict[str, Any], dict[str, Any]]], *, count: int) -> None:
    for label, lines in (
        ("leaks", lambda p, g: score.foreign_lines(p["text"], g["text"], g.get("title"))),
        ("loses", lambda p, g: score.foreign_lines(g["text"], p["text"])),
    ):
        ranked = sorted(((lines(p, g), g["url"]) for p, g in pairs), key=lambda found: -len(found[0]))[:count]
        for found, url in ranked:
            print(f"    {label} {len(found):3} {url[:110]}")
            for line in found[:3]:
                print(f"              {line[:120]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus"))
    parser.add_argument("--worst", type=int, default=3, help="number of pages to show that leak and lose most")
    parser.add_argument("--only", help="measure only the corpus of this name")
    parser.add_argument("--no-peer", action="store_true", help="do not measure trafilatura")
    args = parser.parse_args()
    folders = sorted(f.parent for f in args.corpus.glob("*/gold.jsonl") if args.only in (None, f.parent.name))
    if not folders:
        sys.exit(f"{args.corpus}: holds no folder with a gold.jsonl; name the folder of the corpora")
    score = load_measures(args.corpus, "score")
    with ProcessPoolExecutor(2) as pool:
        for folder in folders:
            items = list(read_corpus(folder))
            spent = {}
            for name, task in (("cuttings", ours),) if args.no_peer else (("cuttings", ours), ("trafilatura", peer)):
                done = list(pool.map(partial(timed, task), items, chunksize=4))
                pairs = [(one.prediction, row) for one, (row, _) in zip(done, items, strict=True)]
                figures = score.report(pairs)
                spent[name] = sum(one.seconds for one in done) / len(done)
                slowest = max(one.seconds for one in done)
                shown = " ".join(f"{key}={figures[key]:.3f}" for key in SHOWN if key in figures)
                print(
                    f"{folder.name:11} {name:11} {shown}  {spent[name] * 1000:.1f} ms/page, slowest {slowest:.2f} s",
                    flush=True,
                )
                if name == "cuttings":
                    show_worst(score, pairs, count=args.worst)
            if len(spent) == 2:
                print(
                    f"{folder.name:11} {spent['trafilatura'] / spent['cuttings']:.2f} times trafilatura's pages per second of CPU"
                )


if __name__ == "__main__":
    main()
