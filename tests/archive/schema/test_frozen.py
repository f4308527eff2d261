"""Migrations are frozen: they import nothing that changes, and today's code still fits what they made."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archive.schema
from archive.schema.__main__ import current_schema
from archive.schema.m006_frozen_indexing import UNSPACED as FROZEN_UNSPACED
from archive.schema.m006_frozen_shingles import SeenKeys
from archive.schema.m006_frozen_shingles import keys_of as frozen_keys
from archive.schema.m006_frozen_shingles import shingles_of as frozen_shingles_of
from archive.schema.migrations import IN_ORDER, MIGRATIONS
from archive.store.near_duplicates import keys_of, shingles
from scraper.text.scripts import UNSPACED

ROOM = Path(archive.schema.__file__).parent
ALLOWED = {*sys.stdlib_module_names, "numpy", "sqlite_utils"}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_a_migration_imports_nothing_that_changes(path: Path) -> None:
    foreign = {
        name
        for name in imports(path)
        if name.partition(".")[0] not in ALLOWED and not name.startswith("archive.schema.")
    }
    assert foreign == set()


def test_every_migration_is_listed() -> None:
    defined = {
        node.name
        for path in ROOM.glob("m[0-9]*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("m0")
    }
    assert {migration.__name__ for migration in IN_ORDER} == defined
    assert [migration.name for migration in MIGRATIONS._migrations] == [migration.__name__ for migration in IN_ORDER]


def test_the_schema_of_today_can_be_read_in_one_file() -> None:
    """If this fails, run `python -m archive.schema > archive/schema/current.sql`."""
    assert (ROOM / "current.sql").read_text(encoding="utf-8") == current_schema()


TEXTS = (
    "The harbour will be dredged, he said.",
    "ΣΑΣ İstanbul'da café 𝒜𝒷𝒸 😀 one two three four",
    "港の浚渫工事は来春に始まると港湾局が金曜日に発表した。費用は千百万クローネ。",
    "한국어 문장은 낱말 사이를 띄어 쓴다 하고 말했다",
    "ກອງປະຊຸມສະພາແຫ່ງຊາດ ພິຈາລະນາ ງົບປະມານ ประชุมสภาพิจารณางบประมาณ",
    "\ud800 lone surrogates are no letters \udfff at all",
    "",
)


@pytest.mark.parametrize("text", TEXTS)
def test_keys_that_a_migration_made_are_those_of_today(text: str) -> None:
    """If this fails, new texts get other keys than stored ones: add a migration that makes the keys of all texts again."""
    assert frozen_shingles_of((text,))[0].tolist() == shingles(text).tolist()
    assert frozen_keys(frozen_shingles_of((text,))[0]) == keys_of(shingles(text))


@given(st.text(max_size=200))
def test_keys_of_any_text_are_those_of_today(text: str) -> None:
    assert frozen_shingles_of((text,))[0].tolist() == shingles(text).tolist()


@given(st.lists(st.integers(0, 2**31 - 1)), st.lists(st.integers(0, 2**31 - 1)))
def test_a_key_that_was_added_is_always_found_again(added: list[int], others: list[int]) -> None:
    seen = SeenKeys()
    seen.add(np.array(added, np.int64))
    found = seen.may_have(np.array(added + others, np.int64)).tolist()
    assert all(found[: len(added)])
    assert found[len(added) :] == [key % 2**28 in {other % 2**28 for other in added} for key in others]


def test_scripts_that_a_migration_indexed_are_those_of_today() -> None:
    """If this fails, add a migration that enters articles in the new scripts into `unspaced`."""
    signs = "".join(map(chr, range(0xD800)))
    assert FROZEN_UNSPACED.findall(signs) == UNSPACED.findall(signs)
