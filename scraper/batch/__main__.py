"""`python -m scraper.batch SHARDS OUT`: arguments in, a line of JSON a shard and the exit code out."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final, TextIO

import click

from scraper.batch.ray_run import run_on_ray, summary
from scraper.batch.results import ShardResult, remove_stale
from scraper.batch.shard import BatchSettings
from scraper.batch.shards import find_shards
from scraper.crawl.worker import rules_at
from scraper.crawl.worker_pool import DEADLINE_SECONDS
from scraper.errors import CuttingsError
from scraper.extractor_version import extractor_version

SOME_FAILED: Final = 1
USAGE: Final = 2
HERE: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""CPUs of this machine that we may use."""


@click.command("python -m scraper.batch", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shards", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--base", default="", metavar="ADDRESS", help="Put this before each line of a list of shards.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Extracting processes of a shard.")
@click.option("--cpus", type=click.IntRange(1), default=HERE, help="CPUs to use without --address.  [default: all]")
@click.option("--address", envvar="RAY_ADDRESS", default="", help="Address of a Ray cluster, such as auto.")
@click.option(
    "--deadline", type=click.FloatRange(1), default=DEADLINE_SECONDS, show_default=True, help="Seconds a page."
)
@click.option(
    "--rules", "rules_paths", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Rule file or folder besides the built-in rules; every machine must have it.",
)  # fmt: skip
def main(
    shards: Path, out: Path, *, base: str, jobs: int, cpus: int, address: str, deadline: float,
    rules_paths: tuple[Path, ...],
) -> None:  # fmt: skip
    """Extract the pages of many WARC files on a Ray cluster, a Parquet file each.

    SHARDS is a folder of WARC, ARC or WACZ files, one such file, or a list (.txt, .paths, either with .gz) with a path or
    address a line. OUT is a folder that all machines share. A shard whose file is there is skipped, unless
    other rules or another version made it. Each page that failed is a row with its `error`.

    Exit codes: 0 done; 1 a shard failed or is damaged; 2 wrong usage or input.
    """
    began = time.perf_counter()
    results: list[ShardResult] = []
    try:
        found = find_shards(shards, base)
        paths = tuple(path.absolute() for path in rules_paths)
        settings = BatchSettings(out.absolute(), rules_at(paths).hash, extractor_version(), paths, jobs, deadline)
        remove_stale(settings.out)
        out_stream = sys.stdout
        with redirect_stdout(sys.stderr):  # Ray prints what befell its processes
            for result in run_on_ray(found, settings, address=address, cpus=cpus):
                results.append(result)
                report(result, out_stream)
    except CuttingsError as exc:
        click.echo(f"cuttings: {' '.join(str(exc).split())}", err=True)
        raise SystemExit(USAGE) from exc
    click.echo(summary(results, time.perf_counter() - began), err=True)
    raise SystemExit(SOME_FAILED if any(result.state == "failed" or result.damages for result in results) else 0)


def report(result: ShardResult, stream: TextIO) -> None:
    """Print a result: JSON on a stream, what is wrong on standard error."""
    click.echo(result.to_json(), file=stream)
    subject = "" if result.error.startswith(result.shard) else f"{result.shard}: "
    for fault in (*result.damages, *([f"{subject}{result.error}"] if result.error else [])):
        click.echo(f"cuttings: {' '.join(fault.split())}", err=True)


if __name__ == "__main__":
    main()
