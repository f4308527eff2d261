"""Whether the system lets this process see a file at all: asked before anything else, so that every command says it alike."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scraper.errors import ArchiveError

READ_ONLY: Final = "pass --db or fix its permissions"


def check_access(path: Path) -> None:
    """Raise ArchiveError if a folder on the way to the file may not be entered. A missing file is no error."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as exc:
        raise ArchiveError(str(path), f"the file cannot be opened ({exc.strerror}); {READ_ONLY}") from exc
