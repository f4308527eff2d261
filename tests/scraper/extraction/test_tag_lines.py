"""Tags that an article shows in a line of its own, and embedded posts: removed from the text, kept as what they are."""

from __future__ import annotations

import pytest

from scraper import built_in_rules
from scraper.extraction.plain_text import extract_text
from scraper.extraction.tag_lines import read_tags
from tests.support.pages import document, extract_html

LINES = {
    "Tags: ports, night ferries": ("ports", "night ferries"),
    "Tagged ports, storms": ("ports", "storms"),
    "Filed Under: Oslo": ("Oslo",),
    "Schlagwörter: Hafen | Fähre": ("Hafen", "Fähre"),
    "Mots-clés : port, marée": ("port", "marée"),
    "Etiquetas: puerto · marea": ("puerto", "marea"),
    "Теги: порт, паром": ("порт", "паром"),
    "标签：港口、渡轮": ("港口", "渡轮"),
    "タグ：港、船便": ("船便",),
    "태그: 항구, 여객선": ("항구", "여객선"),
    "#storm #night_ferry": ("storm", "night_ferry"),
    "Explore more: storms": ("storms",),
    "Filed Under": (),
    "Related Topics": (),
    "Ports, storms": (),
    "Tags: " + "A sentence that goes on about the harbour and its many ferries until noon": (),
}


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_a_line_gives_its_tags(line: str, expected: tuple[str, ...]) -> None:
    assert read_tags(line) == expected


PROSE = "".join(
    f"<p>The harbour council met on {day} and voted to repair the {pier} pier before the winter storms arrive, said the mayor.</p>"
    for day, pier in (("Monday", "old"), ("Tuesday", "new"), ("Friday", "long"), ("Sunday", "short"))
)
SHOWN = {
    "a line with a label": "<p>Tags: <a href=/t/1>Ports, ships</a>, <a href=/t/2>Storms</a></p>",
    "a list with a class": "<div class=post-tags><a href=/t/1>Ports, ships</a> <a href=/t/2>Storms</a></div>",
}


@pytest.mark.parametrize("markup", SHOWN.values(), ids=SHOWN.keys())
def test_tags_of_a_removed_line_follow_the_declared_ones(markup: str) -> None:
    head = "<meta name=keywords content='storms, Oslo'>"
    found = extract_html(document(f"<article><h1>Piers</h1>{PROSE}{markup}</article>", head=head)).article
    assert found is not None
    assert found.tags == ("storms", "Oslo", "Ports, ships")
    assert "Ports" not in found.text


def test_a_cloud_of_tags_far_from_the_article_is_not_its_tags() -> None:
    rail = "".join(f"<li><a href=/{number}>What is on in town, part {number}</a></li>" for number in range(25))
    cloud = "<div class=tagcloud><a href=/t/9>Circus</a></div>"
    found = extract_html(document(f"<article><h1>Piers</h1>{PROSE}</article><aside>{rail}{cloud}</aside>")).article
    assert found is not None
    assert found.tags == ()


def test_tags_in_a_plain_text_are_kept() -> None:
    lines = [
        f"The harbour council met on {day} and voted to repair the pier before winter." for day in ("Monday", "Tuesday")
    ]
    found = extract_text("\n\n".join(["Piers", *lines, "Tags: ports, storms"]), built_in_rules()).article
    assert found is not None
    assert (found.tags, "Tags" in found.text) == (("ports", "storms"), False)


def test_what_an_embedded_post_says_of_itself_stays_an_embed() -> None:
    post = "<blockquote class=instagram-media><a href=https://www.instagram.com/p/1>A post shared by Low Tide (@lowtide)</a></blockquote>"
    first, rest = PROSE[: PROSE.index("</p>") + 4], PROSE[PROSE.index("</p>") + 4 :]
    found = extract_html(document(f"<article><h1>Piers</h1>{first}{post}{rest}</article>")).article
    assert found is not None
    assert [(block.text, block.source) for block in found.blocks if block.kind == "embed"] == [
        ("A post shared by Low Tide (@lowtide)", "https://www.instagram.com/p/1")
    ]


def test_an_embedded_post_outside_of_the_article_is_not_its_embed() -> None:
    post = "<blockquote class=instagram-media><a href=https://www.instagram.com/p/1>View this post on Instagram</a></blockquote>"
    found = extract_html(
        document(f"<article><h1>Piers</h1>{PROSE}</article><aside><ul><li><a href=/1>More</a></li></ul>{post}</aside>")
    )
    assert found.article is not None
    assert [block for block in found.article.blocks if block.kind == "embed"] == []
