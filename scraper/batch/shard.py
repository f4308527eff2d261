"""One shard to one Parquet file, by worker processes that are killed when a page takes too long or too much memory.

::

    shard ─► captures ─► worker processes: extract a page each ─► rows ─► .name.tmp ─► name.parquet

Kills at any moment leave the complete file or none. What was killed is done again, with the same rows.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scraper.batch.parquet_file import write_rows
from scraper.batch.results import Origin, ShardResult, complete_file, facts_of, read_present, remove_stale
from scraper.batch.rows import REPEATED, error_row, extract_row, row_schema
from scraper.batch.shards import Shard, is_address, local_file
from scraper.captures.reader import Capture, CaptureFile
from scraper.crawl.capture_task import CaptureTask
from scraper.crawl.worker_pool import DEADLINE_SECONDS, ExtractPool
from scraper.errors import ConfigError, CuttingsError, ExtractError
from scraper.extractor_version import extractor_version


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What holds for all shards of a run. `jobs` is the number of worker processes of a shard, `deadline` in seconds a page.

    `rules_paths` are rule files besides the built-in ones, which every machine must have; `rules_hash` is that of all rules.
    """

    out: Path
    rules_hash: str
    extractor: str
    rules_paths: tuple[Path, ...] = ()
    jobs: int = 1
    deadline: float = DEADLINE_SECONDS


def extract_shard(shard: Shard, settings: BatchSettings) -> ShardResult:
    """Write the file of a shard, unless it is there. An error is a result: one bad shard never stops a run."""
    file = settings.out / shard.result
    result = ShardResult(shard.place, str(file), "failed")
    began = time.perf_counter()
    try:
        check_version(settings)
        origin = origin_of(shard, settings)
        if present := read_present(file, shard.place, origin):
            return present
        remove_stale(file.parent, file.name)
        with local_file(shard.place) as path:
            result = write_shard(CaptureFile(path), file, result, origin, settings)
    except Exception as exc:  # whatever is wrong with one shard or machine, the others go on
        return replace(
            result, error=str(exc) if isinstance(exc, CuttingsError | OSError) else f"{type(exc).__name__}: {exc}"
        )
    return replace(result, seconds=round(time.perf_counter() - began, 1))


def check_version(settings: BatchSettings) -> None:
    """Raise `ConfigError` if this machine would extract otherwise than the machine that began the run."""
    if (here := extractor_version()) != settings.extractor:
        raise ConfigError(
            f"this machine has Cuttings {here}, the run began with {settings.extractor}; install one version"
        )


def origin_of(shard: Shard, settings: BatchSettings) -> Origin:
    """What decides the rows of a shard. Raises `OSError` if its file cannot be read."""
    size = -1 if is_address(shard.place) else Path(shard.place).stat().st_size
    return Origin(settings.rules_hash, settings.extractor, size)


def write_shard(
    source: CaptureFile, file: Path, result: ShardResult, origin: Origin, settings: BatchSettings
) -> ShardResult:
    """Write the rows of a shard. Raises `InputError` if it holds no records, `ConfigError`, `OSError`, `ImportError`."""
    source.check()
    counts = {"pages": 0, "failed": 0}

    def rows() -> Iterator[dict[str, Any]]:
        with ExtractPool(
            settings.jobs,
            deadline=settings.deadline,
            rules_paths=settings.rules_paths,
            preload=("scraper.batch.rows",),
        ) as pool:
            for row in extract_rows(pool, read_tasks(source, result, settings.rules_paths), settings.rules_hash):
                counts["pages"] += 1
                counts["failed"] += bool(row["error"])
                yield row

    def finish() -> ShardResult:
        skipped = dict(sorted(source.skipped.items()))
        damages = tuple(text.replace(str(source.path), result.shard) for text in source.damages)
        done = replace(result, state="done", records=source.records, skipped=skipped, damages=damages)
        return replace(done, pages=counts["pages"], failed=counts["failed"])

    with complete_file(file) as out:
        write_rows(rows(), out, row_schema(), repeated=REPEATED, facts=lambda: facts_of(origin, finish()))
    return finish()


def read_tasks(source: CaptureFile, result: ShardResult, rules_paths: tuple[Path, ...]) -> Iterator[CaptureTask]:
    """The pages of a shard. Revisits are counted: without its page, a record has no row."""
    for found in source.read():
        if isinstance(found, Capture):
            yield CaptureTask(found.page, found.parts, rules_paths)
        else:
            source.skipped["revisit"] += 1


def extract_rows(pool: ExtractPool, tasks: Iterable[CaptureTask], rules_hash: str) -> Iterator[dict[str, Any]]:
    """A row for each page, in order. Raises `ConfigError` if the workers have other rules."""
    for task, found in extract_pairs(pool, tasks):
        if isinstance(found, ExtractError):
            yield error_row(task.page, found)
            continue
        used, row = found
        if used != rules_hash:
            raise ConfigError(
                f"this machine has other rules ({used} for {rules_hash}); give all machines the same files"
            )
        yield row


def extract_pairs(
    pool: ExtractPool, tasks: Iterable[CaptureTask]
) -> Iterator[tuple[CaptureTask, tuple[str, dict[str, Any]] | ExtractError]]:
    """Each page with its row or error. A page whose worker ended is tried once more: it may have been killed from outside."""
    waiting: deque[CaptureTask] = deque()

    def noted() -> Iterator[CaptureTask]:
        for task in tasks:
            waiting.append(task)
            yield task

    for found in pool.map_ordered(extract_row, noted()):
        task = waiting.popleft()
        if isinstance(found, ExtractError) and found.kind == "extract-crashed":
            found = next(iter(pool.map_ordered(extract_row, [task])))
        yield task, found
