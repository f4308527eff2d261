"""The guard of all text rules: sentences with the words of boilerplate stay, lines of boilerplate go."""

from __future__ import annotations

import pytest

from scraper.errors import RuleError
from scraper.extraction.rule_check import first_runaway
from scraper.rules.loader import built_in_rules, parse_rules
from scraper.rules.matching import match_page
from scraper.rules.model import LANGUAGES, RULE_KINDS
from scraper.rules.sentences import MIN_WEIGHTS, SIGNS, Sign, is_sentence, page_languages
from scraper.rules.text_index import MAX_MATCHED_CHARS
from tests.scraper.rules.sentence_sets import FORMS, left_lines, lines, lost_sentences, sentences
from tests.support.pages import document, extract_html
from tests.support.scores import extract_by
from tests.support.texts import Line

MAX_LOST_SHARE = 0.01
RULES = built_in_rules()
ENGLISH = "The council of the harbour town decided on Tuesday that the wall will be raised before the winter."
GERMAN = "Die Schule im Tal hat ihren Garten verkauft, weil die Heizung vor dem Winter erneuert werden muss."
FERRY = "The ferry will sail from the old quay until then, and its master says that the wind there is worse than the stairs."


def test_the_sets_are_large_and_serve_every_language_of_the_rules() -> None:
    assert len(sentences()) >= 600
    assert len(lines()) >= 200
    assert {one.language for one in sentences()} | {"bg"} == LANGUAGES


def test_at_most_one_sentence_in_a_hundred_is_lost_in_any_form() -> None:
    lost = lost_sentences()
    for form in FORMS:
        total = sum(one.form == form for one in sentences())
        for place in ("page", "text"):
            count = sum((one.form, where) == (form, place) for one, where, _ in lost)
            assert count <= MAX_LOST_SHARE * total, (form, place)


def test_every_line_of_boilerplate_goes() -> None:
    assert left_lines() == []


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.id)
def test_a_sign_is_found_in_its_hits_and_not_in_its_near_misses(sign: Sign) -> None:
    assert sign.hit
    assert sign.miss
    assert [text for text in sign.hit if not sign.pattern.search(text)] == []
    assert [text for text in sign.miss if sign.pattern.search(text)] == []


def test_no_sign_backtracks_without_end() -> None:
    rows = [(sign.pattern.pattern, (*sign.hit, *sign.miss), MAX_MATCHED_CHARS) for sign in SIGNS]
    assert first_runaway(rows) is None


def test_the_signs_and_rules_name_known_languages_and_every_kind_has_a_weight() -> None:
    assert {language for sign in SIGNS for language in sign.languages} == LANGUAGES
    assert {language for rule in RULES.rules for language in rule.languages} == LANGUAGES
    assert set(MIN_WEIGHTS) == set(RULE_KINDS)


def newsletter_rule(**changes: str) -> str:
    keys = {
        "id": '"newsletter.test"',
        "stage": '"text"',
        "kind": '"newsletter"',
        "words": '["newsletter"]',
        "pattern": "'newsletter'",
        "why": '"a pitch"',
        "hit": '["Our newsletter"]',
        "miss": '["A letter"]',
    }
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in (keys | changes).items())


@pytest.mark.parametrize(
    ("text", "link_share", "wanted"),
    [
        ("The newsletter was closed in May, the editor said.", 0.0, True),
        ("The newsletter was closed in May, the editor said.", 0.5, False),  # a link to the newsletter
        ("The newsletter was closed in May, the editor said", 0.0, False),  # a headline
        ("“Our newsletter” is all that the button says", 0.0, True),
        ("Our newsletter brings you the week.", 0.0, False),
        ("The newsletter was closed. Please write to us if you miss it.", 0.0, False),  # it speaks to the reader
    ],
)
def test_signs_count_in_a_sentence_that_goes_on_without_links(text: str, link_share: float, wanted: bool) -> None:
    rule = parse_rules(newsletter_rule(languages='["en"]'), origin="t")[0]
    assert is_sentence(text, rule, link_share=link_share) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("All rights reserved to the clan pass to its heir.", True),
        ("All rights reserved to the clan of the north.", True),
        ("All rights reserved to the northern clan.", False),
        ("All rights reserved. The clan of the north has no heir.", False),
        ("All rights reserved, copyright of the clan and its heir.", False),
        ("All rights reserved to the clan pass to our heir.", False),
        ("All rights reserved to the clan pass to its heir", False),
    ],
    ids=[
        "a statement",
        "six words behind",
        "five",
        "a stop after the phrase",
        "a sign against",
        "it addresses",
        "no stop",
    ],
)
def test_many_words_behind_the_phrase_make_a_statement_without_any_verb_known(text: str, wanted: bool) -> None:
    """The row of `legal.rights.` says six words."""
    rule = next(rule for rule in RULES.rules if rule.id == "legal.rights.en")
    assert is_sentence(text, rule, link_share=0.0, languages={"en"}) is wanted


def test_a_quoted_name_does_not_make_a_sentence_of_a_pitch() -> None:
    rule = parse_rules(newsletter_rule(words='["sign"]', pattern="'sign up for .low'"), origin="t")[0]
    assert not is_sentence("Sign up for “Low Tide”", rule, link_share=0.0)
    assert is_sentence("“Sign up for Low Tide” is the shortest of all", rule, link_share=0.0)


def test_a_rule_for_a_site_is_not_guarded() -> None:
    rule = parse_rules(newsletter_rule(languages='["en"]', hosts='["news.example"]'), origin="t")[0]
    assert not is_sentence("The newsletter was closed in May, the editor said.", rule, link_share=0.0)


def test_a_rule_names_languages_that_rules_know() -> None:
    with pytest.raises(RuleError, match="languages names 'xx'"):
        parse_rules(newsletter_rule(languages='["xx"]'), origin="t")


def test_the_languages_of_a_page_are_the_declared_one_and_that_of_its_text() -> None:
    assert page_languages("en-GB", [GERMAN]) == {"en", "de"}
    assert page_languages("", [ENGLISH]) == {"en"}
    assert page_languages("nb", []) == {"no", "da"}
    assert page_languages("ca", []) == frozenset()


@pytest.mark.parametrize(
    ("running", "matched"),
    [(ENGLISH, False), (GERMAN, True), ("", True)],
    ids=["another language", "its language", "an unknown language"],
)
def test_a_rule_applies_to_pages_of_its_language(running: str, matched: bool) -> None:
    found = match_page([Line(running, "paragraph"), Line("Auch lesenswert", "paragraph")], RULES)
    assert bool(found[1]) is matched


def test_english_rules_apply_to_pages_of_every_language() -> None:
    assert match_page([Line(GERMAN, "paragraph"), Line("Sign up for our newsletter", "paragraph")], RULES)[1]


def test_a_line_of_boilerplate_does_not_tell_the_language() -> None:
    pitch = "Abonnieren Sie unseren Newsletter, und erhalten Sie das Wichtigste der Woche in Ihr Postfach."
    assert all(match_page([Line(pitch, "paragraph"), Line("Lees ook", "paragraph")], RULES))


def section(heading: str, below: str) -> str:
    inside = f"<h1>The press</h1><p>{ENGLISH * 3}</p><h2>{heading}</h2>{below}<p>{ENGLISH * 2}Later.</p>"
    return document(f"<article>{inside}</article>", title="The press", lang="en")


@pytest.mark.parametrize("heading", ["Newsletter", "Advertising", "Comments"])
@pytest.mark.parametrize(
    ("below", "kept"),
    [(f"<p>{ENGLISH}</p>", True), ("<p>Sign up for our weekly newsletter.</p>", False)],
    ids=["text", "a pitch"],
)
def test_a_heading_with_the_words_of_a_rule_stays_above_running_text(heading: str, below: str, kept: bool) -> None:
    article = extract_by(lambda text: 0.9, section(heading, below)).article
    assert article is not None
    assert (heading in [block.text for block in article.body]) is kept


def test_a_list_of_settings_and_the_rows_of_a_table_are_no_tags_and_ads() -> None:
    code = "<pre><code>---\ntags:\n- Boats/Open\nzone: north\n---</code></pre>"
    rows = "<tr><th>Source</th><th>Share</th></tr><tr><td>Advertising</td><td>61</td></tr><tr><td>Sales</td><td>39</td></tr>"
    article = extract_html(section("Money", f"<p>{ENGLISH}</p>{code}<table>{rows}</table>")).article
    assert article is not None
    assert "zone: north" in article.text
    assert "Advertising" in article.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Share the dough between four tins."),
        ("de", "Teilen Sie den Teig in vier Stücke."),
        ("nl", "Bewaar de saus in de koelkast."),
        ("fr", "Imprimer le patron à taille réelle."),
        ("es", "Guardar en un recipiente hermético hasta el día siguiente."),
        ("it", "Stampa il modello a grandezza naturale."),
        ("pt", "Compartilhe a massa em quatro formas."),
        ("sv", "Dela på mitten."),
        ("tr", "Paketin üstündeki adımları takip edin."),
    ],
)
def test_a_step_of_a_recipe_or_manual_is_no_share_button(language: str, text: str) -> None:
    found = extract_html(document(f"<article><p>{ENGLISH}</p><p>{text}</p><p>{FERRY}</p></article>", lang=language))
    assert found.article is not None
    assert text in found.article.text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Share this story with your friends."),
        ("en", "Share the cost"),
        ("de", "Teilen Sie diesen Artikel."),
        ("nl", "Deel dit artikel."),
        ("fr", "Partager sur les réseaux."),
        ("es", "Compartir con tus amigos."),
        ("it", "Condividi questo articolo."),
        ("pt", "Compartilhe esta notícia."),
        ("sv", "Dela artikeln."),
        ("tr", "Bizi Instagram'da takip edin."),
        ("en", "Share it now."),
        ("en", "Share it today."),
        ("en", "Share with everyone."),
        ("de", "Teilen Sie die Meldung."),
        ("de", "Teilen Sie es jetzt."),
        ("nl", "Deel het nu."),
        ("fr", "Partagez la nouvelle."),
        ("es", "Compartir en todas partes."),
        ("es", "Comparte la información."),
        ("pt", "Compartilhe a informação."),
        ("ru", "Поделитесь с близкими."),
        ("tr", "Hemen abone olun"),
        ("tr", "Ücretsiz abone olun"),
        ("tr", "Beni takip edin"),
        ("tr", "Canlı yayını takip edin"),
        ("tr", "Yayınlarımızı takip edin"),
        ("tr", "Sosyal medyadan takip edin"),
        ("tr", "Linkedin'den takip edin"),
        ("tr", "Podcast'imizi takip edin"),
        ("tr", "Dergimize abone ol"),
        ("tr", "Uygulamamızı takip edin"),
        ("sv", "Prenumerera på nyhetsbrevet, innehåller de viktigaste nyheterna."),
        ("da", "Tilmeld dig vores nyhedsbrev, udkommer hvert kvartal."),
        ("da", "Tilmeld dig nyhedsbrevet, ofte de bedste tilbud."),
    ],
)
def test_a_line_to_share_or_subscribe_goes(language: str, text: str) -> None:
    found = extract_html(document(f"<article><p>{ENGLISH}</p><p>{text}</p><p>{FERRY}</p></article>", lang=language))
    assert found.article is not None
    assert text not in found.article.text
