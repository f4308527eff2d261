"""Joiners: kept where a word or an emoji needs them, dropped elsewhere; two spellings of a word are one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.blocks.phrases import normalise
from scraper.metadata.titles import clean_line
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.text.invisible import INVISIBLE
from scraper.text.words import fold
from tests.support.texts import match_rules


@pytest.mark.parametrize(
    "text",
    [
        "کتاب\u200cهای خانه",
        "نمی\u200cدانم",
        "ہے\u200cجو",
        "دەر\u200cچوون",
        "ක්\u200dරමය",
        "അവന്\u200d",
        "র\u200d্যাব",
        "क\u200d्ष",
        "👩\u200d🚒 aboard",
        "🏳️\u200d🌈",
        "👨🏽\u200d🌾",
        "❤️\u200d🔥",
    ],
    ids="Persian Persian Urdu Kurdish Sinhala Malayalam Bengali Hindi emoji flag colour heart".split(),
)
def test_a_joiner_that_spells_is_kept(text: str) -> None:
    assert INVISIBLE.sub("", text) == normalise(text) == clean_line(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Auf\u200clage", "Auflage"),
        ("при\u200dлив", "прилив"),
        ("潮\u200d風", "潮風"),
        ("tide\u200d\u200b", "tide"),
        ("\u200cمی", "می"),
        ("می\u200c\u200cرود", "می\u200cرود"),
        ("👩\u200d went", "👩 went"),
        ("wo\u00adrd\ufeff", "word"),
    ],
    ids=[
        "German", "Russian", "Japanese", "English", "before a word", "twice", "after an emoji alone", "no joiner",
    ],
)  # fmt: skip
def test_a_joiner_that_does_not_is_dropped(text: str, clean: str) -> None:
    assert INVISIBLE.sub("", text) == normalise(text) == clean_line(text) == clean


@given(st.text("aم\u200c\u200d\u200b\u00ad\ufe0f👩❤क"))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = INVISIBLE.sub("", text)
    assert INVISIBLE.sub("", once) == once


def test_words_are_compared_without_joiners() -> None:
    assert fold("می\u200cروند") == fold("میروند") != fold("می روند")


@pytest.mark.parametrize("pattern", ["^خبر\u200cنامه", "^خبرنامه"], ids=["with", "without"])
@pytest.mark.parametrize("text", ["خبر\u200cنامه ما", "خبرنامه ما"], ids=["with", "without"])
def test_a_rule_matches_both_spellings(pattern: str, text: str) -> None:
    rule = Rule("own", "text", "newsletter", pattern, "a line", (text,), ("خبر ما",), words=("خبرنامه",))
    assert match_rules(text, "paragraph", 0.0, RuleSet([rule]))
    assert not match_rules("خبر ما", "paragraph", 0.0, RuleSet([rule]))
