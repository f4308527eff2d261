"""The text that an article's blocks make: which kinds it holds, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from scraper.text.words import fold

BODY_KINDS: Final[frozenset[str]] = frozenset({"heading", "paragraph", "list", "quote", "table", "code"})
"""Block kinds that make up an article's body; blocks of other kinds are kept beside the body."""
SHOWN_KINDS: Final = BODY_KINDS | {"standfirst"}
"""Block kinds that a text holds unless the reader chooses others."""
RUNNING_KINDS: Final = frozenset({"paragraph", "quote"})
"""Block kinds of running text."""


class TextBlock(Protocol):
    """What this module reads of a block."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


def default_kinds(blocks: Sequence[TextBlock]) -> frozenset[str]:
    """The kinds of the body, and the standfirst unless it repeats the beginning of the body."""
    standfirst = "".join(block.text for block in blocks if block.kind == "standfirst")
    return BODY_KINDS if not standfirst or begins_with(blocks, standfirst) else SHOWN_KINDS


def begins_with(blocks: Sequence[TextBlock], text: str) -> bool:
    """Whether the running text of blocks begins with the words of a text; its last word may be cut.

    >>> from scraper.types import Block
    >>> begins_with((Block("heading", "Tides"), Block("paragraph", "The sea, it rose.")), "The sea it ro…")
    True
    """
    words = "".join(fold(text))
    running = ""
    for block in blocks:
        if block.kind not in RUNNING_KINDS:
            continue
        running += "".join(fold(block.text))
        if len(running) >= len(words) or not words.startswith(running):
            break
    return running.startswith(words)


def join_blocks(blocks: Iterable[TextBlock]) -> str:
    """Plain text of blocks.

    >>> from scraper.types import Block
    >>> join_blocks((Block("paragraph", "a"), Block("list", "b"), Block("list", "c")))
    'a\\n\\nb\\nc'
    """
    parts: list[str] = []
    before = ""
    for block in blocks:
        if parts:
            parts.append("\n" if block.kind == before and before in {"list", "table"} else "\n\n")
        parts.append(block.text)
        before = block.kind
    return "".join(parts)
