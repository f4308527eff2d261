"""A run that gets SIGKILL: no worker is left after three seconds, and the next run completes the archive.

`python -m tests.bench.killed_runs` makes many such kills.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.maintenance.integrity import check_archive
from tests.bench.watch import Kill, await_end, descendants
from tests.support import ROOT
from tests.support.news_server import news_server, publish
from tests.support.scraping import rows

NAMES = {f"ship{number}": f"Ketch {number}" for number in range(12)}


@pytest.mark.parametrize("group", [False, True], ids=["main", "group"])
def test_a_killed_run_leaves_no_worker_and_loses_nothing(tmp_path: Path, group: bool) -> None:
    with news_server({}) as site:
        publish(site, **NAMES)
        site.latency = 0.05
        sources = tmp_path / "sources.toml"
        sources.write_text(f'[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.base}/feed.xml"\n')
        command = [sys.executable, "-m", "archive", "scrape", str(sources), "--db", str(tmp_path / "archive.db"), "-q"]
        command += ["--allow-private", "--delay", "0", "--jobs", "2", "--per-host", "1"]
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        while len(site.seen) < 6 and process.poll() is None:
            time.sleep(0.01)
        workers = set(descendants(process.pid))
        assert len(workers) >= 2
        Kill(0, group=group).send(process.pid)
        process.wait(10)
        await_end(workers, max_seconds=3)
        assert check_archive(tmp_path / "archive.db").problems == ()
        assert subprocess.run(command, timeout=60, check=False).returncode == 0
    assert rows(tmp_path, "SELECT count(*), count(DISTINCT url), sum(revision) FROM articles") == [(12, 12, 12)]
    assert check_archive(tmp_path / "archive.db").problems == ()
