"""Values of a page read as text blocks. `blocks.reader` makes them.

Most are named tuples: a page needs thousands, and a frozen dataclass takes five times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from scraper.rules.model import Rule
from scraper.types import BlockKind


class Style(NamedTuple):
    """Style of a run of text: the address that it links to, and its emphasis. `href` is empty in a menu made one block."""

    href: str | None = None
    bold: bool = False
    italic: bool = False
    code: bool = False


PLAIN: Final = Style()


class Container(NamedTuple):
    """A block-level element. `names` are its class and id words, `parent` is the index of its parent (-1: none).

    `rule` is the element rule that marked it or an ancestor; `hidden` and `unseen` are inherited too. `hidden`: its
    attributes hide it. `unseen`: no reader sees it, because it is hidden and no fold, or for screen readers only.
    `kind` is the kind of its text.
    """

    tag: str
    names: str
    parent: int
    depth: int
    rule: Rule | None = None
    hidden: bool = False
    kind: BlockKind = "paragraph"
    level: int = 0
    unseen: bool = False


class PageBlock(NamedTuple):
    """One text block of a page. `pieces` are its runs of text with their style, `container` is its element's index.

    `marker` is that of `scraper.types.Block`.
    """

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
    unseen: bool = False
    marker: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)  # compared by identity: results are cached per page
class PageBlocks:
    """All text blocks of a page, in order, and their containers. `cut`: the page had more than we read."""

    blocks: tuple[PageBlock, ...]
    containers: tuple[Container, ...]
    cut: bool = False
