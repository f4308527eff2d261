"""Built-in reasons: one table, read by everything that names a reason; removals are made in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import archive
import scraper
from scraper.extraction.extract import extract
from scraper.extraction.multipage import join
from scraper.extraction.plain_text import extract_text
from scraper.rules.loader import built_in_rules
from scraper.rules.reasons import BUILT_IN_REASONS, Reason
from scraper.types import REMOVAL_KINDS, Extraction
from tests.gate.pages import load_pages

FOLDERS = (Path(scraper.__file__).parent, Path(archive.__file__).parent)
RULE_IDS = {rule.id for rule in built_in_rules().rules}


def nodes(folder: Path) -> Iterator[tuple[str, ast.AST]]:
    """Each node of each module's syntax tree, with the module's path inside the folder."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield file.relative_to(folder).as_posix(), node


def modules_calling(name: str) -> list[str]:
    """The modules of `scraper` that call a name, once for each call."""
    return [
        module
        for module, node in nodes(FOLDERS[0])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_only_the_stripper_makes_removals() -> None:
    assert modules_calling("Removal") == ["extraction/strip.py"]


def test_a_reason_is_a_row_of_the_table_or_comes_from_a_rule() -> None:
    assert set(modules_calling("Reason")) == {"rules/reasons.py", "extraction/judgement.py"}
    assert modules_calling("Reason").count("extraction/judgement.py") == 1
    assert modules_calling("Reason").count("rules/reasons.py") == len(BUILT_IN_REASONS)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_module_but_the_table_spells_a_built_in_id(folder: Path) -> None:
    kinds_and_words = {*REMOVAL_KINDS, "outside", "title", "description", "author"}  # these have other meanings too
    ids = BUILT_IN_REASONS.keys() - kinds_and_words
    spelled = {module for module, node in nodes(folder) if isinstance(node, ast.Constant) and node.value in ids}
    assert spelled <= {"rules/reasons.py"}


@pytest.mark.parametrize("reason", BUILT_IN_REASONS.values(), ids=BUILT_IN_REASONS.keys())
def test_a_row_says_why_in_a_noun_phrase(reason: Reason) -> None:
    assert reason.why == reason.why.strip().rstrip(".")
    assert reason.why.startswith(("a ", "an ", "text "))
    assert reason.kind in REMOVAL_KINDS
    assert reason.id not in RULE_IDS


def test_the_page_on_rules_lists_every_row() -> None:
    page = (FOLDERS[0].parent / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = [f"| `{reason.id}` | {reason.why} |" for reason in BUILT_IN_REASONS.values()]
    assert "\n".join(rows) in page


def extractions() -> Iterator[Extraction]:
    pages = [page.fetched for page in load_pages()]
    found = [extract(page, built_in_rules()) for page in pages]
    yield from found
    yield join([found[0], found[0]])
    yield extract_text("Sport\n\nHarbour wall to be raised\n\nIt will be two metres high.", built_in_rules())
    yield extract_text("Correction: the wall is two metres high.", built_in_rules())


def test_every_reason_that_extraction_gives_is_a_rule_or_a_row_of_the_table() -> None:
    removals = [removal for found in extractions() for removal in (*found.removals, *found.chrome)]
    given = {removal.rule_id for removal in removals}
    assert given <= RULE_IDS | BUILT_IN_REASONS.keys()
    assert {"scorer", "outside", "title", "repeat.parts", "no-body", "section-name"} <= given
    stages = {(removal.rule_id, removal.stage) for removal in removals if removal.rule_id in BUILT_IN_REASONS}
    assert stages <= {(reason.id, reason.stage) for reason in BUILT_IN_REASONS.values()}
