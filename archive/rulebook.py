"""The rules to strip by; `rules list` shows them and `rules check` tries each on its own examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from selectolax.lexbor import LexborHTMLParser

from archive.exits import complain
from archive.render import to_json
from scraper.errors import ConfigError
from scraper.rules import BUILT_IN, Rule, RuleSet, built_in, load_rules
from scraper.types import REMOVAL_KINDS


def chosen_rules(paths: Sequence[Path]) -> RuleSet:
    """The built-in rules and those of files and folders. Raises `ConfigError`."""
    return load_or_fail(BUILT_IN, *paths) if paths else built_in()


def load_or_fail(*paths: Path) -> RuleSet:
    """`load_rules`, with a file that cannot be read as `ConfigError` too."""
    try:
        return load_rules(*paths)
    except (OSError, UnicodeDecodeError) as exc:
        place = getattr(exc, "filename", None) or ", ".join(map(str, paths))
        raise ConfigError(f"{place}: {getattr(exc, 'strerror', None) or 'not UTF-8 text'}") from exc


def print_rules(rules_paths: Sequence[Path], *, kind: str | None, as_json: bool) -> None:
    """Prints the rules, a line each, or as a JSON array."""
    if kind and kind not in REMOVAL_KINDS:
        raise click.UsageError(f"no kind {kind!r}; kinds are {', '.join(REMOVAL_KINDS)}")
    chosen = [rule for rule in chosen_rules(rules_paths).rules if kind in (None, rule.kind)]
    if as_json:
        click.echo(to_json([rule_as_dict(rule) for rule in chosen], indent=1))
        return
    width = max((len(rule.id) for rule in chosen), default=0)
    for rule in chosen:
        hosts = f"  [{', '.join(rule.hosts)}]" if rule.hosts else ""
        click.echo(f"{rule.id:<{width}}  {rule.stage:<7}  {rule.kind:<10}  {rule.why}{hosts}")


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """A rule's columns, tuples as lists."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def print_check(paths: Sequence[Path]) -> bool:
    """Prints what is wrong with rules; returns whether nothing is. Raises `RuleError` for a file that cannot be read."""
    rules = load_or_fail(*(paths or (BUILT_IN,)))
    load_or_fail(BUILT_IN, *(path for path in paths if not is_built_in(path)))  # ids must differ from the built-in ones
    faults = list(rule_faults(rules))
    for fault in faults:
        complain(fault)
    bad = f", {len(faults)} example{'' if len(faults) == 1 else 's'} wrong" if faults else ""
    click.echo(f"{len(rules.rules)} rule{'' if len(rules.rules) == 1 else 's'} checked{bad}", err=True)
    return not faults


def is_built_in(path: Path) -> bool:
    """Whether a path is one of the files that ship with Cuttings."""
    return path.resolve().is_relative_to(BUILT_IN.resolve())


def rule_faults(rules: RuleSet) -> Iterator[str]:
    """A message for each example that a rule does not treat as it says."""
    for rule in rules.rules:
        for text in rule.hit:
            if not takes(rules, rule, text):
                yield f"{rule.origin}: {rule.id}: does not hit {text!r}"
        for text in rule.miss:
            if takes(rules, rule, text):
                yield f"{rule.origin}: {rule.id}: hits its near miss {text!r}"


def takes(rules: RuleSet, rule: Rule, example: str) -> bool:
    """Whether a rule takes an example out: HTML for an element rule, a block's text for a text rule."""
    if rule.stage == "element":
        return LexborHTMLParser(example).css_first(rule.pattern) is not None
    return rule in rules.candidates(example) and len(example) <= rule.max_chars and bool(rules.compiled[rule.id].search(example))
