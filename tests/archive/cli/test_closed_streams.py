"""Commands that are started with closed standard streams, as a script or a daemon may do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.store.archive import Archive
from tests.support.visits import START, article, visit

MESSAGE = "cuttings: standard output: Bad file descriptor\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("closed") / "a.db"
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article("The mill closed.")), run=run, at=START)
    return path


def started(closed: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A command that a shell starts with streams closed: `>&-`, `2>&-`, `<&-`."""
    call = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "archive", *args]
    return subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "args", [["show", "1"], ["export"], ["export", "--format", "epub"], ["status", "--json"]], ids=" ".join
)
def test_data_that_nobody_gets_is_one_line_and_an_error(path: Path, args: list[str]) -> None:
    done = started(">&-", *args, "--db", str(path))
    assert (done.returncode, done.stderr) == (1, MESSAGE)


def test_an_export_that_nobody_got_does_not_count(path: Path) -> None:
    assert started(">&-", "export", "--new", "daily", "--db", str(path)).returncode == 1
    done = started("", "export", "--new", "daily", "--db", str(path))
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)


def test_a_command_without_data_needs_no_stream(path: Path) -> None:
    assert started(">&- 2>&- <&-", "check", "--db", str(path)).returncode == 0


def test_messages_may_go_nowhere(path: Path) -> None:
    assert "The mill closed." in started("2>&-", "show", "1", "--db", str(path)).stdout
    assert started("2>&-", "show", "9", "--db", str(path)).returncode == 2


def test_closed_standard_input_is_empty() -> None:
    done = started("<&-", "clean", "-")
    assert (done.returncode, done.stderr) == (2, "cuttings: standard input: empty; pass a page or a text\n")
