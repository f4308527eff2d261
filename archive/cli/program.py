"""How the running program is called: by a person in the same shell, and by cron or systemd from anywhere."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "cuttings"


def program_words() -> str:
    """The words that call this program from the same shell and folder: `cuttings` if the shell finds this one by that name.

    `make demo` runs a program in `.venv`, which no shell finds by its name.
    """
    called = Path(sys.argv[0])
    if called.parts[-2:] == ("archive", "__main__.py"):
        return f"{shlex.quote(sys.executable)} -m archive"
    found = shutil.which(NAME)
    if called.name != NAME or (found and Path(found).samefile(called)):
        return NAME
    return shlex.quote(str(called))


def program_command() -> tuple[str, ...]:
    """The absolute command that calls this program from any folder."""
    from scraper.extras import requirement_words, this_installation

    installation = this_installation()
    if installation.tool == "uvx":  # its environment is a cache that uv may delete
        return (shutil.which("uvx") or "uvx", "--from", requirement_words(installation.origin), NAME)
    called = Path(sys.argv[0])
    beside = Path(sys.executable).with_name(NAME)
    for script in (called, beside):
        if script.name == NAME and script.is_file():
            return (str(script.absolute()),)
    return (sys.executable, "-m", "archive")
