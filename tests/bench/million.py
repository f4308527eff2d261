"""Builds an archive of generated articles and measures how speed and size change as it grows.

    python -m tests.bench.million [--articles 100000] [--folder DIR] [--batch 1000] [--profile]

Each article has 300 words, whose frequencies follow Zipf's law over 200,000 words, in a page of about 12 KB. The articles are
of 200 sites and three years; one in fifty is a wire story that other sites have too. At 10,000, 100,000, 300,000 and a million
articles it prints: articles saved per second, bytes per article, and milliseconds (median and 95th percentile, warm) of
searches, of `status`, of a near-duplicate search and of an article's page in Datasette. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from archive.monitoring.status import status
from archive.search.fulltext import search
from archive.store.archive import Archive
from archive.store.near_duplicates import shingles
from archive.store.near_index import NearIndex, near_text
from scraper.types import Article, Block, Extraction, Fetched, Link, Quality, Removal
from tests.support.pages import page

STOPS: Final = (10_000, 100_000, 300_000, 1_000_000)
WORDS: Final = 300
VOCABULARY: Final = 200_000
EXPONENT: Final = 1.05
SITES: Final = 200
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
COMMON_WORDS: Final = "the of and to a in is that for it was on with as by at he from his be an this which or are not had but have they".split()

GOALS: Final[dict[str, float]] = {"rare word": 100, "two words": 100, "commonest word": 400, "near": 5}
"""Largest 95th percentile, in milliseconds."""
MIN_SAVED_PER_SECOND: Final = 2_000
"""Articles saved per second."""


class Generator:
    """Makes articles; the same seed makes the same articles."""

    def __init__(self, seed: int = 20161213) -> None:
        self.chance = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.words = [*COMMON_WORDS, *self._made_up(VOCABULARY - len(COMMON_WORDS))]
        weights = 1.0 / np.arange(1, VOCABULARY + 1) ** EXPONENT
        self.shares = np.cumsum(weights / weights.sum())
        self.templates = [self._template(site) for site in range(SITES)]
        self.wire: list[str] = []

    def _made_up(self, count: int) -> list[str]:
        words: dict[str, None] = {}
        while len(words) < count:
            syllables = self.chance.choices(
                "ba de fi go ku la me ni pro stra tion ver wal xen yor zu char ling men der".split(),
                k=self.chance.randint(2, 4),
            )
            words["".join(syllables) + self.chance.choice(["", "s", "n", "th", "ly", "k"])] = None
            words["".join(syllables)] = None
        return list(words)[:count]

    def _template(self, site: int) -> tuple[str, str]:
        lines = [
            f'<li class="nav-{site}-{n}"><a href="/{self.chance.choice(self.words)}/{n}">{self.chance.choice(self.words)}</a></li>'
            for n in range(150)
        ]
        return "".join(lines[:75]), "".join(lines[75:])

    def batch(self, first: int, count: int) -> list[Fetched]:
        """Fetched articles, numbered from `first`."""
        picked: npt.NDArray[np.int64] = np.searchsorted(self.shares, self.numbers.random((count, WORDS)))
        return [
            self._fetched(first + row, [self.words[index] for index in picked[row].tolist()]) for row in range(count)
        ]

    def _fetched(self, number: int, words: list[str]) -> Fetched:
        site = self.chance.randrange(SITES)
        paragraphs = [f"{' '.join(words[at : at + 33]).capitalize()}." for at in range(0, WORDS, 33)]
        if number % 50 == 0 and self.wire:
            paragraphs = [*self.wire[:7], paragraphs[0]]
        elif number % 50 == 1:
            self.wire = paragraphs
        url = f"https://site{site}.example/{number}/{words[20]}-{words[21]}"
        published = START + timedelta(minutes=1.5 * number)
        title = " ".join(words[30:38]).capitalize()
        name = f"{self.words[1000 + self.chance.randrange(4000)].capitalize()} {self.words[6000 + self.chance.randrange(900)].capitalize()}"
        blocks = tuple(Block("paragraph", text, position) for position, text in enumerate(paragraphs))
        article = Article(
            url,
            url,
            f"Site {site}",
            title,
            (name,),
            (),
            published,
            None,
            "en",
            "",
            "News",
            (words[40],),
            "",
            None,
            blocks,
        )
        before, after = self.templates[site]
        body = f"<html><title>{title}</title>{before}<article>{''.join(f'<p>{text}</p>' for text in paragraphs)}</article>{after}</html>"
        sent = page(body, url=url, content_type="text/html", fetched_at=published)
        removals = (
            Removal("newsletter.signup.en", "text", "newsletter", 20, "Sign up for our newsletter"),
            Removal("share", "element", "social", 21, "Share"),
        )
        return Fetched(Link(url, f"site{site}"), sent, Extraction(article, removals, (), "rules", Quality("ok")))

    def queries(self, ranks: Sequence[int], count: int, *, words: int = 1) -> list[str]:
        """Queries of words with these ranks of frequency."""
        chance = random.Random(7)
        return [" ".join(self.words[chance.randrange(*ranks)] for _ in range(words)) for _ in range(count)]


@dataclass(slots=True)
class Saved:
    """Seconds that it took to save this number of articles."""

    articles: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    def add(self, work: Callable[[], list[Any]]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.articles += len(work())
        self.seconds += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


@dataclass(slots=True)
class Figures:
    """Prints measurements, and keeps the names of the missed goals."""

    missed: list[str] = field(default_factory=list)

    def row(self, name: str, times: Sequence[float], note: str = "") -> None:
        """Print median and 95th percentile."""
        ordered = sorted(times)
        median, high = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        goal = GOALS.get(name)
        if goal is not None and high > goal:
            self.missed.append(name)
        print(f"  {name:<22} median {median:8.2f} ms   p95 {high:8.2f} ms   {note}", flush=True)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that the work takes."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def likenesses(archive: Archive, text: str) -> object:
    """The articles that tell nearly the same as a text."""
    return NearIndex(archive.db).find(near_text(shingles(text), host="x"))


def warm(works: Sequence[Callable[[], Any]]) -> Iterator[float]:
    """Milliseconds of each work, the second time it is done."""
    for work in works:
        work()
        yield timed(work)


def measure(archive: Archive, generator: Generator, figures: Figures) -> None:
    """Print how long queries take in an archive of this size."""

    def searches(queries: Sequence[str], **options: Any) -> list[float]:
        return list(warm([lambda query=query: search(archive, query, **options) for query in queries]))  # type: ignore[misc]

    now = START + timedelta(days=1100)
    figures.row("rare word", searches(generator.queries((20_000, 150_000), 40)))
    figures.row("two words", searches(generator.queries((100, 3000), 40, words=2)))
    figures.row("commonest word", searches(COMMON_WORDS[:5] * 2))
    figures.row(
        "two commonest words",
        searches([f"{one} {other}" for one, other in zip(COMMON_WORDS[:5], COMMON_WORDS[5:10], strict=True)]),
    )
    figures.row(
        "word on a site",
        searches([f"{word} site:site{n}.example" for n, word in enumerate(generator.queries((100, 3000), 20))]),
    )
    figures.row("commonest on a site", searches([f"the site:site{n}.example" for n in range(5)]))
    figures.row(
        "word since a date", searches([f"{word} since:2026" for word in generator.queries((100, 3000), 20)], recent=now)
    )
    figures.row("newest of a site", searches([f"site:site{n}.example" for n in range(10)]))
    figures.row("zero hits", searches([word[:-1] + "q" for word in generator.queries((200, 3000), 10)]))
    fresh = [item.extraction.article for item in Generator(seed=3).batch(0, 100)]
    known = archive.db.conn.execute(
        "SELECT text FROM articles WHERE id % 50 < 2 ORDER BY random() LIMIT 100"
    ).fetchall()
    texts = [article.text for article in fresh if article] + [text for (text,) in known]
    looks = [partial(likenesses, archive, text) for text in texts]
    figures.row("near", list(warm(looks)))
    figures.row("status", list(warm([lambda: status(archive, at=datetime.now(UTC))])))
    ids = [row[0] for row in archive.db.conn.execute("SELECT id FROM articles ORDER BY random() LIMIT 20")]
    figures.row("page in Datasette", asyncio.run(datasette_times(archive.path, ids)))


async def datasette_times(path: Path, ids: Sequence[int]) -> list[float]:
    """Milliseconds of an article's page, requested from the application without a network."""
    from archive.web.server import make_datasette

    datasette = make_datasette(path)
    times = []
    for article_id in ids:
        begun = time.perf_counter()
        response = await datasette.client.get(datasette.urls.table(path.stem, "articles") + f"/{article_id}")
        assert response.status_code == 200, response.text[:500]
        times.append(1000 * (time.perf_counter() - begun))
    return times[1:]


def main() -> int:
    """Build, measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="folder of the archive, which is kept (default: a temporary one)")
    parser.add_argument("--profile", action="store_true", help="print where saving spends its time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return build(asked.folder or Path(temporary), asked)


def build(folder: Path, asked: argparse.Namespace) -> int:
    """Save the articles and measure at each stop."""
    generator, figures, profile = Generator(), Figures(), cProfile.Profile()
    with Archive.open(folder / "million.db", create=True) as archive:
        run = archive.start_run(at=START, sources="bench")
        saved, total = Saved(), 0
        while total < asked.articles:
            outcomes = generator.batch(total, min(asked.batch, asked.articles - total))
            if asked.profile:
                profile.enable()
            saved.add(lambda outcomes=outcomes: archive.save_many(outcomes, run=run, at=START))  # type: ignore[misc]
            profile.disable()
            total += len(outcomes)
            if total in STOPS or total == asked.articles:
                report(archive, total, saved, figures)
                measure(archive, generator, figures)
                saved = Saved()
    if asked.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    print(f"goals missed: {', '.join(figures.missed)}" if figures.missed else "all goals were met")
    return int(bool(figures.missed))


def report(archive: Archive, total: int, saved: Saved, figures: Figures) -> None:
    """Print how fast the articles since the last stop were saved, and bytes per article."""
    speed = saved.articles / saved.seconds
    if speed < MIN_SAVED_PER_SECOND:
        figures.missed.append("saved")
    archive.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = archive.path.stat().st_size
    print(
        f"{total:,} articles: saved {speed:,.0f} per second ({saved.articles / saved.cpu:,.0f} per second of CPU); {size / total:,.0f} bytes per article"
    )


if __name__ == "__main__":
    sys.exit(main())
