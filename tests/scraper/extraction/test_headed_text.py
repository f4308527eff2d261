"""Headings with the words of a rule: names of a part of an article stay, labels and calls go."""

from __future__ import annotations

import pytest

from tests.support.pages import document, extract_html

TEXT = "The harbour has lived from ropes since 1810, and the last of its four rope walks closed in the spring of 1974."
FACTS = "<table><tr><th>Year</th><th>Income of the paper</th></tr><tr><td>2019</td><td>4,100 crowns a month</td></tr>\
<tr><td>2020</td><td>3,050 crowns a month</td></tr></table>"
ITEMS = "<ul><li>Printed notices fell by a third between 2019 and 2023.</li><li>Others rose by a tenth in that time.</li></ul>"
TEXTS = {
    "de": "Der Hafen lebte seit 1810 vom Seil, und die letzte seiner vier Reeperbahnen schloss im Frühjahr 1974 für immer.",
    "fr": "Le port vivait de la corde depuis 1810, et la dernière de ses quatre corderies a fermé au printemps de 1974.",
    "es": "El puerto vivía de la cuerda desde 1810, y la última de las cuatro cordelerías cerró en la primavera de 1974.",
    "pl": "Port żył z lin od 1810 roku, a ostatnia z czterech powroźniczych hal została zamknięta wiosną 1974 roku.",
    "ja": "港は一八一〇年から縄で暮らしを立て、四つあった縄工場の最後の一つは一九七四年の春に閉じた。"
    "建物は今も残り、町の人はそこで市を開く。縄の匂いは雨の日にだけ戻ってくると老人たちは話している。",
}


def headings(inside: str, *, lang: str = "en", text: str = TEXT) -> list[str]:
    """The headings in the text of an article with these elements between its paragraphs."""
    body = f"<h1>Ropes of the harbour</h1><p>{text}{text}</p>{inside}<p>{text} {text}</p>"
    article = extract_html(document(f"<article>{body}</article>", title="Ropes of the harbour", lang=lang)).article
    assert article is not None
    return [block.text for block in article.body if block.kind == "heading"]


@pytest.mark.parametrize(
    ("heading", "below"),
    [
        ("Newsletter", f"<p>{TEXT}</p>"),
        ("Newsletter", f"<p>The letter has 4,000 readers.</p><p>{TEXT}</p>"),
        ("Advertising", FACTS),
        ("Advertising", ITEMS),
        ("Most read", f"<p>{TEXT}</p>"),
    ],
    ids=["text", "a short and a long paragraph", "a table", "a list", "two words"],
)
def test_a_heading_stays_above_text_of_the_article(heading: str, below: str) -> None:
    assert heading in headings(f"<h2>{heading}</h2>{below}<h2>Tar</h2>")


@pytest.mark.parametrize(
    ("lang", "heading"),
    [("de", "Kommentare"), ("fr", "Publicité"), ("es", "Comentarios"), ("pl", "Reklama"), ("ja", "広告")],
)
def test_a_heading_stays_in_other_languages(lang: str, heading: str) -> None:
    assert heading in headings(f"<h2>{heading}</h2><p>{TEXTS[lang]}</p>", lang=lang, text=TEXTS[lang])


@pytest.mark.parametrize(
    ("heading", "below"),
    [
        (
            "Newsletter",
            "<p>The news of the harbour in one letter, written for you each Friday by the people who rope.</p>",
        ),
        ("Sign up for our newsletter", f"<p>{TEXT}</p>"),
        ("Join the newsletter!", f"<p>{TEXT}</p>"),
        ("By Nora Field", f"<p>{TEXT}</p>"),
        ("Advertisement", f"<p>{TEXT}</p><h2>Advertisement</h2><p>{TEXT}</p>"),
        ("Newsletter", f"<div><div><p>{TEXT}</p></div></div>"),
        ("Newsletter", f"<p><a href='/a'>{TEXT}</a></p>"),
        ("Newsletter", "<p>Four ropes.</p>"),
        ("Newsletter", f"<p>Four ropes and a bucket</p><p>{TEXT}</p>"),
        ("Newsletter", f"<p>Sign up for the newsletter.</p><p>{TEXT}</p>"),
        ("Newsletter", f"<p class='advertisement'>{TEXT}</p>"),
        ("Newsletter", f"<p style='display:none'>{TEXT}</p>"),
        ("<a href='/letter'>Newsletter</a>", f"<p>{TEXT}</p>"),
    ],
    ids=[
        "it speaks to the reader",
        "too long",
        "a call",
        "a byline",
        "a label",
        "in another element",
        "a link",
        "too little",
        "above a slogan",
        "above a pitch",
        "above an advertisement",
        "above hidden text",
        "itself a link",
    ],
)
def test_a_label_or_a_call_goes(heading: str, below: str) -> None:
    assert headings(f"<h2>{heading}</h2>{below}<h2>Tar</h2>") == ["Tar"]
