"""Thresholds: the cases just below and just above each value give the results that the row states."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import scraper
from scraper.rules.thresholds import THRESHOLDS, Threshold
from tests.scraper.rules.threshold_cases import outcome

EVERY_ROW = pytest.mark.parametrize("row", THRESHOLDS.values(), ids=THRESHOLDS.keys())


@EVERY_ROW
def test_the_case_just_below_a_threshold_gives_the_result_in_its_row(row: Threshold) -> None:
    assert outcome(row.case, row.below["n"]) == row.below["gives"]


@EVERY_ROW
def test_the_case_just_above_a_threshold_gives_the_result_in_its_row(row: Threshold) -> None:
    assert outcome(row.case, row.above["n"]) == row.above["gives"]


@EVERY_ROW
def test_the_two_sides_of_a_threshold_differ(row: Threshold) -> None:
    assert row.below["gives"] != row.above["gives"]
    assert row.unit
    assert row.why


def test_every_row_is_read_by_a_constant_of_its_name() -> None:
    folder = Path(scraper.__file__).parent
    read = {
        (node.target.id, node.value.args[0].value)  # type: ignore[attr-defined]
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name) and node.value.func.id in {"number", "share"}
    }  # fmt: skip
    assert read == {(name, name) for name in THRESHOLDS}
