"""The lock of an archive, with real processes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.store.lock import lock_path, locked
from scraper.errors import ArchiveError, LockedError

HOLD = """
import sys
from pathlib import Path
from archive.store.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(archive: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input closes."""
    command = [sys.executable, "-c", HOLD, str(archive)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.kill()


def test_a_lock_that_another_process_holds_is_refused_and_names_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    with holder(archive) as process, pytest.raises(LockedError, match=f"process {process.pid}"), locked(archive):
        pass


def test_the_lock_dies_with_its_process_even_on_sigkill(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    with holder(archive) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        with locked(archive):
            pass


def test_the_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    with locked(archive):
        pass
    with locked(archive):
        pass


def test_a_link_to_an_archive_shares_its_lock(tmp_path: Path) -> None:
    archive, link = tmp_path / "archive.db", tmp_path / "link.db"
    archive.touch()
    link.symlink_to(archive)
    with locked(archive), pytest.raises(LockedError), locked(link):
        pass


def test_archives_of_other_names_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with locked(tmp_path / "one.db"), locked(tmp_path / "two.db"):
        assert lock_path(tmp_path / "one.db") != lock_path(tmp_path / "two.db")


def test_a_folder_that_does_not_exist_is_an_archive_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ArchiveError, match="there is no folder") as caught,
        locked(tmp_path / "none" / "archive.db"),
    ):
        pass
    assert not isinstance(caught.value, LockedError)


def test_without_a_trace_only_a_lock_file_that_was_there_before_stays(tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    with locked(archive, trace=False):
        assert lock_path(archive).exists()
    assert list(tmp_path.iterdir()) == []
    with locked(archive), pytest.raises(LockedError), locked(archive, trace=False):
        pass
    with locked(archive, trace=False):
        pass
    assert list(tmp_path.iterdir()) == [lock_path(archive)]


def test_a_deleted_lock_file_lets_nobody_in_twice(tmp_path: Path) -> None:
    archive, inside, most, refused = tmp_path / "archive.db", [0], [0], [0]

    def lock_often() -> None:
        for _ in range(400):
            try:
                with locked(archive, trace=False):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1
            except LockedError:
                refused[0] += 1

    threads = [threading.Thread(target=lock_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert refused[0] < 6 * 400


def test_a_lock_file_that_is_deleted_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, opened = tmp_path / "archive.db", iter([True])
    open_file = os.open

    def open_then_delete(path: str, *arguments: int) -> int:
        descriptor = open_file(path, *arguments)
        if str(path) == str(lock_path(archive)) and next(opened, False):
            lock_path(archive).unlink()
        return descriptor

    monkeypatch.setattr("os.open", open_then_delete)
    with locked(archive):
        monkeypatch.undo()
        with pytest.raises(LockedError), locked(archive):
            pass


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(ArchiveError, match="Function not implemented"), locked(tmp_path / "archive.db"):
        pass


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free some space"), (errno.EACCES, "fix the permissions of .*archive.db.lock")],
)
def test_a_lock_that_cannot_be_written_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def fails(descriptor: int, content: bytes, offset: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.pwrite", fails)
    with pytest.raises(ArchiveError, match=f"{os.strerror(number)}.; {remedy}"), locked(tmp_path / "archive.db"):
        pass
