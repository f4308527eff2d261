"""Texts that were encoded as HTML too often, and texts that are about markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text.entities import decode_entities, strip_encoding

LINES = {
    "encoded twice": ("Salt &amp; rope", "Salt & rope"),
    "encoded three times": ("Salt &amp;amp; rope", "Salt & rope"),
    "an apostrophe in decimal": ("The harbour&#8217;s gate", "The harbour’s gate"),
    "an apostrophe in hexadecimal": ("The harbour&#x2019;s gate", "The harbour’s gate"),
    "quotation marks": ("&quot;No&quot;, le port dit &laquo;&nbsp;oui&nbsp;&raquo;", '"No", le port dit «\xa0oui\xa0»'),
    "an umlaut": ("H&auml;fen f&uuml;r alle", "Häfen für alle"),
    "an ampersand of its own": ("AT&T; R&D", "AT&T; R&D"),
    "an address": ("https://port.example/?a=1&copy=2&lt=3", "https://port.example/?a=1&copy=2&lt=3"),
    "an unknown entity": ("&harbour; gate", "&harbour; gate"),
    "a tag of style": ("<em>Tide</em> opens, <b class='x'>at last</b>", "Tide opens, at last"),
    "an encoded tag of style": ("&lt;i&gt;Tide&lt;/i&gt; opens", "Tide opens"),
    "nested tags": ("<span><i>Tide</i></span> opens", "Tide opens"),
    "a line break": ("Tide opens<br />Boats wait", "Tide opens Boats wait"),
    "a power": ("10<sup>3</sup> boats", "10³ boats"),
    "a formula": ("CO<sub>2</sub> in port", "CO₂ in port"),
    "a raised word": ("the 3<sup>rd</sup> pier", "the 3rd pier"),
    "less and more": ("Pier < 3 m, mast > 9 m", "Pier < 3 m, mast > 9 m"),
    "a tag that is never closed": ("Is <b> the new bold", "Is <b> the new bold"),
    "an unknown element": ("Using <harbour>gates</harbour>", "Using <harbour>gates</harbour>"),
    "a line about markup": ("Escaping &amp; in HTML", "Escaping &amp; in HTML"),
    "a line about tags": ("Ten years of <br> tags", "Ten years of <br> tags"),
    "a line about a quoted entity": ("Where “&nbsp;” comes from", "Where “&nbsp;” comes from"),
    "no line about markup": ("The great escape &amp; the price tags", "The great escape & the price tags"),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES.keys())
def test_a_line_is_freed_of_its_encoding(line: str, expected: str) -> None:
    assert strip_encoding(line) == expected


@given(st.text(alphabet="&;#xa3<>/bembr lt", max_size=60))
def test_any_text_can_be_freed_of_its_encoding(text: str) -> None:
    assert len(decode_entities(text)) <= len(text)
    assert len(strip_encoding(text)) <= len(text)
