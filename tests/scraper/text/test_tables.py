"""The prepared tables hold what the TOML tables hold. `python -m tests.scraper.text.test_tables` writes them again."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scraper.rules.loader import BUILT_IN, load_rules, parse_rules, row_lines, rule_files
from scraper.text import tables
from scraper.text.tables import PREPARED, ROOT, prepared_line, read_table

COMMAND = "python -m tests.scraper.text.test_tables"
TABLES = sorted(ROOT.rglob("*.toml"))


def written() -> str:
    """The prepared form of all tables."""
    texts = {file: file.read_text(encoding="utf-8") for file in TABLES}
    return "".join(f"{prepared_line(file, tomllib.loads(text), row_lines(text))}\n" for file, text in texts.items())


def test_the_prepared_tables_are_those_of_the_toml_files() -> None:
    assert PREPARED.read_text(encoding="utf-8") == written(), f"a table has changed: run {COMMAND}"


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_prepared_table_has_the_values_of_its_toml(file: Path) -> None:
    table = read_table(file)
    assert table.lines is not None, f"a table has changed: run {COMMAND}"
    assert table.values == tomllib.loads(file.read_text(encoding="utf-8"))


def test_the_built_in_rules_pass_the_checks_of_foreign_rules_and_are_the_same() -> None:
    checked = [rule for file in rule_files(BUILT_IN) for rule in parse_rules(file.read_text("utf-8"), origin=file.name)]
    prepared = load_rules(BUILT_IN).rules
    assert list(prepared) == checked
    assert [rule.line for rule in prepared] == [rule.line for rule in checked]


def test_a_table_that_was_changed_is_read_from_its_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tide.toml"
    file.write_text('name = "ebb"')
    prepared = tmp_path / "tables.jsonl"
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "PREPARED", prepared)
    prepared.write_text(f"{prepared_line(file, {'name': 'prepared'}, [])}\n")
    tables.prepared_lines.cache_clear()
    try:
        assert read_table(file) == ({"name": "prepared"}, ())
        file.write_text('name = "neap"')
        assert read_table(file) == ({"name": "neap"}, None)
    finally:
        tables.prepared_lines.cache_clear()


def test_without_prepared_tables_the_toml_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PREPARED", tmp_path / "missing.jsonl")
    tables.prepared_lines.cache_clear()
    try:
        assert read_table(TABLES[0]).lines is None
    finally:
        tables.prepared_lines.cache_clear()


if __name__ == "__main__":
    PREPARED.write_text(written(), encoding="utf-8")
