"""Lists as Markdown (CommonMark 5.2 and 5.3): numbers, levels, further paragraphs of an item, terms and definitions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scraper.blocks.lists import CONTINUED, DEFINITION, TERM
from scraper.types import Block


@dataclass(frozen=True, slots=True)
class Item:
    """An item that is open: its level, the column in which its text begins, its number and the sign after the number."""

    level: float
    column: int
    number: int | None = None
    sign: str = "."


def list_lines(items: Iterable[tuple[Block, str]]) -> str:
    """Blocks of lists, each with its inline Markdown, as lines. A term is bold, with its definitions below it.

    >>> blocks = [Block("list", "hull", level=1, marker="3."), Block("list", "plank", level=2)]
    >>> print(list_lines([(block, block.text) for block in blocks]))
    3. hull
       - plank
    """
    lines: list[str] = []
    stack: list[Item] = []  # the open items, from the outermost
    for block, text in items:
        level = block.level + (0.5 if block.marker == DEFINITION else 0.0)
        while stack and stack[-1].level > level:
            stack.pop()
        if block.marker == CONTINUED and stack and int(stack[-1].level) == block.level:
            lines += ["", " " * stack[-1].column + text]
            continue
        before = stack.pop() if stack and stack[-1].level == level else None
        indent = stack[-1].column if stack else 0
        item, mark = begin(block, level, indent, before)
        if item.number not in {None, 1} and before is None and stack:
            lines.append("")  # only a list that begins with 1 may follow a line of text
        lines.append(f"{' ' * indent}{mark} {bold(text) if block.marker == TERM else text}")
        stack.append(item)
    return "\n".join(lines)


def begin(block: Block, level: float, indent: int, before: Item | None) -> tuple[Item, str]:
    """An item and its mark, after the item `before` of the same list. Another sign after the number begins another list:
    Markdown counts on from the first number of a list, whatever the others are.
    """
    if not block.marker.endswith("."):
        return Item(level, indent + 2), "-"
    number, sign = int(block.marker[:-1]), "."
    if before is not None and before.number is not None:
        sign = before.sign if number == before.number + 1 else ").".replace(before.sign, "")
    mark = f"{number}{sign}"
    return Item(level, indent + len(mark) + 1, number, sign), mark


def bold(text: str) -> str:
    """The text in bold, unless a part of it is already."""
    return text if "**" in text else f"**{text}**"
