"""Shows what extraction gets wrong on the gate's pages, with the rule or score that decided; `--update` writes the floors.

`--update` only ever tightens; `--loosen` with it writes what is, for a loss that is meant. Exits 1 when a page is worse than its floor.
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
from tests.gate.measure import Wrong, compare, flat
from tests.gate.pages import GatePage, load_pages


def reasons(scored: ScoredExtraction) -> Mapping[str, str]:
    """For each text of the page the reason that decided on it and its score."""
    extraction = scored.extraction
    by_place = {removal.position: removal.rule_id for removal in (*extraction.removals, *extraction.chrome)}
    found: dict[str, str] = {}
    for block, score in zip(scored.read.blocks.blocks, scored.scores, strict=True):
        found[flat(block.text)] = f"{by_place.get(block.position, 'kept')} {score:.2f}"
    return found


def shown(page: GatePage, scored: ScoredExtraction, wrong: Wrong) -> Iterator[str]:
    """A line for each thing that is wrong with a page."""
    why = reasons(scored)
    kind_of = {text: kind for kind, text in (*page.gold.removals, *page.gold.body)} | dict.fromkeys(
        page.gold.corrections, "correction"
    )
    for name in asdict(wrong.figures):
        for kind, text in getattr(wrong, name):
            wanted = kind if name == "facts" else kind_of.get(text, "chrome")
            yield f"{page.key:28} {page.family:10} {name:5} {wanted:12} [{why.get(text, '')}] {text[:110]}"


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__)
    parser.add_argument("--update", action="store_true", help="tighten floors.toml to what is reached now")
    parser.add_argument("--loosen", action="store_true", help="with --update: allow what has got worse")
    parser.add_argument("--quiet", action="store_true", help="print the totals alone")
    args = parser.parse_args()
    now = {}
    classes: Counter[tuple[str, str, str]] = Counter()
    for page in load_pages():
        scored = extract_scored(page.fetched, built_in_rules())
        wrong = compare(page, scored.extraction)
        now[page.key] = wrong.figures
        for line in shown(page, scored, wrong):
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
