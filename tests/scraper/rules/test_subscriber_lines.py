"""Notices that only subscribers can read on go, in the page's language; sentences with the same words stay."""

from __future__ import annotations

import pytest

from tests.support.pages import document, extract_html

FIRST = "The council of the harbour town decided on Tuesday that the wall will be raised before the winter."
LAST = "The ferry will sail from the old quay until then, and its master says that the wind there is worse than the stairs."


def text_with(line: str, language: str) -> str:
    article = extract_html(
        document(f"<article><p>{FIRST}</p><p>{line}</p><p>{LAST}</p></article>", lang=language)
    ).article
    assert article is not None
    return article.text


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "Este contenido es exclusivo para suscriptores"),
        ("fr", "Contenu réservé aux abonnés."),
        ("it", "Articolo per soli abbonati"),
        ("de", "Jetzt weiterlesen mit Probeabo"),
        ("sv", "Artikeln är låst för prenumeranter."),
        ("da", "Denne artikel er forbeholdt abonnenter."),
        ("no", "Kun for abonnenter"),
        ("pl", "Treść dostępna tylko dla subskrybentów"),
        ("tr", "Devamını okumak için abone olun"),
        ("ru", "Чтобы прочитать статью, оформите подписку"),
        ("zh", "订阅后继续阅读"),
        ("ko", "구독자 전용 기사입니다"),
        ("ar", "المقال متاح للمشتركين فقط"),
        ("he", "כדי להמשיך לקרוא הצטרפו"),
        ("en", "Thanks for reading! Subscribe to get the next letter."),
        ("en", "Your browser does not support the audio element."),
        ("en", "Your browser does not support HTML5 video."),
        ("en", "(With inputs from agencies)"),
        ("en", "With inputs from PTI, ANI and Reuters"),
    ],
)
def test_a_notice_of_a_platform_or_a_paywall_goes(language: str, line: str) -> None:
    assert line not in text_with(line, language)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "El palco es exclusivo para suscriptores del teatro."),
        ("de", "Weiterlesen mit einer Lupe fiel ihm schwer."),
        ("sv", "Logen är bara för prenumeranter på teatern, säger vaktmästaren."),
        ("da", "Kun for abonnenter var salen åben den aften."),
        ("zh", "会员专享的座位空着。"),
        ("ko", "회원 전용 출입구는 닫혀 있었다."),
        ("en", "Thank you for reading the will aloud, she told the lawyer."),
        ("en", "With the input of forty farmers the plan was drawn up."),
        ("en", "With input from local residents"),
        ("en", "With input from NASA, the town drew up a plan."),
        ("en", "Your browser does not support cookies"),
        ("en", "Your browser does not support content blockers"),
        ("en", "Please enable JavaScript in Firefox, then open the page again."),
    ],
)
def test_a_sentence_with_the_words_of_such_a_notice_stays(language: str, line: str) -> None:
    assert line in text_with(line, language)
