"""The hash of a rule set: equal for rules that decide alike, different for rules that decide differently."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from scraper.rules.loader import built_in_rules, parse_rules
from scraper.rules.model import DECIDING_FIELDS, Rule
from scraper.rules.ruleset import RuleSet

LABEL = Rule("ad.label.xx", "text", "ad", "^advert$", "a label", ("Advert",), ("Adverts fell.",), words=("advert",))
OTHER = replace(LABEL, id="ad.label.yy", pattern="^ad$", words=("ad",))
HASH = RuleSet([LABEL, OTHER]).hash


@pytest.mark.parametrize(
    "change",
    [
        {"why": "a sign"},
        {"hit": ("ADVERT",)},
        {"miss": ("Advertising",)},
        {"origin": "b.toml"},
        {"line": 7},
        {"imported": "x"},
    ],
    ids=str,
)
def test_a_reworded_reason_or_example_keeps_the_hash(change: dict[str, Any]) -> None:
    assert RuleSet([replace(LABEL, **change), OTHER]).hash == HASH


@pytest.mark.parametrize(
    "change",
    [
        {"id": "ad.label.zz"},
        {"stage": "element"},
        {"kind": "promo"},
        {"pattern": "^adverts?$"},
        {"words": ("adverts",)},
        {"hosts": ("example.com",)},
        {"max_chars": 20},
        {"zone": "tail"},
        {"blocks": ("paragraph",)},
        {"min_link_density": 0.5},
        {"takes": "section"},
    ],
    ids=str,
)
def test_a_change_that_decides_about_blocks_changes_the_hash(change: dict[str, Any]) -> None:
    assert RuleSet([replace(LABEL, **change), OTHER]).hash != HASH


def test_the_order_and_the_number_of_rules_change_the_hash() -> None:
    assert len({HASH, RuleSet([OTHER, LABEL]).hash, RuleSet([LABEL]).hash, RuleSet([]).hash}) == 4


def test_every_field_of_a_rule_is_known_to_decide_or_to_explain() -> None:
    explaining = {"why", "hit", "miss", "origin", "line", "imported"}
    assert {*DECIDING_FIELDS, *explaining} == {field.name for field in fields(Rule)}
    assert not explaining.intersection(DECIDING_FIELDS)


def test_a_hash_has_16_hexadecimal_digits() -> None:
    assert len(built_in_rules().hash) == 16
    assert int(built_in_rules().hash, 16)


def test_the_rules_of_a_host_keep_the_hash_of_the_whole_set_and_are_made_once() -> None:
    rules = RuleSet([LABEL, replace(OTHER, hosts=("example.com",))])
    assert rules.for_host("example.org").hash == rules.hash
    assert rules.for_host("example.org") is rules.for_host("example.net")


def test_a_comment_in_a_rule_file_keeps_the_hash() -> None:
    row = """[[rule]]
id = "ad.label.xx"
stage = "text"
kind = "ad"
words = ["advert"]
pattern = '^advert$'
why = "a label"
hit = ["Advert"]
miss = ["Adverts fell."]
"""
    assert (
        RuleSet(parse_rules(row, origin="a.toml")).hash == RuleSet(parse_rules(f"# new\n{row}", origin="a.toml")).hash
    )
