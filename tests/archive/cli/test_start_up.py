"""Commands that people wait for load only what they use: each module below takes longer to load than such a command may take."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from archive.store.archive import Archive

HEAVY: Final = (
    *("trafilatura", "lxml", "htmldate", "charset_normalizer", "tld", "urllib3", "httpx", "asyncio"),
    *("sqlite_utils", "pandas", "numpy", "selectolax", "jinja2"),
    *("tempfile", "tomllib", "socket", "idna", "zipfile", "email", "http", "urllib.request", "importlib.metadata"),
)
READS_ARCHIVE: Final = {"sqlite_utils", "asyncio", "tempfile", "socket"}
MAY_LOAD: Final[dict[str, set[str]]] = {
    "clean": {"numpy", "selectolax"},
    "clean --jsonl": {"asyncio", "socket", "tempfile"},  # its workers extract
    "search": READS_ARCHIVE,
    "status": READS_ARCHIVE,
    "show": READS_ARCHIVE | {"selectolax"},
}

PRINT_LOADED: Final = """
import json, sys
from archive.cli.main import main
from click.testing import CliRunner
result = CliRunner().invoke(main, json.loads(sys.argv[1]))
print(json.dumps([str(result.exception), [name for name in json.loads(sys.argv[2]) if name in sys.modules]]))
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
    error, loaded = json.loads(done.stdout)
    assert error == ("2" if name == "show" else "None")  # an empty archive has no article 1
    assert set(loaded) <= MAY_LOAD[name]
