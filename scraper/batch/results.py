"""The file of a shard: where it stands, what its metadata say, and how it takes its name when it is complete."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import uuid4

FACTS: Final = "cuttings"
"""The key of our facts in a file's metadata; the value is JSON."""
UNFINISHED: Final = ".tmp"
"""End of the name of a file that is being written."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What decides the rows of a shard: another value makes the file out of date.

    `bytes` is the size of the shard's file; -1 if the shard is an address.
    """

    rules_hash: str
    extractor: str
    bytes: int = -1


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of a shard. `state` is `done`, `present` (its file was there) or `failed` (`error` says why).

    `pages` are rows, `failed` of them errors. `skipped` counts records without a page, by the keys of
    `scraper.captures.records.REASONS`; `damages` tells where the shard is damaged.
    """

    shard: str
    file: str
    state: str
    pages: int = 0
    failed: int = 0
    records: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    damages: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""

    def to_json(self) -> str:
        """The result as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> ShardResult:
        """The result that a line of `to_json` holds."""
        found: dict[str, Any] = json.loads(line)
        return cls(**found | {"damages": tuple(found["damages"])})


def facts_of(origin: Origin, result: ShardResult) -> dict[str, str]:
    """The metadata of a file: its origin and counts."""
    counts = {
        name: value for name, value in asdict(result).items() if name not in {"state", "error", "seconds", "file"}
    }
    return {FACTS: json.dumps(asdict(origin) | counts, ensure_ascii=False)}


def read_present(file: Path, shard: str, origin: Origin) -> ShardResult | None:
    """The result that a file holds; None if there is none, or it is damaged or of another origin."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        metadata = pq.read_metadata(file).metadata or {}
        facts = json.loads(metadata[FACTS.encode()])
        if any(facts[name] != value for name, value in asdict(origin).items()):
            return None
        counts = {name: facts[name] for name in ("pages", "failed", "records", "skipped")}
        return ShardResult(shard, str(file), "present", damages=tuple(facts["damages"]), **counts)
    except (OSError, pa.ArrowInvalid, KeyError, ValueError):
        return None


@contextmanager
def complete_file(file: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes its name at the end, and is deleted after an error. It is locked meanwhile."""
    beside = file.with_name(f".{file.name}.{uuid4().hex}{UNFINISHED}")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with beside.open("xb") as out:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield out
            out.flush()
            os.fsync(out.fileno())
            beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove_stale(folder: Path, name: str = "*") -> list[Path]:
    """Delete unfinished files that no process writes any more. Returns their paths. `name` is the pattern of a file's name."""
    gone: list[Path] = []
    for beside in folder.rglob(f".{name}.*{UNFINISHED}"):
        with suppress(OSError), beside.open("rb+") as held:  # locked, deleted by another, or no locks here
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            beside.unlink()
            gone.append(beside)
    return gone
