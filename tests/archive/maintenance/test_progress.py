"""`check` and `backup` tell how far they are, and a terminal shows it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archive.cli.progress import CLEAR, StageLine, show_stages
from archive.maintenance import backup
from archive.maintenance.backup import back_up
from archive.maintenance.integrity import CHECKS, check_archive
from archive.schema.stage import Stage, ignore_stage
from archive.store.archive import Archive
from tests.archive.schema.old_archives import FIRST, add_articles, unpack
from tests.support import ROOT
from tests.support.visits import START, article, rows, save, visit

ARTICLES = 40


@pytest.fixture
def path(archive: Archive) -> Path:
    for number in range(ARTICLES):
        url = f"https://h.example/{number}"
        text = (f"Paragraph {part} of {number}, the council said on Monday. " * 20 for part in range(20))
        save(archive, visit(article(*text, url=url), url=url, body=os.urandom(20_000)))
    return archive.path


def test_a_check_tells_its_parts_and_their_rows(path: Path) -> None:
    stages: list[Stage] = []
    assert check_archive(path, watch=stages.append).problems == ()
    assert list(dict.fromkeys(stage.what for stage in stages)) == list(CHECKS)
    for name in ("texts", "pages"):
        assert [stage for stage in stages if stage.what == name] == [
            Stage(name, done, ARTICLES) for done in range(ARTICLES + 1)
        ]


def test_a_backup_in_steps_is_of_one_moment_and_does_not_start_anew_when_a_run_writes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_PER_STEP", 20)
    stages: list[Stage] = []
    with Archive.open(path) as writer:

        def watch(stage: Stage) -> None:
            stages.append(stage)
            assert len(stages) < 1000, "the backup starts anew"
            url = f"https://new.example/{len(stages)}"
            writer.save(visit(article(url=url), url=url), run=1, at=START)

        back_up(path, tmp_path / "copy.db", watch=watch)
    done = [stage.done for stage in stages]
    assert len(done) > 10
    assert done == sorted(set(done))
    assert done[-1] == stages[0].total == stages[-1].total
    with Archive.open(tmp_path / "copy.db") as copy:
        assert rows(copy, "SELECT count(*) FROM articles") == [(ARTICLES,)]
    assert check_archive(tmp_path / "copy.db").problems == ()


def test_a_line_shows_the_latest_stage_while_a_statement_blocks_and_is_cleared() -> None:
    stream = io.StringIO()
    with StageLine(stream, "a.db: check", redraw_seconds=0.02) as line:
        line(Stage("file"))
        time.sleep(0.2)
        line(Stage("pages", 5, 10))
        time.sleep(0.2)
    shown = stream.getvalue().split(CLEAR)
    assert "a.db: check: file, 0:00" in shown
    assert shown[-2:] == ["a.db: check: pages, 5 of 10 (50%), 0:00", ""]


def test_short_work_shows_no_line() -> None:
    stream = io.StringIO()
    with StageLine(stream, "a.db: check") as line:
        line(Stage("file"))
    assert stream.getvalue() == ""


def test_nothing_is_shown_without_a_terminal() -> None:
    with show_stages("a.db: check") as watch:
        assert watch is ignore_stage
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def on_terminal(*arguments: str) -> str:
    """What a command writes on a terminal as its standard error."""
    own, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "archive", *arguments], stdout=subprocess.DEVNULL, stderr=terminal, cwd=ROOT
    )
    os.close(terminal)
    read = b""
    while True:
        try:
            more = os.read(own, 65536)
        except OSError:  # the terminal is closed
            break
        if not more:
            break
        read += more
    os.close(own)
    assert process.wait(60) == 0
    return read.decode()


def test_an_old_archive_is_brought_up_to_date_with_a_line_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    unpack(FIRST, path)
    add_articles(
        path,
        {f"https://h.example/{n}": " ".join(f"w{n * 300 + at}" for at in range(300)) for n in range(5000)},
    )
    (tmp_path / "quiet.db").write_bytes(path.read_bytes())
    assert "old.db: update to this version: step " in on_terminal("status", "--db", str(path)).replace("\r\n", "")
    shown = on_terminal("reextract", "-q", "--since", "2030", "--db", str(tmp_path / "quiet.db"))
    assert "update" not in shown
