"""Brings a large archive of the first version up to date, with kills, and measures time, memory and the log.

    python -m tests.bench.updates [--articles 100000] [--kills 20] [--seed 7] [--archive FILE]

Fills an archive that the first commit made with articles of 300 words, or takes FILE, which it changes. `cuttings status` gets
SIGKILL at random moments and must go on each time where it was; the last one ends by itself. Prints seconds, the peak of memory
and of the log, and what `check` and `backup` take. Exits 1 if the work went back, a check finds damage, or memory grows over
the limit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import zstandard

from archive.schema.migrations import IN_ORDER, UNDER_WAY
from archive.store.columns import fingerprint
from tests.archive.schema.old_archives import ADD_ARTICLE, FIRST, unpack
from tests.bench.million import Generator
from tests.bench.watch import Kill, watch

MAX_MEMORY_BYTES: Final = 300_000_000
PART: Final = 1000
"""Articles that are added together."""
MAX_SECONDS: Final = 7200.0
TRIGGERS: Final = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'articles'"


def fill(path: Path, count: int) -> None:
    """Add articles to an archive of the first version. Its index is made at the end, in one go."""
    unpack(FIRST, path)
    generator = Generator()
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        triggers = conn.execute(TRIGGERS).fetchall()
        (last,) = conn.execute("SELECT max(id) FROM articles").fetchone()
        conn.execute("BEGIN")
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        for first in range(last + 1, last + 1 + count, PART):
            rows = list(old_rows(generator, first, min(PART, last + 1 + count - first)))
            for statement in ADD_ARTICLE.split(";"):
                conn.executemany(statement, rows)
        conn.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
        for _, sql in triggers:
            conn.execute(sql)
        conn.execute("COMMIT")


def old_rows(generator: Generator, first: int, count: int) -> Iterator[dict[str, Any]]:
    """The values of generated articles for `ADD_ARTICLE`."""
    for number, fetched in enumerate(generator.batch(first, count), first):
        article = fetched.extraction.article
        assert article is not None
        text, page = " ".join(block.text for block in article.blocks), fetched.page.body
        yield {
            "id": number,
            "url": article.url,
            "host": article.url.split("/")[2],
            "fingerprint": fingerprint(text),
            "text": text,
            "blocks": json.dumps([{"kind": "paragraph", "position": 0, "at": 0, "chars": len(text)}]),
            "link": number + 1000,
            "page": number + 1000,
            "bytes": len(page),
            "sha256": hashlib.sha256(page).hexdigest(),
            "body": zstandard.compress(page, 1),
        }


def position(path: Path) -> tuple[int, int, int]:
    """How far an archive is: migrations made, the step of the next one, and the number after which that step goes on."""
    with closing(sqlite3.connect(path)) as conn:
        names = dict(conn.execute("SELECT name, applied_at FROM _sqlite_migrations").fetchall())
    name, step, after = (names.pop(UNDER_WAY, "") or "none 0 0").split()
    done = len({migration.__name__ for migration in IN_ORDER} & set(names))
    return (done, 0, 0) if name in names else (done, int(step), int(after))


class LogWatch:
    """Notes the largest size of an archive's log, in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.log = path.with_name(path.name + "-wal")
        self.most_bytes = 0
        threading.Thread(target=self.look, daemon=True).start()

    def look(self) -> None:
        while True:
            with suppress(FileNotFoundError):
                self.most_bytes = max(self.most_bytes, self.log.stat().st_size)
            time.sleep(0.2)


def command(path: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "archive", *arguments, "--db", str(path)]


def update(path: Path, kills: int, chance: random.Random) -> Iterator[str]:
    """Kill the work at random moments, then let it end; yield faults."""
    log, seconds, peak, before = LogWatch(path), 0.0, 0, position(path)
    for number in range(kills + 1):
        kill = Kill(chance.uniform(0.5, 4)) if number < kills else None
        cost = watch(command(path, "status"), max_seconds=MAX_SECONDS, kill=kill)
        seconds, peak, now = seconds + cost.seconds, max(peak, cost.main_rss), position(path)
        print(f"  {cost.seconds:7.1f} s: {before} to {now}", flush=True)
        if now < before:
            yield f"kill {number}: the work went back from {before} to {now}"
        before = now
    print(f"up to date in {seconds:,.0f} s, peak {peak / 1e6:,.0f} MB, log at most {log.most_bytes / 1e6:,.0f} MB")
    if before != (len(IN_ORDER), 0, 0):
        yield f"the work ended at {before}"
    if peak > MAX_MEMORY_BYTES:
        yield f"the work took {peak / 1e6:,.0f} MB"


def keep(path: Path) -> Iterator[str]:
    """Check the archive and copy it; yield faults."""
    copy = path.with_name("copy.db")
    for arguments in (("check",), ("backup", str(copy))):
        cost = watch(command(path, *arguments), max_seconds=MAX_SECONDS)
        print(f"{arguments[0]}: {cost.seconds:,.1f} s, peak {cost.main_rss / 1e6:,.0f} MB", flush=True)
        if cost.code:
            yield f"{arguments[0]} ended with code {cost.code}: {cost.output}"
        if cost.main_rss > MAX_MEMORY_BYTES:
            yield f"{arguments[0]} took {cost.main_rss / 1e6:,.0f} MB"
    copy.unlink(missing_ok=True)


def main() -> int:
    """Build, bring up to date, check and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--archive", type=Path, help="an archive of the first version, which is changed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.archive or Path(folder) / "old.db"
        if not asked.archive:
            fill(path, asked.articles)
        print(f"{path.stat().st_size / 1e6:,.0f} MB before")
        faults = [*update(path, asked.kills, random.Random(asked.seed)), *keep(path)]
    for fault in faults:
        print(f"FAULT: {fault}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
