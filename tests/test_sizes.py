"""No file grows over 400 lines, no function over 40: a longer one has more than one subject and is split."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
FILES = [file for room in ("scraper", "archive", "tests") for file in sorted((ROOT / room).rglob("*.py"))]


def too_long(file: Path) -> Iterator[str]:
    """The file and its functions that are over the limit, each with its number of lines."""
    source = file.read_text(encoding="utf-8")
    if (lines := source.count("\n")) > MAX_FILE_LINES:
        yield f"the file has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{node.name} has {lines} lines"


def test_no_file_and_no_function_is_too_long() -> None:
    found = {str(file.relative_to(ROOT)): list(too_long(file)) for file in FILES}
    assert {file: faults for file, faults in found.items() if faults} == {}


def test_a_long_function_and_a_long_file_are_found(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("def short():\n    pass\n\n\ndef long():\n" + "    pass\n" * 400)
    assert list(too_long(file)) == ["the file has 405 lines", "long has 401 lines"]
