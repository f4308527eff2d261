"""Values of the rule table: one `Rule` per TOML row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from scraper.text.patterns import lazy_pattern
from scraper.types import REMOVAL_KINDS, RemovalKind

RuleKind: TypeAlias = RemovalKind | Literal["correction", "body"]  # of a row for links: see LINK_KINDS
LINK_KINDS: Final = ("next-page", "single-page")
"""Kinds of rules of the stage `link`: the link to the next part of an article, and to the article on a single page."""
RULE_KINDS: Final = (*REMOVAL_KINDS, "correction", "body")
"""Kinds of rules. A `correction` (or editor's note) is kept, but apart from the body. A `body` rule keeps what it finds,
regardless of the score: for sites whose text would be lost."""


LANGUAGES: Final = frozenset(
    "ar bg cs da de el en es fi fr he hi hu id it ja ko nl no pl pt ro ru sv tr uk vi zh".split()
)
"""Languages that rules may name. On a page in another language, rules of every language apply."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rule table. `rules.loader` explains the fields."""

    id: str
    stage: Literal["element", "text", "link"]
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
    languages: tuple[str, ...] = ()
    imported: str = ""
    line: int = field(default=0, compare=False, repr=False)  # line of the row in its file, from 1; 0: unknown


XPATH: Final = lazy_pattern(r"[/(]|\.//?|[a-z-]+\(")
"""Beginning of a pattern that is XPath: no selector of CSS begins so."""


def is_xpath(pattern: str) -> bool:
    """Whether the pattern of an element or link rule is XPath.

    >>> is_xpath("//p[.='x']"), is_xpath("(//p)[1]"), is_xpath(".promo"), is_xpath("a:not(.b)")
    (True, True, False, False)
    """
    return XPATH.match(pattern) is not None


DECIDING_FIELDS: Final = (
    "id", "stage", "kind", "pattern", "words", "hosts", "max_chars", "zone", "blocks", "min_link_density", "takes",
    "languages",
)  # fmt: skip
"""Fields of a `Rule` that decide about a block. The other fields explain the rule, test it, or say where it is from."""
