"""Texts of elements, read by the parser's own traversal."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.html.nodes import texts_below


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<ul><li>Ports</li><li>Ferries</li></ul>", ["Ports", "Ferries"]),
        ("<ul>\n  <li>\n    <a>Ports <b>and</b> piers</a></li>\n</ul>", ["Ports ", "and", " piers"]),
        ("<ul></ul>", []),
        # what no reader sees is passed over with all that is inside, and nothing behind it
        ("<ul><li><script>let a = 1</script>Ports</li><li>Ferries</li></ul>", ["Ports", "Ferries"]),
        ("<ul><li><svg><title>Icon</title><g><text>A</text></g></svg>Ports</li></ul>", ["Ports"]),
        ("<ul><li><select><option>Day</option><option>Night</option></select></li><li>Ports</li></ul>", ["Ports"]),
        ("<ul><li><iframe></iframe></li><li>Ports</li></ul>", ["Ports"]),
        ("<ul><li><template><b>Never</b></template><noscript><i>Never</i></noscript>Ports</li></ul>", ["Ports"]),
        ("<ul><li>Ports</li><li><svg><path></path></svg></li></ul>", ["Ports"]),
    ],
)
def test_the_visible_texts_of_an_element(html: str, texts: list[str]) -> None:
    (top,) = LexborHTMLParser(html).css("ul")
    assert list(texts_below(top)) == texts


def test_only_texts_inside_the_element_count_and_its_own_kind_does_not() -> None:
    tree = LexborHTMLParser("<p>Before</p><svg id=top><text>Day</text></svg><p>After</p>")
    (top,) = tree.css("#top")
    assert list(texts_below(top)) == ["Day"]
