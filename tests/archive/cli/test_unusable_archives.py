"""Every reading command on a file that is missing, damaged, or not an archive."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.support.commands import run

COMMANDS = [["search", "x"], ["show", "1"], ["export"], ["status"], ["serve"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_missing_archive_is_one_line_and_is_not_created(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--db", str(tmp_path / "none.db"))
    assert (result.exit_code, result.stdout) == (5, "")
    assert (
        result.stderr
        == f"cuttings: {tmp_path}/none.db: there is no such file; pass --db, or make an archive with `cuttings scrape`\n"
    )
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 something else, and long enough " * 9], ids=["zero bytes", "not a database"]
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_that_is_not_an_archive_is_one_line_and_is_not_changed(
    tmp_path: Path, command: list[str], content: bytes
) -> None:
    file = tmp_path / "archive.db"
    file.write_bytes(content)
    result = run(*command, "--db", str(file))
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
    assert file.read_bytes() == content


def test_a_database_of_another_program_and_of_a_newer_version_are_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE articles (id)")
    connection.close()
    assert "another program" in run("status", "--db", str(other)).stderr
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'm999_future', '2030')"
        )
    connection.close()
    result = run("status", "--db", str(path))
    assert result.exit_code == 5
    assert "newer version" in result.stderr


WRITERS = [
    ["add", "http://127.0.0.1:9/x"], ["restore", "1", "1"], ["alarms", "--close", "1"], ["reextract"],
    ["vacuum"], ["prune", "--before", "2025"], ["check"],
]  # fmt: skip


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: command[0])
def test_a_refused_file_of_another_program_gets_no_lock_file(tmp_path: Path, command: list[str]) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE articles (id)")
    connection.close()
    result = run(*command, "--db", str(other))
    assert (result.exit_code, "another program" in result.stderr) == (5, True)
    assert [file.name for file in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize("command", [*COMMANDS, *WRITERS], ids=lambda command: command[0])
def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, "--db", str(tmp_path / "none" / "a.db"))
    assert result.exit_code == 5
    assert f"there is no folder {tmp_path / 'none'}; " in result.stderr


def test_a_damaged_archive_is_one_line(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    result = run("export", "--db", str(path))
    assert (result.exit_code, result.stderr.count("\n")) == (5, 1)
