"""Checks rules: each on its own examples, and each pattern on texts that could make its search endless.

Rules of a user are checked whenever they are loaded; the tests check the built-in rules.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.errors import RuleError
from scraper.rules import backtracking
from scraper.rules.backtracking import MAX_SEARCH_SECONDS
from scraper.rules.loader import BUILT_IN, built_in_rules, duplicate_id, load_rules, read_rows, rule_files
from scraper.rules.matching import mark_elements
from scraper.rules.model import Rule
from scraper.rules.page_links import addresses
from scraper.rules.ruleset import RuleSet
from scraper.rules.sentences import is_sentence
from scraper.rules.text_index import MAX_MATCHED_CHARS

PROGRAM: Final = Path(backtracking.__file__)
MAX_PROCESS_SECONDS: Final = 60.0
"""Limit for all patterns of one process, in case its own timer fails."""


def faults(rules: Sequence[Rule]) -> Iterator[RuleError]:
    """The faults of rules: patterns whose search takes too long, and examples that a rule does not treat as stated."""
    endless = {id(rule) for rule in runaways(rules)}  # before the examples: a search may take hours
    for rule in rules:
        if id(rule) in endless:
            size = f"on a text of {longest(rule)} characters it takes over {MAX_SEARCH_SECONDS} s"
            yield rule_error(rule, f"catastrophic pattern: {size}; let no two repeats match the same text")
        else:
            yield from example_faults(rule)


def load_checked(*paths: Path) -> RuleSet:
    """The built-in rules and the checked rules of the user's files and folders. Raises the first `RuleError`."""
    if not paths:
        return built_in_rules()
    rules = load_rules(BUILT_IN, *paths)
    shipped = {rule.id for rule in built_in_rules().rules}
    for fault in faults([rule for rule in rules.rules if rule.id not in shipped]):
        raise fault
    return rules


def check_files(*paths: Path, known: Sequence[Rule] = ()) -> tuple[int, list[RuleError]]:
    """The number of rules in files and folders, and all their faults; the ids of `known` rules are taken."""
    found = {rule.id: rule for rule in known}
    valid: list[Rule] = []
    errors: list[RuleError] = []
    count = 0
    for file in rule_files(*paths):
        for row in read_rows(file.read_text(encoding="utf-8"), origin=file.name):
            count += 1
            if isinstance(row, RuleError):
                errors.append(row)
                continue
            if row.id in found:
                errors.append(duplicate_id(row, found[row.id]))
            found.setdefault(row.id, row)
            valid.append(row)
    return count, [*errors, *faults(valid)]


def rule_error(rule: Rule, message: str) -> RuleError:
    """An error that names the rule's file and row."""
    return RuleError(f"{rule.origin}: line {rule.line}: {rule.id}: {message}", rule=rule.id)


def example_faults(rule: Rule) -> Iterator[RuleError]:
    """An error for each example that a rule does not treat as stated."""
    alone = RuleSet([rule])
    for text in rule.hit:
        if not takes(alone, rule, text):
            yield rule_error(rule, f"does not hit {text!r}{why_not(alone, rule, text)}")
    for text in rule.miss:
        if takes(alone, rule, text):
            yield rule_error(rule, f"hits its near miss {text!r}")


def takes(rules: RuleSet, rule: Rule, example: str) -> bool:
    """Whether a rule removes an example: HTML for an element rule, a block's text for a text rule."""
    if rule.stage == "link":
        return any(addresses(LexborHTMLParser(example), rule))
    if rule.stage == "element":
        tree = LexborHTMLParser(example)
        return any(container.rule == rule for container in read_blocks(tree, mark_elements(tree, rules)).containers)
    return (
        rule in rules.candidates(example)
        and len(example) <= rule.max_chars
        and bool(rules.compiled[rule.id].search(example))
        and not is_sentence(example, rule, link_share=0.0)
    )


def why_not(rules: RuleSet, rule: Rule, example: str) -> str:
    """The reason why a text rule misses an example that its pattern matches; empty: none."""
    if rule.stage != "text" or not rules.compiled[rule.id].search(example):
        return ""
    if rule in rules.candidates(example) and is_sentence(example, rule, link_share=0.0):
        return " (it reads like a sentence of an article)"
    return (
        f" (longer than max_chars, {rule.max_chars})"
        if len(example) > rule.max_chars
        else " (none of its words is there)"
    )


def longest(rule: Rule) -> int:
    """Characters of the longest text that a rule is tried on."""
    return min(rule.max_chars, MAX_MATCHED_CHARS)


def runaways(rules: Sequence[Rule]) -> Iterator[Rule]:
    """The text rules whose search takes too long, found in processes that can be killed."""
    unchecked = [rule for rule in rules if rule.stage == "text"]
    while unchecked:
        place = first_runaway([(rule.pattern, (*rule.hit, *rule.miss), longest(rule)) for rule in unchecked])
        if place is None:
            return
        yield unchecked[place]
        del unchecked[: place + 1]


def first_runaway(patterns: Sequence[tuple[str, tuple[str, ...], int]]) -> int | None:
    """The place of the first pattern that takes too long, or None. Raises `RuntimeError` if the program itself fails."""
    command = [sys.executable, "-I", "-S", str(PROGRAM)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(patterns),
            capture_output=True,
            text=True,
            timeout=MAX_PROCESS_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        output = exc.stdout.decode() if isinstance(exc.stdout, bytes) else exc.stdout or ""
    else:
        if done.returncode > 0:
            raise RuntimeError(f"{PROGRAM.name}: {done.stderr.strip()[-300:]}")
        output = done.stdout
    last = output.split()[-1] if output.split() else "0"
    return None if last == "done" else int(last)
