"""Shards over the machines of a Ray cluster, by Ray Data: a row is a shard, and a task makes the file of one shard.

Ray restarts the task of a machine or process that died; within a task, our own workers keep one page from harming others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from scraper.batch.results import ShardResult
from scraper.batch.shard import BatchSettings, extract_shard
from scraper.batch.shards import Shard
from scraper.errors import ConfigError
from scraper.extras import install_command

OBJECT_STORE_BYTES: Final = 100 << 20
"""Ray's shared memory on a machine of our own: only names and counts pass through it."""
ENVIRONMENT: Final = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}
"""Ray sends no statistics on its use unless the user says so."""


def run_on_ray(
    shards: Sequence[Shard], settings: BatchSettings, *, address: str = "", cpus: int = 1
) -> Iterator[ShardResult]:
    """The results, as shards end. Without an `address` Ray starts on this machine, with `cpus`. Raises `ConfigError`."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray as ray_package
        from ray import data as ray_data
    except ImportError as exc:
        raise ConfigError(f"scraper.batch: Ray is not installed; run {install_command('ray')}") from exc
    ray: Any = ray_package
    data: Any = ray_data
    started = not ray.is_initialized()
    if started:
        connect(ray, address, cpus)
    try:
        check_room(ray.nodes(), settings.jobs)
        rows = [asdict(shard) for shard in shards]
        quiet(data)
        dataset = data.from_items(rows, override_num_blocks=len(rows)).map(
            extract_on_ray, fn_args=(settings,), num_cpus=settings.jobs
        )
        for row in dataset.iter_rows():
            yield ShardResult.from_json(row["result"])
    finally:
        if started:
            ray.shutdown()


def extract_on_ray(row: dict[str, Any], settings: BatchSettings) -> dict[str, str]:
    """The task of Ray: the result of a shard, as JSON."""
    return {"result": extract_shard(Shard(row["place"], row["result"]), settings).to_json()}


def connect(ray: Any, address: str, cpus: int) -> None:
    """Join the cluster at an address, or start one on this machine. Raises `ConfigError`."""
    here: dict[str, Any] = {"num_cpus": cpus, "object_store_memory": OBJECT_STORE_BYTES, "include_dashboard": False}
    try:
        ray.init(
            address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **({} if address else here)
        )
    except (ConnectionError, RuntimeError, ValueError) as exc:
        raise ConfigError(f"{address or 'Ray'}: no cluster answers ({exc}); start one with `ray start --head`") from exc


def check_room(nodes: Sequence[dict[str, Any]], jobs: int) -> None:
    """Raise `ConfigError` if no machine has as many CPUs as a shard needs: Ray would wait for one without an end."""
    largest = max((node["Resources"].get("CPU", 0) for node in nodes if node["Alive"]), default=0)
    if largest < jobs:
        raise ConfigError(f"--jobs {jobs}: the largest machine of the cluster has {largest:g} CPUs; use fewer")


def quiet(data: Any) -> None:
    """Leave the terminal to our own lines."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = data.DataContext.get_current()
    context.enable_progress_bars = False


def summary(results: Sequence[ShardResult], seconds: float) -> str:
    """The counts of a run in one line.

    >>> summary([ShardResult("a", "a.parquet", "done", pages=1200, failed=1), ShardResult("b", "b.parquet", "present")], 60)
    '2 shards: 1 done, 1 present; 1,200 pages, 1 failed, 20.0 pages/s'
    """
    states = {state: sum(result.state == state for result in results) for state in ("done", "present", "failed")}
    new = [result for result in results if result.state == "done"]
    pages, failed = sum(result.pages for result in new), sum(result.failed for result in new)
    told = ", ".join(f"{count:,} {state}" for state, count in states.items() if count)
    rate = f", {pages / seconds:,.1f} pages/s" if pages and seconds else ""
    shards = "shard" if len(results) == 1 else "shards"
    return f"{len(results):,} {shards}: {told}; {pages:,} pages, {failed:,} failed{rate}"
