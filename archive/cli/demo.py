"""`cuttings demo`: the whole thing on the embedded newsroom. Serves it, scrapes it twice as `scrape` does, tells what came of it.

Every line that it prints is read from the archive that the two runs made. That archive is built anew each time; a file
that holds anything but a demo is refused as `ArchiveError`.
"""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from archive.cli.read import MARKS
from archive.cli.scrape import Options, make_plan
from archive.newsroom.server import Newsstand, serve_newsroom
from archive.output.article import one_line, printable
from archive.output.show import differences
from archive.runs.scrape import Tally, run_scrape, summary_line
from archive.runs.writer import now
from archive.search.fulltext import search
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.errors import ArchiveError
from scraper.sources.source_list import load_sources
from scraper.types import BODY_KINDS, Failure, Outcome

DEMO: Final = "the demo newsroom"
"""Stands in `runs.sources` of a demo archive: what may be overwritten."""

SEED: Final = ("nightdesk", "raqqa-offensive-within-weeks")
QUERY: Final = "tide wall"
HITS: Final = 2
WIDEST: Final = 100
BAR: Final = 40
KIND: Final = 12
"""Columns: of the whole, of the longest bar, of a removal's kind."""
ALIKE: Final = 0.4
"""Share of words in common from which a paragraph counts as the other, changed."""
REMARKS: Final = (
    ("duplicate", "with the text of an article on another site: kept, and marked as its duplicate"),
    ("same", "with new promos or rails around the same text: no revision"),
    ("unchanged", "not sent again: the server said that they had not changed"),
)
"""What some counts of a summary mean."""
COMPANIONS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""


@dataclass(slots=True)
class Visit:
    """One run over the newsroom, and the pages that it did not get."""

    tally: Tally
    failures: list[Failure] = field(default_factory=list)


def run_demo(path: Path) -> None:
    """Builds the demo archive at `path` and prints the story. Raises `ArchiveError`, `LockedError`."""
    make_room(path)
    with TemporaryDirectory(prefix="cuttings-demo-") as folder, serve_newsroom() as stand:
        sources = stand.write_source_list(Path(folder) / "newsroom.toml")
        tell(newsroom_lines(stand))
        first = scrape_newsroom(sources, path, ago=timedelta(days=1))
        seed = stand.url(*SEED)
        tell(run_lines("First run", first, path))
        with Archive.open(path, write=False) as archive:
            tell(seed_lines(archive, seed))
            tell(kind_lines(archive))
            tell(search_lines(archive))
        stand.visit = 2
        second = scrape_newsroom(sources, path)
        tell(run_lines("Second run, a day later", second, path))
        with Archive.open(path, write=False) as archive:
            tell(arrival_lines(archive, second.tally.run, first.failures))
            tell(revision_lines(archive, second.tally.run))
            tell(closing_lines(path, archive.article(seed).id))


def make_room(path: Path) -> None:
    """Removes an earlier demo archive. Raises `ArchiveError` when the file is something else."""
    with locked(path):
        if path.exists() and path.stat().st_size and not is_demo(path):
            raise ArchiveError(
                str(path), "it is not a demo archive, so it is left as it is; name another file with --db"
            )
        for file in (path, *(path.with_name(path.name + suffix) for suffix in COMPANIONS)):
            file.unlink(missing_ok=True)


def is_demo(path: Path) -> bool:
    """Whether an archive holds nothing but a demo's runs. Raises `ArchiveError` for what is no archive."""
    with Archive.open(path, write=False) as archive:
        return {sources for (sources,) in archive.db.conn.execute("SELECT DISTINCT sources FROM runs")} <= {DEMO}


def scrape_newsroom(sources: Path, path: Path, *, ago: timedelta = timedelta(0)) -> Visit:
    """One run, made as `scrape` makes it from its options, at a time so long ago."""
    options = Options(
        delay=0.0,
        per_host=None,
        allow_private=True,
        jobs=min(4, os.cpu_count() or 1),
        rules_paths=(),
        quiet=True,
        as_json=False,
    )
    loaded = load_sources(sources)
    failures: list[Failure] = []

    def watch(tally: Tally, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            failures.append(outcome)

    plan = make_plan(loaded.sources, path, options, loaded.defaults, name=DEMO)
    return Visit(run_scrape(plan, watch=watch, clock=lambda: now() - ago), failures)


# --- The story: lines to print, styled; `click.echo` drops the styles where no terminal listens -------------------


def tell(lines: Iterable[str]) -> None:
    """Prints lines, with an empty one after them."""
    colour = False if os.environ.get("NO_COLOR") else None  # https://no-color.org
    for line in lines:
        click.echo(line, color=colour)
    click.echo()


def columns() -> int:
    """The width to print in."""
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)


def heading(text: str, aside: str = "") -> str:
    """The first line of a part."""
    return click.style(text.upper(), bold=True) + (click.style(f"  {aside}", dim=True) if aside else "")


def shortened(text: str, room: int) -> str:
    """A text on one line, cut at a word.

    >>> shortened("The first phase: isolate Raqqa.", 20)
    'The first phase: …'
    """
    return textwrap.shorten(one_line(printable(text)), max(room, 20), placeholder=" …")


def wrapped(text: str, *, sign: str, colour: str) -> Iterator[str]:
    """A paragraph with a sign before it, its lines under one another."""
    body = textwrap.wrap(one_line(printable(text)), columns() - 4)
    for place, line in enumerate(body):
        yield click.style(f"  {' ' if place else sign} {line}", fg=colour)


def newsroom_lines(stand: Newsstand) -> Iterator[str]:
    """What is being served."""
    yield heading("The newsroom", "five fictional papers on 127.0.0.1; nothing leaves this machine")
    for server in stand.servers.values():
        site = server.site
        yield f"  {site.name:<34}{len(site.stories):>2} articles by {site.source_kind:<9}{click.style(site.manner, dim=True)}"
    yield "  Between two visits one article changes and one appears; one is behind robots.txt, one fails once,"
    yield "  one stands on two sites. Promos and most-read rails rotate."


def run_lines(name: str, visit: Visit, path: Path) -> Iterator[str]:
    """What a run did."""
    yield heading(name, f"cuttings scrape newsroom.toml --db {path.name} --delay 0 --allow-private")
    yield f"  {click.style(summary_line(visit.tally), fg='green')}"
    for failure in visit.failures:
        yield click.style(
            f"  {failure.detail}: {shortened(failure.link.title or failure.link.url, columns() - 40)}", dim=True
        )
    for count, what in ((visit.tally.saved[answer], what) for answer, what in REMARKS):
        if count:
            yield click.style(f"  {count} {what}", dim=True)


def seed_lines(archive: Archive, url: str) -> Iterator[str]:
    """The seed article: each block of it in page order, kept or removed."""
    stored = archive.article(url)
    article, removals = stored.article, archive.removals(stored.id)
    room = columns() - KIND - 5
    yield heading("Before and after", article.title)
    yield click.style(f"  by {', '.join(article.authors)}; contributed: {', '.join(article.contributors)}", dim=True)
    kept = [(block.position, False, "", block.text) for block in article.blocks if block.kind in BODY_KINDS]
    gone = [(removal.position, True, removal.kind, removal.text) for removal in removals]
    for _, removed, kind, text in sorted([*kept, *gone]):
        line = shortened(text, room)
        yield (
            click.style(f"  - {kind:<{KIND}}", fg="red") + click.style(line, fg="red", strikethrough=True)
            if removed
            else " " * (KIND + 4) + line
        )
    yield f"  {click.style(f'{len(kept)} paragraphs kept', fg='green')}, {click.style(f'{len(gone)} blocks removed', fg='red')}"


def kind_lines(archive: Archive) -> Iterator[str]:
    """What was removed from all articles, by kind."""
    sql = "SELECT kind, count(*) FROM removals GROUP BY kind ORDER BY 2 DESC, kind"
    counts: list[tuple[str, int]] = archive.db.conn.execute(sql).fetchall()
    most = max((count for _, count in counts), default=1)
    yield heading("Removed, by kind", "each block is in the ledger with its rule: table removals")
    for kind, count in counts:
        yield f"  {kind:<{KIND}}{count:>4}  {click.style('█' * max(1, round(count * BAR / most)), fg='red')}"


def search_lines(archive: Archive) -> Iterator[str]:
    """What a search finds."""
    yield heading("Search", f'cuttings search "{QUERY}"')
    for hit in search(archive, QUERY, limit=HITS, marks=MARKS):
        title = shortened(hit.title, columns() - len(hit.site) - 4)
        yield f"  {click.style(title, bold=True)}  {click.style(one_line(printable(hit.site)), dim=True)}"
        for line in textwrap.wrap(hit.snippet, columns() - 4):
            yield f"    {line.replace(MARKS[0], '[').replace(MARKS[1], ']')}"


def arrival_lines(archive: Archive, run: int, failed: Iterable[Failure]) -> Iterator[str]:
    """The articles that came with a run: what was published since, and what had failed in the run before."""
    sql = """SELECT articles.url, articles.title, articles.site FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = 1 WHERE revisions.run_id = ? ORDER BY articles.id"""
    late = {failure.link.url for failure in failed}
    yield heading("New")
    for url, title, site in archive.db.conn.execute(sql, (run,)):
        aside = f"{site}; it had failed before" if url in late else site
        yield f"  {title}  {click.style(aside, dim=True)}"


def revision_lines(archive: Archive, run: int) -> Iterator[str]:
    """The revisions that a run caught, paragraph by paragraph."""
    sql = "SELECT article_id, number FROM revisions WHERE run_id = ? AND number > 1"
    for article_id, number in archive.db.conn.execute(sql, (run,)).fetchall():
        before, after = next(pair for pair in pairwise(archive.revisions(article_id)) if pair[1].number == number)
        yield heading(f"Revision {number}", after.title)
        for old, new in paired(tuple(differences(before, after))):
            yield from wrapped(emphasized(old, new), sign="-", colour="red")
            yield from wrapped(emphasized(new, old), sign="+", colour="green")
        for old, new in rotated(archive, article_id, number):
            room = (columns() - 40) // 2
            yield click.style(
                f'  No part of it: the promo "{shortened(new, room)}", before "{shortened(old, room)}"', dim=True
            )


def paired(changes: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What each changed paragraph was and is; empty on one side where it has no likeness on the other.

    >>> list(paired([("-", "one two three"), ("-", "gone"), ("+", "one two four")]))
    [('one two three', 'one two four'), ('gone', '')]
    """
    came = [text for sign, text in changes if sign == "+"]
    for text in (text for sign, text in changes if sign == "-"):
        alike = max(came, key=lambda other: likeness(text, other), default="")
        if likeness(text, alike) < ALIKE:
            yield text, ""
            continue
        came.remove(alike)
        yield text, alike
    yield from (("", text) for text in came)


def likeness(one: str, other: str) -> float:
    """The share of words that two texts have in common, in order."""
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def emphasized(text: str, other: str) -> str:
    """A paragraph whose words that `other` lacks stand in brackets.

    >>> emphasized("It will cost 64 million.", "It will cost 61 million.")
    'It will cost [64] million.'
    """
    if not text or not other:
        return text
    words, others = text.split(), other.split()
    parts: list[str] = []
    for tag, start, stop, _, _ in difflib.SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        run = " ".join(words[start:stop])
        parts += [run if tag == "equal" else f"[{run}]"] if run else []
    return " ".join(parts)


def rotated(archive: Archive, article_id: int, number: int) -> Iterator[tuple[str, str]]:
    """What a revision's page has among its boilerplate where the page before had something else."""
    sql = """SELECT removals.text FROM removals JOIN revisions ON revisions.id = removals.revision_id
WHERE revisions.article_id = ? AND revisions.number = ? ORDER BY removals.position, removals.id"""
    old, new = ([text for (text,) in archive.db.conn.execute(sql, (article_id, at))] for at in (number - 1, number))
    for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace":
            yield from zip(old[start:stop], new[new_start:new_stop], strict=False)


def closing_lines(path: Path, seed: int) -> Iterator[str]:
    """What to do next."""
    db = f"--db {shlex.quote(str(path))}"
    commands = (
        (f"cuttings serve {db} --open", "look at it in Datasette (needs the extra: cuttings[datasette])"),
        (f"cuttings show {seed} --removed {db}", "what was stripped, by which rule"),
        (f"cuttings search 'river bridge' {db}", "full-text search"),
        (f"cuttings export {db} | jq -r .title", "JSON, a line an article"),
    )
    width = max(len(command) for command, _ in commands)
    yield heading("Now you", f"the archive is {path}")
    for command, what in commands:
        yield f"  {click.style(f'{command:<{width}}', fg='cyan')}  {click.style(what, dim=True)}"
