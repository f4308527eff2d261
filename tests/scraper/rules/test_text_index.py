"""The index of text rules finds for all lines of a page what a comparison of each line with each rule finds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from scraper.rules.loader import built_in_rules
from scraper.rules.model import Rule
from scraper.rules.ruleset import RuleSet
from scraper.rules.sentences import ENDS_STATEMENT, LAST_SIGNS
from scraper.rules.text_index import MAX_MATCHED_CHARS, places_of
from scraper.text.scripts import UNSPACED
from scraper.text.words import WORD, fold


def rule(name: str, *words: str, max_chars: int = 300, blocks: tuple[str, ...] = (), share: float = 0.0) -> Rule:
    return Rule(
        name,
        "text",
        "ad",
        "x",
        "a label",
        ("x",),
        ("y",),
        words,
        max_chars=max_chars,
        blocks=blocks,
        min_link_density=share,
    )


OWN = RuleSet(
    [
        rule("short", "tide", max_chars=12),
        rule("listed", "tide tables", "©", blocks=("list", "heading")),
        rule("linked", "ebb", "ⓒ", share=0.75),
        rule("more-linked", "ebb", share=0.9, max_chars=MAX_MATCHED_CHARS + 100),
        rule("unspaced", "記者", "größe", "می‌رود"),
        rule("signs", "//", "@", "-"),
        rule("never", "tide", max_chars=-1),
    ]
)
PARTS = st.sampled_from(
    ["tide", "Tide", "tables", "ebb", "Ⓒ", "ⓒ", "©", "//", "/", "@", "記者", "本報記者", "Größe", "GRÖSSE", "’", "—", "tide’s", "a", "x" * 9]
)  # fmt: skip
LINES = st.lists(PARTS | st.text(alphabet=st.characters(exclude_characters="\n\u200c\u200d"), max_size=4)).map(" ".join)
KINDS = st.sampled_from(["paragraph", "list", "heading", "quote"])
SHARES = st.sampled_from([0.0, 0.5, 0.75, 0.8, 0.9, 1.0])


def has_word(rule: Rule, line: str) -> bool:
    """Whether one of a rule's words, or the first part of one, occurs in a line: the definition."""
    return any(
        word in line.casefold() if UNSPACED.search(word) or not fold(word) else fold(word)[0] in fold(line)
        for word in rule.words
    )


def fits(rule: Rule, line: str, kind: str, share: float) -> bool:
    return len(line) <= rule.max_chars and share >= rule.min_link_density and (not rule.blocks or kind in rule.blocks)


def found(rules: RuleSet, page: Sequence[tuple[str, str, float]]) -> list[list[str]]:
    lines, kinds, shares = ([row[at] for row in page] for at in range(3))
    bits = rules.index.candidates(lines, kinds, shares.__getitem__)  # type: ignore[arg-type]
    return [[rules.rules[place].id for place in places_of(own)] for own in bits]


@given(st.lists(st.tuples(LINES, KINDS, SHARES)))
def test_the_index_finds_the_rules_that_fit_a_line_and_have_a_word_in_it(page: list[tuple[str, str, float]]) -> None:
    assert found(OWN, page) == [
        [one.id for one in OWN.rules if fits(one, *row) and has_word(one, row[0])] for row in page
    ]


@given(LINES)
def test_the_candidates_for_a_text_are_the_rules_that_fit_its_length_and_have_a_word_in_it(line: str) -> None:
    assert OWN.candidates(line) == [one for one in OWN.rules if len(line) <= one.max_chars and has_word(one, line)]


def test_every_text_rule_that_ships_is_found_on_a_page_of_all_their_examples() -> None:
    rules = built_in_rules()
    texts = [(text, one) for one in rules.rules if one.stage == "text" for text in one.hit if "\n" not in text]
    page = [(text, one.blocks[0] if one.blocks else "paragraph", 1.0) for text, one in texts]
    missed = [one.id for (_, one), own in zip(texts, found(rules, page), strict=True) if one.id not in own]
    assert not missed


@given(st.text(alphabet="ab .!?…。！।۔\"'”’»)]\n"))
def test_a_statement_ends_with_one_of_the_last_signs(text: str) -> None:
    assert text[-1:] in LAST_SIGNS or not ENDS_STATEMENT.search(text)


@given(st.text() | LINES)
def test_the_words_of_a_text_are_its_runs_of_word_characters_without_joiners_case_folded(text: str) -> None:
    assert list(fold(text)) == WORD.findall(re.sub("[\u200c\u200d]", "", text).casefold())
