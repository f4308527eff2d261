"""Reads and checks rules: rows of TOML. `extraction.strip` applies them.

A file holds `[[rule]]` tables::

    [[rule]]
    id = "newsletter.inbox.en"     # unique; dotted: kind.subject.language
    stage = "text"                 # "element": `pattern` is CSS or XPath; "text": a regular expression; "link": see below
    kind = "newsletter"            # one of RULE_KINDS; "body" keeps what the rule finds, regardless of its score
    words = ["inbox"]              # text rules: at least one must occur in the block; case folded; an index of the rules
    pattern = '''^let our news meet your inbox\\b'''   # searched (re.search) in the block's text, case ignored
    max_chars = 200                # text rules: a longer block is never matched (default 300)
    zone = "any"                   # "head": before the body's first long paragraph; "tail": after its last; "any"
    blocks = []                    # block kinds it applies to; empty: all
    min_link_density = 0.0         # share of the block's characters that are link text
    takes = "block"                # "section": also the following blocks, as long as they are links or short
    languages = []                 # text rules: languages of the pages it applies to ("de"); empty: all; English applies everywhere
    hosts = []                     # empty: every site; "example.com" covers its subdomains
    why = "an invitation to sign up for a newsletter"    # a noun phrase that says what the block is
    hit = ["Let our news meet your inbox. Delivered weekday mornings."]
    miss = ["Her inbox filled with threats."]

The examples of an element rule are HTML in which its selector must, or must not, find something. A single class, tag,
id or attribute value (`.promo`) finds block elements only; a `span` or `a` inside a sentence is never removed.
A rule of the stage `link` finds the link to the next part of an article (kind `next-page`) or to the article on a single page
(`single-page`), on the hosts that it names. A row that is `imported` from another collection needs no examples: the stored
pages of its host take their place (`cuttings rules import-ftr`).
Groups named `authors` or `contributors` in a pattern capture the names in a byline or credit.
Errors are raised at load as `RuleError`, naming file, line and rule. `extraction.rule_check` tries a user's rules on
their examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.errors import RuleError
from scraper.rules.model import LANGUAGES, LINK_KINDS, RULE_KINDS, Rule, is_xpath
from scraper.rules.ruleset import RuleSet, compile_pattern
from scraper.text.patterns import lazy_pattern
from scraper.text.tables import read_table
from scraper.text.toml import SYNTAX_PLACE, parse_toml
from scraper.types import BlockKind

BUILT_IN: Final = Path(__file__).with_name("builtin")
HEADER_OR_TEXT: Final = lazy_pattern(
    r"""\'{3}.*?\'{3}|"{3}.*?"{3}|^[ \t]*(?P<header>\[\[[ \t]*"?rule"?[ \t]*\]\])""", re.DOTALL | re.MULTILINE
)


REQUIRED: Final = ("id", "stage", "kind", "pattern", "why", "hit", "miss")
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "stage": ("element", "text", "link"),
    "kind": (*RULE_KINDS, *LINK_KINDS),
    "zone": ("any", "head", "tail"),
    "takes": ("block", "section"),
}
TYPES: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "max_chars": (int, "a whole number"),
    "min_link_density": ((int, float), "a number"),
    **dict.fromkeys(("hit", "miss", "words", "hosts", "blocks", "languages"), (list, "a list of strings")),
}
"""Type of each key's value, and its name for messages; all others are strings."""


def parse_rules(text: str, *, origin: str) -> tuple[Rule, ...]:
    """The rules of one TOML file. `origin` names the file in errors. Raises the first `RuleError`."""
    rules = []
    for row in read_rows(text, origin=origin):
        if isinstance(row, RuleError):
            raise row
        rules.append(row)
    return tuple(rules)


def read_rows(text: str, *, origin: str) -> Iterator[Rule | RuleError]:
    """Each row of a TOML file, as a rule or as its error. Raises `RuleError` for text that holds no table of rows."""
    import tomllib  # the built-in rules are read from their prepared form

    try:
        tables = parse_toml(text).get("rule", [])
    except tomllib.TOMLDecodeError as exc:
        found = SYNTAX_PLACE.match(str(exc))
        what = f"line {found['line']}: {found['what']}" if found else str(exc)
        raise RuleError(f"{origin}: {what}") from exc
    if not isinstance(tables, list) or not all(isinstance(row, dict) for row in tables):
        raise RuleError(f"{origin}: write each rule as a [[rule]] table")
    lines = row_lines(text)
    if len(lines) != len(tables):  # written as an inline array: rows have no lines of their own
        lines = [0] * len(tables)
    for place, (row, line) in enumerate(zip(tables, lines, strict=True), start=1):
        try:
            yield parse_rule(row, origin=origin, place=place, line=line)
        except RuleError as exc:
            yield exc


def row_lines(text: str) -> list[int]:
    """The line, from 1, of each `[[rule]]` header outside multi-line strings. tomllib does not keep lines."""
    lines = []
    line, at = 1, 0
    for match in HEADER_OR_TEXT.finditer(text):
        if match["header"]:
            line, at = line + text.count("\n", at, match.start("header")), match.start("header")
            lines.append(line)
    return lines


def parse_rule(row: dict[str, Any], *, origin: str, place: int, line: int = 0) -> Rule:
    """One checked rule. Raises `RuleError`, naming the row."""
    name = str(row.get("id") or f"rule {place}")

    def fail(message: str) -> RuleError:
        return RuleError(f"{origin}: {f'line {line}: ' if line else ''}{name}: {message}", rule=name)

    known = {key.name for key in fields(Rule)} - {"origin", "line"}
    if unknown := sorted(set(row) - known):
        raise fail(f"unknown key {unknown[0]!r}; use one of {', '.join(sorted(known))}")
    needed = REQUIRED[:-2] if row.get("imported") else REQUIRED
    if missing := [key for key in needed if not row.get(key)]:
        raise fail(f"{missing[0]!r} is missing")
    for key, value in row.items():
        wanted, type_name = TYPES.get(key, (str, "a string"))
        if not isinstance(value, wanted):
            raise fail(f"{key!r} has the wrong type, {type(value).__name__}; write {type_name}")
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise fail(f"{key!r} must be a list of strings")
        if key in CHOICES and value not in CHOICES[key]:
            raise fail(f"{key} is {value!r}; it must be one of {', '.join(CHOICES[key])}")
    if bad := set(row.get("blocks", ())) - set(get_args(BlockKind)):
        raise fail(f"blocks names {sorted(bad)[0]!r}, which is no block kind; use {', '.join(get_args(BlockKind))}")
    if foreign := set(row.get("languages", ())) - LANGUAGES:
        raise fail(f"languages names {sorted(foreign)[0]!r}, which no rule knows; use {', '.join(sorted(LANGUAGES))}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    rule = Rule(**{"hit": (), "miss": (), **values}, origin=origin, line=line)
    if (rule.stage == "link") != (rule.kind in LINK_KINDS):
        raise fail(
            f"kind {rule.kind!r} does not go with stage {rule.stage!r}; the stage link has {' and '.join(LINK_KINDS)}"
        )
    if rule.stage == "link" and not rule.hosts:
        raise fail("'hosts' is missing; a rule for links names its sites")
    check_pattern(rule, fail)
    return rule


def check_pattern(rule: Rule, fail: Callable[[str], RuleError]) -> None:
    """Raise `fail(...)` for a pattern that does not compile, or a text rule without usable words."""
    if rule.stage != "text" and is_xpath(rule.pattern):
        from scraper.rules.xpath import xpath_fault  # lxml is loaded for such rules only

        if fault := xpath_fault(rule.pattern, for_links=rule.stage == "link"):
            raise fail(f"bad XPath {rule.pattern!r}: {fault}")
        return
    if rule.stage != "text":
        try:
            LexborHTMLParser("<p></p>").css(rule.pattern)
        except SelectolaxError as exc:
            raise fail(f"bad selector {rule.pattern!r}: {exc}") from exc
        return
    try:
        compile_pattern(rule.pattern).search("")
    except re.error as exc:
        raise fail(f"bad pattern {rule.pattern!r}: {exc}") from exc
    if not rule.words:
        raise fail("a text rule needs 'words'; give words of which every matching block contains at least one")
    if upper := [word for word in rule.words if word != word.casefold()]:
        raise fail(f"the word {upper[0]!r} is not case folded; write {upper[0].casefold()!r}")


def load_rules(*paths: Path) -> RuleSet:
    """The rules of TOML files, and of the TOML files in folders, in order. Raises the first `RuleError`.

    The rules are not tried on their examples; `extraction.rule_check.load_checked` does that.
    """
    found: dict[str, Rule] = {}
    for file in rule_files(*paths):
        for rule in tuple(shipped_rules(file)) or parse_rules(file.read_text(encoding="utf-8"), origin=file.name):
            if rule.id in found:
                raise duplicate_id(rule, found[rule.id])
            found[rule.id] = rule
    return RuleSet(found.values())


def shipped_rules(file: Path) -> Iterator[Rule]:
    """The rules of a file of `BUILT_IN`, without checks: a test reads them with checks. None for another or a changed file."""
    table = read_table(file) if file.is_relative_to(BUILT_IN) else None
    for row, line in zip(table.values["rule"], table.lines, strict=True) if table and table.lines else ():
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        yield Rule(**values, origin=file.name, line=line)


def rule_files(*paths: Path) -> Iterator[Path]:
    """The files among the paths, and all TOML files below the folders among them, sorted."""
    for path in paths:
        yield from sorted(path.rglob("*.toml")) if path.is_dir() else [path]


def duplicate_id(rule: Rule, other: Rule) -> RuleError:
    """The error of a rule whose id another rule already has."""
    where = f"{other.origin}, line {other.line}" if other.line else other.origin
    return RuleError(
        f"{rule.origin}: line {rule.line}: {rule.id}: this id is used in {where}; choose another", rule=rule.id
    )


@cache
def built_in_rules() -> RuleSet:
    """The rules that ship with Cuttings."""
    return load_rules(BUILT_IN)
