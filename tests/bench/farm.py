"""Measures the whole job on a farm of news sites on loopback, beside the spider that one would otherwise write.

    python -m tests.bench.farm [CORPUS] [--sites 40] [--pages 1000] [--kill 3] [--no-peer]

CORPUS is a folder with `gold.jsonl` and `pages/ID.html.gz`; `bench/newsfarm.py`, which serves it, stands beside the folder of
corpora. Runs `cuttings scrape` on all feeds, then again, then the spider (`spider.py`; extra `bench`), each on a farm of its
own, and prints articles a second, memory, and what the farm counted. With `--kill N` a third archive is made by runs that
are killed N times at random moments, and compared with that of the first. Exits 1 when something is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any, Final

from tests.bench.watch import Cost, watch

PER_HOST: Final = 2
MOST_MEMORY: Final = 500_000_000
"""Bytes that the whole process tree may have at its peak."""
READY: Final = 120.0
"""Seconds that a farm may take to read its pages."""

CONTENTS: Final[dict[str, str]] = {
    "articles": "SELECT url, title, text, authors, contributors, published FROM articles",
    "revisions": "SELECT url, number, revisions.title, revisions.text, blocks FROM revisions JOIN articles ON articles.id = article_id",
    "removals": "SELECT url, rule, stage, kind, position, removals.text FROM removals JOIN articles ON articles.id = article_id",
    "pages": "SELECT url, status, used, sha256 FROM pages",
    "links": "SELECT url, kind, state, error FROM links",
}
"""What must be the same in two archives of the same sites, whenever and in whatever order they were visited."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how large: `folder` takes archives and source list."""

    corpus: Path
    sites: int
    pages: int
    latency_ms: float
    port: int
    folder: Path
    most: float

    @property
    def feeds(self) -> list[str]:
        return [f"http://127.0.1.{number}:{self.port}/feed.xml" for number in range(1, self.sites + 1)]


@dataclass(slots=True)
class Served:
    """What a farm counted, once it is over."""

    counts: dict[str, int] = field(default_factory=dict)


@contextmanager
def farm(bench: Bench) -> Iterator[Served]:
    """The sites, for as long as the block runs. Raises `TimeoutError` when they are not ready in time."""
    script = bench.corpus.resolve().parent.parent / "bench" / "newsfarm.py"
    size = ("--sites", bench.sites, "--pages", bench.pages, "--latency-ms", bench.latency_ms)
    command = [sys.executable, script, bench.corpus, *size, "--port", bench.port, "--seconds", READY + bench.most]
    served = Served()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        too_late = Timer(READY, process.kill)
        too_late.start()
        try:
            if not process.stdout.readline().startswith("ready:"):
                raise TimeoutError(f"{script} did not start within {READY:g} s")
            too_late.cancel()
            yield served
            process.send_signal(signal.SIGTERM)
            served.counts = json.loads(process.communicate(timeout=30)[0])
        finally:
            too_late.cancel()
            process.kill()


def free_port() -> int:
    """A port that was free at the first site's address just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.1.1", 0))
        return int(probe.getsockname()[1])


def scrape(bench: Bench, archive: Path, *, kill_after: float | None = None) -> Cost:
    """One run of `cuttings scrape` over all feeds."""
    sources = bench.folder / "sources.toml"
    sources.write_text("".join(f'[[source]]\nname = "site{n}"\nkind = "feed"\nurl = "{url}"\n' for n, url in enumerate(bench.feeds, 1)))
    cuttings = Path(sys.executable).with_name("cuttings")
    options = ("--delay", "0", "--per-host", str(PER_HOST), "--allow-private", "--json")
    return watch([str(cuttings), "scrape", str(sources), "--db", str(archive), *options], most=bench.most, kill_after=kill_after)


def crawl(bench: Bench, archive: Path) -> Cost:
    """One run of the spider over all feeds."""
    checkout = Path(__file__).parents[2]
    return watch([sys.executable, "-m", "tests.bench.spider", str(archive), *bench.feeds], most=bench.most, cwd=checkout)


def query(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(archive)) as db:
        return db.execute(sql).fetchall()


def count_articles(archive: Path) -> int:
    return int(query(archive, "SELECT count(*) FROM articles")[0][0])


def report(name: str, cost: Cost, count: int, served: Served) -> float:
    """Prints one line on a run; returns articles a second."""
    rate = count / cost.seconds
    print(
        f"{name:12} {count:5} articles in {cost.seconds:6.1f} s  {rate:6.1f}/s  CPU main {cost.main_cpu:5.1f} s, tree {cost.tree_cpu:5.1f} s  "
        f"peak RSS main {cost.main_rss / 1e6:4.0f} MB, tree {cost.tree_rss / 1e6:4.0f} MB\n{'':12} farm: {json.dumps(served.counts)}",
        flush=True,
    )
    return rate


def first_faults(bench: Bench, archive: Path, cost: Cost, served: Served) -> Iterator[str]:
    """What a first run did not do as it must."""
    if cost.code not in (0, 1):
        yield f"the run ended with code {cost.code}"
    reasons = Counter(query(archive, "SELECT state, error FROM links WHERE kind = 'page' AND article_id IS NULL"))
    archived = query(archive, "SELECT count(*) FROM links WHERE kind = 'page' AND article_id IS NOT NULL")[0][0]
    print(f"{'':12} archived {archived}, listed with a reason {dict(reasons)}")
    if archived + reasons.total() != bench.pages:
        yield f"{bench.pages - archived - reasons.total()} pages are neither archived nor listed"
    if served.counts["private"]:
        yield f"{served.counts['private']} requests for what robots.txt forbids"
    if served.counts["most_in_flight_at_one_site"] > PER_HOST:
        yield f"{served.counts['most_in_flight_at_one_site']} requests in flight at one site"
    if served.counts["articles"] != bench.pages:
        yield f"{served.counts['articles']} bodies fetched for {bench.pages} pages"
    if cost.tree_rss > MOST_MEMORY:
        yield f"peak memory {cost.tree_rss / 1e6:.0f} MB"


def second_faults(cost: Cost, served: Served) -> Iterator[str]:
    """What a second run did not do as it must."""
    if cost.code not in (0, 1):
        yield f"the second run ended with code {cost.code}"
    if served.counts["articles"]:
        yield f"{served.counts['articles']} bodies fetched again"


def killed_runs(bench: Bench, archive: Path, *, kills: int, usual: float, chance: random.Random) -> Iterator[str]:
    """Makes an archive by runs that are killed, and a last that is not; what is wrong with the last."""
    for _ in range(kills):
        moment = chance.uniform(0.02, 0.45) * usual
        cost = scrape(bench, archive, kill_after=moment)
        done = count_articles(archive) if archive.exists() and query(archive, "SELECT 1 FROM sqlite_schema WHERE name = 'articles'") else 0
        print(f"{'':12} killed after {cost.seconds:.1f} s ({'over by itself' if cost.code != -signal.SIGKILL else f'{done} articles'})", flush=True)
    cost = scrape(bench, archive)
    if cost.code not in (0, 1):
        yield f"the run after the kills ended with code {cost.code}"
    if (sound := query(archive, "PRAGMA integrity_check")) != [("ok",)]:
        yield f"the archive is damaged: {sound[0][0]}"


def differences(one: Path, other: Path) -> Iterator[str]:
    """How the contents of two archives differ, table by table."""
    for table, sql in CONTENTS.items():
        left, right = Counter(query(one, sql)), Counter(query(other, sql))
        print(f"{'':12} {table}: {left.total()} undisturbed, {right.total()} after kills, {(left & right).total()} the same")
        for sign, rows in (("missing after kills", left - right), ("only after kills", right - left)):
            if rows:
                example = ", ".join(repr(value)[:80] for value in next(iter(rows)))
                yield f"{table}: {rows.total()} {sign}, such as {example}"


def measure(bench: Bench, *, kills: int, peer: bool, chance: random.Random) -> list[str]:
    """Runs everything and prints it; returns what is not as it must be."""
    ours, killed, theirs = (bench.folder / f"{name}.db" for name in ("cuttings", "killed", "spider"))
    with farm(bench) as served:
        first = scrape(bench, ours)
    rate = report("cuttings", first, count_articles(ours), served)
    faults = list(first_faults(bench, ours, first, served))
    if peer:
        with farm(bench) as served:
            spider = crawl(bench, theirs)
        print(f"{'':12} {rate / report('spider', spider, count_articles(theirs), served):.2f} times the spider's articles a second")
    with farm(bench) as served:
        second = scrape(bench, ours)
    report("second run", second, count_articles(ours), served)
    print(f"{'':12} {second.seconds / first.seconds:.2f} of the first run's time")
    faults += second_faults(second, served)
    if kills:
        with farm(bench) as served:
            faults += killed_runs(bench, killed, kills=kills, usual=first.seconds, chance=chance)
        print(f"{'':12} farm: {json.dumps(served.counts)}")
        faults += differences(ours, killed)
    return faults


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus/wcxb-dev"))
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=30)
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="also kill a run N times, and compare")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="of the moments of the kills")
    parser.add_argument("--no-peer", action="store_true", help="leave the spider out")
    parser.add_argument("--most", type=float, default=300, help="seconds that one run may take")
    parser.add_argument("--keep", type=Path, help="an empty folder to leave the archives in")
    return parser.parse_args(argv)


def main() -> None:
    args = parse()
    if not (args.corpus / "gold.jsonl").exists():
        sys.exit(f"{args.corpus}: holds no gold.jsonl; name the folder of a corpus")
    with tempfile.TemporaryDirectory(prefix="cuttings-farm-") as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        most = args.most * (args.kill + 1)
        bench = Bench(args.corpus, args.sites, args.pages, args.latency_ms, free_port(), folder, most)
        if args.kill:
            print(f"kills by --seed {args.seed}")
        faults = measure(bench, kills=args.kill, peer=not args.no_peer, chance=random.Random(args.seed))
    for fault in faults:
        print(f"FAULT: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
