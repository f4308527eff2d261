"""The commands `rules list` and `rules check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import data, run


def test_rules_list_names_each_rule_with_its_reason() -> None:
    rules = data("rules", "list", "--json")
    assert {"id", "kind", "why", "hit", "miss"} <= set(rules[0])
    lines = run("rules", "list").stdout.splitlines()
    assert len(lines) == len(rules)
    assert rules[0]["id"] in lines[0]
    assert {rule["kind"] for rule in data("rules", "list", "--kind", "newsletter", "--json")} == {"newsletter"}
    assert run("rules", "list", "--kind", "news").exit_code == 2


def test_rules_check_finds_the_built_in_rules_in_order() -> None:
    result = run("rules", "check")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr


RULE = """
[[rule]]
id = "ad.boats.test"
stage = "{stage}"
kind = "ad"
{words}
pattern = '{pattern}'
why = "a test"
hit = ['{hit}']
miss = ['{miss}']
"""


GOOD_TEXT = {
    "stage": "text",
    "words": 'words = ["boats"]',
    "pattern": "^boats for sale$",
    "hit": "Boats for sale",
    "miss": "No boats for sale",
}


GOOD_ELEMENT = {
    "stage": "element",
    "words": "",
    "pattern": ".boats-ad",
    "hit": '<p class="boats-ad">x</p>',
    "miss": '<p class="boats">x</p>',
}


@pytest.mark.parametrize("good", [GOOD_TEXT, GOOD_ELEMENT], ids=["text", "element"])
def test_rules_check_tries_the_examples_of_a_file(tmp_path: Path, good: dict[str, str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULE.format(**good))
    assert run("rules", "check", str(file)).exit_code == 0
    file.write_text(RULE.format(**{**good, "hit": good["miss"], "miss": good["hit"]}))
    result = run("rules", "check", str(file))
    assert result.exit_code == 1
    assert "mine.toml: line 2: ad.boats.test: does not hit" in result.stderr
    assert "mine.toml: line 2: ad.boats.test: hits its near miss" in result.stderr


def test_rules_check_reports_every_fault_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    rows = [
        RULE.format(**GOOD_TEXT),
        RULE.format(**{**GOOD_ELEMENT, "pattern": "p[["}),
        RULE.format(**{**GOOD_TEXT, "pattern": r"^(\w+ ?)+$"}),
    ]
    file.write_text("".join(rows))
    result = run("rules", "check", str(file))
    assert result.exit_code == 1
    for fault in (
        "line 12: ad.boats.test: bad selector",
        "line 22: ad.boats.test: this id is used in mine.toml, line 2",
        "catastrophic",
    ):
        assert fault in result.stderr
    assert result.stderr.endswith("3 rules checked, 3 faults\n")
    assert result.stderr.count("\n") == 4


def test_rules_check_refuses_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULE.format(**{**GOOD_TEXT, "pattern": "(boats"}))
    assert "bad pattern" in run("rules", "check", str(file)).stderr
    file.write_bytes(b"\xff\xfe nothing")
    result = run("rules", "check", str(file))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
