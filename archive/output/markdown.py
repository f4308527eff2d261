"""An article as Markdown (CommonMark). Text that only looks like markup is escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Final, Protocol, TypeVar

from archive.output.article import one_line, printable
from archive.output.markdown_lists import list_lines
from archive.output.text_choice import DEFAULT, TextChoice
from scraper.blocks.tables import FIRST
from scraper.text.patterns import lazy_pattern
from scraper.types import Article, Block


class Marked(Protocol):
    """What `by_table` reads of a row."""

    @property
    def marker(self) -> str: ...


Row = TypeVar("Row", bound=Marked)

MARKDOWN_START: Final = lazy_pattern(
    r"(\s*)(#{1,6}(?=\s|$)|[-+*>](?=\s|$)|\d{1,9}(?=[.)](?:\s|$))|```|~~~|={3,}|-{3,})"
)
"""Starts that make a line of plain text a heading, a list item, a quote or a fence (CommonMark 4 and 5)."""
NUMBER: Final = lazy_pattern(r"\d+")

BETWEEN_CELLS: Final = lazy_pattern(r"(?:^|(?<=\s))\|(?=\s|$)")
"""A bar between two cells of a row: white space is around it."""
BAR: Final = lazy_pattern(r"(?<!\\)\|")

MARKDOWN_INLINE: Final = lazy_pattern(
    r"\\|`|\*|<(?=[a-z/!?])|&(?=#?\w{1,31};)|\](?=[(\[:])|_(?:(?<!\w_)|(?!\w))", re.IGNORECASE
)
"""Characters that make plain text emphasis, code, raw HTML or a link (CommonMark 6).

Each branch begins with one letter: `re` then skips to the next of them, and takes a sixth of the time.
"""


def markdown_of(article: Article, choice: TextChoice = DEFAULT) -> str:
    """The article as Markdown: title, a line of authors and date, then the text; or with front matter in their place."""
    if choice.front_matter:
        from archive.output.front_matter import front_matter  # PyYAML takes 20 ms to import

        body = markdown_body(article, choice.kinds(article))
        return printable("\n".join(part for part in (front_matter(article), body) if part))
    kinds = choice.kinds(article, title=True)
    day = article.published.date().isoformat() if article.published else ""
    signed = " · ".join(part for part in (", ".join(map(escape_inline, article.authors)), day) if part)
    parts = (title_line(article, kinds), f"*{signed}*" if signed else "", markdown_body(article, kinds - {"title"}))
    return printable("\n\n".join(part for part in parts if part))


def markdown_body(article: Article, kinds: Collection[str]) -> str:
    """`Article.text_of` as Markdown."""
    blocks = markdown_blocks(block for block in article.blocks if block.kind in kinds)
    return "\n\n".join(part for part in (title_line(article, kinds), *blocks) if part)


def title_line(article: Article, kinds: Collection[str]) -> str:
    """The title as a heading; empty if the article has none, or the reader wants none."""
    return f"# {escape_inline(one_line(article.title))}" if article.title and "title" in kinds else ""


def markdown_blocks(blocks: Iterable[Block]) -> list[str]:
    """Blocks as Markdown. Neighbours of one list, table, quote or code block become one."""
    parts: list[str] = []
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        members = tuple(group)
        match kind:
            case "list":
                parts.append(list_lines([(block, one_line(inline(block))) for block in members]))
            case "table":
                parts.extend(map(table, by_table(members)))
            case "quote" | "embed":
                parts.append("\n>\n".join(prefixed(inline(block), "> ") for block in members))
            case "code":
                parts.extend(fenced(block.text) for block in members)
            case "heading":
                parts.extend(f"{'#' * min(max(block.level, 2), 6)} {one_line(inline(block))}" for block in members)
            case "caption" | "correction" | "note":
                parts.extend(f"*{one_line(inline(block))}*" for block in members)
            case _:
                parts.extend(inline(block) for block in members)
    return parts


def by_table(rows: Iterable[Row]) -> list[tuple[Row, ...]]:
    """Neighbouring rows by table: the first row of each has a marker."""
    found: list[list[Row]] = []
    for row in rows:
        if row.marker or not found:
            found.append([])
        found[-1].append(row)
    return [tuple(own) for own in found]


def block_markdown(block: Block) -> str:
    """One block as inline Markdown; its kind, level and marker say what stands around it. Code stays as it is.

    >>> block_markdown(Block("table", "Pier | Side A|B")), block_markdown(Block("heading", "Piers", level=2))
    ('Pier | Side A\\\\|B', 'Piers')
    """
    if block.kind == "table":
        return " | ".join(row_cells(block))
    return block.text if block.kind == "code" else inline(block)


def inline(block: Block) -> str:
    """A block's inline Markdown, escaped at the start of lines."""
    return escape_start(block.markup or escape_inline(block.text))


def escape_inline(text: str) -> str:
    """The text, escaped so that nothing is emphasis, code, raw HTML or a link.

    >>> escape_inline("<b>4 * 5</b>, snake_case")
    '\\\\<b>4 \\\\* 5\\\\</b>, snake_case'
    """
    return MARKDOWN_INLINE.sub(r"\\\g<0>", text)


def escape_start(text: str) -> str:
    """The text, escaped so that no line begins like a Markdown block.

    >>> escape_start("1. January"), escape_start("# 1 fan"), escape_start("plain")
    ('1\\\\. January', '\\\\# 1 fan', 'plain')
    """
    return "\n".join(map(_escape_line, text.split("\n")))


def _escape_line(line: str) -> str:
    start = MARKDOWN_START.match(line)
    if start is None:
        return line
    space, mark = start.groups()
    escaped = f"{mark}\\" if NUMBER.fullmatch(mark) else f"\\{mark}"
    return f"{space}{escaped}{line[start.end() :]}"


def prefixed(text: str, prefix: str) -> str:
    """The text with a prefix before each line."""
    return "\n".join(prefix + line for line in text.splitlines())


def table(rows: tuple[Block, ...]) -> str:
    """Rows as a pipe table. If every row has one cell, they stay lines of text.

    The first row is the head, unless the page says that it holds values: then the head is empty.
    """
    cells = [row_cells(row) for row in rows]
    width = max(map(len, cells))
    if width == 1:
        return "  \n".join(escape_start(row[0]) for row in cells)
    if rows[0].marker == FIRST:
        cells.insert(0, [])
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def row_cells(row: Block) -> list[str]:
    """The cells of a row as inline Markdown, bars within them escaped.

    >>> row_cells(Block("table", "Pier | Side A|B |  | 31"))
    ['Pier', 'Side A\\\\|B', '', '31']
    """
    line = one_line(row.markup or escape_inline(row.text))
    return [BAR.sub(r"\|", cell.strip()) for cell in BETWEEN_CELLS.split(line)]


def fenced(text: str) -> str:
    """Code between fences that are longer than any run of backticks in the code."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
