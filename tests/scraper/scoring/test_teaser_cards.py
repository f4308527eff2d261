"""Teaser cards after an article, recognised by their group where neither names nor words give them away."""

from __future__ import annotations

import pytest

from scraper.types import Extraction
from tests.support.scores import extract_by

URL = "https://fen.example/town-buys-cinema"
BODY = (
    "Four hundred people in Upper Fen have bought the cinema that was to become flats. Each of them put in fifty pounds.",
    "The Regal opened in 1931 and last showed a film in November. Its screen has a tear in the left corner, in the shape of a duck.",
    "\u201cWe will not mend the duck,\u201d said the chair of the new society, and the meeting applauded for a long time.",
    "The first film is in May.",
)
TEASERS = {
    "Council to vote on the night bus": "The last bus could leave at midnight from next year.",
    "A lighthouse for sale, slightly used": "The keeper\u2019s daughter hopes for a buyer who likes wind.",
    "School fund had already been cut": "Papers show that the money had been promised to others.",
    "Storm warning for the whole coast": "Gusts of up to seventy miles an hour are expected on Friday.",
    "Bakers on strike over flour": "Twelve shops stayed shut on Tuesday and more will follow.",
}
CARD = "<div><a href='/y{number}'>{headline}</a><span>{number} hours ago</span><p>{teaser}</p></div>"
ENTRY = "<div><h3><a href='https://museum{number}.example'>{headline}</a></h3><p>{teaser}</p></div>"


def body_of(card: str, *, before: str = "", after: str = "") -> list[str]:
    """Texts of the body of a page with cards between `before` and `after`."""
    article = extract_page(card, before, after).article
    assert article is not None
    return [block.text for block in article.body]


def extract_page(card: str, before: str, after: str) -> Extraction:
    cards = "".join(
        card.format(number=number, headline=line, teaser=text)
        for number, (line, text) in enumerate(TEASERS.items(), start=2)
    )
    html = f"<html lang=en><title>Town buys its own cinema</title><body><div><div><h1>Town buys its own cinema</h1>{before}</div>{cards}{after}</div></body></html>"
    return extract_by(
        lambda text: 0.95 if text in (*BODY, *TEASERS.values()) or text.startswith("Five") else 0.1, html, url=URL
    )


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


@pytest.mark.parametrize(
    "card",
    [CARD, CARD.replace("div", "section"), CARD.replace("<span>{number} hours ago</span>", "<span>{number}:15</span>")],
)
def test_teaser_cards_with_neutral_names_after_an_article_are_not_its_text(card: str) -> None:
    assert body_of(card, before=paragraphs(BODY)) == list(BODY)


def test_a_block_removed_from_cards_has_the_cards_reason() -> None:
    found = extract_page(CARD, paragraphs(BODY), "")
    assert ("cards", "related") in {(removal.rule_id, removal.kind) for removal in (*found.removals, *found.chrome)}


def test_linked_entries_of_a_guide_are_its_text() -> None:
    assert set(TEASERS.values()) <= set(body_of(ENTRY, before=paragraphs(BODY)))


def test_cards_inside_an_article_are_kept() -> None:
    kept = body_of(CARD, before=paragraphs(BODY[:2]), after=paragraphs((*BODY[2:], BODY[0].replace("Four", "Five"))))
    assert set(TEASERS.values()) <= set(kept)
    assert {BODY[2], BODY[3]} <= set(kept)


def test_cards_on_a_page_without_an_article_are_kept() -> None:
    assert set(TEASERS.values()) <= set(body_of(CARD, before=paragraphs(BODY[3:])))


@pytest.mark.parametrize(
    ("address", "is_teaser"),
    [
        ("https://fen.example/y{number}", True),
        ("?u=http://other.example/{number}", True),
        ("https://other.example/{number}", False),
        ("mailto:desk{number}@fen.example", False),
        ("https://[y{number}", False),
    ],
)
def test_cards_are_teasers_if_their_headlines_lead_to_pages_of_the_site(address: str, is_teaser: bool) -> None:
    card = CARD.replace("/y{number}", address)
    assert (body_of(card, before=paragraphs(BODY)) == list(BODY)) is is_teaser
