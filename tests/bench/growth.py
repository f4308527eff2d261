"""How saving and reading change as an archive grows, as figures and as a plot.

    python -m tests.bench.growth FILE.jsonl [--articles 1000000] [--folder DIR]
    python -m tests.bench.growth FILE.jsonl --plot docs/growth.svg

The first adds a line to FILE for each 20,000 generated articles: articles saved per second of CPU, the memory of the process,
bytes of the archive, and milliseconds of `status`, the front page and the page of sources. The second draws the lines as SVG.
`quick_growth` and `quick_update` measure small archives, for `make bench-quick`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from archive.monitoring.status import status
from archive.store.archive import Archive
from archive.store.connection import connect
from archive.web.front import read_front
from archive.web.health import read_health
from tests.bench.million import START, Generator, Saved
from tests.bench.updates import fill
from tests.bench.watch import rss

STEP: Final = 20_000
BATCH: Final = 1000
QUICK_ARTICLES: Final = 10_000
REFETCHED: Final = "UPDATE links SET next_try = NULL WHERE next_try IS NOT NULL AND kind = 'page'"
"""No link waits any more, as a week after its page was new: a million links that are due at once are no archive of a user's."""


def milliseconds(work: Callable[[], object]) -> float:
    """Milliseconds of CPU that the work takes the second time."""
    work()
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


def reading_times(archive: Archive) -> dict[str, float]:
    """Milliseconds of CPU of the pages that count the whole archive."""
    now = datetime.now(UTC)
    return {
        "status": milliseconds(lambda: status(archive, at=now)),
        "front page": milliseconds(lambda: read_front(archive, now=now)),
        "health": milliseconds(lambda: read_health(archive)),
    }


def grow(archive: Archive, articles: int) -> Iterator[dict[str, Any]]:
    """Save generated articles; the figures after the first 10,000 and after each STEP."""
    generator, run = Generator(), archive.start_run(at=START, sources="bench")
    own = rss_here()
    saved = Saved()
    for total in range(BATCH, articles + 1, BATCH):
        batch = generator.batch(total - BATCH, BATCH)
        saved.add(lambda batch=batch: archive.save_many(batch, run=run, at=START))  # type: ignore[misc]
        if total % STEP == 0 or total == QUICK_ARTICLES:
            memory = rss_here() - own
            archive.db.conn.execute(REFETCHED)
            yield {
                "articles": total,
                "per_cpu_second": round(saved.articles / saved.cpu),
                "memory": memory,
                "bytes": archive.path.stat().st_size,
                **{name: round(value, 1) for name, value in reading_times(archive).items()},
            }
            saved = Saved()


def rss_here() -> int:
    """Resident bytes of this process."""
    from os import getpid

    return rss(getpid())


def quick_growth(path: Path) -> dict[str, Any]:
    """The figures of a new archive after its first 10,000 articles."""
    with Archive.open(path, create=True) as archive:
        (figures,) = grow(archive, QUICK_ARTICLES)
    return figures


def quick_update(path: Path) -> float:
    """Seconds of CPU that 10,000 articles of the first version take to be brought up to date."""
    fill(path, QUICK_ARTICLES)
    begun = time.process_time()
    with closing(connect(path).conn):
        return time.process_time() - begun


WIDTH: Final = 720
HEIGHT: Final = 300
LEFT: Final = 70
RIGHT: Final = 36
BOTTOM: Final = 40
COLOURS: Final = ("#1f6feb", "#d1542c")


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """Articles a second of CPU, and megabytes of memory, against articles in the archive, as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *axis(rows),
        *curve(rows, [row["per_cpu_second"] for row in rows], COLOURS[0], "articles saved a second of CPU", 0),
        *curve(rows, [row["memory"] / 1e6 for row in rows], COLOURS[1], "memory, MB", 1),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def axis(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The axes with their numbers: articles below, and one scale for both curves."""
    most = rows[-1]["articles"]
    for number in range(0, most + 1, max(1, most // 5)):
        x = LEFT + (WIDTH - LEFT - RIGHT) * number / most
        yield f'<text x="{x:.0f}" y="{HEIGHT - 20}" text-anchor="middle">{number:,}</text>'
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">articles in the archive</text>'
    for value in range(0, int(highest(rows)) + 1, 500):
        y = height_of(value, rows)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{value:,}</text>'


def curve(
    rows: Sequence[dict[str, Any]], values: Sequence[float], colour: str, name: str, number: int
) -> Iterator[str]:
    """One curve with its name."""
    most = rows[-1]["articles"]
    points = " ".join(
        f"{LEFT + (WIDTH - LEFT - RIGHT) * row['articles'] / most:.1f},{height_of(value, rows):.1f}"
        for row, value in zip(rows, values, strict=True)
    )
    yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield f'<text x="{WIDTH - RIGHT - 4}" y="{18 + 16 * number}" text-anchor="end" fill="{colour}">{name}</text>'


def highest(rows: Sequence[dict[str, Any]]) -> float:
    """The largest number on the scale: the next 500 above all values."""
    return 500 * (max(max(row["per_cpu_second"], row["memory"] / 1e6) for row in rows) // 500 + 1)


def height_of(value: float, rows: Sequence[dict[str, Any]]) -> float:
    """The place of a value on the scale."""
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 40) * value / highest(rows)


def main() -> int:
    """Grow an archive, or draw the figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="folder of the archive, which is kept (default: a temporary one)")
    parser.add_argument("--plot", type=Path, help="draw the figures to this file")
    asked = parser.parse_args()
    if asked.plot:
        rows = [json.loads(line) for line in asked.figures.read_text(encoding="utf-8").splitlines()]
        asked.plot.write_text(plot(rows), encoding="utf-8")
        return 0
    with (
        tempfile.TemporaryDirectory() as folder,
        asked.figures.open("a", encoding="utf-8") as file,
        Archive.open((asked.folder or Path(folder)) / "million.db", create=True) as archive,
    ):
        for row in grow(archive, asked.articles):
            file.write(json.dumps(row) + "\n")
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
