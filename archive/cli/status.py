"""The command `status`: an archive's contents, last run, failures by source and open alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from archive.cli.exit_codes import SOME_FAILED, print_error
from archive.cli.options import DB, JSON, ExampleCommand
from archive.cli.printing import JsonForm, print_json
from archive.output.article import counted, in_bytes, iso, printable

if TYPE_CHECKING:
    from archive.monitoring.status import Run, SourceHealth, Status

MAX_EXAMPLES: Final = 3
"""Failed links of a source that are shown without `--failed`, the last tried first."""


@click.command(cls=ExampleCommand, example="cuttings status --json")
@DB
@click.option("--failed", "with_failed", is_flag=True, help="List every link that failed, and those that are gone.")
@JSON
def status(path: Path, with_failed: bool, as_json: JsonForm) -> None:
    """Show the archive's contents, last run, failures and alarms.

    Exit code 1 means that an alarm is open.
    """
    from archive.monitoring import status as monitoring
    from archive.monitoring.failures import read_failed
    from archive.store.archive import Archive

    with Archive.open(path, write=False) as archive:
        found = monitoring.status(archive, at=datetime.now(UTC))
        every = read_failed(archive) if with_failed else ()
    if as_json:
        failed = {"failed_links": [{"source": link.source, **link.as_dict()} for link in every]} if with_failed else {}
        print_json(status_json(found) | failed, as_json)
    else:
        click.echo(printable("\n".join([*status_lines(found, path), *(f"  {link.line()}" for link in every)])))
    for alarm in found.alarms:
        print_error(printable(alarm.line()))
    if found.alarms:
        raise SystemExit(SOME_FAILED)


def status_json(found: Status) -> dict[str, Any]:
    """The numbers, with times as text."""
    from archive.monitoring.status import status_dict

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
    rows = found.rows
    copies = f", {found.duplicates} with the text of another article" if found.duplicates else ""
    yield f"{path}: {in_bytes(found.bytes)}"
    yield f"{counted(rows['articles'], 'article')} from {counted(found.sites, 'site')}{copies}; {counted(rows['revisions'], 'revision')}"
    yield f"{counted(rows['removals'], 'block')} removed; {counted(rows['pages'], 'raw page')}; {counted(rows['runs'], 'run')}"
    yield run_line(found.last_run) if found.last_run else "no run yet"
    width = max((len(source.source) for source in found.sources), default=0)
    for source in found.sources:
        yield f"  {source.source:<{width}}  {'; '.join(source_parts(source))}"
        yield from (f"    {link.line()}" for link in source.failed_links[:MAX_EXAMPLES])
    yield from (f"  {paused.host} is paused until {iso(paused.until)}: {paused.reason}" for paused in found.paused)


def run_line(run: Run) -> str:
    """The last run."""
    counts = ", ".join(f"{number:,} {name}" for name, number in run.counts.items() if number) or "nothing new"
    note = f" ({run.note})" if run.note else ""
    if run.finished_at is None:
        return f"last run: {run.id}, started {iso(run.started_at)}, not finished: still running, or killed"
    seconds = (run.finished_at - run.started_at).total_seconds()
    return f"last run: {run.id}, {iso(run.started_at)}, {seconds:.0f} s: {counts}{note}"


def source_parts(source: SourceHealth) -> Iterator[str]:
    """A source: its articles, its last answer, its open links and its failures."""
    from archive.monitoring.failures import REQUESTED, failure_text

    last = f"last answer {iso(source.last_success)}" if source.last_success else "nothing read yet"
    usual = source.usual_chars
    length = (
        f", {source.metrics.median_chars:,} characters (usually {usual:,.0f})"
        if source.metrics and source.metrics.median_chars and usual
        else ""
    )
    yield f"{counted(source.articles, 'article')}, {last}{length}"
    if source.waiting:
        yield f"{counted(source.waiting, 'link')} waiting"
    if source.due:
        yield f"{source.due:,} due for a refetch"
    if source.failures:
        yield failure_text(source.failures)
    if source.gone:
        yield failure_text(source.gone, word="gone")
    yield from (f"{number:,} {REQUESTED[kind]}" for kind, number in source.requested.items())
