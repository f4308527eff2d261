"""Structure in Markdown: lists with their numbers, tables with their columns, text that only looks like markup."""

from __future__ import annotations

import pytest

from archive.output.markdown import escape_inline, escape_start, markdown_blocks, row_cells
from scraper.extraction.article import page_blocks
from scraper.types import Block, Page


def markdown(html: str) -> str:
    blocks = page_blocks(Page.from_html(f"<body>{html}</body>", url="https://coast.example/a"))
    return "\n\n".join(markdown_blocks(blocks))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<ol start="3"><li>a<li>b</ol>', "3. a\n4. b"),
        ("<ol><li>a</ol><ol><li>b<li>c</ol>", "1. a\n1) b\n2) c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1) b"),
        ("<ul><li>a<ul><li>b<ul><li>c</ul><li>d</ul><li>e</ul>", "- a\n  - b\n    - c\n  - d\n- e"),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n   - b\n2. c"),
        ('<ul><li>a<ol start="4"><li>b</ol></ul>', "- a\n\n  4. b"),
        ("<ol><li><p>a</p><p>b</p><li>c</ol>", "1. a\n\n   b\n2. c"),
        ("<dl><dt>a<dd>b<dd>c<dt>d<dd>e</dl>", "- **a**\n  - b\n  - c\n- **d**\n  - e"),
        ("<dl><dt><b>a</b><dd>b</dl>", "- **a**\n  - b"),
    ],
    ids="start another down nested mixed inner-start paragraphs definitions bold".split(),
)
def test_a_list_keeps_its_numbers_and_levels(html: str, expected: str) -> None:
    assert markdown(html) == expected


RULE = "\n| --- | --- |\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<table><tr><th>a<th>b<tr><td>c<td>d</table>", f"| a | b |{RULE}| c | d |"),
        ("<table><tr><th>a<td>b<tr><th>c<td>d</table>", f"|  |  |{RULE}| a | b |\n| c | d |"),
        ("<table><tr><th>a|b<th>c<tr><td>x | y<td>d</table>", rf"| a\|b | c |{RULE}| x \| y | d |"),
        ("<table><tr><th><th>b<tr><td>c<td>d</table>", f"|  | b |{RULE}| c | d |"),
        ("<table><tr><th>a<th>b<tr><td>c<td><a href=/d>d|e</a></table>", rf"| a | b |{RULE}| c | [d\|e](https://coast.example/d) |"),
        ("<table><tr><th>a<th>b</table><table><tr><th>c<th>d</table>", f"| a | b |{RULE[:-1]}\n\n| c | d |{RULE[:-1]}"),
        ("<table><tr><th colspan=2>a<tr><td>c<td>d</table>", f"| a |  |{RULE}| c | d |"),
    ],
    ids="head no-head bar corner link two span".split(),
)  # fmt: skip
def test_a_table_keeps_its_columns(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_rows_that_an_earlier_version_stored_are_read() -> None:
    assert row_cells(Block("table", "Pier | Side A|B")) == ["Pier", r"Side A\|B"]
    assert row_cells(Block("table", "Pier | Side", markup="**Pier** | Side")) == ["**Pier**", "Side"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("C:\\temp\\*", r"C:\\temp\\\*"),
        ("<b>C:\\</b>temp", r"**C:\\**temp"),
        ("so!<a href=/b>b</a>", r"so\![b](https://coast.example/b)"),
        ("&amp;lt;b&amp;gt; &amp; c", r"\&lt;b\&gt; & c"),
        ("<code>a`b</code>", "`` a`b ``"),
        ("<code>a|b\\</code>", "`a|b\\`"),
        ("1 | 2", "1 | 2"),
    ],
    ids="backslash bold picture entity backtick code bar".split(),
)
def test_text_that_looks_like_markup_is_escaped(html: str, expected: str) -> None:
    assert markdown(f"<p>{html}</p>") == expected


STARTS = [
    ("# 1 fan", r"\# 1 fan"),
    ("#1 fan", "#1 fan"),
    ("- plank", r"\- plank"),
    ("-plank", "-plank"),
    ("1. January", r"1\. January"),
    ("1.5 metres", "1.5 metres"),
    ("  > said", r"  \> said"),
    ("```", r"\```"),
    ("==", "=="),
    ("===", r"\==="),
]


@pytest.mark.parametrize(("line", "escaped"), STARTS)
def test_each_line_that_begins_like_a_block_is_escaped(line: str, escaped: str) -> None:
    assert escape_start(line) == escaped
    assert escape_start(f"Tide\n{line}\n\n{line}") == f"Tide\n{escaped}\n\n{escaped}"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("snake_case", "snake_case"), ("_a", r"\_a"), ("a_", r"a\_"), ("a _ b", r"a \_ b"), ("4 < 5", "4 < 5"), ("<b", r"\<b"),
     ("a](b", r"a\](b"), ("a] (b", "a] (b"), ("&lt;", r"\&lt;"), ("R&D;", r"R\&D;"), ("R&D", "R&D"), ("`*\\", r"\`\*\\")],
)  # fmt: skip
def test_only_signs_that_markdown_reads_are_escaped(text: str, escaped: str) -> None:
    assert escape_inline(text) == escaped
