"""The language of a text, by its function words and letters."""

from __future__ import annotations

import pytest

from scraper.text.languages import MAX_READ_CHARS, TABLE, language_of
from tests.scraper.rules.sentence_sets import paragraphs, sentences

NEAR = {"da": {"da", "no"}, "no": {"no", "da"}}
NAMES = "Lorca Quill Varga Brandl Keller Moll Reich Lind Sousa Reyes Hale Wong Field Lee"


@pytest.mark.parametrize("language", sorted({one.language for one in sentences()}))
def test_running_text_is_known_by_its_language(language: str) -> None:
    assert language_of(paragraphs(language)) in NEAR.get(language, {language})


@pytest.mark.parametrize("text", ["", "Reuters, 3.2.2026", "Newsletter", NAMES])
def test_a_text_without_function_words_has_no_language(text: str) -> None:
    assert language_of([text]) == ""


def test_only_the_start_of_a_long_text_is_read() -> None:
    german = "Die Schule im Tal hat ihren Garten verkauft, weil die Heizung im Winter nicht mehr läuft. "
    english = "The council of the town decided on Tuesday that the wall will be raised before the winter. "
    assert language_of([german * (MAX_READ_CHARS // len(german) + 1), english * 1000]) == "de"


def test_no_function_word_stands_twice_in_a_language() -> None:
    for language, words in TABLE["words"].items():
        assert len(words.split()) == len(set(words.split())), language
