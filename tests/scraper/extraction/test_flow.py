"""The last lines of a text stay, however short they are and however long the text is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from tests.support.pages import extract_html
from tests.support.scores import extract_by

WORDS = (
    "harbour council wall engineer winter water bridge street market ferry school budget town river stone summer boat "
    "night garden roof worker island station letter window teacher the of and to in that was for with they have not but "
    "what when there which their said will about other many then some her would make like into time has look two more"
).split()
ENDS = ("It was over by noon.", "Nobody answered.", "“We will be back,” she said.", "Amen.", "The vote is on Tuesday.")
HEAD = "<header><nav><ul><li><a href='/a'>World</a></li><li><a href='/b'>Sport</a></li></ul></nav></header>"
FOOT = "<footer><p>© 2026 The Daily Harbour. All rights reserved.</p><a href='/about'>About us</a></footer>"


def sentence(chance: random.Random, words: int) -> str:
    return f"{' '.join(chance.choice(WORDS) for _ in range(words)).capitalize()}."


def paragraphs_in_article(texts: Sequence[str]) -> str:
    return f"<article>{''.join(f'<p>{text}</p>' for text in texts)}</article>"


def line_breaks(texts: Sequence[str]) -> str:
    return f"<div class='text'>{'<br><br>'.join(texts)}</div>"


def list_article(texts: Sequence[str]) -> str:
    items = "".join(f"<h2>{number}. A wall and a boat</h2><p>{text}</p>" for number, text in enumerate(texts[:-1], 1))
    return f"<article>{items}<p>{texts[-1]}</p></article>"


LAYOUTS: dict[str, Callable[[Sequence[str]], str]] = {
    "paragraphs": paragraphs_in_article,
    "line breaks": line_breaks,
    "a list article": list_article,
}


@pytest.mark.parametrize("size", [5, 20, 60, 100])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_last_line_of_a_text_is_kept(layout: Callable[[Sequence[str]], str], size: int) -> None:
    chance = random.Random(size)
    for end in (*ENDS, *(sentence(chance, words) for words in (1, 4, 9, 20, 35))):
        texts = [*(" ".join(sentence(chance, 14) for _ in range(3)) for _ in range(size)), end]
        article = extract_html(
            f"<title>Wall and water</title>{HEAD}<h1>Wall and water</h1>{layout(texts)}{FOOT}"
        ).article
        assert article is not None
        assert article.text.endswith(end)


def test_a_heading_of_kept_text_is_kept_and_a_heading_of_links_is_not() -> None:
    chance = random.Random(2)
    text = [" ".join(sentence(chance, 14) for _ in range(3)) for _ in range(6)]
    links = "".join(f"<li><a href='/{n}'>Another story of the harbour and the town</a></li>" for n in range(5))
    page = (
        f"<title>Wall and water</title><h1>Wall and water</h1><article><p>{text[0]}</p><h3>Q: Ferries?</h3><p>{text[1]}</p>"
        f"<h2>Ships</h2><h3>2025</h3><p>{text[2]}</p><p>{text[3]}</p></article><h3>More to read</h3><ul>{links}</ul>"
    )
    article = extract_html(page).article
    assert article is not None
    assert [block.text for block in article.blocks if block.kind == "heading"] == ["Q: Ferries?", "Ships", "2025"]


FOREIGN = {
    "with a link": "<p><a href='/x'>Ferry fares rise again in March.</a></p>",
    "in another form": "<p class='promo'>Our app brings you the news of the harbour.</p>",
    "in italics": "<p><em>Ann Lee writes about harbours.</em></p>",
    "without an end": "<p>Harbour Street 5, Karsel</p>",
    "that a rule names": "<p>Sign up for our newsletter.</p>",
}


@pytest.mark.parametrize("line", FOREIGN.values(), ids=FOREIGN)
def test_a_line_below_the_text_gains_nothing_if_it_is(line: str) -> None:
    chance = random.Random(1)
    text = paragraphs_in_article([" ".join(sentence(chance, 14) for _ in range(3)) for _ in range(60)])
    page = f"<title>Wall and water</title>{HEAD}<h1>Wall and water</h1>{text.replace('</article>', f'{line}</article>')}{FOOT}"
    article = extract_by(lambda text: 0.2 if text in line else 0.95, page).article
    assert article is not None
    assert article.blocks[-1].text not in line


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        ("<div class='part wide' id='part-2'>", True),
        ("<div class='part'>", False),
        ("<section class='part wide'>", False),
    ],
)
def test_a_last_line_in_an_element_like_the_one_before_goes_on(opening: str, kept: bool) -> None:
    chance = random.Random(3)
    part = "".join(f"<p>{' '.join(sentence(chance, 14) for _ in range(3))}</p>" for _ in range(4))
    page = f"<title>Wall and water</title><main><div class='part wide' id='part-1'>{part}</div>{opening}<p>So it ends.</p></main>"
    article = extract_by(lambda text: 0.07 if text == "So it ends." else 0.95, page).article
    assert article is not None
    assert ("So it ends." in article.text) is kept


@pytest.mark.parametrize(
    ("heading", "line", "kept"),
    [
        ("<h2>Verdict</h2>", "<p>Buy it.</p>", True),
        ("<h2>The end</h2><h3>2025</h3>", "<p>Buy it.</p>", True),
        ("<h2>Verdict</h2>", "<p class='promo'>Buy it.</p>", False),
        ("<h2>Verdict</h2>", "<p><a href='/shop'>Buy it.</a></p>", False),
        ("<h2>Shop</h2>", "<p>Buy it.</p>", False),
    ],
    ids=["a heading", "two headings", "another form", "a link", "a heading that goes"],
)
def test_a_last_line_below_a_kept_heading_goes_on_from_the_text_above_it(heading: str, line: str, kept: bool) -> None:
    chance = random.Random(4)
    text = "".join(f"<p>{' '.join(sentence(chance, 14) for _ in range(3))}</p>" for _ in range(6))
    scores = {"Buy it.": 0.07, "Shop": 0.001}
    page = f"<title>Wall and water</title><article>{text}{heading}{line}</article>"
    article = extract_by(lambda text: scores.get(text, 0.95), page).article
    assert article is not None
    assert ("Buy it." in article.text) is kept
