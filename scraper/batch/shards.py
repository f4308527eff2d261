"""Which shards there are: the WARC files of a folder, or the lines of a list; and a shard of an address as a file."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scraper.errors import InputError

SHARD_NAMES: Final = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz")
LIST_NAMES: Final = (".paths", ".paths.gz", ".txt", ".txt.gz")
"""Ends of the names of lists; those of Common Crawl are `warc.paths.gz`."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: a path or an address, and the name of its result within the folder of results."""

    place: str
    result: str


def find_shards(given: Path, base: str = "") -> list[Shard]:
    """The shards of a folder, with its subfolders; of a list, one a line; or one file. Raises `InputError`.

    A line of a list is a path, from the list's folder, or an address; `base` is put before each line.
    """
    if given.is_dir():
        files = sorted(file for file in given.rglob("*") if file.name.endswith(SHARD_NAMES) and file.is_file())
        found = [Shard(str(file.absolute()), f"{file.relative_to(given).as_posix()}.parquet") for file in files]
    elif given.name.endswith(LIST_NAMES):
        found = [shard_of(line, given, base) for line in read_lines(given)]
    elif given.is_file():
        found = [Shard(str(given.absolute()), f"{given.name}.parquet")]
    else:
        raise InputError(f"{given}: no such file or folder; name a folder of WARC files, a WARC file or a list of them")
    if not found:
        raise InputError(f"{given}: no shards; their names end in {', '.join(SHARD_NAMES)}")
    check_names(found)
    return found


def read_lines(file: Path) -> Iterator[str]:
    """The lines of a list, without empty ones and comments. Raises `InputError`."""
    try:
        data = file.read_bytes()
        text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        raise InputError(
            f"{file}: the list cannot be read ({exc}); it has one path or address a line, in UTF-8"
        ) from exc
    yield from (line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#"))


def shard_of(line: str, listed: Path, base: str) -> Shard:
    """The shard that a line of a list names."""
    place = f"{base.rstrip('/')}/{line.lstrip('/')}" if base else line
    if not is_address(place):
        place = str((listed.parent / place).absolute())
    name = place.partition("?")[0] if is_address(place) else place
    return Shard(place, f"{name.rpartition('/')[2]}.parquet")


def is_address(place: str) -> bool:
    """Whether a shard is an address rather than a path."""
    return "://" in place


def check_names(shards: Sequence[Shard]) -> None:
    """Raise `InputError` if two shards would have one result."""
    seen: dict[str, Shard] = {}
    for shard in shards:
        other = seen.setdefault(shard.result, shard)
        if other is not shard:
            raise InputError(f"{shard.place}: its result would have the name of that of {other.place}; use two lists")


@contextmanager
def local_file(place: str) -> Iterator[Path]:
    """The file of a shard; a copy, which is deleted afterwards, if the shard is an address. Raises `InputError`.

    fsspec knows the protocols: https, and s3, gs and others with the package that its error names.
    """
    if not is_address(place):
        yield Path(place)
        return
    import fsspec

    with TemporaryDirectory(prefix="cuttings-") as folder:
        copy = Path(folder) / place.partition("?")[0].rpartition("/")[2]
        try:
            system, path = fsspec.core.url_to_fs(place)
            system.get_file(path, str(copy))
        except Exception as exc:  # each protocol's package has errors of its own
            raise InputError(
                f"{place}: the shard cannot be copied to this machine ({type(exc).__name__}: {exc})"
            ) from exc
        yield copy
