"""Make the archives of `archives/`: `python -m tests.archive.schema.make_archives COMMIT ...`.

Each commit is checked out into a temporary worktree, and its own code fills an archive (see `fill_archive`). The file is
named after the last migration and the commit: `m009_page_parts-1210f49.db.zst`. The test of `test_archives` brings each
archive up to date.

After a commit that changes the schema, run this for the commit (`HEAD`) and add the new file. Files that are there
stay as they are: an archive is made once.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import zstandard

ARCHIVES = Path(__file__).with_name("archives")
FILL = Path(__file__).with_name("fill_archive.py")


def git(*arguments: str) -> str:
    """Output of a git command."""
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()


def make_archive(commit: str, path: Path) -> None:
    """An archive that the commit's code made and filled."""
    with tempfile.TemporaryDirectory() as folder:
        tree = str(Path(folder) / "tree")
        git("worktree", "add", "--detach", tree, commit)
        try:
            environment = os.environ | {"PYTHONPATH": tree}
            subprocess.run([sys.executable, "-P", FILL, path], check=True, cwd=tree, env=environment)
        finally:
            git("worktree", "remove", "--force", tree)


def last_migration(path: Path) -> str:
    """The name of the migration that was applied last."""
    conn = sqlite3.connect(path)
    (name,) = conn.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid DESC LIMIT 1").fetchone()
    conn.close()
    return str(name)


def main() -> None:
    """Make the archives of the commits that were named."""
    for commit in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.db"
            make_archive(commit, path)
            name = f"{last_migration(path)}-{git('rev-parse', '--short=7', commit)}.db.zst"
            packed = zstandard.ZstdCompressor(level=19).compress(path.read_bytes())
            (ARCHIVES / name).write_bytes(packed)
            print(f"{name}: {len(packed):,} bytes")


if __name__ == "__main__":
    main()
