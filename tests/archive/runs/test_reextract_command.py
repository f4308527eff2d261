"""The command `reextract`, also when a signal ends it."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.learning.rule_files import own_rules_path
from archive.store.archive import Archive
from archive.store.lock import locked
from tests.archive.schema.test_schema import check_index
from tests.support.reextraction import (
    PROMO,
    RULE,
    again,
    fetched,
    harbour_page,
    outcomes,
    text_of,
)
from tests.support.visits import START, rows


def test_the_command_uses_the_archives_own_rules_and_reports_the_changes(paper: Archive) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["reextract", "--db", str(paper.path), "--jobs", "1", *arguments])

    own_rules_path(paper.path).write_text(RULE)
    dry = run("--dry-run")
    assert (dry.exit_code, dry.stderr) == (
        0,
        "3 pages extracted again; 3 texts would be revised; 0 articles would be found\n",
    )
    assert PROMO in dry.stdout
    done = json.loads(run("--json", "-q").stdout)
    assert (done["revised"], done["worse"], done["sites"][0]["lost"][0]["times"]) == (3, 0, 3)
    assert json.loads(rows(paper, "SELECT counts FROM runs ORDER BY id DESC LIMIT 1")[0][0])["revised"] == 3
    assert run().stderr.startswith("no page to extract: all were already extracted with these rules")
    with locked(paper.path):
        assert run().exit_code == 3
    own_rules_path(paper.path).write_text("[[rule]]\nid = 'x'\n")
    assert run().exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_that_a_signal_ends_leaves_whole_articles_and_the_next_finishes(
    tmp_path: Path, rule: Path, number: signal.Signals
) -> None:
    path, pages = tmp_path / "a.db", 50
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save_many([fetched(harbour_page(n)) for n in range(1, pages + 1)], run=run, at=START)
    command = [sys.executable, "-m", "archive", "reextract", "--db", str(path), "--rules", str(rule), "--jobs", "1"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        Archive.open(path, write=False) as archive,
    ):
        deadline = time.monotonic() + 60
        while rows(archive, "SELECT count(*) FROM reextractions") == [(0,)] and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(random.Random(number).uniform(0, 0.05))
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    with Archive.open(path) as archive:
        check_parts(archive)
        ((done,),) = rows(archive, "SELECT count(*) FROM reextractions")
        assert 0 < done < pages
        if number != signal.SIGKILL:
            assert process.returncode == 128 + number
            assert f"stopped by {number.name}" in err
            assert rows(archive, "SELECT note FROM runs ORDER BY id DESC LIMIT 1") == [(f"stopped by {number.name}",)]
        assert outcomes(again(archive, rule)) == ["revised"] * (pages - done)
        check_parts(archive)
        assert not any(PROMO in text_of(archive, n) for n in range(1, pages + 1))


def check_parts(archive: Archive) -> None:
    """Each article has its revisions, its newest text is the last of them, and the index agrees."""
    assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
    assert rows(archive, "PRAGMA foreign_key_check") == []
    check_index(archive.db)
    odd = """
    SELECT articles.id FROM articles JOIN revisions ON revisions.article_id = articles.id GROUP BY articles.id
    HAVING count(*) <> articles.revision
      OR (SELECT text FROM revisions WHERE article_id = articles.id ORDER BY number DESC LIMIT 1) <> articles.text"""
    assert rows(archive, odd) == []
