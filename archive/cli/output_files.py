"""Files that commands write: complete or not at all, and never over a file that was there, unless `--force` says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from scraper.errors import InputError

FORCE = click.option("--force", is_flag=True, help="Replace files that exist.")


def check_free(path: Path, *, force: bool) -> None:
    """Raises `InputError` if a file has this name, unless it may be replaced, and if its folder is missing.

    Devices and pipes are free.
    """
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; create it")
    if path.is_file() and not force:
        raise InputError(f"{path}: the file exists; name another, or replace it with --force")


@contextmanager
def new_file(path: Path, *, is_text: bool, force: bool) -> Iterator[IO[Any]]:
    """A file to write, which takes its name when it is complete and on the disk. Until then an older file keeps the name.

    Raises `InputError` if the name is taken, and an `OSError` that names the file, also if the disk is full.
    """
    check_free(path, force=force)
    device = path.exists() and not path.is_file()
    part = path if device else path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") if is_text else part.open("wb") as out:
            yield out
            if not device:
                out.flush()
                os.fsync(out.fileno())
        if not device:
            place(part, path, force=force)
    except BaseException as exc:
        if not device:
            part.unlink(missing_ok=True)
        if isinstance(exc, OSError) and exc.filename is None:
            raise OSError(exc.errno, exc.strerror, str(path)) from exc
        raise


def place(made: Path, path: Path, *, force: bool) -> None:
    """Moves a finished file to its name. Raises `InputError` if the name was taken meanwhile."""
    from archive.store.new_file import place_new_file

    if force:
        made.replace(path)
    elif not place_new_file(made, path):
        check_free(path, force=False)
    else:
        made.unlink(missing_ok=True)
