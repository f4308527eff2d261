"""What makes other programs run `scrape` by the clock: read by those programs, or run as they would run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from archive.store.lock import locked
from tests.support import ROOT
from tests.support.commands import run
from tests.support.loopback import Server
from tests.support.news_server import feed, news_server, status, story

FOLDER = "100% $HOME news"
"""A folder whose name every reader would misunderstand if it were not quoted."""


@pytest.fixture
def site() -> Iterator[Server]:
    with news_server({}) as server:
        server.routes |= {"/a.html": story("Albatross"), "/feed.xml": feed(server.base, "/a.html")}
        yield server


@pytest.fixture
def folder(site: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source list, the program's folder and the current folder."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    host = site.base.removeprefix("http://")
    (folder / "my list.toml").write_text(
        f'[defaults]\nallow_hosts = ["{host}"]\ndelay = 0\n'
        f'[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.url("/feed.xml")}"\n'
    )
    program = folder / "bin" / "cuttings"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexport PYTHONPATH="{ROOT}"\nexec "{sys.executable}" -m archive "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.chdir(folder)
    return folder


def by_cron(line: str) -> subprocess.CompletedProcess[str]:
    """A line of a crontab, run as cron runs it: by sh, in another folder, with a short PATH."""
    command = line.split(None, 5)[5].rstrip("\n").replace("\\%", "%")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/"}
    return subprocess.run(["/bin/sh", "-c", command], cwd="/", env=environment, capture_output=True, text=True)


def test_the_line_runs_from_anywhere_and_prints_nothing_when_all_is_well(folder: Path, site: Server) -> None:
    line = run("cron-line", "my list.toml").stdout
    assert line.count("\n") == 1
    assert "%" not in line.replace("\\%", "")
    for _ in range(2):
        done = by_cron(line)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "archive.db").exists()
    assert "/a.html" in site.seen


def test_the_line_prints_nothing_while_another_run_works(folder: Path) -> None:
    line = run("cron-line", "my list.toml").stdout
    with locked(folder / "archive.db"):
        done = by_cron(line)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
        assert "another run holds the lock" in run("scrape", "my list.toml").stderr


def test_the_line_tells_what_failed_and_what_to_do(folder: Path, site: Server) -> None:
    site.routes["/a.html"] = status(500)
    done = by_cron(run("cron-line", "my list.toml").stdout)
    assert done.returncode == 1
    assert f"{site.url('/a.html')}: HTTP 500; next try 20" in done.stderr
    assert f" status --failed --db '{folder / 'archive.db'}'`\n" in done.stderr
    assert done.stderr.count("\n") == 2


def test_a_faulty_list_is_told_at_once(folder: Path) -> None:
    (folder / "my list.toml").write_text("[[source]]\nnam = 1\n")
    refused = run("cron-line", "my list.toml")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_systemd_accepts_the_units(folder: Path) -> None:
    done = run("cron-line", "my list.toml", "--for", "systemd", "-o", "units")
    assert "systemctl --user enable --now cuttings.timer" in done.stderr
    service = (folder / "units" / "cuttings.service").read_text()
    (command,) = [line for line in service.splitlines() if line.startswith("ExecStart=")]
    assert command.removeprefix("ExecStart=").replace("%%", "%") == (
        f'"{folder}/bin/cuttings" scrape "{folder}/my list.toml" --db "{folder}/archive.db" -q'.replace(
            "$", "$$"
        ).replace("$$", "$", 1)
    )
    assert run("cron-line", "my list.toml", "--for", "systemd").stdout.count("[Unit]") == 2
    if shutil.which("systemd-analyze"):
        units = sorted(map(str, (folder / "units").iterdir()))
        checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")
    assert run("cron-line", "my list.toml", "--for", "systemd", "-o", "units").exit_code == 2


def git(*words: str) -> str:
    """Output of a Git command in the current folder."""
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


def test_the_workflow_commits_the_texts_once(folder: Path, tmp_path: Path, site: Server) -> None:
    outside = run("cron-line", "my list.toml", "--for", "github")
    assert (outside.exit_code, outside.stdout) == (2, "")
    assert "no Git repository" in outside.stderr
    git("init", "--quiet", "--initial-branch", "main")
    git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    git("remote", "add", "origin", str(tmp_path / "remote"))
    git("config", "push.autoSetupRemote", "true")
    assert run("cron-line", "my list.toml", "--for", "github", "-o", ".github/workflows/scrape.yml").exit_code == 0
    workflow = yaml.safe_load(Path(".github/workflows/scrape.yml").read_text())
    assert workflow[True] == {"schedule": [{"cron": "17 * * * *"}], "workflow_dispatch": None}  # YAML 1.1 reads `on` so
    steps = [step["run"] for step in workflow["jobs"]["scrape"]["steps"] if "run" in step]
    assert steps[0] == "pip install cuttings"
    for title in ("Albatross", "Albatross", "Gannet"):
        site.routes["/a.html"] = story(title)
        environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
        for step in steps[1:]:
            subprocess.run(["bash", "-e", "-c", step], env=environment, check=True, capture_output=True)
    log = subprocess.run(["git", "log", "--oneline", "main"], cwd=tmp_path / "remote", capture_output=True, text=True)
    assert log.stdout.count("Articles of 20") == 1
    assert git("status", "--porcelain", "articles") == ""
    assert len(list(Path("articles").iterdir())) == 1
