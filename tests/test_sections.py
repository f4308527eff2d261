"""Section pages: article links told from navigation."""

from __future__ import annotations

import pytest

from scraper.listing import Place
from scraper.sections import LinkFacts, Sign, parse_section, points_of, section_signs

SECTION = """<html><body><nav><a href="/2026/03/01/nav-to-a-story">A story that the menu names too</a></nav>
<h2><a href="/2026/03/01/storm-and-calm">Storm and calm</a></h2>
<a href="/news/village-rejoices-over-new-bridge">Village rejoices over a bridge, at last</a>
<a href="https://other.test/2026/03/01/elsewhere-in-the-world">A story on another site altogether</a>
<a href="/tag/storms">Everything that we ever wrote on storms</a><a href="/about">About</a><a href="/">Home</a>
<a href="javascript:void(0)">Do something with this page now</a><a href="/img/2026/03/big-wave.jpg">A very big wave indeed</a>
<footer><a href="/2026/03/01/storm-in-the-footer">A story in the footer of pages</a></footer></body></html>"""
PLACE = Place("s", "https://news.test/section")


def test_a_section_page_gives_its_articles_and_not_its_menus() -> None:
    found = parse_section(SECTION, PLACE).links
    assert [link.url for link in found] == ["https://news.test/2026/03/01/storm-and-calm", "https://news.test/news/village-rejoices-over-new-bridge"]
    assert found[0].title == "Storm and calm"


@pytest.mark.parametrize("sign", section_signs().signs, ids=lambda sign: sign.id)
def test_every_row_of_evidence_hits_its_examples_and_leaves_its_near_misses(sign: Sign) -> None:
    assert sign.hits
    assert sign.misses
    assert [text for text in sign.hits if not sign.pattern.search(text)] == []
    assert [text for text in sign.misses if sign.pattern.search(text)] == []
    assert sign.weight
    assert sign.why


def test_the_rows_that_match_add_up() -> None:
    facts = LinkFacts(path="/2026/03/01/storm", text="Storm hits the coast", words="4", place="h3 article body", near="", group="1:4", listed="")
    assert points_of(facts) == 3 + 2 + 3 + 1 + 1
