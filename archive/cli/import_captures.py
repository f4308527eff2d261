"""The command `import`: the run, its summary and its exit code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli.exit_codes import DONE, SOME_FAILED, print_error, signal_code
from archive.cli.interrupts import catch_signals
from archive.cli.options import DB, JOBS, JSON, QUIET, RULES, SITE, ExampleCommand, date_options
from archive.cli.printing import JsonForm, print_json
from archive.cli.progress import show_stages
from archive.learning.rule_files import read_rules, rule_paths

if TYPE_CHECKING:
    from archive.runs.import_captures import CaptureSelection
    from archive.runs.import_report import ImportReport


@click.command(
    "import",
    cls=ExampleCommand,
    example="""cuttings import crawl-2020.warc.gz crawl-2021.wacz
    cuttings import *.warc.gz --site example.com --since 2020""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@DB
@SITE
@date_options("Only pages captured")
@click.option("--refetch", is_flag=True, help="Let the next scrape fetch the pages again. Without it none is fetched.")
@JOBS
@RULES
@QUIET
@JSON
def import_captures(
    files: tuple[Path, ...], path: Path, *, site: str, since: datetime | None, until: datetime | None, refetch: bool,
    jobs: int, rules_paths: tuple[Path, ...], quiet: bool, as_json: JsonForm,
) -> None:  # fmt: skip
    """Archive the pages of WARC, ARC and WACZ files.

    Nothing is fetched. A page that is older than the archive's text of it becomes an earlier revision. A second import of
    a file changes nothing. Exit code 1 means that a file is damaged, and what could be read of it was imported.
    """
    from archive.runs.import_captures import CaptureSelection
    from scraper.captures.reader import CaptureFile

    for file in files:
        CaptureFile(file).check()
    chosen = CaptureSelection(site, since, until)
    report = run(path, files, chosen, refetch=refetch, jobs=jobs, rules_paths=rules_paths, quiet=quiet)
    if as_json:
        print_json(report.as_dict(), as_json)
    if not quiet:
        click.echo(report.summary(), err=True)
    for message in (*report.damages, *report.failures):
        print_error(message)
    if report.stopped_by:
        raise SystemExit(signal_code(report.stopped_by))
    raise SystemExit(SOME_FAILED if report.damages or report.failures else DONE)


def run(
    path: Path,
    files: tuple[Path, ...],
    selection: CaptureSelection,
    *,
    refetch: bool,
    jobs: int,
    rules_paths: tuple[Path, ...],
    quiet: bool,
) -> ImportReport:
    """Imports the files and reports the result. Raises `LockedError`, `ArchiveError`, `ConfigError`."""
    from archive.runs.import_captures import ImportRun, import_files
    from archive.store.archive import Archive
    from archive.store.lock import locked
    from scraper.crawl.worker_pool import ExtractPool

    paths = tuple(found.absolute() for found in rule_paths(path, rules_paths))
    rules = read_rules(paths)
    with (
        locked(path),
        Archive.open(path, create=True) as archive,
        catch_signals() as stop,
        show_stages("import", quiet=quiet) as watch,
        ExtractPool(jobs, rules_paths=paths, preload=("scraper.crawl.capture_task",)) as pool,
    ):
        work = ImportRun(archive, selection, rules.hash, paths, refetch)
        import_files(work, files, pool.map_ordered, stopped=stop.is_set, watch=watch)
        work.report.stopped_by = stop.signal_name
        work.finish()
    return work.report
