"""Measures whole scrape runs on many news sites on loopback, compared with a Scrapy spider.

    python -m tests.bench.farm [CORPUS] [--sites 40] [--pages 2000] [--signals 30] [--no-peer]

CORPUS is a folder with `gold.jsonl` and `pages/ID.html.gz`. The server `bench/newsfarm.py` is expected beside the folder of
corpora. If the corpus has fewer pages than requested, its pages are repeated with changed words. Runs `cuttings scrape` on all
feeds, again when every page is due to be refetched, then the spider (`spider.py`; needs the extra `bench`). Prints articles per
second, memory, and the counts of the server. With `--signals N` it makes archives by runs that get SIGTERM, SIGINT and SIGKILL
at random moments, and compares them with an archive of an undisturbed run. Exits 1 on any fault.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import re
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

from archive.store.lock import locked
from tests.bench.watch import CHILD_SECONDS, Cost, Kill, watch

CHECKOUT: Final = Path(__file__).parents[2]
PER_HOST: Final = 2
MAX_MEMORY_BYTES: Final = 600_000_000
"""Peak memory of the whole process tree. Memory that processes share counts in each."""
MAX_SECOND_RUN_SHARE: Final = 0.2
"""Share of the first run's time that the second run may take: it waits for answers, the first one extracts on all cores."""
SIGNAL_PAGES: Final = 300
READY_SECONDS: Final = 120.0
"""Seconds that the server may take to read its pages."""

CONTENTS: Final[dict[str, str]] = {
    "articles": """
SELECT url, title, text, authors, contributors, published, modified, site, host, source, language, section, tags, description,
  image, free, words, verdict, evidence, revision, fingerprint FROM articles""",
    "revisions": """
SELECT url, number, revisions.title, added, removed, rules_hash, origin, extractor, revisions.text, blocks
FROM revisions JOIN articles ON articles.id = article_id""",
    "removals": "SELECT url, rule, stage, kind, position, removals.text FROM removals JOIN articles ON articles.id = article_id",
    "pages": "SELECT url, status, used, sha256 FROM pages",
    "links": "SELECT url, kind, state, error FROM links",
}
"""Rows that must be equal in two archives of the same sites, in any order of fetching."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Size and place of the benchmark; `folder` is for archives and the source list."""

    corpus: Path
    sites: int
    pages: int
    latency_ms: float
    port: int
    folder: Path
    max_seconds: float
    server: Path

    @property
    def feeds(self) -> list[str]:
        return [f"http://127.0.1.{number}:{self.port}/feed.xml" for number in range(1, self.sites + 1)]


@dataclass(slots=True)
class Served:
    """The counts of the server, filled when it ends."""

    counts: dict[str, int] = field(default_factory=dict)


PARAGRAPH: Final = re.compile(r"(?<=<p>)[^<]+|(?<=<p )([^<>]*>)[^<]+")
WORD: Final = re.compile(r"\b[a-z]{4,}\b")
SYLLABLES: Final = ("ka", "mo", "ri", "su", "te", "vo", "na", "lu")


def widen(corpus: Path, pages: int, folder: Path) -> Path:
    """A corpus of this many pages: the corpus itself, or a copy in the folder with repeated, reworded pages."""
    rows = [json.loads(line) for line in (corpus / "gold.jsonl").open()]
    if pages <= len(rows):
        return corpus
    (folder / "pages").mkdir(parents=True)
    with (folder / "gold.jsonl").open("w") as gold:
        for number, row in enumerate(itertools.islice(itertools.cycle(rows), pages)):
            page = gzip.decompress((corpus / "pages" / f"{row['id']}.html.gz").read_bytes())
            again, name = number // len(rows), f"{row['id']}-{number // len(rows)}"
            if again:
                page = reworded(page.decode("utf-8", "surrogateescape"), SYLLABLES[again % len(SYLLABLES)]).encode(
                    "utf-8", "surrogateescape"
                )
            (folder / "pages" / f"{name}.html.gz").write_bytes(gzip.compress(page, 1))
            gold.write(json.dumps({"id": name, "title": f"{row.get('title') or name} {again or ''}".strip()}) + "\n")
    return folder


def reworded(page: str, syllable: str) -> str:
    """The page with every third longer word of its paragraphs changed, so that no four words in a row are left.

    >>> reworded("<p>some words that stand here</p>", "ka")
    '<p>some words thatka stand here</p>'
    """
    count = itertools.count(1)
    change = lambda word: word[0] + (syllable if next(count) % 3 == 0 else "")  # noqa: E731
    return PARAGRAPH.sub(lambda text: (text[1] or "") + WORD.sub(change, text[0].removeprefix(text[1] or "")), page)


@contextmanager
def farm(bench: Bench) -> Iterator[Served]:
    """Serve the sites until the block ends. Raises `TimeoutError` if they are not ready in time."""
    size = ("--sites", bench.sites, "--pages", bench.pages, "--latency-ms", bench.latency_ms)
    command = [
        sys.executable,
        bench.server,
        bench.corpus,
        *size,
        "--port",
        bench.port,
        "--seconds",
        READY_SECONDS + bench.max_seconds,
    ]
    served = Served()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        too_late = Timer(READY_SECONDS, process.kill)
        too_late.start()
        try:
            if not process.stdout.readline().startswith("ready:"):
                raise TimeoutError(f"{bench.server} did not start within {READY_SECONDS:g} s")
            too_late.cancel()
            yield served
            process.send_signal(signal.SIGTERM)
            served.counts = json.loads(process.communicate(timeout=30)[0])
        finally:
            too_late.cancel()
            process.kill()


def free_port() -> int:
    """A port that is free at the address of the first site."""
    with socket.socket() as probe:
        probe.bind(("127.0.1.1", 0))
        return int(probe.getsockname()[1])


def scrape(bench: Bench, archive: Path, *, kill: Kill | None = None, child_seconds: float = CHILD_SECONDS) -> Cost:
    """One run of `cuttings scrape` over all feeds. One second later every page is due to be refetched."""
    sources = bench.folder / "sources.toml"
    sources.write_text(
        '[defaults]\nuser_agent = "cuttings-bench (+https://example.org/bench)"\nrevisit = ["1s", "30d"]\n'
        + "".join(
            f'[[source]]\nname = "site{n}"\nkind = "feed"\nurl = "{url}"\n' for n, url in enumerate(bench.feeds, 1)
        )
    )
    options = ("--delay", "0", "--per-host", str(PER_HOST), "--allow-private", "--json")
    command = [sys.executable, "-m", "archive", "scrape", str(sources), "--db", str(archive), *options]
    return watch(command, max_seconds=bench.max_seconds, kill=kill, cwd=CHECKOUT, child_seconds=child_seconds)


def crawl(bench: Bench, archive: Path) -> Cost:
    """One run of the spider over all feeds."""
    return watch(
        [sys.executable, "-m", "tests.bench.spider", str(archive), *bench.feeds],
        max_seconds=bench.max_seconds,
        cwd=CHECKOUT,
    )


def query(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(archive)) as db:
        return db.execute(sql).fetchall()


def count_articles(archive: Path) -> int:
    return int(query(archive, "SELECT count(*) FROM articles")[0][0])


def report(name: str, cost: Cost, count: int, served: Served) -> float:
    """Print one line about a run; return articles per second."""
    rate = count / cost.seconds
    print(
        f"{name:12} {count:5} articles in {cost.seconds:6.1f} s  {rate:6.1f}/s  CPU main {cost.main_cpu:5.1f} s, tree {cost.tree_cpu:5.1f} s  "
        f"peak RSS main {cost.main_rss / 1e6:4.0f} MB, tree {cost.tree_rss / 1e6:4.0f} MB\n{'':12} farm: {json.dumps(served.counts)}",
        flush=True,
    )
    return rate


def first_faults(bench: Bench, archive: Path, cost: Cost, served: Served) -> Iterator[str]:
    """Faults of a first run."""
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
    if cost.tree_rss > MAX_MEMORY_BYTES:
        yield f"peak memory {cost.tree_rss / 1e6:.0f} MB"


def second_faults(bench: Bench, first: Cost, cost: Cost, served: Served) -> Iterator[str]:
    """Faults of a second run."""
    if cost.code not in (0, 1):
        yield f"the second run ended with code {cost.code}"
    if served.counts["articles"]:
        yield f"{served.counts['articles']} bodies were fetched again"
    if served.counts["not_modified"] < 0.99 * bench.pages:
        yield f"{served.counts['not_modified']} pages were refetched"
    if cost.seconds > MAX_SECOND_RUN_SHARE * first.seconds:
        yield f"the second run took {cost.seconds / first.seconds:.2f} of the first one's time"


SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
ENDINGS: Final = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}
"""Exit codes of runs that a signal ended. A run that ended before its signal has 0 or 1."""


def disturbed_runs(
    bench: Bench, reference: Path, *, signals: int, usual: float, chance: random.Random
) -> Iterator[str]:
    """Make archives by three runs that each get a signal at a random moment, and a last run that gets none; yield faults."""
    for trial in range(1, (signals + 2) // 3 + 1):
        archive = bench.folder / f"disturbed-{trial}.db"
        ended = []
        for number in chance.sample(SIGNALS, k=3):
            cost = scrape(bench, archive, kill=Kill(chance.uniform(0.02, 0.6) * usual, number))
            done = count_articles(archive) if archive.exists() else 0
            ended.append(f"{number.name} {cost.seconds:.1f} s {done}")
            if cost.code not in (ENDINGS[number], 0, 1):
                yield f"trial {trial}: a run that got {number.name} ended with code {cost.code}"
            with locked(archive):  # raises when the lock is held
                pass
        cost = scrape(bench, archive)
        print(
            f"{'':12} trial {trial:2}: {', '.join(ended)}, then {cost.seconds:.1f} s {count_articles(archive)}",
            flush=True,
        )
        if cost.code not in (0, 1):
            yield f"trial {trial}: the run after the signals ended with code {cost.code}"
        if (sound := query(archive, "PRAGMA integrity_check")) != [("ok",)]:
            yield f"trial {trial}: the archive is damaged: {sound[0][0]}"
        yield from (f"trial {trial}: {fault}" for fault in differences(reference, archive))


def differences(one: Path, other: Path) -> Iterator[str]:
    """Differences between the contents of two archives, table by table."""
    for table, sql in CONTENTS.items():
        left, right = Counter(query(one, sql)), Counter(query(other, sql))
        for sign, rows in (("missing", left - right), ("too many", right - left)):
            if rows:
                example = ", ".join(repr(value)[:80] for value in next(iter(rows)))
                yield f"{table}: {rows.total()} {sign}, such as {example}"


def measure(bench: Bench, *, peer: bool) -> list[str]:
    """Measure both runs and the spider, and print the figures; return faults."""
    ours, theirs = bench.folder / "cuttings.db", bench.folder / "spider.db"
    with farm(bench) as served:
        first = scrape(bench, ours)
    rate = report("cuttings", first, count_articles(ours), served)
    faults = list(first_faults(bench, ours, first, served))
    if peer:
        with farm(bench) as served:
            spider = crawl(bench, theirs)
        print(
            f"{'':12} {rate / report('spider', spider, count_articles(theirs), served):.2f} times the spider's articles per second, ",
            end="",
        )
        print(f"{spider.tree_cpu / max(first.tree_cpu, 0.1):.2f} times less CPU")
    with farm(bench) as served:
        second = scrape(bench, ours)
    report("second run", second, count_articles(ours), served)
    print(f"{'':12} {second.seconds / first.seconds:.2f} of the first run's time")
    return faults + list(second_faults(bench, first, second, served))


def disturb(bench: Bench, *, signals: int, chance: random.Random) -> list[str]:
    """Run with signals; return faults."""
    reference = bench.folder / "undisturbed.db"
    with farm(bench):
        usual = scrape(bench, reference)
        print(f"undisturbed  {count_articles(reference)} articles in {usual.seconds:.1f} s")
        return list(disturbed_runs(bench, reference, signals=signals, usual=usual.seconds, chance=chance))


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus/wcxb-dev"))
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--latency-ms", type=float, default=30)
    parser.add_argument(
        "--signals",
        type=int,
        default=0,
        metavar="N",
        help="instead, send N signals, a third of each kind, to runs of at most 300 pages",
    )
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="seed of the moments of the signals"
    )
    parser.add_argument("--no-peer", action="store_true", help="do not measure the spider")
    parser.add_argument("--max-seconds", type=float, default=900, help="seconds that one run may take")
    parser.add_argument("--keep", type=Path, help="an empty folder in which the archives are kept")
    return parser.parse_args(argv)


def main() -> None:
    args = parse()
    if not (args.corpus / "gold.jsonl").exists():
        sys.exit(f"{args.corpus}: the folder has no gold.jsonl; name the folder of a corpus")
    with tempfile.TemporaryDirectory(prefix="cuttings-farm-") as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        pages = min(args.pages, SIGNAL_PAGES) if args.signals else args.pages
        corpus = widen(args.corpus, pages, Path(scratch) / "corpus")
        server = args.corpus.resolve().parent.parent / "bench" / "newsfarm.py"
        bench = Bench(
            corpus,
            args.sites,
            pages,
            args.latency_ms,
            free_port(),
            folder,
            args.max_seconds * (args.signals + 1),
            server,
        )
        if args.signals:
            print(f"signals by --seed {args.seed}")
            faults = disturb(bench, signals=args.signals, chance=random.Random(args.seed))
        else:
            faults = measure(bench, peer=not args.no_peer)
    for fault in faults:
        print(f"FAULT: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
