"""Captions beside the body: those of the article's pictures, also above the first paragraph and below the last."""

from __future__ import annotations

import pytest

from tests.support.pages import document, extract_html

TITLE = "The old ferry will sail again in spring"
BODY = (
    "The harbour master said on Monday that the ferry would sail again in the spring, after two years on the slip and "
    "three votes of the council, which at last agreed on a price.",
    "Passengers who used to cross the bay in twenty minutes have since taken the bus, which needs an hour and a half when "
    "the bridge is free, and longer when a ship passes through.",
)
TEXT = "".join(f"<p>{line}</p>" for line in BODY)


def picture(caption: str) -> str:
    return f'<figure><img src="/q.jpg" alt=""><figcaption>{caption}</figcaption></figure>'


def captions(markup: str) -> list[str]:
    article = extract_html(document(markup, title=TITLE)).article
    assert article is not None
    assert [block.text for block in article.body] == list(BODY)
    return [block.text for block in article.blocks if block.kind == "caption"]


LEAD, LAST = "The ferry at the quay of Westmark.", "In the evening it lies at the slip."
SHOWN = {
    "above the text": (f"<article><h1>{TITLE}</h1>{picture(LEAD)}{TEXT}</article>", [LEAD]),
    "below the text": (f"<article><h1>{TITLE}</h1>{TEXT}{picture(LAST)}</article>", [LAST]),
    "on both sides": (f"<article><h1>{TITLE}</h1>{picture(LEAD)}{TEXT}{picture(LAST)}</article>", [LEAD, LAST]),
    "in a box": (f"<article><h1>{TITLE}</h1>{TEXT}<div><div>{picture(LAST)}</div></div></article>", [LAST]),
    "with its credits": (
        f"<article><h1>{TITLE}</h1>{TEXT}<div><figure><figcaption>{LAST}</figcaption><p>Photo: Ann Lee</p></figure><p>Photo: Bo Ek</p></div></article>",
        [LAST, "Photo: Ann Lee", "Photo: Bo Ek"],
    ),
}
OTHERS = {
    "in a row of pictures": "<div class=row>{0}{0}{0}{0}</div>",
    "in a rail of the article's element": "<div><p>Most read</p>{0}</div>",
    "of a teaser": '<figure><img src="/q.jpg"><figcaption><a href="/x">{1}</a></figcaption></figure>',
    "a counter of pictures": "<figure><img src=/q.jpg><figcaption>3 / 12</figcaption></figure>",
}


@pytest.mark.parametrize(("markup", "found"), SHOWN.values(), ids=SHOWN.keys())
def test_a_caption_in_line_with_the_text_is_kept_beside_it(markup: str, found: list[str]) -> None:
    assert captions(markup) == found


@pytest.mark.parametrize("markup", OTHERS.values(), ids=OTHERS.keys())
def test_a_caption_of_another_picture_is_only_removed(markup: str) -> None:
    below = markup.format(picture(LAST), LAST)
    assert captions(f"<article><h1>{TITLE}</h1>{TEXT}{below}</article>") == []


def test_a_caption_of_a_rail_is_only_removed() -> None:
    rail = f"<div class=rail><p>Most read</p>{picture(LAST)}</div>"
    assert captions(f"<div><article><h1>{TITLE}</h1>{TEXT}</article>{rail}</div>") == []
