"""Rules are data: rows of TOML, loaded, checked and chosen by host here, applied in `strip`.

A file holds `[[rule]]` tables::

    [[rule]]
    id = "newsletter.inbox.en"     # unique; dotted: kind.subject.language
    stage = "text"                 # "element": `pattern` is CSS; "text": a regular expression
    kind = "newsletter"            # one of RULE_KINDS; "body" keeps what the rule finds, for a site whose text is lost
    words = ["inbox"]              # text rules: at least one must occur in the block, case folded; finds candidates fast
    pattern = '''^let our news meet your inbox\\b'''   # searched (re.search) in the block's text, case ignored
    max_chars = 200                # text rules: a longer block is never matched (default 300)
    zone = "any"                   # "head": before the body's first long paragraph; "tail": after its last; "any"
    blocks = []                    # block kinds it applies to; empty: all
    min_link_density = 0.0         # share of the block's characters that are link text
    takes = "block"                # "section": also the blocks that follow, while they are links or short
    hosts = []                     # empty: every site; "example.com" covers its subdomains
    why = "an invitation to subscribe by e-mail"
    hit = ["Let our news meet your inbox. Delivered weekday mornings."]
    miss = ["Her inbox filled with threats."]

The examples of an element rule are HTML in which its selector must, or must not, find something. A lone class, tag,
id or attribute value (`.promo`) finds elements that make a box; a `span` or `a` inside a sentence is never taken.
Groups named `authors` or `contributors` in a pattern give the names that a byline or credit holds.
Errors are raised at load as `RuleError`, naming file, line and rule; see `trial` for what rules of the user's must pass.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.elements import ElementIndex
from scraper.errors import RuleError
from scraper.types import REMOVAL_KINDS, BlockKind, RemovalKind
from scraper.words import fold

BUILT_IN: Final = Path(__file__).parent / "rules"
HEADER_OR_TEXT: Final = re.compile(
    r"""\'{3}.*?\'{3}|"{3}.*?"{3}|^[ \t]*(?P<header>\[\[[ \t]*"?rule"?[ \t]*\]\])""", re.DOTALL | re.MULTILINE
)
UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts in which a word is not set off by spaces, or (Korean) is glued to its particles."""


LENGTHS: Final = (50, 100, 200, 400)
"""Characters from which texts are not searched for the words of rules that are for shorter ones only."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: see the module's docstring."""

    id: str
    stage: Literal["element", "text"]
    kind: RuleKind
    pattern: str
    why: str
    hit: tuple[str, ...]
    miss: tuple[str, ...]
    words: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    origin: str = ""
    max_chars: int = 300
    zone: Literal["any", "head", "tail"] = "any"
    blocks: tuple[str, ...] = ()
    min_link_density: float = 0.0
    takes: Literal["block", "section"] = "block"
    line: int = field(default=0, compare=False, repr=False)  # of its table in the file, from 1; 0 where it is not known


RuleKind: TypeAlias = RemovalKind | Literal["correction", "body"]
RULE_KINDS: Final = (*REMOVAL_KINDS, "correction", "body")
"""What a rule may say that a block is. A correction or an editor's note is not removed but set apart from the body; what a
rule calls body is kept, whatever the scorer makes of it, for sites whose text is lost."""

REQUIRED: Final = ("id", "stage", "kind", "pattern", "why", "hit", "miss")
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "stage": ("element", "text"),
    "kind": RULE_KINDS,
    "zone": ("any", "head", "tail"),
    "takes": ("block", "section"),
}
TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "max_chars": int,
    "min_link_density": (int, float),
    **dict.fromkeys(("hit", "miss", "words", "hosts", "blocks"), list),
}


class RuleSet:
    """Rules ready for use: text rules found by their words, element rules as selectors. Immutable once made."""

    def __init__(self, rules: Iterable[Rule], *, hash: str = "") -> None:
        self.rules = tuple(rules)
        self.hash = hash or hashlib.sha256(repr(self.rules).encode()).hexdigest()[:16]
        self.hosted = any(rule.hosts for rule in self.rules)
        self.chosen: dict[tuple[bool, ...], RuleSet] = {}
        self.compiled = {rule.id: compile_pattern(rule.pattern) for rule in self.rules if rule.stage == "text"}
        self.elements = ElementIndex(rule for rule in self.rules if rule.stage == "element")
        self.finders = [find_by_words(self.rules, length=length) for length in (0, *LENGTHS)]

    def candidates(self, text: str) -> list[Rule]:
        """The text rules of which a word, or the beginning of a phrase, occurs in `text`, in table order; hardly any that is for shorter texts."""
        places = self.finders[bisect(LENGTHS, len(text))].places_in(text)
        return [self.rules[place] for place in sorted(places)] if places else []

    def for_url(self, url: str) -> RuleSet:
        """The rules that apply to the page at an address; those for every site when it has no host."""
        try:
            return self.for_host((urlsplit(url).hostname or "").lower()) if self.hosted else self
        except ValueError:
            return self.for_host("")

    def for_host(self, host: str) -> RuleSet:
        """The rules that apply to a host: those for every site and its own. Their hash stays that of the whole set."""
        if not self.hosted:
            return self
        applies = tuple(not rule.hosts or any(host_matches(host, own) for own in rule.hosts) for rule in self.rules)
        if applies not in self.chosen:  # many hosts share a choice; to index it anew for each page takes longer than the page
            self.chosen[applies] = RuleSet((rule for rule, use in zip(self.rules, applies, strict=True) if use), hash=self.hash)
        return self.chosen[applies]


@dataclass(frozen=True, slots=True)
class Finder:
    """What text rules are found by, with their places: words, or signs, or syllables in scripts that set no words apart."""

    tokens: frozenset[str]
    by_token: Mapping[str, Sequence[int]]
    by_substring: Sequence[tuple[str, int]]
    by_sign: Sequence[tuple[str, int]]
    signs: re.Pattern[str] | None

    def places_in(self, text: str) -> set[int]:
        """The places of the rules that a text may be."""
        places: set[int] = set()
        for token in self.tokens.intersection(fold(text)):
            places.update(self.by_token[token])
        folded = text if text.isascii() else text.casefold()  # ASCII has no signs in two cases
        if self.signs and self.signs.search(folded):
            places.update([place for sign, place in self.by_sign if sign in folded])
        if folded is not text and UNSPACED.search(folded):
            places.update([place for word, place in self.by_substring if word in folded])
        return places


def find_by_words(rules: Sequence[Rule], *, length: int) -> Finder:
    """What those text rules are found by that texts of a length can match."""
    by_token: dict[str, list[int]] = {}
    by_substring: list[tuple[str, int]] = []
    by_sign: list[tuple[str, int]] = []
    for place, rule in enumerate(rules):
        for word in rule.words if rule.stage == "text" and rule.max_chars >= length else ():
            tokens = fold(word)
            if UNSPACED.search(word):
                by_substring.append((word, place))
            elif tokens:
                by_token.setdefault(tokens[0], []).append(place)
            else:
                by_sign.append((word, place))
    first = "".join({sign[0] for sign, _ in by_sign})
    return Finder(frozenset(by_token), by_token, by_substring, by_sign, re.compile(f"[{re.escape(first)}]") if first else None)


def host_matches(host: str, own: str) -> bool:
    """Whether `host` is `own` or a subdomain of it.

    >>> host_matches("www.example.com", "example.com"), host_matches("badexample.com", "example.com")
    (True, False)
    """
    return host == own or host.endswith("." + own)


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A text rule's pattern, case ignored. Raises `re.error`."""
    return re.compile(pattern, re.IGNORECASE)


def parse_rules(text: str, *, origin: str) -> tuple[Rule, ...]:
    """The rules of one TOML file. `origin` names it in errors. Raises the first `RuleError`."""
    rules = []
    for row in read_rows(text, origin=origin):
        if isinstance(row, RuleError):
            raise row
        rules.append(row)
    return tuple(rules)


def read_rows(text: str, *, origin: str) -> Iterator[Rule | RuleError]:
    """Each row of a TOML file as a rule, or as what is wrong with it. Raises `RuleError` for text that is no table of rows."""
    try:
        tables = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as exc:
        raise RuleError(f"{origin}: {exc}") from exc
    if not isinstance(tables, list) or not all(isinstance(row, dict) for row in tables):
        raise RuleError(f"{origin}: write each rule as a [[rule]] table")
    lines = row_lines(text)
    if len(lines) != len(tables):  # written as an inline array: the rows have no lines of their own
        lines = [0] * len(tables)
    for place, (row, line) in enumerate(zip(tables, lines, strict=True), start=1):
        try:
            yield parse_rule(row, origin=origin, place=place, line=line)
        except RuleError as exc:
            yield exc


def row_lines(text: str) -> list[int]:
    """The line, from 1, of each `[[rule]]`: tomllib does not keep them. What stands in a string of many lines is no header."""
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
        raise fail(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    if missing := [key for key in REQUIRED if not row.get(key)]:
        raise fail(f"{missing[0]!r} is missing")
    for key, value in row.items():
        if not isinstance(value, TYPES.get(key, str)):
            raise fail(f"{key!r} has the wrong type, {type(value).__name__}")
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            raise fail(f"{key!r} must hold texts only")
        if key in CHOICES and value not in CHOICES[key]:
            raise fail(f"{key} is {value!r}; it must be one of {', '.join(CHOICES[key])}")
    if bad := set(row.get("blocks", ())) - set(get_args(BlockKind)):
        raise fail(f"blocks names {sorted(bad)[0]!r}, which is no block kind")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    rule = Rule(**values, origin=origin, line=line)
    check_pattern(rule, fail)
    return rule


def check_pattern(rule: Rule, fail: Any) -> None:
    """Raises `fail(...)` for a pattern that does not compile, or a text rule without words that find it."""
    if rule.stage == "element":
        try:
            LexborHTMLParser("<p></p>").css(rule.pattern)
        except SelectolaxError as exc:
            raise fail(f"bad selector {rule.pattern!r}: {exc}") from exc
        return
    try:
        compile_pattern(rule.pattern)
    except re.error as exc:
        raise fail(f"bad pattern {rule.pattern!r}: {exc}") from exc
    if not rule.words:
        raise fail("a text rule needs 'words', of which one must occur in a block that it can match")
    if upper := [word for word in rule.words if word != word.casefold()]:
        raise fail(f"write the word {upper[0]!r} case folded: {upper[0].casefold()!r}")


def load_rules(*paths: Path) -> RuleSet:
    """The rules of TOML files and of folders of them, in order. Raises the first `RuleError`, for a duplicate id too.

    Rules that do not ship with Cuttings are tried: on their examples, and their patterns for running away.
    """
    found: dict[str, Rule] = {}
    foreign: list[Rule] = []
    for file in rule_files(*paths):
        for rule in parse_rules(file.read_text(encoding="utf-8"), origin=file.name):
            if rule.id in found:
                raise taken(rule, found[rule.id])
            found[rule.id] = rule
            if BUILT_IN not in file.parents:
                foreign.append(rule)
    if foreign:
        from scraper.trial import faults  # it tries element rules on blocks, which stand on this module

        for fault in faults(foreign):
            raise fault
    return RuleSet(found.values())


def rule_files(*paths: Path) -> Iterator[Path]:
    """The files themselves, and the TOML files of folders and theirs, sorted."""
    for path in paths:
        yield from sorted(path.rglob("*.toml")) if path.is_dir() else [path]


def taken(rule: Rule, other: Rule) -> RuleError:
    """The error of a rule whose id another has."""
    where = f"{other.origin}, line {other.line}" if other.line else other.origin
    return RuleError(f"{rule.origin}: line {rule.line}: {rule.id}: this id is taken in {where}", rule=rule.id)


@cache
def built_in() -> RuleSet:
    """The rules that ship with Cuttings."""
    return load_rules(BUILT_IN)
