"""Tries rules: each on its own examples, and each pattern, in bounded time, on texts made to hurt it.

Rules that a user wrote are tried whenever they are loaded; those that ship with Cuttings are tried by the tests.
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
from scraper.rules.matching import MAX_MATCHED_CHARS, mark_elements
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet

PROGRAM: Final = Path(backtracking.__file__)
PATIENCE: Final = 60.0
"""Seconds for all patterns of one process, were its own timer to fail."""


def faults(rules: Sequence[Rule]) -> Iterator[RuleError]:
    """What is wrong with checked rows: patterns that run away, examples that are treated otherwise than they say."""
    endless = {id(rule) for rule in runaways(rules)}  # before their examples: one may take hours
    for rule in rules:
        if id(rule) in endless:
            size = f"on a text of {longest(rule)} characters it takes over {MAX_SEARCH_SECONDS} s"
            yield rule_error(rule, f"catastrophic pattern: {size}; let no two repeats match the same text")
        else:
            yield from example_faults(rule)


def load_checked(*paths: Path) -> RuleSet:
    """The built-in rules and those of the user's files and folders, which are tried. Raises the first `RuleError`."""
    if not paths:
        return built_in_rules()
    rules = load_rules(BUILT_IN, *paths)
    shipped = {rule.id for rule in built_in_rules().rules}
    for fault in faults([rule for rule in rules.rules if rule.id not in shipped]):
        raise fault
    return rules


def check_files(*paths: Path, known: Sequence[Rule] = ()) -> tuple[int, list[RuleError]]:
    """How many rules files and folders hold, and all that is wrong with them; `known` have their ids already."""
    found = {rule.id: rule for rule in known}
    sound: list[Rule] = []
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
            sound.append(row)
    return count, [*errors, *faults(sound)]


def rule_error(rule: Rule, message: str) -> RuleError:
    """An error that names a rule's file and row."""
    return RuleError(f"{rule.origin}: line {rule.line}: {rule.id}: {message}", rule=rule.id)


def example_faults(rule: Rule) -> Iterator[RuleError]:
    """An error for each example that a rule does not treat as it says."""
    alone = RuleSet([rule])
    for text in rule.hit:
        if not takes(alone, rule, text):
            yield rule_error(rule, f"does not hit {text!r}{why_not(alone, rule, text)}")
    for text in rule.miss:
        if takes(alone, rule, text):
            yield rule_error(rule, f"hits its near miss {text!r}")


def takes(rules: RuleSet, rule: Rule, example: str) -> bool:
    """Whether a rule takes an example out: HTML for an element rule, a block's text for a text rule."""
    if rule.stage == "element":
        tree = LexborHTMLParser(example)
        return any(container.rule == rule for container in read_blocks(tree, mark_elements(tree, rules)).containers)
    return (
        rule in rules.candidates(example)
        and len(example) <= rule.max_chars
        and bool(rules.compiled[rule.id].search(example))
    )


def why_not(rules: RuleSet, rule: Rule, example: str) -> str:
    """What keeps a text rule from an example that its pattern matches: its words or its length."""
    if rule.stage == "element" or not rules.compiled[rule.id].search(example):
        return ""
    return (
        f" (longer than max_chars, {rule.max_chars})"
        if len(example) > rule.max_chars
        else " (none of its words is there)"
    )


def longest(rule: Rule) -> int:
    """Characters of the longest text that a rule is ever tried on."""
    return min(rule.max_chars, MAX_MATCHED_CHARS)


def runaways(rules: Sequence[Rule]) -> Iterator[Rule]:
    """The text rules whose pattern takes too long, found in processes that may be ended."""
    waiting = [rule for rule in rules if rule.stage == "text"]
    while waiting:
        place = first_runaway([(rule.pattern, (*rule.hit, *rule.miss), longest(rule)) for rule in waiting])
        if place is None:
            return
        yield waiting[place]
        del waiting[: place + 1]


def first_runaway(patterns: Sequence[tuple[str, tuple[str, ...], int]]) -> int | None:
    """The place of the first pattern that takes too long, or None. Raises `RuntimeError` when the program itself fails."""
    command = [sys.executable, "-I", "-S", str(PROGRAM)]
    try:
        done = subprocess.run(
            command, input=json.dumps(patterns), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as exc:
        output = exc.stdout.decode() if isinstance(exc.stdout, bytes) else exc.stdout or ""
    else:
        if done.returncode > 0:
            raise RuntimeError(f"{PROGRAM.name}: {done.stderr.strip()[-300:]}")
        output = done.stdout
    last = output.split()[-1] if output.split() else "0"
    return None if last == "done" else int(last)
