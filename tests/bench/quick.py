"""Measures the speeds that users feel, each beside the tool that they would use instead, in under five minutes.

    python -m tests.bench.quick [CORPUS] [--only WORD] [--pages 1000]

CORPUS is a folder of folders with `gold.jsonl` and `pages/ID.html.gz`. Prints a row for each line of `docs/performance.md`:
its goal, what was measured, and the figures behind it. Both sides of a ratio take turns in one run, and all but the times of
several processes are seconds of CPU (user and system, the processes of a command together): other work on the machine lengthens
these least. Exits 1 if a goal is missed.

A new row is a function that takes a `Bench` and gives a `Figure`, and its row in `ROWS`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.corpus import read_corpus
from tests.support import ROOT

COLD_STARTS: Final = 7
"""Starts of a process, of which the median counts."""
COMPARED_PAGES: Final = 120
JSONL_PAGES: Final = 200
JSONL_RUNS: Final = 3
"""Runs of each side, of which the median counts: within one run the machine may change its speed by half."""
WARM_UP_PAGES: Final = 3
"""Pages of a run before a row, by which Python keeps compiled code."""
FARM_PAGES: Final = 300
SECONDS: Final = "s"
TIMES: Final = "times"
A_SECOND: Final = "articles a second of CPU"

ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""That of users, for whom Python keeps compiled code: else our modules are compiled anew each time, those of peers are not."""

CUTTINGS: Final = (sys.executable, "-m", "archive")
TRAFILATURA: Final = (sys.executable, "-m", "trafilatura.cli")
PEER: Final = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from trafilatura import bare_extraction
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    found = bare_extraction(row["html"], url=row["url"], with_metadata=True)
    print(json.dumps(found.as_dict() if found else {}, default=str))
"""
"""What a user of trafilatura would write in place of `clean --jsonl`."""


class Figure(NamedTuple):
    """What was measured, in the unit of its row, and the figures behind it."""

    value: float
    detail: str


class Cost(NamedTuple):
    """Seconds of a process and its children."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Bench:
    """The folder of the corpora, a folder for files, and the pages of the longest row."""

    corpus: Path
    folder: Path
    pages: int

    def page(self) -> Path:
        """A page of the corpus as a file."""
        file = self.folder / "page.html"
        _, body = next(read_corpus(self.corpus / "andy-dev"))
        file.write_bytes(body)
        return file

    def archive(self) -> Path:
        """A small archive: that of the demo."""
        file = self.folder / "demo.db"
        if not file.exists():
            run((*CUTTINGS, "demo", "--db", str(file)))
        return file

    def jsonl(self, pages: int) -> Path:
        """The first pages of the corpora as lines for `clean --jsonl`."""
        file = self.folder / f"{pages}.jsonl"
        folders = sorted(one.parent for one in self.corpus.glob("*/gold.jsonl"))
        rows = (pair for folder in folders for pair in read_corpus(folder))
        with file.open("w", encoding="utf-8") as out:
            for row, body in islice(rows, pages):
                text = body.decode("utf-8", "replace")
                out.write(json.dumps({"id": row["id"], "url": row["url"], "html": text}) + "\n")
        return file


def run(command: Sequence[str]) -> Cost:
    """The cost of a command, whose output is dropped."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)[:200]}: ended with code {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start)


def by_turns(*commands: Sequence[str], times: int) -> list[float]:
    """The median seconds of CPU of each command, whose code is compiled; all commands run once, then all again."""
    rounds = [[run(command).cpu for command in commands] for _ in range(times)]
    return [statistics.median(costs) for costs in zip(*rounds, strict=True)]


def compiled_by_turns(*commands: Sequence[str]) -> list[float]:
    """The same for `COLD_STARTS` starts, after one of each command, which compiles its code."""
    for command in commands:
        run(command)
    return by_turns(*commands, times=COLD_STARTS)


def clean_cold(bench: Bench) -> Figure:
    page = str(bench.page())
    ours, theirs = compiled_by_turns((*CUTTINGS, "clean", page), (*TRAFILATURA, "-i", page))
    return Figure(ours / theirs, f"cuttings clean {ours:.2f} s of CPU, trafilatura {theirs:.2f}")


def reading_cold(bench: Bench) -> Figure:
    db = ("--db", str(bench.archive()))
    names = (("search", "tide"), ("show", "1"), ("status",))
    costs = compiled_by_turns(*((*CUTTINGS, *words, *db) for words in names))
    detail = ", ".join(f"{words[0]} {cost:.2f}" for words, cost in zip(names, costs, strict=True))
    return Figure(max(costs), f"seconds of CPU: {detail}")


def extraction(bench: Bench) -> Figure:
    from trafilatura import bare_extraction

    from scraper.extraction.extract import extract
    from scraper.rules.loader import built_in_rules
    from tests.support.pages import page

    rules = built_in_rules()
    rows = list(islice(read_corpus(bench.corpus / "andy-dev"), COMPARED_PAGES + 20))
    pages = [(page(body, url=row["url"]), body.decode("utf-8", "replace"), row["url"]) for row, body in rows]
    spent = [0.0, 0.0]
    for number, (one, text, url) in enumerate(pages):
        start = time.process_time()
        extract(one, rules)
        middle = time.process_time()
        bare_extraction(text, url=url, with_metadata=True)
        if number >= 20:  # the first pages compile patterns and fill caches
            spent[0] += middle - start
            spent[1] += time.process_time() - middle
    ours, theirs = (1000 * seconds / COMPARED_PAGES for seconds in spent)
    return Figure(theirs / ours, f"milliseconds of CPU a page: extract {ours:.1f}, bare_extraction {theirs:.1f}")


def jsonl_against_peer(bench: Bench) -> Figure:
    few, pages = str(bench.jsonl(WARM_UP_PAGES)), str(bench.jsonl(JSONL_PAGES))
    run((*CUTTINGS, "clean", "--jsonl", few))
    command = (*CUTTINGS, "clean", "--jsonl", "--jobs", "1", pages)
    ours, theirs = by_turns(command, (sys.executable, "-c", PEER, pages), times=JSONL_RUNS)
    return Figure(
        theirs / ours, f"{JSONL_PAGES} pages: clean --jsonl {ours:.1f} s of CPU, trafilatura in a script {theirs:.1f}"
    )


def jsonl_two_jobs(bench: Bench) -> Figure:
    few, pages = str(bench.jsonl(WARM_UP_PAGES)), str(bench.jsonl(bench.pages))
    run((*CUTTINGS, "clean", "--jsonl", few))
    one, two = (run((*CUTTINGS, "clean", "--jsonl", "--jobs", jobs, pages)).wall for jobs in ("1", "2"))
    return Figure(one / two, f"{bench.pages} pages: --jobs 1 {one:.1f} s, --jobs 2 {two:.1f}; needs two idle cores")


def farm(bench: Bench) -> Figure:
    """The line that `tests.bench.farm` prints."""
    command = [sys.executable, "-m", "tests.bench.farm", str(bench.corpus / "wcxb-dev"), "--pages", str(FARM_PAGES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [line.strip() for line in done.stdout.splitlines() if "times the spider's" in line]
    if not found:
        return Figure(0.0, f"not measured: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return Figure(float(found[0].split()[0]), f"{FARM_PAGES} pages of 40 sites on loopback: {found[0]}")


def saving(bench: Bench) -> Figure:
    from tests.bench.growth import QUICK_ARTICLES, quick_growth

    figures = quick_growth(bench.folder / "grown.db")
    reading = ", ".join(f"{name} {figures[name]:.0f}" for name in ("status", "front page", "health"))
    detail = f"{QUICK_ARTICLES:,} articles in batches of 1,000; then milliseconds of CPU: {reading}"
    return Figure(figures["per_cpu_second"], detail)


def updating(bench: Bench) -> Figure:
    from tests.bench.growth import QUICK_ARTICLES, quick_update

    seconds = quick_update(bench.folder / "old.db")
    return Figure(
        1e6 / QUICK_ARTICLES * seconds, f"{QUICK_ARTICLES:,} articles of the first version: {seconds:.2f} s of CPU"
    )


class Row(NamedTuple):
    """A line of the table. The goal is the least value, or, with `at_most`, the greatest."""

    name: str
    unit: str
    goal: float
    measure: Callable[[Bench], Figure]
    at_most: bool = False


ROWS: Final = (
    Row("`clean FILE`, cold, against trafilatura's command", TIMES, 1.17, clean_cold, at_most=True),
    Row("`search`, `show`, `status` of a small archive, cold", SECONDS, 0.25, reading_cold, at_most=True),
    Row("`extract` against `bare_extraction(with_metadata=True)`", TIMES, 3.0, extraction),
    Row("`clean --jsonl --jobs 1` against trafilatura in a script", TIMES, 2.5, jsonl_against_peer),
    Row("`clean --jsonl --jobs 2` against `--jobs 1`", TIMES, 1.85, jsonl_two_jobs),
    Row("`scrape` of 40 sites against a Scrapy spider", TIMES, 5.0, farm),
    Row("saving articles in bulk", A_SECOND, 2_000, saving),
    Row("bringing an old archive up to date, for a million articles", SECONDS, 300, updating, at_most=True),
)


def lines_of(bench: Bench, rows: Sequence[Row]) -> Iterator[tuple[bool, str]]:
    """For each row whether its goal was met, and its line."""
    for row in rows:
        start = time.perf_counter()
        value, detail = row.measure(bench)
        met = value <= row.goal if row.at_most else value >= row.goal
        sign = "≤" if row.at_most else "≥"
        took = f"({time.perf_counter() - start:.0f} s)"
        yield (
            met,
            f"{'met   ' if met else 'missed'} {row.name}: {value:.2f} {row.unit} (goal {sign} {row.goal:g}); {detail} {took}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", nargs="?", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--only", default="", help="only rows whose name holds this word")
    parser.add_argument("--pages", type=int, default=1000, help="pages of the row on --jobs 2")
    args = parser.parse_args()
    if not (args.corpus / "andy-dev" / "gold.jsonl").is_file():
        sys.exit(f"{args.corpus}: holds no andy-dev/gold.jsonl; name the folder of the corpora")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args.corpus, Path(folder), args.pages)
        for met, line in lines_of(bench, [row for row in ROWS if args.only in row.name]):
            missed += not met
            print(line, flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
