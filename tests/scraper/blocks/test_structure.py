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
        ("<span>It rose.</span><span class=br></span>We left", "It rose. We left"),
        ("It rose.<span class=br></span>We left", "It rose.We left"),
        ("<b>urn:</b><span>isbn</span>", "urn:isbn"),
        ("<b>localhost:</b><span>8080</span>", "localhost:8080"),
        ("<b>5%</b><span>ige Lösung</span>", "5%ige Lösung"),
        ("<b>100%</b><span>er Wolle</span>", "100%er Wolle"),
        ('<a href="/a">Ann</a><a href="/b">Bo</a>', "Ann Bo"),
        ('<a href="/a">An</a><a href="/a">n</a>', "Ann"),
        ("10<sup>3</sup> m<sup>2</sup>", "10³ m²"),
        ("10<sup>−6</sup>", "10⁻⁶"),
        ("H<sub>2</sub>O, x<sub>i</sub>", "H₂O, xi"),
        ("the 1<sup>st</sup>, le 2<sup>e</sup>", "the 1st, le 2e"),
        ("said<sup>[4]</sup> so", "said[4] so"),
        ("<sup>1</sup>⁄<sub>2</sub>", "¹⁄₂"),
        ("x<sup>in 1998 and 1999</sup>", "xin 1998 and 1999"),
        ("<ruby>漢<rp>（</rp><rt>かん</rt><rp>）</rp>字</ruby>だ", "漢（かん）字だ"),
        ("<ruby>東<rt>とう</rt>京<rt>きょう</rt></ruby>へ", "東(とう)京(きょう)へ"),
        ("she said <q>not <q>ever</q></q> again", "she said “not “ever”” again"),
        ('she said "<q>never</q>" again', 'she said "never" again'),
        ("she said <q> <b>„never“</b></q> again", "she said „never“ again"),
        (
            "from <st1:City><st1:place>Solva</st1:place></st1:City> by sea<o:p></o:p>, in rain",
            "from Solva by sea, in rain",
        ),
        ("a <button>bollard</button> is a post", "a bollard is a post"),
        ("the <picture><source srcset=a><img src=b></picture> boat", "the boat"),
        ("<output>five</output> boats", "five boats"),
        ('so <img class="wp-smiley emoji" alt="😀" src=a.png> he wrote', "so 😀 he wrote"),
        ('so <img class="emoji" alt="a smile" src=a.png> he <img alt="😀" src=b.png>wrote', "so he wrote"),
        ('is <img class="mwe-math-fallback-image-inline" alt="{\\displaystyle r^{2}}"> wide', "is r^{2} wide"),
        ("is <math><mi>a</mi><mo>=</mo><msup><mi>r</mi><mn>2</mn></msup></math> wide", "is a=r² wide"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac></math>", "(a+1)/b"),
        ("<math><msub><mi>x</mi><mi>i</mi></msub><msqrt><mn>2</mn></msqrt></math>", "x_i√2"),
        ("<math><semantics><mi>y</mi><annotation>\\y</annotation></semantics></math>", "y"),
        ("<math><semantics><mi>y</mi><annotation-xml><mi>z</mi></annotation-xml></semantics></math>", "y"),
        ("<span><math><mi>y</mi></math></span><span aria-hidden=true>y</span>", "y"),
    ],
)
def test_inline_elements_neither_glue_nor_split_words(html: str, text: str) -> None:
    assert texts(f"<p>{html}</p>") == [text]


def test_a_button_at_the_end_of_a_paragraph_is_no_part_of_it() -> None:
    assert texts("<p>A post. <button>Share</button></p>") == ["A post.", "Share"]
    assert texts("<p>A post. <button>Share</button> </p>") == ["A post.", "Share"]
    assert texts("<div>A post. <button>Share</button> it</div>") == ["A post.", "Share", "it"]


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
        ("<tr><td>c<td><p>d</p><p>e</p>", ["c | d e"]),
        ("<tr><td>c<br><br>f<td><p>d</p><p>e</p>", ["c", "f", "d", "e"]),
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
        ("<table class=js-file-line-container><tr><td class=blob-num>1<td>a<tr><td class=blob-num>2<td>  b</table>", ["a\n  b"]),
        ("<div class=syntaxhighlighter><table><tr><td class=gutter>{}<td><div>a</div><div>b</div></table></div>".format("".join(f"<div>{n}</div>" for n in range(1, 9))), ["a\nb"]),
        ("<code>a<br>  b<br><br>c</code>", ["a\n  b\n\nc"]),
        ("<p><code>a</code> is<br>so</p>", ["a is\nso"]),
        ("<p>a<p><br> <br><p>b", ["a", "b"]),
        ("<pre>a<button>Copy</button></pre>", ["a"]),
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
