"""Files and folders that this user may not read: one line, and exit code 5 for the archive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from archive.store.archive import Archive
from tests.support import ROOT

UNPRIVILEGED = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
"""Lets permissions hold for the superuser too."""

COMMANDS = [
    "status",
    "search tern",
    "scrape sources.toml -q",
    "check",
    "export",
    "restore 1 1",
    "backup copy.db",
    "learn",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a source list, an archive that may not be read, and one in a folder that may not be entered."""
    (tmp_path / "closed").mkdir()
    for path in (tmp_path / "a.db", tmp_path / "closed" / "a.db"):
        Archive.open(path, create=True).close()
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "a"\nkind = "feed"\nurl = "http://127.0.0.1:9/f"\n')
    (tmp_path / "a.db").chmod(0)
    (tmp_path / "closed").chmod(0)
    return tmp_path


@pytest.mark.parametrize("db", ["a.db", "closed/a.db"])
def test_an_archive_that_cannot_be_read_ends_each_command_with_one_line_and_code_5(folder: Path, db: str) -> None:
    if os.getuid() == 0 and not which("setpriv"):
        pytest.skip("the superuser reads everything")
    prefix = UNPRIVILEGED if os.getuid() == 0 else ()
    for words in COMMANDS:
        command = [*prefix, sys.executable, "-m", "archive", *words.split(), "--db", db]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
        )
        fault = f"cuttings: {db}: the file cannot be opened (Permission denied); pass --db or fix its permissions\n"
        assert (done.returncode, done.stdout, done.stderr) == (5, "", fault), words
    (folder / "closed").chmod(0o755)
    left = sorted(path.name for path in (*folder.iterdir(), *(folder / "closed").iterdir()))
    assert left == ["a.db", "a.db", "closed", "sources.toml"]
