"""Commands that people wait for load only what they use: each module below takes longer to load than such a command may take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from archive.cli.clean_jsonl import WORKER_MODULES
from archive.store.archive import Archive

HEAVY: Final = (
    *("trafilatura", "lxml", "htmldate", "charset_normalizer", "tld", "urllib3", "httpx", "asyncio"),
    *("sqlite_utils", "dateutil.parser._parser", "snowballstemmer", "pandas", "numpy", "selectolax", "jinja2"),
    *("tempfile", "tomllib", "socket", "idna", "zipfile", "email", "http", "urllib.request", "importlib.metadata"),
)
READS_ARCHIVE: Final = {"sqlite_utils", "tempfile"}
MAY_LOAD: Final[dict[str, set[str]]] = {
    "clean": {"numpy", "selectolax"},
    "clean --jsonl": {"socket"},  # its workers extract
    "search": READS_ARCHIVE,
    "status": READS_ARCHIVE,
    "show": READS_ARCHIVE | {"selectolax"},
}

PRINT_LOADED: Final = """
import json, sys
from archive.cli.main import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as exc:
    print(json.dumps([exc.code, [name for name in json.loads(sys.argv[2]) if name in sys.modules]]), file=sys.stderr)
"""

PRINT_COMPILED: Final = """
import json, re._compiler, sys
compile, found = re._compiler.compile, []

def note(pattern, flags):
    frame = sys._getframe(1)
    while "/re/" in frame.f_code.co_filename:
        frame = frame.f_back
    found.append(frame.f_globals["__name__"])
    return compile(pattern, flags)

re._compiler.compile = note
from archive.cli.main import main
main(json.loads(sys.argv[1]), standalone_mode=False)
print(json.dumps([name for name in found if name.startswith(("archive", "scraper"))]), file=sys.stderr)
"""

HEAD: Final = """<title>Bridge closed after the flood</title><meta property="article:published_time" content="2026-03-04T10:00:00Z">
<article><h1>Bridge closed after the flood</h1>"""
SENTENCES: Final = (
    "The old bridge was closed on Monday after divers found that two of its pillars had moved in the flood.",
    "Engineers of the county will measure the pillars again on Thursday, when the river is expected to be lower.",
    "Until then buses cross the river at the mill, which adds a quarter of an hour to the way to the station.",
    "The council had put aside money for repairs two years ago, but nobody had looked below the water since.",
)
"""An article with a date, of which the scorer finds enough: no fallback reads it."""


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder: Path = tmp_path_factory.mktemp("cold")
    page, lines, db = folder / "page.html", folder / "pages.jsonl", folder / "news.db"
    page.write_text(HEAD + "".join(f"<p>{sentence}</p>" for sentence in SENTENCES))
    lines.write_text(json.dumps({"id": 1, "html": page.read_text()}))
    Archive.open(db, create=True).close()
    read = {name: [name, *words, "--db", str(db)] for name, words in {"search": ["bridge"], "status": []}.items()}
    clean = {"clean": ["clean", str(page)], "clean --jsonl": ["clean", "--jsonl", "--jobs", "1", str(lines)]}
    return {**clean, **read, "show": ["show", "1", "--db", str(db)]}


@pytest.mark.parametrize("name", MAY_LOAD)
def test_a_command_loads_no_module_that_it_does_not_use(name: str, arguments: dict[str, list[str]]) -> None:
    command = [sys.executable, "-c", PRINT_LOADED, json.dumps(arguments[name]), json.dumps(HEAVY)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert code == (2 if name == "show" else 0)  # an empty archive has no article 1
    assert set(loaded) <= MAY_LOAD[name]


def test_a_command_compiles_only_patterns_that_are_kept(arguments: dict[str, list[str]], tmp_path: Path) -> None:
    """`lazy_pattern` reads from a file what Python would compile at each start: a millisecond for each larger pattern."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    command = [sys.executable, "-c", PRINT_COMPILED, json.dumps(arguments["clean"])]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert set(json.loads(done.stderr)) <= {"scraper.rules.ruleset", "scraper.html.charset", "scraper.metadata.titles"}


def test_a_worker_loads_no_module_of_the_main_process() -> None:
    code = "import sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    modules = ("scraper.crawl.orphan", "scraper.crawl.worker", *WORKER_MODULES)
    command = [sys.executable, "-c", code, *modules]
    loaded = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert not set(loaded) & {"asyncio", "click", "subprocess", "concurrent.futures", "feedparser"}
