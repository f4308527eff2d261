"""Standfirsts: found by names, description and place; kept beside the body, in the text unless they repeat its beginning."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.beside import kind_beside
from scraper.extraction.multipage import join
from scraper.extraction.page_read import read_page
from scraper.extraction.standfirst import find_standfirsts
from scraper.rules.loader import built_in_rules
from scraper.types import UNKNOWN_TIME, Article, Block, Removal
from tests.support.pages import URL, document, extract_html

TITLE = "The old ferry will sail again in spring"
LINE = "Two years on the slip end in April, and the town pays for a new engine."
BODY = (
    "The harbour master said on Monday that the ferry would sail again in the spring, after two years on the slip and "
    "three votes of the council, which at last agreed on a price.",
    "Passengers who used to cross the bay in twenty minutes have since taken the bus, which needs an hour and a half when "
    "the bridge is free, and longer when a ship passes through.",
)
TEXT = "".join(f"<p>{line}</p>" for line in BODY)


def extracted(head: str, *, meta: str = "", body: str = TEXT) -> Article:
    """The article of a page with this markup between its title and its text."""
    page = f"<nav>X</nav><article><header><h1>{TITLE}</h1>{head}</header><div>{body}</div></article>"
    article = extract_html(document(page, head=meta, title=TITLE)).article
    assert article is not None
    return article


def standfirsts(article: Article) -> list[str]:
    return [block.text for block in article.blocks if block.kind == "standfirst"]


NAMED = {
    "its own class": f'<p class="dek">{LINE}</p>',
    "a class with a word for it": f'<div class="styles_articleDek__Icz5H">{LINE}</div>',
    "run together": f'<p class="newssubtitle">{LINE}</p>',
    "a heading": f'<h2 class="subheadline">{LINE}</h2>',
    "the element around it": f'<div class="vorspann"><p>{LINE}</p></div>',
    "of two words": f'<div><p class="article-sub-headline">{LINE}</p></div>',
    "of a heading above other headings": f'<div><h2 class="deck">{LINE}</h2><p class="share"><a href="/s">Share</a></p></div>',
    "in French": f'<p class="chapo">{LINE}</p>',
    "in Italian": f'<div class="sottotitolo">{LINE}</div>',
    "in Swedish": f'<div class="ingress"><p>{LINE}</p></div>',
}
NOT_NAMED = {
    "another word of a submarine": f'<div><div class="sub-marine">{LINE}</div></div>',
    "a name within another word": f'<div><p class="sidekick">{LINE}</p></div>',
    "of the author": f'<div class="author-summary">{LINE}</div>',
    "too short": '<p class="dek">3 min read</p>',
    "mostly link": f'<p class="dek"><a href="/x">{LINE}</a></p>',
    "a list": f'<ul class="summary"><li>{LINE}</li></ul>',
}


@pytest.mark.parametrize("markup", NAMED.values(), ids=NAMED.keys())
def test_a_named_element_between_title_and_text_is_the_standfirst(markup: str) -> None:
    article = extracted(markup)
    assert standfirsts(article) == [LINE]
    assert article.text.split("\n\n") == [LINE, *BODY]
    assert [block.text for block in article.body] == list(BODY)


@pytest.mark.parametrize("markup", NOT_NAMED.values(), ids=NOT_NAMED.keys())
def test_an_element_with_a_similar_name_is_none(markup: str) -> None:
    assert standfirsts(extracted(markup)) == []


def test_the_description_above_the_text_is_the_standfirst() -> None:
    meta = f'<meta name="description" content="{LINE}">'
    assert standfirsts(extracted(f"<div><span>{LINE}</span></div>", meta=meta)) == [LINE]


def test_a_heading_right_below_the_title_is_the_standfirst_and_a_later_one_is_a_heading() -> None:
    page = f"<nav>X</nav><article><h1>{TITLE}</h1>{{}}<h2>{LINE}</h2>{TEXT}</article>"
    above, below = (
        extract_html(document(page.format(between), title=TITLE)).article for between in ("", f"<p>{BODY[1]}</p>")
    )
    assert above
    assert below
    assert (standfirsts(above), standfirsts(below)) == ([LINE], [])
    assert LINE in [block.text for block in below.body]


def test_a_line_in_the_element_of_the_title_is_the_standfirst_if_it_is_a_sentence_or_a_heading() -> None:
    label = "Two winters on the slip, in eleven pictures"
    for markup, found in (
        (f"<p>{LINE}</p>", [LINE]),
        (f"<h3>{label}</h3>", [label]),
        (f"<p>{label}</p>", []),
        (f'<h3 class="news-byline">{label}</h3>', []),
        (f'<p class="author">{LINE}</p>', []),
        (f"<div><p>{LINE}</p></div>", []),
        (f"<p>7 min</p><p>{LINE}</p>", []),
    ):
        assert (markup, standfirsts(extracted(markup))) == (markup, found)


@pytest.mark.parametrize(
    ("markup", "score", "found"),
    [
        (f"<header><h1>{TITLE}</h1><h2>{LINE}</h2></header>", 0.1, True),
        (f"<h1>{TITLE}</h1><div><h2>{LINE}</h2></div>", 0.9, True),
        (f"<h1>{TITLE}</h1><div><h2>{LINE}</h2></div>", 0.1, False),
    ],
    ids=["in the title's element", "the scorer takes it for text", "neither"],
)
def test_a_heading_below_the_title_needs_its_element_or_a_high_score(markup: str, score: float, found: bool) -> None:
    scores = dict.fromkeys(BODY, 0.9) | {LINE: score}
    assert (LINE in found_by_scores(f"<article>{markup}<div>{TEXT}</div></article>", scores)) is found


def test_a_heading_alone_is_no_text_below_a_standfirst() -> None:
    head = f'<h1>{TITLE}</h1><p class="dek">{LINE}</p>'
    assert found_by_scores(f"<article>{head}<h2>The slip</h2></article>", {LINE: 0.9, "The slip": 0.9}) == []
    assert found_by_scores(f"<article>{head}<p>The slip</p></article>", {LINE: 0.9, "The slip": 0.9}) == [LINE]


def found_by_scores(markup: str, scores: dict[str, float]) -> list[str]:
    """The standfirsts of a page whose blocks have these scores; others have a low one."""
    tree = LexborHTMLParser(document(f"<nav>X</nav>{markup}", title=TITLE))
    read = read_page(tree, built_in_rules(), url=URL, fetched_at=UNKNOWN_TIME)
    found = find_standfirsts(read, [scores.get(block.text, 0.1) for block in read.blocks.blocks])
    return [block.text for block in read.blocks.blocks if block.position in found]


def test_a_first_paragraph_in_the_element_of_the_title_stays_a_paragraph() -> None:
    page = f"<nav>X</nav><article><h1>{TITLE}</h1><p>{LINE}</p>{TEXT}</article>"
    article = extract_html(document(page, title=TITLE)).article
    assert article
    assert (standfirsts(article), article.text.split("\n\n")) == ([], [LINE, *BODY])
    short = {LINE: 0.9, "It sails at nine.": 0.9}
    assert found_by_scores(f"<article><h1>{TITLE}</h1><p>{LINE}</p><p>It sails at nine.</p></article>", short) == []
    assert found_by_scores(
        f"<article><div><h1>{TITLE}</h1><p>{LINE}</p></div><p>It sails at nine.</p></article>", short
    ) == [LINE]


def test_a_first_paragraph_that_is_the_description_stays_a_paragraph() -> None:
    meta = f'<meta name="description" content="{BODY[0]}">'
    article = extracted("", meta=meta)
    assert (standfirsts(article), article.text.split("\n\n")) == ([], list(BODY))


def test_a_block_behind_the_first_paragraph_is_no_standfirst() -> None:
    assert standfirsts(extracted("", body=f'<p>{BODY[0]}</p><p class="dek">{LINE}</p><p>{BODY[1]}</p>')) == []


def test_a_standfirst_shown_twice_is_kept_once() -> None:
    twice = f'<p class="dek">{LINE}</p><p class="dek mobile">{LINE}</p>'
    assert extracted(twice).text.split("\n\n") == [LINE, *BODY]


@pytest.mark.parametrize(
    ("line", "repeats"),
    [
        (BODY[0], True),
        (BODY[0][:70], True),
        (BODY[0][:68] + "…", True),
        (f"{BODY[0]} {BODY[1][:39]}", True),
        (BODY[0][:70] + " elsewhere", False),
        (BODY[1][:70], False),
    ],
    ids=[
        "whole",
        "its beginning",
        "cut in a word",
        "longer than the paragraph",
        "goes on differently",
        "of the second",
    ],
)
def test_a_standfirst_is_in_the_text_unless_it_repeats_the_beginning(line: str, repeats: bool) -> None:
    article = extracted(f'<p class="dek">{line}</p>')
    assert standfirsts(article) == [line]
    assert article.text.split("\n\n") == ([*BODY] if repeats else [line, *BODY])
    assert article.text_of(article.default_kinds | {"standfirst"}).split("\n\n") == [line, *BODY]


def test_the_beginning_is_compared_by_characters_in_scripts_without_spaces() -> None:
    blocks = (
        Block("standfirst", "港の古い渡し船が春に"),
        Block("paragraph", "港の古い渡し船が春に再び出港する、と港長は述べた。"),
    )
    article = extracted("")
    assert "春に\n" not in Article(**_fields(article) | {"blocks": blocks}).text


def _fields(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in Article.__slots__}


def test_a_text_of_unknown_kinds_is_refused_and_one_of_no_kinds_is_empty() -> None:
    article = extracted("")
    with pytest.raises(ValueError, match=r"pictures, tabel; the kinds are .*caption.*title"):
        article.text_of({"tabel", "pictures", "table"})
    assert article.text_of(()) == ""
    assert article.text_of(["title"]) == TITLE


@pytest.mark.parametrize("name", ["dek", ""], ids=["named", "below the title"])
def test_a_line_without_a_text_below_it_is_the_text(name: str) -> None:
    line = f"{BODY[0]} {LINE}"
    page = f'<nav>X</nav><article><h1>{TITLE}</h1><p class="{name}">{line}</p></article>'
    article = extract_html(document(page, title=TITLE)).article
    assert article
    assert (standfirsts(article), article.text) == ([], line)


def test_a_page_with_a_standfirst_alone_is_short() -> None:
    found = extract_html(document(f'<header><h1>{TITLE}</h1><p class="dek">{LINE}</p></header>', title=TITLE))
    assert (found.text, found.quality.verdict) == (LINE, "short")


# --- notes


def test_a_note_on_two_pages_of_an_article_is_kept_once_and_removed_twice() -> None:
    note = "If you buy something through links on our site, we may earn a commission."
    pages = [
        extract_html(
            document(f"<article><h1>{TITLE}</h1><p>{line}</p><p>{note}</p><p>{line[::-1]}</p></article>", title=TITLE)
        )
        for line in BODY
    ]
    joined = join(pages)
    assert joined.article is not None
    assert [block.text for block in joined.article.blocks if block.kind == "note"] == [note]
    assert [row.rule_id for row in joined.removals if row.text == note] == [pages[0].removals[-1].rule_id] * 2


def removal(kind: str, text: str) -> Removal:
    return Removal("x", "text", kind, 7, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gone", "kind"),
    [
        (removal("author-box", "Mara Lind reports on the port."), "note"),
        (removal("author-box", "Mara Lind reports on a port."), None),
        (removal("author-box", "Mara Lind, senior reporter, ports and ferries"), None),
        (removal("affiliate", "We may earn a commission from these links."), "note"),
        (removal("promo", "Read on in our app, wherever you are."), None),
        (removal("caption", "The quay"), "caption"),
    ],
    ids=["30 characters", "29 characters", "no sentence", "a disclosure", "another kind", "a caption of any length"],
)
def test_a_removal_is_a_note_beside_the_body_if_it_is_a_sentence_on_the_author_or_the_article(
    gone: Removal, kind: str | None
) -> None:
    assert len("Mara Lind reports on the port.") == 30
    assert kind_beside(gone) == kind
