"""Runs that get signals at random moments: the archive stays whole, and the last run completes it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.store.lock import locked
from tests.support import ROOT
from tests.support.news_server import news_server, publish
from tests.support.scraping import rows

NAMES = {f"ship{number}": f"Ketch {number}" for number in range(16)}
COUNTS = """
SELECT (SELECT count(*) FROM articles), (SELECT count(DISTINCT url) FROM articles), (SELECT count(*) FROM revisions),
       (SELECT count(*) FROM pages WHERE used), (SELECT count(*) FROM links WHERE kind = 'page' AND state = 'done'),
       (SELECT count(*) FROM links WHERE kind = 'page')"""


@pytest.mark.parametrize("seed", [1, 2])
def test_no_signal_at_any_moment_loses_or_doubles_an_article_or_keeps_the_lock(tmp_path: Path, seed: int) -> None:
    chance, archive = random.Random(seed), tmp_path / "archive.db"
    with news_server({}) as site:
        publish(site, **NAMES)
        site.latency = 0.05
        (tmp_path / "sources.toml").write_text(
            f'[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.base}/feed.xml"\n'
        )
        command = [
            sys.executable,
            "-m",
            "archive",
            "scrape",
            str(tmp_path / "sources.toml"),
            "--db",
            str(archive),
            "-q",
        ]
        command += ["--allow-private", "--delay", "0", "--jobs", "1", "--per-host", "1"]
        for number in chance.sample([signal.SIGTERM, signal.SIGINT, signal.SIGKILL], k=3):
            asked = len(site.seen)
            process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT)
            after = asked + chance.randrange(8)  # by what the server has seen, for a machine may be slow or quick
            while len(site.seen) <= after and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(number)
            _, complaint = process.communicate(timeout=60)
            assert process.returncode in {-number, 128 + number, 0}, complaint
            assert b"Traceback" not in complaint
            with locked(archive):
                assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
        last = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert (last.returncode, last.stdout) == (0, b"")
    assert rows(tmp_path, COUNTS) == [(16,) * 6]
    assert rows(tmp_path, "SELECT count(*) FROM links WHERE attempts > 0") == [(0,)]
