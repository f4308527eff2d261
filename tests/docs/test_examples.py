"""Every example in README and docs runs: shell, cron and Python blocks as they stand, TOML blocks through their reader.

A page's blocks run in order, in a folder that holds what a user would have: an archive, a source list whose site answers on
loopback, a page, documents to clean, a feed list, a rule file. A block that needs a tool which this machine lacks is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from scraper.extraction.rule_check import check_files
from scraper.rules.loader import built_in_rules
from scraper.sources.source_list import load_sources
from tests.support import ROOT
from tests.support.captures import capture, write
from tests.support.news_server import news_server, publish, story

PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK: Final = re.compile(
    r"^(?P<indent> *)```(?P<kind>sh|cron|python|toml)\n(?P<code>.*?)^ *```$", re.DOTALL | re.MULTILINE
)
NOT_HERE: Final = ("make ", "pip ")
"""Commands that set up the checkout itself: `make demo` and `make test` are what CI runs."""
TOOLS: Final = ("jq", "sqlite3", "unzip")
EXTRAS: Final = {
    "--format parquet": "pyarrow", ".parquet": "duckdb", "scraper.batch": "ray", "texts/*": "ray",
}  # fmt: skip
"""Packages that a line or a program with these words needs."""
SHELL: Final = re.compile(r"[|<>&$~]")
"""Characters of a command that only a shell can run."""
SERVERS: Final = re.compile(r"^(cuttings serve|datasette )[^#]*")
COMMANDS: Final = {"cuttings": "archive", "datasette": "datasette"}
OPML: Final = (
    '<opml version="2.0"><head/><body><outline text="Bay" type="rss" xmlUrl="https://bay.example/rss"/></body></opml>'
)


@dataclass(frozen=True, slots=True)
class Example:
    """One fenced block of a page."""

    page: Path
    kind: str
    code: str


def examples(page: Path) -> Iterator[Example]:
    """The blocks of a page that can be run, in order."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        code = re.sub(rf"^{match['indent']}", "", match["code"], flags=re.MULTILINE)
        yield Example(page, match["kind"], code)


@pytest.fixture(scope="module")
def user_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that the examples name; its source answers while the module's tests run."""
    folder = tmp_path_factory.mktemp("user")
    tools = folder / "tools"
    tools.mkdir()
    for name, module in COMMANDS.items():
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (tools / name).chmod(0o755)
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python").chmod(0o755)
    run("cuttings demo --db archive.db", folder)
    document = {"id": 1, "url": "https://example.org/a", "html": story("Tern")}
    (folder / "page.html").write_text(story("Petrel"))
    (folder / "pages.jsonl").write_text(json.dumps(document) + "\n")
    write(folder / "crawl-2020.warc.gz", capture(1), capture(2))
    (folder / "feeds.opml").write_text(OPML)
    shutil.copy(ROOT / "seeds" / "nbcnews-raqqa-2016.txt", folder / "old-article.txt")
    (folder / "my-rules.toml").write_text(next(code for code in toml_blocks() if "promo.tide-app" in code))
    with news_server({}) as server:
        publish(server, gull="Gull", tern="Tern")
        host = server.base.removeprefix("http://")
        (folder / "sources.toml").write_text(
            f'[defaults]\ndelay = 0\nuser_agent = "docs (+https://example.org)"\nallow_hosts = ["{host}"]\n'
            f'[[source]]\nname = "example"\nkind = "feed"\nurl = "{server.base}/feed.xml"\n'
        )
        yield folder


def toml_blocks() -> Iterator[str]:
    """The TOML examples of all pages."""
    return (example.code for page in PAGES for example in examples(page) if example.kind == "toml")


def run(command: str, folder: Path) -> str:
    """Standard output of a command. The command must end with exit code 0."""
    path = f"{folder / 'tools'}{os.pathsep}{folder.parent / 'tools'}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "BASH_ENV": "", "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    return done.stdout


def serve(command: str, folder: Path) -> None:
    """Starts a server, reads its first page, and ends it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = f"{command} --port {port}".split()
    line = [sys.executable, "-m", COMMANDS[words[0]], *words[1:]]
    process = subprocess.Popen(line, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    try:
        assert "Cuttings" in first_page(f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.communicate(timeout=20)


def first_page(url: str) -> str:
    """A page of a server that is starting."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return str(urlopen(url, timeout=10).read().decode())
        except URLError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.1)


def run_shell(code: str, folder: Path) -> None:
    """Runs a block line by line; the checkout's own commands are left to CI."""
    for line in filter(None, map(str.strip, code.splitlines())):
        missing = [tool for tool in TOOLS if re.search(rf"(?:^|\| ){tool} ", line) and not shutil.which(tool)]
        if line.startswith(NOT_HERE) or missing or lacks_package(line):
            continue
        if server := SERVERS.match(line):
            serve(server[0].strip(), folder)
        elif line.startswith("cuttings ") and not SHELL.search(line):
            run_here(line, folder)
        else:
            run(line, folder)


def lacks_package(code: str) -> bool:
    """Whether an example needs a package that is not installed."""
    return any(words in code and not find_spec(package) for words, package in EXTRAS.items())


def run_here(line: str, folder: Path) -> None:
    """Runs one command in this process, which is ten times as fast as to start one."""
    with chdir(folder):
        done = CliRunner().invoke(main, shlex.split(line, comments=True)[1:])
    assert done.exit_code == 0, f"{line}\n{done.output[-2000:]}"


def run_cron(code: str, folder: Path) -> None:
    """Runs the command of a crontab line, in our folder."""
    for line in code.splitlines():
        command = line.split(None, 5)[5]
        assert run(command.replace("/srv/news", str(folder)), folder) == ""


def run_python(code: str, folder: Path) -> None:
    """Runs a program in the folder; it must print something."""
    if lacks_package(code):
        return
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def read_toml(code: str, folder: Path) -> None:
    """Reads a block as a source list, or as rules that must treat their examples as stated."""
    file = folder / "block.toml"
    file.write_text(code)
    if "[[rule]]" in code:
        assert check_files(file, known=built_in_rules().rules) == (code.count("[[rule]]"), [])
    else:
        assert load_sources(file).sources


RUNNERS: Final = {"sh": run_shell, "cron": run_cron, "python": run_python, "toml": read_toml}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, user_folder: Path) -> None:
    found = list(examples(page))
    assert found or page.name == "commands.md"
    folder = user_folder / page.stem
    folder.mkdir()
    for file in user_folder.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    for example in found:
        RUNNERS[example.kind](example.code, folder)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_readme_is_short_and_shows_what_the_command_prints(user_folder: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("\n") <= 120
    shown = re.findall(r"^(removed|kept) +(\S+) +(\S+) +(.{12})", readme, re.MULTILINE)
    printed = [
        line.split(None, 3) for line in run("cuttings clean --explain old-article.txt", user_folder).splitlines()
    ]
    told = {(fate, kind, rule, text[:12]) for fate, kind, rule, text in (row for row in printed if len(row) == 4)}
    assert len(shown) >= 8
    assert set(shown) <= told
