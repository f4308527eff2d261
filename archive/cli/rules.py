"""The rules to strip by; `rules list` shows them and `rules check` tries them, and says all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from archive.cli.exit_codes import print_error
from archive.output.article import counted, to_json
from scraper.errors import ConfigError
from scraper.extraction.rule_check import check_files, load_checked
from scraper.rules.loader import BUILT_IN, built_in_rules
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.types import REMOVAL_KINDS


def chosen_rules(paths: Sequence[Path]) -> RuleSet:
    """The built-in rules and those of files and folders. Raises `ConfigError`."""
    with readable(paths):
        return load_checked(*paths)


def own_rules(archive: Path) -> tuple[Path, ...]:
    """The rule file of an archive, when it has one: `news.rules.toml` beside `news.db`."""
    path = own_rules_path(archive)
    return (path,) if path.is_file() else ()


def own_rules_path(archive: Path) -> Path:
    """Where the rules that were learned from an archive, or written for it, stand."""
    return archive.with_name(f"{archive.stem}.rules.toml")


@contextmanager
def readable(paths: Sequence[Path]) -> Iterator[None]:
    """Makes a file that cannot be read a `ConfigError`."""
    try:
        yield
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
    """Prints all that is wrong with rules; returns whether nothing is. Raises `ConfigError` for a file that cannot be read."""
    own = bool(paths) and not all(is_built_in(path) for path in paths)
    with readable(paths):
        count, errors = check_files(*(paths or (BUILT_IN,)), known=built_in_rules().rules if own else ())
    for error in errors:
        print_error(str(error))
    bad = f", {counted(len(errors), 'fault')}" if errors else ""
    click.echo(f"{counted(count, 'rule')} checked{bad}", err=True)
    return not errors


def is_built_in(path: Path) -> bool:
    """Whether a path is one of the files that ship with Cuttings."""
    return path.resolve().is_relative_to(BUILT_IN.resolve())
