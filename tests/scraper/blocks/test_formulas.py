"""A formula stands in its sentence once, as its MathML or TeX has it."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks

SQUARE = (
    "<math><semantics><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow><annotation>x^2</annotation></semantics></math>"
)
HALF = "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"
TYPESET = '<span aria-hidden="true"><span>x</span><span>2</span></span>'
FRACTION = '<span aria-hidden="true"><span>b</span><span>a</span></span>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"It is <span><span>{SQUARE}</span>{TYPESET}</span>.", "It is x²."),
        (f"It is <span>{TYPESET}<span>{SQUARE}</span></span>.", "It is x²."),
        (f"It is <span><span>{HALF}</span>{FRACTION}</span>.", "It is a/b."),
        (f"It is <span><nobr aria-hidden='true'>x2</nobr>{SQUARE}</span>.", "It is x²."),
        ('It is <script type="math/tex">x^2 + 1</script>.', "It is x^2 + 1."),
        ('It is <script type="math/tex; mode=display">x^2\n + 1</script>.', "It is x^2 + 1."),
        ('It is <span class="MathJax">x² + 1</span><script type="math/tex">x^2 + 1</script>.', "It is x² + 1."),
        ('It is <span class="MathJax_Preview"></span><script type="math/tex">x^2</script>.', "It is x^2."),
        ('It is <script type="application/json">{"x": 2}</script>two.', "It is two."),
        ("It is <script>x = 2</script>two.", "It is two."),
        ('It is <span aria-hidden="true">31 m</span><span class="sr-only">31 metres</span>.', "It is 31 m."),
    ],
    ids="katex typeset-first fraction assistive tex display typeset preview json script no-formula".split(),
)
def test_a_formula_stands_in_its_sentence_once(html: str, text: str) -> None:
    assert [block.text for block in read_blocks(LexborHTMLParser(f"<p>{html}</p>")).blocks if not block.unseen] == [
        text
    ]
