"""Kills runs of `scrape` on many news sites: the main process alone, or the whole process group. Nothing may be lost.

    python -m tests.bench.killed_runs [CORPUS] [--kills 60] [--at group,main] [--sites 12] [--pages 120] [--seed 7]

CORPUS and its server are those of `tests.bench.farm`. An archive is made by runs of which each gets SIGKILL at a random
moment, and a last run that gets none. After each kill the archive must be undamaged and unlocked, each row of an earlier
moment must still be there, and no worker may be left after three seconds. At its end the archive must equal that of an
undisturbed run: texts, revisions, removals, metadata, raw pages and links, run times aside. Exits 1 on any fault.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from archive.maintenance.integrity import check_archive
from archive.store.lock import locked
from scraper.errors import LockedError
from tests.bench.farm import Bench, count_articles, differences, farm, free_port, query, scrape, widen
from tests.bench.watch import Kill

KILLS_PER_ARCHIVE: Final = 4
MAX_WAIT_SECONDS: Final = 1.0
"""A kill comes up to this long after a random number of articles. One that comes after the end of its run does not count."""
WORKER_SECONDS: Final = 3.0
"""Seconds that a worker may outlive its run."""

KEPT: Final[dict[str, str]] = {
    "articles": "SELECT url, revision >= 1 FROM articles",
    "revisions": "SELECT article_id, number, seen_at, text, blocks FROM revisions",
    "removals": "SELECT article_id, revision_id, rule, kind, position, text FROM removals",
    "pages": "SELECT link_id, sha256, fetched_at FROM pages WHERE used",
    "links": "SELECT url, first_seen FROM links",
}
"""Rows that no later moment may lack."""

Rows = dict[str, Counter[tuple[Any, ...]]]


def kept_rows(archive: Path) -> Rows:
    """The rows of an archive that must stay, by table; none for a missing archive."""
    return {table: Counter(query(archive, sql)) if archive.exists() else Counter() for table, sql in KEPT.items()}


def losses(archive: Path, before: Rows) -> Iterator[str]:
    """Faults of an archive after a kill."""
    if not archive.exists():
        return
    for problem in check_archive(archive).problems:
        yield problem.line()
    for table, rows in kept_rows(archive).items():
        if lost := before[table] - rows:
            yield f"{table}: {lost.total()} rows are lost, such as {str(next(iter(lost)))[:120]}"
    try:
        with locked(archive):
            pass
    except LockedError as exc:
        yield str(exc)


def killed_run(bench: Bench, archive: Path, kill: Kill) -> tuple[bool, Iterator[str]]:
    """A run that gets SIGKILL: whether it came before the run's end, and faults."""
    before = kept_rows(archive)
    try:
        cost = scrape(bench, archive, kill=kill, child_seconds=WORKER_SECONDS)
    except TimeoutError as exc:
        return True, iter([str(exc)])
    return cost.code == -kill.number, losses(archive, before)


def count_so_far(archive: Path) -> int:
    """The number of articles of an archive that may be missing or busy."""
    try:
        return count_articles(archive) if archive.exists() else 0
    except sqlite3.Error:
        return 0


def random_kill(archive: Path, pages: int, *, group: bool, chance: random.Random) -> Kill:
    """A kill in the part of a run that is left, counted in articles: a machine may be slow or quick."""
    target = count_so_far(archive) + chance.randint(0, pages // KILLS_PER_ARCHIVE)
    wait = chance.uniform(0, MAX_WAIT_SECONDS)
    return Kill(wait, group=group, ready=lambda: count_so_far(archive) >= target)


def kill_runs(bench: Bench, reference: Path, *, kills: int, group: bool, seed: int) -> Iterator[str]:
    """Kill this many runs before their end; yield faults."""
    chance, met, number = random.Random(seed), 0, 0
    name = "group" if group else "main"
    while met < kills:
        number += 1
        archive, counts = bench.folder / f"{name}-{number}.db", []
        for _ in range(min(KILLS_PER_ARCHIVE, kills - met)):
            kill = random_kill(archive, bench.pages, group=group, chance=chance)
            was_met, faults = killed_run(bench, archive, kill)
            met += was_met
            counts.append(count_so_far(archive))
            yield from (f"{name} {number}, after {counts[-1]} articles: {fault}" for fault in faults)
        cost = scrape(bench, archive, child_seconds=WORKER_SECONDS)
        print(f"  {name} {met:3} kills; articles after each {counts}, then {count_articles(archive)}", flush=True)
        if cost.code not in (0, 1):
            yield f"{name} {number}: the last run ended with code {cost.code}"
        yield from (f"{name} {number}: {problem.line()}" for problem in check_archive(archive).problems)
        yield from (f"{name} {number}: {fault}" for fault in differences(reference, archive))


def main() -> int:
    """Run the kills; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus/wcxb-dev"))
    parser.add_argument("--kills", type=int, default=60, help="kills of each kind")
    parser.add_argument("--at", default="group,main", help="group: the process group; main: the main process alone")
    parser.add_argument("--sites", type=int, default=12)
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    began, faults = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="cuttings-kills-") as scratch:
        folder = Path(scratch)
        corpus = widen(asked.corpus, asked.pages, folder / "corpus")
        server = asked.corpus.resolve().parent.parent / "bench" / "newsfarm.py"
        bench = Bench(corpus, asked.sites, asked.pages, 30, free_port(), folder, 100.0 * (asked.kills + 1), server)
        with farm(bench):
            reference = folder / "undisturbed.db"
            usual = scrape(bench, reference).seconds
            print(f"undisturbed: {count_articles(reference)} articles in {usual:.1f} s", flush=True)
            for at in asked.at.split(","):
                options = {"kills": asked.kills, "seed": asked.seed}
                found = []
                for fault in kill_runs(bench, reference, group=at == "group", **options):
                    print(f"FAULT: {fault}", flush=True)
                    found.append(fault)
                print(f"{at:5} {asked.kills} kills, {len(found)} faults", flush=True)
                faults += found
    print(f"{time.monotonic() - began:.0f} s, seed {asked.seed}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
