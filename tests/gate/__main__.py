"""Prints the mistakes of extraction on the gate's pages, each with the reason and score that decided.

`--update` lowers the floors to the mistakes of today. With `--loosen` it also raises floors, for a loss that is intended.
Exits 1 when a page has more mistakes than its floor allows.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from scraper.extraction.extract import ScoredExtraction, extract_scored
from scraper.rules.loader import built_in_rules
from tests.gate.floors import load_floors, tighten, total, write_floors
from tests.gate.measure import Mistakes, compare, flat
from tests.gate.pages import GatePage, load_pages


def reasons(scored: ScoredExtraction) -> Mapping[str, str]:
    """The reason and the score of each text of the page."""
    extraction = scored.extraction
    by_place = {removal.position: removal.rule_id for removal in (*extraction.removals, *extraction.chrome)}
    found: dict[str, str] = {}
    for block, score in zip(scored.read.blocks.blocks, scored.scores.own, strict=True):
        found[flat(block.text)] = f"{by_place.get(block.position, 'kept')} {score:.2f}"
    return found


def mistake_lines(page: GatePage, scored: ScoredExtraction, mistakes: Mistakes) -> Iterator[str]:
    """One line for each mistake on a page."""
    why = reasons(scored)
    kind_of = {text: kind for kind, text in (*page.gold.removals, *page.gold.body)} | dict.fromkeys(
        page.gold.corrections, "correction"
    )
    for name in asdict(mistakes.figures):
        for kind, text in getattr(mistakes, name):
            wanted = kind if name == "facts" else kind_of.get(text, "chrome")
            yield f"{page.key:28} {page.family:10} {name:5} {wanted:12} [{why.get(text, '')}] {text[:110]}"


def main() -> int:
    """Prints mistakes and totals; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__)
    parser.add_argument("--update", action="store_true", help="lower floors.toml to the mistakes of today")
    parser.add_argument("--loosen", action="store_true", help="with --update: also raise floors")
    parser.add_argument("--quiet", action="store_true", help="print only the totals")
    args = parser.parse_args()
    now = {}
    classes: Counter[tuple[str, str, str]] = Counter()
    for page in load_pages():
        scored = extract_scored(page.fetched, built_in_rules())
        mistakes = compare(page, scored.extraction)
        now[page.key] = mistakes.figures
        for line in mistake_lines(page, scored, mistakes):
            classes[(line.split()[2], line.split()[3], line.split("/")[0])] += 1
            if not args.quiet:
                print(line)
    floors = load_floors()
    for (name, kind, language), count in sorted(classes.items()):
        print(f"{name:6} {kind:14} {language:4} {count}")
    print(f"{len(now)} pages: {total(now)}")
    worse = [key for key, own in now.items() if key in floors and own.worse_than(floors[key])]
    for key in worse:
        print(f"{key} got worse: {now[key]}, was {floors[key]}", file=sys.stderr)
    if args.update:
        write_floors(now if args.loosen else tighten(floors, now))
    return 1 if worse and not args.loosen else 0


if __name__ == "__main__":
    sys.exit(main())
