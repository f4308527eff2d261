"""The command `search`: hits with snippets for people, or as JSON."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.options import DB, JSON, SITE, QueryCommand, date_options, warn_unknown_site
from archive.cli.printing import JsonForm, print_json
from archive.output.article import iso, one_line, printable

if TYPE_CHECKING:
    from archive.search.fulltext import Hit
    from archive.store.archive import Archive


@click.command(
    cls=QueryCommand,
    example="""cuttings search raqqa offensive --since 2016-10
    cuttings search tide OR surge -wall
    cuttings search '"tide wall" site:courier.example since:2026-11' --recent""",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@DB
@SITE
@date_options("Published")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Maximum number of results."
)
@click.option("--recent", is_flag=True, help="Newer articles first, unless others match far better.")
@JSON
def search(words: tuple[str, ...], path: Path, recent: bool, as_json: JsonForm, **conditions: Any) -> None:
    """Search the archive.

    The best articles come first, with snippets. Every string is a valid query. All words must occur, in any form; if
    few articles have them all, articles with some of them follow.

    A query can hold "words side by side", tide OR wall, tide NEAR wall, dredg*, -without, site:example.com,
    author:quill, title:wall, since:7d, until:2026-11 (November is included) and before:2026-11 (it is not). In scripts without spaces any part of a sentence is
    found.
    """
    from archive.search import fulltext
    from archive.store.archive import Archive

    query = " ".join(words)
    if not query.strip():
        raise click.UsageError("the query is empty")
    warn_unknown_operators(query)
    conditions["recent"] = datetime.now(UTC) if recent else None
    with Archive.open(path, write=False) as archive:
        if as_json:
            hits = fulltext.search(archive, query, **conditions)
            print_json([hit_json(hit) for hit in hits], as_json)
        else:
            print_hits(archive, query, **conditions)


def print_hits(archive: Archive, query: str, **conditions: Any) -> None:
    """Prints the hits, best first, those with only some of the words last; or a spelling that would find something."""
    from archive.search import fulltext
    from archive.search.spelling import suggest

    hits = fulltext.search(archive, query, marks=fulltext.MARKS, **conditions)
    full = [hit for hit in hits if not hit.partial]
    bold = ("\x1b[1m", "\x1b[22m") if sys.stdout.isatty() else ("[", "]")
    for hit in full:
        click.echo(hit_text(hit, marks=bold))
    if not full:
        warn_unknown_site(archive, conditions["site"])
        other = suggest(archive, query)
        nothing = "no article has all of the words" if hits else "nothing found"
        click.echo(f"{nothing}; did you mean: {printable(other)}" if other else nothing, err=True)
    if len(hits) > len(full):
        click.echo("articles with some of the words:", err=True)
    for hit in hits[len(full) :]:
        click.echo(hit_text(hit, marks=bold))


def warn_unknown_operators(query: str) -> None:
    """Says which names before a colon are no operators, and which bounds are no dates."""
    from archive.search.query_syntax import OPERATORS, parse_query
    from scraper.text.date_spans import DATE_FORMS

    found = parse_query(query)
    for bound in found.undated:
        click.echo(f"{bound} has no date and is searched as words; a date is {DATE_FORMS}", err=True)
    for name in found.unknown:
        click.echo(f"{name}: is no operator and is searched as a word; operators: {OPERATORS}", err=True)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit's fields."""
    return {**asdict(hit), "authors": list(hit.authors), "published": iso(hit.published), "score": round(hit.score, 3)}


def hit_text(hit: Hit, *, marks: tuple[str, str]) -> str:
    """A hit in three lines: the article, the snippet, the address."""
    from archive.search.fulltext import MARKS

    day = hit.published.date().isoformat() if hit.published else "no date   "
    copy = f"  (same text as article {hit.duplicate_of})" if hit.duplicate_of else ""
    lines = (f"{hit.id:>5}  {day}  {hit.site}  {hit.title}{copy}", f"       {hit.snippet}", f"       {hit.url}")
    text = "\n".join(one_line(printable(line)) for line in lines)
    return text.replace(MARKS[0], marks[0]).replace(MARKS[1], marks[1])
