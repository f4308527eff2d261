"""The command group `rules`: `list`, `check` and `stats`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cli.exit_codes import SOME_FAILED, Commands, print_error
from archive.cli.import_ftr import import_ftr
from archive.cli.options import DB, JSON, RULES, SITE, ExampleCommand, warn_unknown_site
from archive.cli.printing import JsonForm, print_json
from archive.learning.rule_files import file_errors, read_rules, rule_paths
from archive.output.article import counted

if TYPE_CHECKING:
    from scraper.rules.model import Rule


@click.group(cls=Commands)
def rules() -> None:
    """List, check and measure the rules that remove blocks."""


rules.add_command(import_ftr)


@rules.command("list", cls=ExampleCommand, example="cuttings rules list --kind newsletter")
@click.option("--kind", help="Only rules of this kind.")
@RULES
@JSON
def list_rules(kind: str | None, rules_paths: tuple[Path, ...], as_json: JsonForm) -> None:
    """Print every rule: id, stage, kind, hosts and reason."""
    from scraper.types import REMOVAL_KINDS

    if kind and kind not in REMOVAL_KINDS:
        raise click.UsageError(f"there is no kind {kind!r}; kinds are {', '.join(REMOVAL_KINDS)}")
    listed = [rule for rule in read_rules(rules_paths).rules if kind in (None, rule.kind)]
    if as_json:
        print_json([rule_as_dict(rule) for rule in listed], as_json)
        return
    width = max((len(rule.id) for rule in listed), default=0)
    for rule in listed:
        hosts = f"  [{', '.join(rule.hosts)}]" if rule.hosts else ""
        click.echo(f"{rule.id:<{width}}  {rule.stage:<7}  {rule.kind:<10}  {rule.why}{hosts}")


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """A rule's columns, with tuples as lists."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@rules.command("check", cls=ExampleCommand, example="cuttings rules check my-rules.toml")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE|FOLDER]...")
@JSON
def check_rules(paths: tuple[Path, ...], as_json: JsonForm) -> None:
    """Try every rule of the files on its own examples.

    Each rule must match its hits and none of its near misses. Without a file the built-in rules are checked.
    """
    if not print_check(paths, as_json):
        raise SystemExit(SOME_FAILED)


def print_check(paths: Sequence[Path], as_json: JsonForm) -> bool:
    """Prints every fault; returns whether there is none. Raises `ConfigError` for an unreadable file."""
    from scraper.extraction.rule_check import check_files
    from scraper.rules.loader import BUILT_IN, built_in_rules

    own = bool(paths) and not all(is_built_in(path) for path in paths)
    with file_errors(paths):
        count, errors = check_files(*(paths or (BUILT_IN,)), known=built_in_rules().rules if own else ())
    if as_json:
        print_json({"rules": count, "faults": [str(error) for error in errors]}, as_json)
    for error in errors:
        print_error(str(error))
    bad = f", {counted(len(errors), 'fault')}" if errors else ""
    click.echo(f"{counted(count, 'rule')} checked{bad}", err=True)
    return not errors


def is_built_in(path: Path) -> bool:
    """Whether a path is one of the files that ship with Cuttings."""
    from scraper.rules.loader import BUILT_IN

    return path.resolve().is_relative_to(BUILT_IN.resolve())


@rules.command("stats", cls=ExampleCommand, example="cuttings rules stats --site example.com")
@DB
@SITE
@RULES
@JSON
def stats(path: Path, site: str, rules_paths: tuple[Path, ...], as_json: JsonForm) -> None:
    """Count the removed and restored blocks of each rule."""
    from archive.ledger.rule_stats import rule_stats, stats_lines
    from archive.store.archive import Archive

    known = read_rules(rule_paths(path, rules_paths))
    with Archive.open(path, write=False) as archive:
        warn_unknown_site(archive, site)
        rows = rule_stats(archive, known, site=site)
    if as_json:
        print_json([asdict(row) for row in rows], as_json)
        return
    for line in stats_lines(rows):
        click.echo(line)
    idle = len({rule.id for rule in known.rules} - {row.rule for row in rows})
    click.echo(f"{idle:,} of {len(known.rules):,} rules removed nothing", err=True)
