"""Structure: words, numbers of lists, terms, cells, listings and captions are read as the page shows them."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlock
from scraper.blocks.phrases import SEAMS, Seam
from scraper.blocks.reader import read_blocks


def read(html: str) -> list[PageBlock]:
    return [block for block in read_blocks(LexborHTMLParser(html)).blocks if not block.unseen]


def texts(html: str) -> list[str]:
    return [block.text for block in read(html)]


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.glued[0])
def test_a_space_parts_two_texts_that_style_alone_parts(seam: Seam) -> None:
    assert texts("<p><span>{}</span><span>{}</span></p>".format(*seam.glued)) == [" ".join(seam.glued)]
    assert texts("<p><span>{}</span><span>{}</span></p>".format(*seam.whole)) == ["".join(seam.whole)]
    assert texts("<p>{}<span>{}</span></p>".format(*seam.glued)) == ["".join(seam.glued)], "only one is an element"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Donau<wbr>dampf<wbr>schiff", "Donaudampfschiff"),
        ("<b>H</b><span>arbour</span>", "Harbour"),
        ("un<em>be</em>lievable", "unbelievable"),
        ('<a href="/a">Ann</a><a href="/b">Bo</a>', "Ann Bo"),
        ('<a href="/a">An</a><a href="/a">n</a>', "Ann"),
        ("10<sup>3</sup> m<sup>2</sup>", "10³ m²"),
        ("10<sup>−6</sup>", "10⁻⁶"),
        ("H<sub>2</sub>O, x<sub>i</sub>", "H₂O, xi"),
        ("the 1<sup>st</sup>, le 2<sup>e</sup>", "the 1st, le 2e"),
        ("said<sup>[4]</sup> so", "said[4] so"),
        ("<sup>1</sup>⁄<sub>2</sub>", "¹⁄₂"),
        ("x<sup>in 1998 and 1999</sup>", "xin 1998 and 1999"),
    ],
)
def test_inline_elements_neither_glue_nor_split_words(html: str, text: str) -> None:
    assert texts(f"<p>{html}</p>") == [text]


@pytest.mark.parametrize(
    ("html", "markers"),
    [
        ("<ol><li>a<li>b</ol>", ["1.", "2."]),
        ('<ol start="7"><li>a<li>b</ol>', ["7.", "8."]),
        ('<ol><li>a<li value="5">b<li>c</ol>', ["1.", "5.", "6."]),
        ("<ol reversed><li>a<li>b<li>c</ol>", ["3.", "2.", "1."]),
        ('<ol start="0"><li>a</ol>', ["0."]),
        ('<ol start="-4"><li>a</ol>', ["1."]),
        ("<ol><li>a<ol><li>b<li>c</ol><li>d</ol>", ["1.", "1.", "2.", "2."]),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", ["1.", "", "2."]),
        ("<ol><li><p>a</p><p>b</p><li>c</ol>", ["1.", "continued", "2."]),
        ("<ul><li>a<p>b</p></ul>", ["", "continued"]),
        ("<dl><dt>a<dd>b<dd>c<dt>d<dd><p>e</p><p>f</p></dl>", "term definition definition term definition continued".split()),
    ],
)  # fmt: skip
def test_items_keep_their_numbers_and_terms(html: str, markers: list[str]) -> None:
    assert [block.marker for block in read(html)] == markers


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><th>Pier<th>Length<tr><td>Solva<td>31", ["Pier | Length", "Solva | 31"]),
        ("<tr><td><p>Solva</p><td><p>31</p>", ["Solva | 31"]),
        ("<tr><td>a<td><td>c<tr><td>d<td>e<td>f", ["a |  | c", "d | e | f"]),
        ("<tr><td><td>b<td>c<tr><td>d<td>e<td>f", ["| b | c", "d | e | f"]),
        ("<tr><td>a<td>&nbsp;<td>c<tr><td>d<td><td>f", ["a | c", "d | f"]),
        ("<tr><td>a<td>b<td><tr><td>c<td>d<td>e", ["a | b", "c | d | e"]),
        ("<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e", ["a |  | b", "c | d | e"]),
        ("<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e", ["a | b", "| c", "d | e"]),
        ("<tr><td>a<td rowspan=2>b<tr><td>c<tr><td>d<td>e", ["a | b", "c", "d | e"]),
        ("<tr><th>a<th>b<tr><td>c<td><p>d</p><p>e</p>", ["a | b", "c | d e"]),
        ("<tr><td>c<td><p>d</p><p>e</p>", ["c", "d", "e"]),
    ],
)
def test_cells_keep_their_columns(rows: str, expected: list[str]) -> None:
    assert texts(f"<table>{rows}</table>") == expected


def test_the_first_row_of_each_table_says_whether_it_is_a_head() -> None:
    html = "<table><tr><th>a<th>b<tr><td>c<td>d</table><table><tr><th>e<td>f<tr><th>g<td>h</table>"
    assert [block.marker for block in read(html)] == ["head", "", "first", ""]
    bold = "<table><tr><td><b>a</b><td><b>b</b><tr><td>{}<td><b>d</b></table>"
    assert [block.marker for block in read(bold.format("c"))] == ["head", ""]
    assert [block.marker for block in read(bold.format("<b>c</b>"))] == ["first", ""], "all of it is bold"
    assert [block.marker for block in read("<table><thead><tr><td>a<td>b<tbody><tr><td>c<td>d</table>")] == ["head", ""]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<pre>a<br>b<br><br>c</pre>", ["a\nb\n\nc"]),
        ("<pre><div>a</div><div>  b</div></pre>", ["a\n  b"]),
        ("<pre><code><ol><li>a<li>b</ol></code></pre>", ["a\nb"]),
        ('<pre><span class="ln">9</span>a\n<span class="ln">10</span>b 42</pre>', ["a\nb 42"]),
        ('<pre>a <span class="hljs-number">42</span></pre>', ["a 42"]),
        ("<pre><table><tr><td class='hljs-ln-numbers'>1<td>a<tr><td class='hljs-ln-numbers'>2<td>b</table></pre>", ["a\nb"]),
        ("<table><tr><td class=gutter><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>", ["a\nb"]),
        ("<table><tr><td class=output><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>", ["1\n2", "a\nb"]),
        ("<p>The pier is <span class=ln>31</span> metres long.</p>", ["The pier is 31 metres long."]),
    ],
)  # fmt: skip
def test_a_listing_is_one_block_without_the_numbers_of_its_lines(html: str, expected: list[str]) -> None:
    assert texts(html) == expected


@pytest.mark.parametrize(
    ("html", "images"),
    [
        ("<figure><img src=a.png><figcaption>A</figcaption></figure>", ["a.png"]),
        ("<figure><div><img src=a.png></div><div><figcaption>A</figcaption></div></figure>", ["a.png"]),
        ("<figure><figcaption>A</figcaption><img src=a.png></figure>", ["a.png"]),
        ("<img src=a.png><figure><table><tr><td>1<td>2</table><figcaption>B</figcaption></figure>", [""]),
        ("<img src=a.png><p>b</p><table><caption>C</caption><tr><td>1<td>2</table>", [""]),
        ("<figure><img src=a.png><figcaption>A</figcaption></figure><figure><p>x</p><figcaption>B</figcaption></figure>", ["a.png", "", ""]),
    ],
)  # fmt: skip
def test_a_caption_has_the_picture_of_its_own_figure(html: str, images: list[str]) -> None:
    assert [block.image for block in read(f"<div>{html}</div>") if block.kind == "caption"] == images
