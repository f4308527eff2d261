"""Galleries of other pictures and stories within an article's element."""

from __future__ import annotations

import pytest

from tests.support.scores import extract_by

TEXT = (
    "The bridge over the mill stream will be closed from Monday, the council said, since two of its beams have rotted."
)
SLIDES = ("A heron on the weir", "The new tram on its first day", "Snow in the lower town")


def kept(html: str) -> str:
    article = extract_by(lambda text: 0.95, f"<title>Bridge to be closed</title><article>{html}</article>").article
    return article.text if article else ""


def gallery(name: str, counter: str) -> str:
    slides = "".join(
        f"<div><h3>{counter.format(number)} {text}</h3><p>{text} was seen by many people.</p></div>"
        for number, text in enumerate(SLIDES, start=1)
    )
    return f'<div class="{name}"><h2>The week in pictures</h2>{slides}</div>'


@pytest.mark.parametrize(
    ("name", "counter", "is_kept"),
    [
        ("photo-gallery", "{}/3", False),
        ("c-slideshow", "{} of 3:", False),
        ("Bildergalerie", "{} von 3", False),
        ("story-part", "{}/3", True),
        ("photo-gallery", "", True),
    ],
)
def test_counted_slides_of_a_gallery_are_not_the_article(name: str, counter: str, is_kept: bool) -> None:
    text = kept(f"<p>{TEXT}</p>" * 2 + f"<p>{TEXT} So it is.</p>" * 3 + gallery(name, counter))
    assert TEXT in text
    assert [slide in text for slide in (*SLIDES, "The week in pictures")] == [is_kept] * 4


def test_a_gallery_that_is_the_article_stays() -> None:
    assert all(slide in kept(f"<p>In pictures.</p>{gallery('gallery', '{}/3')}") for slide in SLIDES)


def test_a_slide_that_looks_like_text_goes_by_the_gallery_it_is_in() -> None:
    html = f"<title>Bridge</title><article>{f'<p>{TEXT} So it is.</p>' * 5}{gallery('slideshow', '{}/3')}</article>"
    found = extract_by(lambda text: 0.95, html)
    assert {removal.rule_id for removal in found.removals if SLIDES[0] in removal.text} == {"gallery"}
