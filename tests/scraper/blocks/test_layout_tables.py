"""Layout tables: prose cells become paragraphs, rows of data stay tables."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks

SENTENCE = "The ferry left at nine with eleven people too many, and nobody counted them a second time. "
LONG = SENTENCE * 2
JAPANESE = "終点で降りた人々は、そろって待合所の時計を見上げた。"


def kinds(html: str) -> list[str]:
    return [block.kind for block in read_blocks(LexborHTMLParser(html)).blocks]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            f"<table><tr><td>Menu</td><td>{LONG}<br><br>{LONG}<br><br>Short.</td></tr></table>",
            ["table", *["paragraph"] * 3],
        ),
        (f"<table><tr><td><p>{LONG}</p><p>Short.</p></td></tr></table>", ["paragraph"] * 2),
        (f"<table><tr><td>{LONG * 2}</td></tr></table>", ["paragraph"]),
        (f"<table><tr><td>{JAPANESE * 2}<br><br>{JAPANESE}</td></tr></table>", ["paragraph"] * 2),
        (f"<table><tr><td><h3>Head</h3>{LONG}<br><br>{LONG}</td></tr></table>", ["heading", "paragraph", "paragraph"]),
    ],
    ids=["line breaks", "paragraphs", "one long text", "a script without spaces", "a heading"],
)
def test_prose_in_a_layout_table_becomes_paragraphs(html: str, expected: list[str]) -> None:
    assert kinds(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>Kettle</td><td>71 dB</td></tr></table>",
        f"<table><tr><td>Kettle</td><td>{LONG}</td></tr></table>",
        "<table><tr><td><p>Kettle</p><p>loud</p></td><td>71 dB</td></tr></table>",
    ],
    ids=["figures", "figures and a note", "two lines in a cell"],
)
def test_a_row_of_data_stays_a_table(html: str) -> None:
    assert set(kinds(html)) == {"table"}


def test_a_data_table_inside_a_prose_cell_stays_a_table() -> None:
    inner = "<table><tr><td>Kettle</td><td>71 dB</td></tr></table>"
    assert kinds(f"<table><tr><td>{LONG}<br><br>{LONG}{inner}</td></tr></table>") == ["paragraph", "paragraph", "table"]


@pytest.mark.parametrize(
    ("cells", "is_joined"),
    [
        ("<td>Kettle<td><p>loud</p><p>hot</p>", True),
        ("<td><p>Kettle</p><p>of tin</p><td><p>loud</p><p>hot</p>", False),  # no name before what follows
        (f"<td>{'K' * 60}<td><p>loud</p><p>hot</p>", False),
        ("<td>Menu<td><p><a href=/a>loud</a></p><p><a href=/b>hot</a></p>", False),
        (f"<td>Kettle<td><p>{LONG}</p><p>{LONG}</p>", False),
    ],
    ids=["named", "unnamed", "a long name", "links", "prose"],
)
def test_a_row_that_begins_with_a_name_is_joined_whatever_its_cells_hold(cells: str, is_joined: bool) -> None:
    blocks = read_blocks(LexborHTMLParser(f"<table><tr>{cells}</table>")).blocks
    assert (len(blocks) == 1) == is_joined


def shown(html: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read_blocks(LexborHTMLParser(html)).blocks]


def test_roles_make_tables_and_lists_of_elements_without_a_meaning() -> None:
    head = "<div role=row><span role=columnheader>Boat</span><span role=columnheader>Knots</span></div>"
    row = "<div role=row><div role=rowheader>Ida</div><div role=cell>9</div></div>"
    table = f"<div role=table><div role=rowgroup>{head}</div>{row}</div>"
    assert shown(table) == [("table", "Boat | Knots"), ("table", "Ida | 9")]
    assert shown("<div role=list><div role=listitem>oars<div role=listitem>ropes</div></div></div>")[0] == (
        "list",
        "oars",
    )


@pytest.mark.parametrize(
    "html",
    [
        "<div role=row><div role=cell>Ida</div><div role=cell>9</div></div>",
        "<div role=table><div role=cell>Ida</div></div>",
        "<div role=list><div role=listitem><h3>Ida</h3><p>A card.</p></div></div>",
        "<div role=listitem>Ida</div>",
    ],
    ids=["no table", "no row", "a card", "no list"],
)
def test_a_role_out_of_its_place_means_nothing(html: str) -> None:
    assert not {kind for kind, _ in shown(html)} & {"table", "list"}
