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
