"""The command `status`: an archive's contents, last run, failures by source and open alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import SOME_FAILED, print_error
from archive.cli.options import DB, JSON, ExampleCommand
from archive.cli.printing import JsonForm, print_json
from archive.output.article import counted, in_bytes, iso, printable

if TYPE_CHECKING:
    from archive.monitoring.failures import FailedLink
    from archive.monitoring.status import Run, SourceHealth, Status


@click.command(cls=ExampleCommand, example="cuttings status --json")
@DB
@JSON
def status(path: Path, as_json: JsonForm) -> None:
    """Show the archive's contents, last run, failures and alarms.

    Exit code 1 means that an alarm is open.
    """
    from archive.monitoring import status as monitoring
    from archive.monitoring.failures import latest_failures
    from archive.store.archive import Archive

    with Archive.open(path, write=False) as archive:
        found = monitoring.status(archive, at=datetime.now(UTC))
        failed = latest_failures(archive)
    if as_json:
        print_json(status_json(found), as_json)
    else:
        click.echo(printable("\n".join(status_lines(found, failed, path))))
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


def status_lines(found: Status, failed: dict[str, FailedLink], path: Path) -> Iterator[str]:
    """The state of an archive for people. `failed` holds an example by source."""
    rows = found.rows
    copies = f", {found.duplicates} with the text of another article" if found.duplicates else ""
    yield f"{path}: {in_bytes(found.bytes)}"
    yield f"{counted(rows['articles'], 'article')} from {counted(found.sites, 'site')}{copies}; {counted(rows['revisions'], 'revision')}"
    yield f"{counted(rows['removals'], 'block')} removed; {counted(rows['pages'], 'raw page')}; {counted(rows['runs'], 'run')}"
    yield run_line(found.last_run) if found.last_run else "no run yet"
    width = max((len(source.source) for source in found.sources), default=0)
    for source in found.sources:
        parts = "; ".join(source_parts(source, failed.get(source.source)))
        yield f"  {source.source:<{width}}  {parts}"
    yield from (f"  {paused.host} is paused until {iso(paused.until)}: {paused.reason}" for paused in found.paused)


def run_line(run: Run) -> str:
    """The last run."""
    counts = ", ".join(f"{number:,} {name}" for name, number in run.counts.items() if number) or "nothing new"
    note = f" ({run.note})" if run.note else ""
    if run.finished_at is None:
        return f"last run: {run.id}, started {iso(run.started_at)}, not finished: still running, or killed"
    seconds = (run.finished_at - run.started_at).total_seconds()
    return f"last run: {run.id}, {iso(run.started_at)}, {seconds:.0f} s: {counts}{note}"


def source_parts(source: SourceHealth, example: FailedLink | None) -> Iterator[str]:
    """A source: its articles, its last answer, its open links and its failures."""
    from archive.monitoring.failures import failure_text

    last = f"last answer {iso(source.last_success)}" if source.last_success else "never answered"
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
        yield failure_text(source.failures, example)
