"""Rows of tables: the cells of a row are one block, and each cell keeps its column.

An empty cell, and the place that a cell above or to the left covers (`rowspan`, `colspan`), are empty in the text:
`Length |  | 31`. Columns that are empty in every row, which old pages use for space, are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from scraper.blocks.model import PLAIN, Container, PageBlock, Style
from scraper.html.limits import MAX_CELLS
from scraper.rules.thresholds import number

CELLS: Final = frozenset({"td", "th"})
SEPARATOR: Final = ("\u2029", PLAIN)
"""The piece between the pieces of two cells."""
VALUE_KINDS: Final = frozenset({"table", "list"})
"""Kinds of the blocks in a cell of data."""
MIN_PROSE_CHARS: Final = number("MIN_PROSE_CHARS")
MIN_LONE_PROSE_CHARS: Final = number("MIN_LONE_PROSE_CHARS")
MAX_NAME_CHARS: Final = 60
"""Characters of the cell that names a row."""
MAX_LINK_SHARE: Final = 0.5
"""Share of links in such a row; a layout has more in its menu."""
MAX_SPAN: Final = 100
"""Columns or rows that one cell covers. Pages write 1000 for "all of them", and hostile ones more."""
MAX_GRID_CELLS: Final = 20_000
"""Cells of a table, with those that are covered, that are arranged; a larger table keeps the cells that hold text."""
HEAD: Final = "head"
FIRST: Final = "first"
"""Markers of the first row of a table: headings of its columns, or values."""


class Cell(NamedTuple):
    """A cell of a row. `pieces` are its runs of text; `tag` is `td` or `th`."""

    tag: str
    text: str = ""
    pieces: tuple[tuple[str, Style], ...] = ()
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, which is numbered by its container. `block` is the position of the row's block; -1: it has none,
    or several. `has_heads`: it or a row above has a `th`.
    """

    table: int
    block: int
    cells: tuple[Cell, ...]
    in_head: bool = False
    has_heads: bool = False

    @property
    def is_head(self) -> bool:
        """Whether the row holds headings of columns."""
        own = [cell for cell in self.cells if cell.text]
        return bool(own) and (self.in_head or all(cell.tag == "th" for cell in own))

    @property
    def is_bold(self) -> bool:
        """Whether all text of the row is bold, as old pages write headings."""
        return all(style.bold or not text.strip() for cell in self.cells for text, style in cell.pieces)


def span(value: str | None) -> int:
    """The number of columns or rows in an attribute; 1 for anything else.

    >>> span("3"), span("all"), span("1000000")
    (3, 1, 100)
    """
    digits = (value or "").strip()
    return min(max(int(digits), 1), MAX_SPAN) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 1


@dataclass(slots=True)
class Tables:
    """The rows of a page that have ended, and for each row of which cells have begun, their places, tags and spans."""

    rows: list[Row] = field(default_factory=list)
    cells: dict[int, list[tuple[int, str, int, int]]] = field(default_factory=dict)

    def begin_cell(self, place: int, attributes: Mapping[str, str | None], tag: str, *, row: int) -> None:
        """Begin a cell. `place` and `row` are the containers of the cell and of its row."""
        spans = span(attributes.get("colspan")), span(attributes.get("rowspan"))
        self.cells.setdefault(row, []).append((place, tag, *spans))

    def end_row(self, blocks: list[PageBlock], start: int, *, row: int, containers: Sequence[Container]) -> None:
        """End a row: if its blocks, from `start` on, are values, they become one block. Unseen ones follow it."""
        table, in_head = table_around(row, containers)
        own = blocks[start:]
        if len(own) > MAX_CELLS:
            self.rows.append(Row(table, -1, (Cell("td", own[0].text),), in_head))
            return
        seen = [block for block in own if not block.unseen] or own
        groups, made = group_cells(seen, self.cells.get(row, []))
        above = self.rows[-1] if self.rows else None
        has_head = any(cell.tag == "th" for cell in made) or (
            above is not None and above.table == table and above.has_heads
        )
        block = start if len(seen) == 1 and seen[0] is own[0] else -1
        if -1 not in groups and may_be_joined(list(groups.values()), has_head=has_head):
            block = start
            apart = (block for block in own if block not in seen)
            blocks[start:] = [
                join_row(seen, made, position=start, container=row),
                *(other._replace(position=place) for place, other in enumerate(apart, start + 1)),
            ]
        self.rows.append(Row(table, block, made, in_head, has_head))


def table_around(row: int, containers: Sequence[Container]) -> tuple[int, bool]:
    """The container of the table around a row, and whether the row is in its head."""
    outer = containers[row].parent
    if outer < 0 or containers[outer].tag == "table":
        return outer, False
    return containers[outer].parent, containers[outer].tag == "thead"


def group_cells(
    blocks: Sequence[PageBlock], cells: Sequence[tuple[int, str, int, int]]
) -> tuple[dict[int, list[PageBlock]], tuple[Cell, ...]]:
    """The blocks of a row by the number of their cell (-1: in none), and its cells. A cell's blocks are in the containers
    from its own to the next cell's: containers are numbered in document order.
    """
    places = [cell[0] for cell in cells]
    groups: dict[int, list[PageBlock]] = {}
    for block in blocks:
        groups.setdefault(bisect_right(places, block.container) - 1, []).append(block)
    made = tuple(
        cell_of(tag, groups.get(number, ()), columns=columns, rows=rows)
        for number, (_, tag, columns, rows) in enumerate(cells)
    )
    return groups, made


def may_be_joined(groups: Sequence[Sequence[PageBlock]], *, has_head: bool) -> bool:
    """Whether the blocks in the cells of a row are its values. Paragraphs in the cells of a layout are none.

    `has_head`: the table has a heading, as no layout has. Then a cell may hold several short blocks, and also if the row
    begins with a short block of its own, which names what follows.
    """
    if len(groups) < 2:
        return False
    blocks = [block for group in groups for block in group]
    chars = sum(len(block.text) for block in blocks)
    is_named = (
        len(groups[0]) == 1
        and len(blocks[0].text) < MAX_NAME_CHARS
        and sum(block.link_chars for block in blocks) <= MAX_LINK_SHARE * chars
    )
    return all(
        block.kind in VALUE_KINDS
        and not block.rule
        and ((len(group) == 1 and block.tag in CELLS) or len(block.text) < MIN_LONE_PROSE_CHARS)
        and (len(group) == 1 or ((has_head or is_named) and chars < MIN_PROSE_CHARS * len(groups)))
        for group in groups
        for block in group
    )


def cell_of(tag: str, blocks: Sequence[PageBlock], *, columns: int, rows: int) -> Cell:
    """A cell with the text of its blocks on one line."""
    pieces = tuple(piece for block in blocks for piece in ((" ", PLAIN), *block.pieces))[1:]
    return Cell(tag, " ".join(word for block in blocks for word in block.text.split()), pieces, columns, rows)


def join_row(blocks: Sequence[PageBlock], cells: Sequence[Cell], *, position: int, container: int) -> PageBlock:
    """The blocks of a row as one block."""
    shown = [cell for cell in cells if cell.text]
    return PageBlock(
        position=position,
        kind="table",
        text=" | ".join(cell.text for cell in shown),
        tag="tr",
        container=container,
        pieces=joined_pieces(shown),
        hidden=blocks[0].hidden,
        unseen=blocks[0].unseen,
        link_chars=sum(block.link_chars for block in blocks),
        bold_chars=sum(block.bold_chars for block in blocks),
        italic_chars=sum(block.italic_chars for block in blocks),
    )


def joined_pieces(cells: Iterable[Cell]) -> tuple[tuple[str, Style], ...]:
    """The pieces of cells, with separators between them."""
    return tuple(piece for cell in cells for piece in (SEPARATOR, *cell.pieces))[1:]


def arrange(blocks: Sequence[PageBlock], rows: Sequence[Row]) -> list[PageBlock]:
    """The blocks, with the rows of each table in its columns, and the first row of each table marked."""
    found = list(blocks)
    tables: dict[int, list[Row]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    for own in tables.values():
        for position, block in arranged(own, found).items():
            found[position] = block
    return found


def arranged(rows: Sequence[Row], blocks: Sequence[PageBlock]) -> Mapping[int, PageBlock]:
    """The changed blocks of one table, by position."""
    shown = [row for row in rows if row.block >= 0]
    if not shown:
        return {}
    first = shown[0]
    is_head = first.is_head or (first.is_bold and not all(row.is_bold for row in shown))
    changed = {first.block: blocks[first.block]._replace(marker=HEAD if is_head else FIRST)}
    if any(row.block < 0 and any(cell.text for cell in row.cells) for row in rows):  # a layout
        return changed
    for row, cells in zip(rows, grid(rows), strict=True):
        if row.block < 0:
            continue
        block = changed.get(row.block, blocks[row.block])
        is_moved = not cells[0].text and len(block.text) < MIN_LONE_PROSE_CHARS
        if block.tag == "tr" or is_moved:
            text = " | ".join(cell.text for cell in cells).strip(" ")
            changed[row.block] = block._replace(text=text, tag="tr", pieces=joined_pieces(cells))
    return changed


def grid(rows: Sequence[Row]) -> list[list[Cell]]:
    """For each row a cell for every column up to its last text; columns that are empty in every row are left out."""
    lines: list[list[Cell]] = []
    below: dict[int, int] = {}  # column: rows that a cell above still covers
    size = 0
    for row in rows:
        line: list[Cell] = []
        for cell in row.cells:
            while below.get(len(line), 0):
                line.append(Cell("td"))
            covered = range(len(line), len(line) + cell.columns)
            line += [cell, *(Cell(cell.tag) for _ in covered[1:])]
            below |= dict.fromkeys(covered, cell.rows) if cell.rows > 1 else {}
        below = {column: left - 1 for column, left in below.items() if left > 1}
        size += len(line)
        if size > MAX_GRID_CELLS:
            return [[cell for cell in row.cells if cell.text] for row in rows]
        lines.append(line)
    used = sorted({column for line in lines for column, cell in enumerate(line) if cell.text})
    return [trimmed([line[column] for column in used if column < len(line)]) for line in lines]


def trimmed(cells: list[Cell]) -> list[Cell]:
    """The cells up to the last one that holds text."""
    while cells and not cells[-1].text:
        cells.pop()
    return cells
