"""The demo's output: lines for people, read from the archive that the demo's two runs filled.

Lines are styled; `click.echo` drops the styles when standard output is not a terminal.
"""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

import click

from archive.cli.program import program_words
from archive.newsroom.server import NewsroomServer
from archive.output.article import one_line, printable
from archive.output.show import differences
from archive.runs.totals import RunTotals, summary_line
from archive.search.fulltext import MARKS, search
from archive.store.archive import Archive
from scraper.extras import install_command
from scraper.types import BODY_KINDS, Failure

QUERY: Final = "tide wall"
MAX_HITS: Final = 2
MAX_COLUMNS: Final = 100
BAR_COLUMNS: Final = 40
KIND_COLUMNS: Final = 12
MIN_LIKENESS: Final = 0.4
"""Share of common words from which two paragraphs count as one that was edited."""
REMARKS: Final = (
    ("duplicate", "duplicate: same text as an article of another site, kept and marked"),
    ("same", "same: only promos or menus around the text changed, so no new revision"),
    ("unchanged", "unchanged: the server answered that the page had not changed, and sent nothing"),
)
"""Explanations of some counts in the summary."""


@dataclass(slots=True)
class DemoRun:
    """One run over the newsroom, and its failures."""

    totals: RunTotals
    failures: list[Failure] = field(default_factory=list)


def print_part(lines: Iterable[str]) -> None:
    """Prints lines, and an empty line after them."""
    colour = False if os.environ.get("NO_COLOR") else None  # https://no-color.org
    for line in lines:
        click.echo(line, color=colour)
    click.echo()


def columns() -> int:
    """The width of the output."""
    return min(shutil.get_terminal_size((MAX_COLUMNS, 24)).columns, MAX_COLUMNS)


def heading(text: str, aside: str = "") -> str:
    """The heading of a part."""
    return click.style(text.upper(), bold=True) + (click.style(f"  {aside}", dim=True) if aside else "")


def shortened(text: str, width: int) -> str:
    """A text on one line, cut at a word.

    >>> shortened("The first phase: isolate Raqqa.", 20)
    'The first phase: …'
    """
    return textwrap.shorten(one_line(printable(text)), max(width, 20), placeholder=" …")


def wrapped(text: str, *, sign: str, colour: str) -> Iterator[str]:
    """A paragraph in lines, with a sign before the first."""
    body = textwrap.wrap(one_line(printable(text)), columns() - 4)
    for place, line in enumerate(body):
        yield click.style(f"  {' ' if place else sign} {line}", fg=colour)


def newsroom_lines(newsroom: NewsroomServer) -> Iterator[str]:
    """The sites that are served."""
    yield heading("The newsroom", "five fictional papers, served on this machine; nothing leaves it")
    for server in newsroom.servers.values():
        site = server.site
        articles = f"{len(site.stories):>2} articles by {site.source_kind:<9}"
        yield f"  {site.name:<34}{articles}{click.style(site.manner, dim=True)}"
    yield "  robots.txt disallows one page, one page fails at first, and one article is on two sites."
    yield "  Before the second run one article is edited, one appears, and promos and most-read lists rotate."


def run_lines(name: str, run: DemoRun) -> Iterator[str]:
    """A run's summary, failures and remarks."""
    yield heading(name, "as cuttings scrape makes it, of a list of these sources")
    for line in textwrap.wrap(summary_line(run.totals), columns() - 2, break_on_hyphens=False):
        yield f"  {click.style(line, fg='green')}"
    for failure in run.failures:
        page = shortened(failure.link.title or failure.link.url, columns() - 40)
        yield click.style(f"  {failure.detail}: {page}", dim=True)
    for count, remark in ((run.totals.saved[result], remark) for result, remark in REMARKS):
        if count:
            yield click.style(f"  {count} {remark}", dim=True)


def before_and_after_lines(archive: Archive, url: str) -> Iterator[str]:
    """One article: each of its blocks in page order, kept or removed."""
    stored = archive.article(url)
    article, removals = stored.article, archive.removals(stored.id)
    width = columns() - KIND_COLUMNS - 5
    yield heading("Before and after", article.title)
    yield click.style(f"  by {', '.join(article.authors)}; contributed: {', '.join(article.contributors)}", dim=True)
    kept = [(block.position, False, "", block.text) for block in article.blocks if block.kind in BODY_KINDS]
    removed = [(removal.position, True, removal.kind, removal.text) for removal in removals]
    for _, is_removed, kind, text in sorted([*kept, *removed]):
        line = shortened(text, width)
        if is_removed:
            yield click.style(f"  - {kind:<{KIND_COLUMNS}}", fg="red") + click.style(line, fg="red", strikethrough=True)
        else:
            yield " " * (KIND_COLUMNS + 4) + line
    counts = (f"{len(kept)} paragraphs kept", "green"), (f"{len(removed)} blocks removed", "red")
    yield "  " + ", ".join(click.style(text, fg=colour) for text, colour in counts)


def kind_lines(archive: Archive) -> Iterator[str]:
    """The number of removed blocks by kind, over all articles."""
    sql = "SELECT kind, count(*) FROM current_removals GROUP BY kind ORDER BY 2 DESC, kind"
    counts: list[tuple[str, int]] = archive.db.conn.execute(sql).fetchall()
    most = max((count for _, count in counts), default=1)
    yield heading("Removed, by kind", "the archive keeps every removed block with its rule, in the table removals")
    for kind, count in counts:
        bar = "█" * max(1, round(count * BAR_COLUMNS / most))
        yield f"  {kind:<{KIND_COLUMNS}}{count:>4}  {click.style(bar, fg='red')}"


def search_lines(archive: Archive) -> Iterator[str]:
    """The results of a search."""
    yield heading("Search", f"{program_words()} search '{QUERY}' --db {shlex.quote(str(archive.path))}")
    for hit in search(archive, QUERY, limit=MAX_HITS, marks=MARKS):
        title = shortened(hit.title, columns() - len(hit.site) - 4)
        yield f"  {click.style(title, bold=True)}  {click.style(one_line(printable(hit.site)), dim=True)}"
        for line in textwrap.wrap(hit.snippet, columns() - 4):
            yield f"    {line.replace(MARKS[0], '[').replace(MARKS[1], ']')}"


def new_article_lines(archive: Archive, run: int, failed: Iterable[Failure]) -> Iterator[str]:
    """The articles that a run added. `failed` are the failures of the run before."""
    sql = """SELECT articles.url, articles.title, articles.site FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = 1 WHERE revisions.run_id = ? ORDER BY articles.id"""
    retried = {failure.link.url for failure in failed}
    yield heading("New")
    for url, title, site in archive.db.conn.execute(sql, (run,)):
        aside = f"{site}; failed at first" if url in retried else site
        yield f"  {title}  {click.style(aside, dim=True)}"


def revision_lines(archive: Archive, run: int) -> Iterator[str]:
    """The revisions that a run added, paragraph by paragraph."""
    sql = "SELECT article_id, number FROM revisions WHERE run_id = ? AND number > 1"
    for article_id, number in archive.db.conn.execute(sql, (run,)).fetchall():
        before, after = next(pair for pair in pairwise(archive.revisions(article_id)) if pair[1].number == number)
        yield heading(f"Revision {number}", after.title)
        for old, new in paired(tuple(differences(before, after))):
            yield from wrapped(emphasized(old, new), sign="-", colour="red")
            yield from wrapped(emphasized(new, old), sign="+", colour="green")
        width = (columns() - 50) // 2
        for old, new in rotated(archive, article_id, number):
            promos = f'"{shortened(old, width)}" became "{shortened(new, width)}"'
            yield click.style(f"  Not part of the revision: the promo {promos}", dim=True)


def paired(changes: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each changed paragraph before and after; one side is empty if no similar paragraph was found.

    >>> list(paired([("-", "one two three"), ("-", "gone"), ("+", "one two four")]))
    [('one two three', 'one two four'), ('gone', '')]
    """
    added = [text for sign, text in changes if sign == "+"]
    for text in (text for sign, text in changes if sign == "-"):
        similar = max(added, key=lambda other: likeness(text, other), default="")
        if likeness(text, similar) < MIN_LIKENESS:
            yield text, ""
            continue
        added.remove(similar)
        yield text, similar
    yield from (("", text) for text in added)


def likeness(one: str, other: str) -> float:
    """Share of words that two texts have in common, in order."""
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def emphasized(text: str, other: str) -> str:
    """A paragraph with brackets around the words that `other` lacks.

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
    """Removed blocks of a revision's page that replaced others, each with the block before."""
    sql = """SELECT removals.text FROM removals JOIN revisions ON revisions.id = removals.revision_id
WHERE revisions.article_id = ? AND revisions.number = ? ORDER BY removals.position, removals.id"""
    old, new = ([text for (text,) in archive.db.conn.execute(sql, (article_id, at))] for at in (number - 1, number))
    for tag, start, stop, new_start, new_stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "replace":
            yield from zip(old[start:stop], new[new_start:new_stop], strict=False)


def closing_lines(path: Path, article_id: int) -> Iterator[str]:
    """Commands to try next. They work as they stand in the same shell and folder."""
    db = f"--db {shlex.quote(str(path))}"
    cuttings = program_words()
    commands = [
        ("Removed blocks, each with its rule:", f"{cuttings} show {article_id} --removed {db}"),
        ("Full-text search:", f"{cuttings} search 'river bridge' {db}"),
        ("JSON, one article per line:", f"{cuttings} export {db}{' | jq -r .title' if shutil.which('jq') else ''}"),
    ]
    if not find_spec("datasette"):
        commands.append(("To browse it, install Datasette first:", install_command("datasette")))
    commands.append(("Browse it:", f"{cuttings} serve {db} --open"))
    yield heading("Now you", f"the archive is {path}")
    for purpose, command in commands:
        yield click.style(f"  {purpose}", dim=True)
        yield f"    {click.style(command, fg='cyan')}"
