"""A page as text blocks: the values that `blocks.reader` makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from scraper.rules.model import Rule
from scraper.types import BlockKind


class Style(NamedTuple):
    """How a run of text is marked: the address it links to, if any, and its emphasis."""

    href: str | None = None
    bold: bool = False
    italic: bool = False
    code: bool = False


PLAIN: Final = Style()


class Container(NamedTuple):
    """A block-level element: its tag, its class and id words, the place of its parent (-1: none), marks it inherits.

    `rule` is the element rule that marked it or an ancestor. `kind` is what its tag makes of text in it.
    """

    tag: str
    names: str
    parent: int
    depth: int
    rule: Rule | None = None
    hidden: bool = False
    kind: BlockKind = "paragraph"
    level: int = 0


class PageBlock(NamedTuple):
    """One text block as it stands on the page. `pieces` are its runs of text with their style."""

    position: int
    kind: BlockKind
    text: str
    tag: str
    container: int
    pieces: tuple[tuple[str, Style], ...]
    level: int = 0
    rule: Rule | None = None
    hidden: bool = False
    image: str = ""
    link_chars: int = 0
    bold_chars: int = 0
    italic_chars: int = 0


@dataclass(frozen=True, slots=True, eq=False)  # by identity: what is found of a page is remembered
class PageBlocks:
    """All text blocks of a page, in order, and the containers they point into; `cut` when there were too many."""

    blocks: tuple[PageBlock, ...]
    containers: tuple[Container, ...]
    cut: bool = False
