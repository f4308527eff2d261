"""`python -m scraper.batch` on a real Ray: hostile pages, a killed task, a rerun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scraper.batch.__main__ import main, report
from scraper.batch.ray_run import check_room
from scraper.batch.results import ShardResult
from scraper.errors import ConfigError
from scraper.extras import install_command
from tests.support import ROOT
from tests.support.captures import capture, write
from tests.support.extras import hide_package


def rows(file: Path) -> list[dict[str, Any]]:
    from pyarrow.parquet import read_table

    return list(read_table(file).to_pylist())


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scraper.batch", *map(str, arguments), "--cpus", "2"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_writer(out: Path) -> None:
    """Kill the process that writes the file of the shard `big`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for unfinished in out.glob(".big*.tmp"):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    held = [str(link.readlink()) for link in (process / "fd").iterdir()]
                except OSError:
                    continue
                if str(unfinished) in held:
                    os.kill(int(process.name), signal.SIGKILL)
                    return
        time.sleep(0.05)
    raise AssertionError("nothing was written")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds the writing process in /proc")
def test_a_killed_task_is_done_again_with_the_same_rows(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    out = tmp_path / "out"
    shards = tmp_path / "shards"
    shards.mkdir()
    write(shards / "big.warc.gz", *(capture(number) for number in range(1, 121)))
    write(shards / "small.warc.gz", capture(1))
    (shards / "bad.warc").write_text("no records\n")
    stale = out / ".gone.parquet.1.tmp"
    out.mkdir()
    stale.touch()
    process = start(shards, out)
    kill_writer(out)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    results = {Path(found["shard"]).name: found for found in map(json.loads, printed.splitlines())}
    states = {name: (found["state"], found["pages"]) for name, found in results.items()}
    assert states == {"big.warc.gz": ("done", 120), "small.warc.gz": ("done", 1), "bad.warc": ("failed", 0)}
    assert "does not begin with a record" in errors
    assert sorted(path.name for path in out.iterdir()) == ["big.warc.gz.parquet", "small.warc.gz.parquet"]
    urls = [row["url"] for row in rows(out / "big.warc.gz.parquet")]
    assert urls == [f"https://herald.example/{number}" for number in range(1, 121)]
    assert all(row["error"] is None and row["verdict"] == "ok" for row in rows(out / "big.warc.gz.parquet"))


@pytest.mark.parametrize("error", ["/s/a.warc: no WARC or ARC file", "no WARC or ARC file"])
def test_a_failed_shard_is_named_once(error: str, capsys: pytest.CaptureFixture[str]) -> None:
    report(ShardResult("/s/a.warc", "/o/a.warc.parquet", "failed", error=error), StringIO())
    assert capsys.readouterr().err == "cuttings: /s/a.warc: no WARC or ARC file\n"


def test_without_ray_one_line_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.warc", capture(1))
    hide_package(monkeypatch, "ray")
    done = CliRunner().invoke(main, [str(tmp_path), str(tmp_path / "out")])
    assert done.exit_code == 2
    assert done.stderr == f"cuttings: scraper.batch: Ray is not installed; run {install_command('ray')}\n"


def test_more_processes_than_any_machine_has_are_refused() -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": 4.0}}, {"Alive": False, "Resources": {"CPU": 64.0}}]
    check_room(nodes, 4)
    with pytest.raises(ConfigError, match="has 4 CPUs"):
        check_room(nodes, 5)
