"""A day of cron in minutes: papers on loopback that change and break, and `cuttings scrape` every 15 simulated minutes.

    python -m tests.bench.day [--hours 24] [--settle-days 8] [--keep DIR]

Each run is the real command with its wall clock moved by libfaketime (extra `bench`). After the day come eight days with a run
every six hours, in which the papers only publish, so that every page's refetch comes due. Then each article's last state must be
in the archive; no page may have been requested too often, nor a body been sent twice; the alarms must be those of the injected
faults; memory, and the file of a day without changes, must not grow. Exits 1 on any fault.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from archive.maintenance.integrity import check_archive
from tests.bench.papers import Fault, Paper, PaperServer
from tests.support import ROOT
from tests.support.listening import in_thread
from tests.support.loopback import serving

START: Final = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
EVERY_MINUTES: Final = 15
SETTLE_MINUTES: Final = 360
MAX_GROWTH: Final = 1.15
"""Of the memory of later runs, compared with earlier ones."""
HOUR: Final = 60
DAY: Final = 24 * HOUR

PAPERS: Final[tuple[tuple[str, tuple[Fault, ...]], ...]] = (
    ("argus", ()),
    ("beacon", (Fault("down", 7 * HOUR, 9 * HOUR), Fault("errors", 15 * HOUR, 16 * HOUR))),
    ("courier", (Fault("feed", 6 * HOUR, 9 * HOUR), Fault("busy", 14 * HOUR, 15 * HOUR))),
    ("dispatch", (Fault("robots", 10 * HOUR, 15 * HOUR),)),
    ("echo", (Fault("shell", 11 * HOUR, 17 * HOUR),)),
    ("figaro", (Fault("quiet", DAY, 20 * DAY),)),
)
"""Name and faults of each paper."""
ALARMS: Final = {("dispatch", "shut"): (10, 15), ("echo", "emptied"): (11, 17), ("figaro", "silent"): (24, 480)}
"""Source and kind of each alarm that must be raised: the hours of its fault."""
MAX_HOURS_TO_RAISE: Final = {"shut": 0.5, "emptied": 1, "silent": 72}
MAX_REQUESTS: Final = 5
"""Of an unbroken article in ten days: once when it is new, and after an hour, six hours, a day and a week."""


@dataclass(slots=True)
class Measured:
    """Of each run: its minute, exit code, peak memory and the archive's size, in bytes."""

    runs: list[tuple[int, int, int, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def faketime_library() -> Path:
    """The library that moves a process's clock. Ends the program if it is not installed."""
    found = importlib.util.find_spec("libfaketime")
    for folder in found.submodule_search_locations or () if found else ():
        for library in Path(folder).rglob("libfaketime.so.1"):
            return library
    sys.exit("tests.bench.day: libfaketime is missing; install the extra `bench`")


def scrape(folder: Path, minute: int, library: Path, measured: Measured) -> None:
    """One run at a minute of the simulation."""
    now = START + timedelta(minutes=minute)
    clock = {"LD_PRELOAD": str(library), "FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    command = [sys.executable, "-m", "archive", "scrape", str(folder / "sources.toml"), "--db", str(folder / "day.db")]
    options = ["-q", "--allow-private", "--delay", "0", "--jobs", "1"]
    process = subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | clock | {"TZ": "UTC"}
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    size = (folder / "day.db").stat().st_size
    measured.runs.append((minute, process.returncode, usage.ru_maxrss * 1024, size))
    if process.returncode not in (0, 1) or "Traceback" in complaint:
        measured.complaints.append(f"minute {minute}: exit code {process.returncode}: {complaint.strip()[-500:]}")


def live(folder: Path, papers: list[Paper], *, hours: int, settle_days: int, library: Path) -> Measured:
    """Run the day and the days after it."""
    measured, day = Measured(), hours * HOUR
    minutes = [*range(EVERY_MINUTES, day + 1, EVERY_MINUTES)]
    minutes += range(day + SETTLE_MINUTES, day + settle_days * DAY + 1, SETTLE_MINUTES)
    for minute in minutes:
        if minute > day:
            for paper in papers:
                paper.every = SETTLE_MINUTES
        for paper in papers:
            paper.pass_time(minute, changing=minute <= day)
        scrape(folder, minute, library, measured)
        if minute % (2 * HOUR) == 0:
            print(f"  hour {minute // HOUR:3}: {measured.runs[-1]}", flush=True)
    return measured


def query(folder: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "day.db")) as conn:
        return conn.execute(sql, values).fetchall()


def state_faults(folder: Path, papers: list[Paper]) -> Iterator[str]:
    """Articles whose last state the archive does not have."""
    for paper in papers:
        assert paper.server is not None
        for story in paper.stories:
            urls = [paper.server.base + path for path in {story.path, story.path.replace("-moved", "")}]
            found = query(
                folder,
                "SELECT DISTINCT articles.id, articles.text FROM articles JOIN links ON links.article_id = articles.id WHERE links.url IN (?, ?)",
                urls[0],
                urls[-1],
            )
            texts = {text for _, text in found}
            if len(found) > len(set(urls)) or (not found and not story.gone):
                yield f"{paper.name} {story.number}: {len(found)} articles"
            if not story.gone and "\n\n".join(story.paragraphs(paper.name)) not in texts:
                yield f"{paper.name} {story.number}: the archive does not have its edition {story.edits + 1}"


def request_faults(papers: list[Paper], runs: int) -> Iterator[str]:
    """Requests that were too many."""
    for paper in papers:
        for path, minutes in paper.asked.items():
            if path == "/robots.txt":  # tried again while the paper is down
                continue
            if len(minutes) != len(set(minutes)):
                yield f"{paper.name}{path}: more than one request in one run"
            if path != "/feed.xml" and not paper.faults and len(minutes) > MAX_REQUESTS:
                yield f"{paper.name}{path}: {len(minutes)} requests, at {minutes}"
            if len(minutes) > runs:
                yield f"{paper.name}{path}: {len(minutes)} requests in {runs} runs"
        for (path, _), number in paper.sent.items():
            if number > 1 and not any(
                fault.kind == "shell" for fault in paper.faults
            ):  # without a text: asked for anew
                yield f"{paper.name}{path}: the same body was sent {number} times"
        for fault in paper.faults:
            yield from fault_requests(paper, fault)


def fault_requests(paper: Paper, fault: Fault) -> Iterator[str]:
    """Requests that a fault should have ended."""
    during = {
        path: [minute for minute in minutes if fault.start <= minute < fault.end]
        for path, minutes in paper.asked.items()
    }
    pages = sum(len(minutes) for path, minutes in during.items() if path != "/robots.txt")
    runs = (fault.end - fault.start) // EVERY_MINUTES
    if fault.kind == "robots" and pages:
        yield f"{paper.name}: {pages} requests that robots.txt forbade"
    if fault.kind == "busy" and pages > 2:
        yield f"{paper.name}: {pages} requests after Retry-After"
    if fault.kind == "down" and pages > 2 * runs:
        yield f"{paper.name}: {pages} requests while the paper was down, in {runs} runs"


def alarm_faults(folder: Path, *, hours: int) -> Iterator[str]:
    """Alarms that are missing, too many, too late or not closed."""
    raised = query(folder, "SELECT source, kind, raised_at, closed_at, detail FROM alarms ORDER BY raised_at")
    for row in raised:
        print(f"  alarm: {row}")
    for source, kind, at, closed, detail in raised:
        expected = ALARMS.get((source, kind))
        if expected is None:
            yield f"alarm without a fault: {source} {kind} at {at}: {detail}"
            continue
        late = (datetime.fromisoformat(at) - START).total_seconds() / 3600 - expected[0]
        if not 0 <= late <= MAX_HOURS_TO_RAISE[kind]:
            yield f"{source} {kind} was raised {late:.2f} hours after its fault"
        if kind != "silent" and closed is None:
            yield f"{source} {kind} was never closed"
    missing = {key for key, (start, _) in ALARMS.items() if start <= hours} - {row[:2] for row in raised}
    yield from (f"no alarm: {source} {kind}" for source, kind in sorted(missing))
    if len(raised) != len({row[:2] for row in raised}):
        yield "an alarm was raised twice"


def growth_faults(measured: Measured, *, articles: int, later: int) -> Iterator[str]:
    """Memory that grows from run to run, and a file that grows by more than its articles. `later` came after the day."""
    memory = [peak for _, _, peak, _ in measured.runs]
    first, last = statistics.median(memory[4:24]), statistics.median(memory[-20:])
    sizes = [size for _, _, _, size in measured.runs]
    print(f"  memory {first / 1e6:.0f} MB, then {last / 1e6:.0f} MB (most {max(memory) / 1e6:.0f} MB)")
    print(
        f"  file {sizes[4] / 1e6:.1f} MB, {sizes[95 if len(sizes) > 95 else -1] / 1e6:.1f} MB, {sizes[-1] / 1e6:.1f} MB"
    )
    if last > MAX_GROWTH * first:
        yield f"memory grew from {first / 1e6:.0f} to {last / 1e6:.0f} MB"
    if len(sizes) > 110 and sizes[-1] > MAX_GROWTH * sizes[95] * articles / (articles - later):
        yield f"the file grew from {sizes[95]:,} to {sizes[-1]:,} bytes for {later} more articles"


def simulate(folder: Path, *, hours: int, settle_days: int) -> list[str]:
    """Run everything; return faults."""
    library, papers = faketime_library(), [Paper(name, faults=faults) for name, faults in PAPERS]
    with ExitStack() as stack:
        for number, paper in enumerate(papers, 1):
            made = stack.enter_context(in_thread(serving({}, host=f"127.0.2.{number}", made=PaperServer)))
            assert isinstance(made, PaperServer)
            paper.server, made.paper = made, paper
        (folder / "sources.toml").write_text(
            '[defaults]\nuser_agent = "cuttings-bench (+https://example.org/bench)"\n'
            + "".join(
                f'[[source]]\nname = "{p.name}"\nkind = "feed"\nurl = "{p.server.base}/feed.xml"\n' for p in papers
            )  # type: ignore[union-attr]
        )
        measured = live(folder, papers, hours=hours, settle_days=settle_days, library=library)
        stories = [story for paper in papers for story in paper.stories]
        faults = [
            *measured.complaints,
            *state_faults(folder, papers),
            *request_faults(papers, len(measured.runs)),
            *alarm_faults(folder, hours=hours),
            *growth_faults(measured, articles=len(stories), later=sum(one.published > hours * HOUR for one in stories)),
            *(problem.line() for problem in check_archive(folder / "day.db").problems),
        ]
    requests = sum(len(minutes) for paper in papers for minutes in paper.asked.values())
    print(
        f"{len(measured.runs)} runs, {len(stories)} articles, {sum(story.edits for story in stories)} edits, ", end=""
    )
    print(f"{sum(story.gone > 0 for story in stories)} deleted, {requests} requests")
    return faults


def main() -> int:
    """Simulate and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--settle-days", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="an empty folder in which the archive is kept")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cuttings-day-") as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        faults = simulate(folder, hours=asked.hours, settle_days=asked.settle_days)
    for fault in faults:
        print(f"FAULT: {fault}")
    print(f"{time.monotonic() - began:.0f} s, {len(faults)} faults")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
