"""The command `demo`: scrapes the built-in newsroom twice on this machine, and shows the results.

Each run of the demo builds a new archive. A file with anything else in it is refused as `ArchiveError`.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from archive.cli.options import ExampleCommand
from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from archive.cli.demo_story import DemoRun
    from archive.runs.totals import RunTotals
    from scraper.types import Outcome

DEMO: Final = "the demo newsroom"
"""The value of `runs.sources` in a demo's archive. Only such an archive may be overwritten."""
EXAMPLE: Final = ("nightdesk", "raqqa-offensive-within-weeks")
"""Site and slug of the article that is shown block by block."""
SUFFIXES: Final = ("", "-wal", "-shm", "-journal")
"""Suffixes of a database and of the files that SQLite keeps beside it."""


@click.command(cls=ExampleCommand, example="cuttings demo")
@click.option(
    "--db",
    "path",
    type=click.Path(path_type=Path, readable=False),
    default="cuttings-demo.db",
    show_default=True,
    help="Archive to build; an earlier demo is replaced.",
)
def demo(path: Path) -> None:
    """Try everything on a small built-in news site, offline.

    Scrapes five fictional papers twice and shows each step, in seconds.
    """
    from archive.cli import demo_story as story
    from archive.newsroom.server import serve_newsroom
    from archive.store.archive import Archive

    remove_earlier_demo(path)
    with TemporaryDirectory(prefix="cuttings-demo-") as folder, serve_newsroom() as newsroom:
        sources = newsroom.write_source_list(Path(folder) / "newsroom.toml")
        story.print_part(story.newsroom_lines(newsroom))
        first = scrape_newsroom(sources, path, ago=timedelta(days=1))
        example = newsroom.url(*EXAMPLE)
        story.print_part(story.run_lines("First run", first))
        with Archive.open(path, write=False) as archive:
            story.print_part(story.before_and_after_lines(archive, example))
            story.print_part(story.kind_lines(archive))
            story.print_part(story.search_lines(archive))
        newsroom.visit = 2
        second = scrape_newsroom(sources, path)
        story.print_part(story.run_lines("Second run, a day later", second))
        with Archive.open(path, write=False) as archive:
            story.print_part(story.new_article_lines(archive, second.totals.run, first.failures))
            story.print_part(story.revision_lines(archive, second.totals.run))
            story.print_part(story.closing_lines(path, archive.article(example).id))


def remove_earlier_demo(path: Path) -> None:
    """Removes an earlier demo's archive. Raises `ArchiveError` for any other file."""
    from archive.store.lock import locked

    with locked(path):
        if path.exists() and path.stat().st_size and not is_demo(path):
            raise ArchiveError(
                str(path), "it is not a demo archive, so it was not changed; name another file with --db"
            )
        for suffix in SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def is_demo(path: Path) -> bool:
    """Whether an archive has no other runs than a demo's. Raises `ArchiveError` for a file that is not an archive."""
    from archive.store.archive import Archive

    with Archive.open(path, write=False) as archive:
        return {sources for (sources,) in archive.db.conn.execute("SELECT DISTINCT sources FROM runs")} <= {DEMO}


def scrape_newsroom(sources: Path, path: Path, *, ago: timedelta = timedelta(0)) -> DemoRun:
    """One run with the options of `scrape`, at a time `ago` before now."""
    from archive.cli.demo_story import DemoRun
    from archive.cli.run_plan import RunOptions, make_plan
    from archive.runs.scrape import run_scrape
    from archive.runs.writer import now
    from scraper.sources.source_list import load_sources
    from scraper.types import Failure

    options = RunOptions(
        delay=0.0,
        per_host=None,
        allow_private=True,
        jobs=min(4, os.cpu_count() or 1),
        rules_paths=(),
        quiet=True,
        as_json="",
    )
    loaded = load_sources(sources)
    failures: list[Failure] = []

    def watch(totals: RunTotals, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            failures.append(outcome)

    plan = make_plan(loaded.sources, path, options, loaded.defaults, name=DEMO)
    return DemoRun(run_scrape(plan, watch=watch, clock=lambda: now() - ago), failures)
