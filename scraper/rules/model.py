"""Values of the rule table: one `Rule` per TOML row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from scraper.types import REMOVAL_KINDS, RemovalKind

RuleKind: TypeAlias = RemovalKind | Literal["correction", "body"]
RULE_KINDS: Final = (*REMOVAL_KINDS, "correction", "body")
"""What a rule may say that a block is. A correction or an editor's note is not removed but set apart from the body; what a
rule calls body is kept, whatever the scorer makes of it, for sites whose text is lost."""


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
