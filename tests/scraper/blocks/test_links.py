"""Link text is the text of an anchor that leads elsewhere; paragraphs in any other anchor are the article's."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from tests.support.pages import document, extract_html

SIGN = "The ferry sails at noon."
PROSE = "The ferry sails at noon, and the harbour master says that nobody may board it after the second bell."

INTRO = "The harbour board met for the fourth time this year and agreed on nothing but the date of its next meeting. Its minutes say:"
MINUTES = (
    "Divers find two rotten posts under the pier",
    "Market hall reopens after the storm",
    "New deck would cost four million",
    "Members to meet again when the bids are in",
)
"""Lines that read like headlines: whether they are links decides."""


@pytest.mark.parametrize(
    ("anchor", "text", "is_link"),
    [
        pytest.param('href="/ferry"', SIGN, True, id="another page"),
        pytest.param('href="//boats.example/"', PROSE, True, id="another site"),
        pytest.param('href="#times"', SIGN, True, id="an entry of a table of contents"),
        pytest.param('href="#times"', PROSE, False, id="a paragraph that leads within the page"),
        pytest.param('name="more"', SIGN, False, id="a name"),
        pytest.param('id="more" class="anchor"', SIGN, False, id="an id"),
        pytest.param('href=""', SIGN, False, id="an empty address"),
        pytest.param('href="javascript:void(0)"', SIGN, False, id="a script"),
    ],
)
@pytest.mark.parametrize("form", ["<p><a {}>{}</a></p>", "<a {}><p>{}</p></a>", "<a {}><div><p>{}</p></div></a>"])
def test_only_an_address_that_leads_elsewhere_makes_link_text(form: str, anchor: str, text: str, is_link: bool) -> None:
    blocks = read_blocks(LexborHTMLParser(form.format(anchor, text))).blocks
    assert [(block.text, block.link_chars) for block in blocks] == [(text, is_link * len(text))]


def test_an_article_set_in_anchors_without_an_address_is_whole() -> None:
    lines = "".join(f'<a id="p{number}"><div>{line}</div></a>' for number, line in enumerate(MINUTES))
    article = extract_html(document(f"<h1>Pier stands</h1><p>{INTRO}</p>{lines}", title="Pier stands")).article
    assert article is not None
    assert article.text == "\n\n".join((INTRO, *MINUTES))


def test_an_anchor_without_an_address_ends_no_link_around_it() -> None:
    blocks = read_blocks(
        LexborHTMLParser('<p><a name="top"></a>Tide <a href="/tide">table <b>of today</b></a>.</p>')
    ).blocks
    assert [(block.text, block.link_chars) for block in blocks] == [("Tide table of today.", len("tableof today"))]
