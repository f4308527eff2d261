"""Guards of the shipped rule table: no row is lost or renamed by accident, and each row is needed.

`rule_ids.txt` lists the id of every shipped rule. After adding, renaming or deleting a row on purpose, rewrite it with
`python -m tests.scraper.rules.test_rule_rows`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scraper.rules.loader import built_in_rules
from scraper.rules.model import Rule

RULES = built_in_rules()
RULE_IDS = Path(__file__).with_name("rule_ids.txt")
COMMAND = "python -m tests.scraper.rules.test_rule_rows"


def listed_ids() -> str:
    """The ids of all shipped rules, sorted, one on each line."""
    return "".join(f"{rule_id}\n" for rule_id in sorted(rule.id for rule in RULES.rules))


def test_no_shipped_rule_is_deleted_or_renamed_by_accident() -> None:
    known, found = RULE_IDS.read_text(encoding="utf-8").split(), listed_ids().split()
    lost, new = sorted(set(known) - set(found)), sorted(set(found) - set(known))
    assert known == found, f"lost rules: {lost}; new rules: {new}; if that is meant, run {COMMAND}"


def does_the_work_of(other: Rule, rule: Rule) -> bool:
    """Whether a rule has the same effect as another wherever both match."""
    return (
        (other.kind, other.takes) == (rule.kind, rule.takes)
        and other.zone in {"any", rule.zone}
        and (not other.blocks or bool(rule.blocks and set(rule.blocks) <= set(other.blocks)))
        and other.min_link_density <= rule.min_link_density
    )


def is_matched_without(rule: Rule, text: str) -> bool:
    """Whether another shipped rule of the same effect matches a text."""
    return any(
        len(text) <= other.max_chars and RULES.compiled[other.id].search(text) is not None
        for other in RULES.candidates(text)
        if other is not rule and does_the_work_of(other, rule)
    )


@pytest.mark.parametrize("rule", [rule for rule in RULES.rules if rule.stage == "text"], ids=lambda rule: rule.id)
def test_a_text_rule_has_an_example_that_no_other_rule_matches(rule: Rule) -> None:
    assert any(not is_matched_without(rule, text) for text in rule.hit)


if __name__ == "__main__":
    RULE_IDS.write_text(listed_ids(), encoding="utf-8")
