"""A finished file put in its place, never over another one."""

from __future__ import annotations

import os
from pathlib import Path


def place_new_file(made: Path, path: Path) -> bool:
    """Move a finished file to its place without overwriting. Whether the place was free."""
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        made.replace(path)
    return True


def write_whole(path: Path, content: bytes, *, force: bool) -> bool:
    """Write a small file, complete or not at all. Whether the file now has this content: another content is kept, unless `force`."""
    if path.exists() and not force:
        return path.read_bytes() == content
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    return True
