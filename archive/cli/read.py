"""What the reading commands print: hits, an article, an export, the archive's state. Data on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import click

from archive.cli.exit_codes import print_error
from archive.ledger.restore import read_ledger
from archive.monitoring.status import Run, SourceHealth, Status, status, status_dict
from archive.output import show
from archive.output.article import counted, in_bytes, iso, one_line, printable, to_json
from archive.output.export import FORMATS, export_articles, write_folder
from archive.runs.writer import now
from archive.search.fulltext import Hit, search
from archive.search.spelling import suggest
from archive.store.archive import Archive
from archive.web.server import Place, opens, serve

MARKS: Final = ("\ue000", "\ue001")
"""Around the words found, until they become bold; private characters that no article has a use for."""


# --- search -------------------------------------------------------------------------------------------------------


def print_hits(archive: Archive, query: str, *, as_json: bool, **conditions: Any) -> None:
    """Prints what a search finds, best first."""
    if as_json:
        click.echo(to_json([hit_json(hit) for hit in search(archive, query, **conditions)], indent=1))
        return
    hits = search(archive, query, marks=MARKS, **conditions)
    bold = ("\x1b[1m", "\x1b[22m") if sys.stdout.isatty() else ("[", "]")
    for hit in hits:
        click.echo(hit_text(hit, marks=bold))
    if not hits:
        other = suggest(archive, query)
        click.echo(f"nothing found; did you mean: {printable(other)}" if other else "nothing found", err=True)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit's fields."""
    return {**asdict(hit), "authors": list(hit.authors), "published": iso(hit.published), "score": round(hit.score, 3)}


def hit_text(hit: Hit, *, marks: tuple[str, str]) -> str:
    """A hit in three lines: what it is, where the words stand, its address."""
    day = hit.published.date().isoformat() if hit.published else "no date   "
    copy = f"  (the same text as {hit.duplicate_of})" if hit.duplicate_of else ""
    lines = (f"{hit.id:>5}  {day}  {hit.site}  {hit.title}{copy}", f"       {hit.snippet}", f"       {hit.url}")
    text = "\n".join(one_line(printable(line)) for line in lines)
    return text.replace(MARKS[0], marks[0]).replace(MARKS[1], marks[1])


# --- show ---------------------------------------------------------------------------------------------------------


def print_article(archive: Archive, ref: str, *, part: str, as_json: bool) -> None:
    """Prints an article, its ledger, its revisions or its page. Raises `InputError` when there is none."""
    stored = archive.article(ref)
    if part == "html":
        sys.stdout.buffer.write(archive.body(stored.id))
        return
    parts: dict[str, tuple[Callable[[], str], Callable[[], Any]]] = {
        "article": (lambda: show.show_text(stored), lambda: show.article_json(stored)),
        "removed": (
            lambda: show.show_removed(read_ledger(archive, stored.id)),
            lambda: show.removed_json(read_ledger(archive, stored.id)),
        ),
        "history": (
            lambda: show.show_history(archive.revisions(stored.id)),
            lambda: show.history_json(archive.revisions(stored.id)),
        ),
    }
    as_text, as_data = parts[part]
    click.echo(to_json(as_data(), indent=1) if as_json else printable(as_text()))


# --- export -------------------------------------------------------------------------------------------------------


def print_export(archive: Archive, *, form: str, output: Path | None, **conditions: Any) -> None:
    """Writes the articles that the conditions pick to standard output, a file, or a folder."""
    articles = export_articles(archive, **conditions)
    if output is None:
        FORMATS[form](articles, sys.stdout)
        return
    if output.is_dir() or not output.suffix:
        count = write_folder(articles, output, form=form)
    else:
        with whole_file(output) as out:
            count = FORMATS[form](articles, out)
    click.echo(f"{counted(count, 'article')} written to {output}", err=True)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file to write, which takes its name only when all is in it; an older one stays as it was until then."""
    device = path.exists() and not path.is_file()
    part = path if device else path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
    except BaseException:
        if not device:
            part.unlink(missing_ok=True)
        raise
    if not device:
        part.replace(path)


# --- serve and status ---------------------------------------------------------------------------------------------


def serve_archive(path: Path, place: Place, *, browse: bool) -> None:
    """Serves the archive until it is interrupted, telling where and what it opens; in a browser too when asked."""

    def ready(url: str) -> None:
        for line in opens(path, place):
            click.echo(line, err=True)
        click.echo(f"{url} (Ctrl-C ends it)", err=True)
        if browse:
            click.launch(url)

    serve(path, place, ready=ready)


def print_status(archive: Archive, *, as_json: bool) -> bool:
    """Prints what the archive holds, its last run, and failures by source; returns whether no alarm is open."""
    found = status(archive, at=now())
    click.echo(
        to_json(status_json(found), indent=1) if as_json else printable("\n".join(status_lines(found, archive.path)))
    )
    for alarm in found.alarms:
        print_error(printable(alarm.line()))
    return not found.alarms


def status_json(found: Status) -> dict[str, Any]:
    """The numbers, times as text."""
    return with_times(status_dict(found))  # type: ignore[no-any-return]


def with_times(value: Any) -> Any:
    """The value with each time in it as ISO 8601 text."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {key: with_times(part) for key, part in value.items()}
    return [with_times(part) for part in value] if isinstance(value, (list, tuple)) else value


def status_lines(found: Status, path: Path) -> Iterator[str]:
    """The state of an archive for people."""
    copies = f", {found.duplicates} with the text of another" if found.duplicates else ""
    yield f"{path}: {in_bytes(found.bytes)}"
    yield f"{counted(found.rows['articles'], 'article')} from {counted(found.sites, 'site')}{copies}; {counted(found.rows['revisions'], 'revision')}"
    yield f"{counted(found.rows['removals'], 'block')} removed; {counted(found.rows['pages'], 'page')} kept; {counted(found.rows['runs'], 'run')}"
    yield run_line(found.last_run) if found.last_run else "no run yet"
    yield from source_lines(found.sources)
    yield from (f"  {paused.host} is left alone until {iso(paused.until)}: {paused.reason}" for paused in found.paused)


def run_line(run: Run) -> str:
    """The last run."""
    counts = ", ".join(f"{number} {name}" for name, number in run.counts.items() if number) or "nothing new"
    note = f" ({run.note})" if run.note else ""
    if run.finished_at is None:
        return f"last run: {run.id}, started {iso(run.started_at)}, not finished: still running, or killed"
    return f"last run: {run.id}, {iso(run.started_at)}, {(run.finished_at - run.started_at).total_seconds():.0f} s: {counts}{note}"


def source_lines(sources: tuple[SourceHealth, ...]) -> Iterator[str]:
    """A line a source: how much came from it, when last, what failed."""
    width = max((len(source.source) for source in sources), default=0)
    for source in sources:
        failures = ", ".join(f"{number} {kind}" for kind, number in sorted(source.failures.items()))
        last = f"last answer {iso(source.last_success)}" if source.last_success else "never answered"
        parts = [f"{counted(source.articles, 'article')}, {last}"]
        if source.metrics and source.metrics.median_chars and source.usual_chars:
            parts[0] += f", {source.metrics.median_chars:,} characters (usually {source.usual_chars:,.0f})"
        parts += [f"{counted(source.waiting, 'link')} waiting"] * bool(source.waiting) + [
            f"{source.due} due again"
        ] * bool(source.due)
        parts += [f"not had: {failures}"] * bool(failures)
        yield f"  {source.source:<{width}}  {'; '.join(parts)}"
