"""`clean` over several documents: worker processes read and extract files; URLs are fetched one after another.

A document that cannot be read or cleaned is one line on standard error, and the others are cleaned. The output is a
folder with a file per document, or one stream in the order of the arguments.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from archive.cli.clean_input import Document, is_address, read_local, target_name
from archive.cli.clean_output import Cleaned, CleanRequest, clean_document
from archive.cli.clean_targets import STDIN, Target, expand
from archive.cli.exit_codes import print_error
from archive.cli.output_files import check_free, new_file
from archive.cli.progress import show_stages
from archive.learning.rule_files import read_rules
from archive.output.article import counted
from archive.schema.stage import Stage
from archive.store.new_file import write_whole
from scraper.crawl.worker import rules_at
from scraper.crawl.worker_pool import ExtractPool
from scraper.errors import CuttingsError, ExtractError, InputError
from scraper.types import Page

if TYPE_CHECKING:
    from scraper.fetch.client import Fetcher

SUFFIXES: Final = {"text": ".txt", "markdown": ".md", "json": ".json", "jsonl": ".jsonl", "html": ".html"}

Write = Callable[[Target, Cleaned], bool]
"""Writes a document; whether it was written: a file with another content is kept."""


@dataclass(frozen=True, slots=True)
class Task:
    """One document for a worker: a file that the worker reads, a document that was read, or an error."""

    target: Target
    request: CleanRequest
    rules_paths: tuple[Path, ...]
    given: Document | None = None
    error: str = ""


@dataclass(slots=True)
class Report:
    """The numbers of documents, and files that were kept because they have another content."""

    cleaned: int = 0
    failed: int = 0
    kept: list[Target] = field(default_factory=list)


def clean_many(
    words: Sequence[str], request: CleanRequest, *, rules_paths: tuple[Path, ...], jobs: int, quiet: bool
) -> bool:
    """Cleans the documents that the arguments name; returns whether each gave an article. Raises `InputError`, `ConfigError`."""
    folder = request.output if request.output and is_folder(request.output) else None
    if request.output and not folder:
        check_free(request.output, force=request.force)
    targets = expand(words, without=folder)
    read_rules(rules_paths)  # reports a bad rule once, not for each document
    report = Report()
    sink = into_folder(folder, request) if folder else into_stream(request)
    shows = not quiet and (request.output is not None or not sys.stdout.isatty())
    with (
        sink as write,
        show_stages("clean", quiet=not shows) as watch,
        ExtractPool(min(jobs, len(targets)), preload=("archive.cli.clean_many",)) as pool,
    ):
        watch(Stage("documents", 0, len(targets)))
        answers = pool.map_ordered(clean_task, tasks(targets, request, rules_paths))
        for number, (target, answer) in enumerate(zip(targets, answers, strict=True), start=1):
            note(report, target, answer, write)
            watch(Stage("documents", number, len(targets)))
    if report.kept:
        print_error(
            f"{counted(len(report.kept), 'file')} with another content kept, such as {report.kept[0].place}; "
            "replace them with --force"
        )
    if not quiet:
        click.echo(summary(report, request.output), err=True)
    return not (report.failed or report.kept)


def is_folder(output: Path) -> bool:
    """Whether an output is a folder: one that exists, or a new name without a suffix."""
    return output.is_dir() or not (output.suffix or output.exists())


def tasks(targets: Sequence[Target], request: CleanRequest, rules_paths: tuple[Path, ...]) -> Iterator[Task]:
    """The tasks in order. Only workers read files; standard input is read and pages are fetched here."""
    with closing(Pages(request)) as pages:
        for target in targets:
            task = Task(target, request, rules_paths)
            try:
                if is_address(target.name):
                    task = replace(task, given=Document(pages.fetch(target.name), "html"))
                elif target.name == STDIN:
                    task = replace(task, given=read_local(target.name, request.kind))
            except CuttingsError as exc:
                task = replace(task, error=str(exc))
            yield task


class Pages:
    """Fetches pages one after another, politely, with one client that is made for the first."""

    def __init__(self, request: CleanRequest) -> None:
        self.request = request
        self.runner = asyncio.Runner()
        self.fetcher: Fetcher | None = None

    def fetch(self, url: str) -> Page:
        """The page at a URL. Raises `FetchError`."""
        return self.runner.run(self._fetch(url))

    async def _fetch(self, url: str) -> Page:
        from scraper.fetch.client import Fetcher, Settings
        from scraper.fetch.throttle import RetryPolicy

        if self.fetcher is None:
            settings = Settings(
                allow_private=self.request.allow_private,
                allow_hosts=self.request.allow_hosts,
                retry_policy=RetryPolicy(retries=0),
            )
            self.fetcher = Fetcher(settings, clock=lambda: datetime.now(UTC))
        return await self.fetcher.fetch(url)

    def close(self) -> None:
        """Ends the client."""
        if self.fetcher is not None:
            self.runner.run(self.fetcher.__aexit__())
        self.runner.close()


def clean_task(task: Task) -> Cleaned:
    """The worker's task: the document cleaned, or what is wrong with it as its complaint."""
    name = target_name(task.target.name)
    if task.error:
        return Cleaned([], task.error)
    try:
        given = task.given or read_local(task.target.name, task.request.kind)
    except InputError as exc:
        return Cleaned([], str(exc))
    cleaned = clean_document(task.target.name, given, task.request, rules_at(task.rules_paths))
    return Cleaned(cleaned.lines, f"{name}: {cleaned.complaint}" if cleaned.complaint else "")


def note(report: Report, target: Target, answer: Cleaned | ExtractError, write: Write) -> None:
    """Writes a document that was cleaned, and reports one that was not."""
    if isinstance(answer, ExtractError):
        answer = Cleaned([], f"{target_name(target.name)}: {answer.detail}")
    if answer.complaint:
        report.failed += 1
        print_error(answer.complaint)
    if answer.lines and not write(target, answer):
        report.kept.append(target)
    elif not answer.complaint:
        report.cleaned += 1


@contextmanager
def into_folder(folder: Path, request: CleanRequest) -> Iterator[Write]:
    """Writes a file per document, in folders as the documents are."""

    def write(target: Target, cleaned: Cleaned) -> bool:
        place = folder / target.place
        path = place.with_name(f"{place.name}{SUFFIXES[request.form]}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_whole(path, cleaned.text.encode(), force=request.force)

    yield write


@contextmanager
def into_stream(request: CleanRequest) -> Iterator[Write]:
    """Writes one document after another to the output file or standard output; JSON as one array."""
    if request.output is None:
        yield from streamed(sys.stdout, request)
        return
    with new_file(request.output, is_text=True, force=request.force) as out:
        yield from streamed(out, request)


def streamed(out: IO[str], request: CleanRequest) -> Iterator[Write]:
    """The writer to a stream, between the stream's begin and end."""
    written = 0

    def write(target: Target, cleaned: Cleaned) -> bool:
        nonlocal written
        out.write(before(target, request, first=not written) + cleaned.text)
        out.flush()
        written += 1
        return True

    yield write
    if request.form == "json":
        out.write("]\n" if written else "[]\n")


def before(target: Target, request: CleanRequest, *, first: bool) -> str:
    """What stands before a document in a stream."""
    if request.form == "json":
        return "[\n" if first else ",\n"
    if request.form == "markdown":
        return "" if first else "\n" if request.choice.front_matter else "\n---\n\n"
    head = f"==> {target_name(target.name)} <==\n\n"
    return {"text": head if first else f"\n{head}"}.get(request.form, "")


def summary(report: Report, output: Path | None) -> str:
    """The numbers in one line."""
    written = f", written to {output}" if output else ""
    failed = f"; {report.failed:,} failed" if report.failed else ""
    return f"{counted(report.cleaned, 'document')} cleaned{written}{failed}"
