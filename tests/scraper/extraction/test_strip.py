"""The stripper on copies: a title that the page shows, a pull quote, a text that occurs twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scraper.extraction.candidates import Candidate
from scraper.extraction.repeats import MAX_BLOCKS_BELOW
from scraper.extraction.strip import strip_blocks
from scraper.rules.loader import built_in_rules
from scraper.rules.reasons import AUTHOR, TITLE, Reason
from tests.support.texts import match_rules

LONG = (
    "The ferry left at nine with eleven people too many, and nobody counted them a second time. A street without a seat "
    "is a corridor, and nobody ever made a friend in a corridor. The harbour master looked at the sky and waved her off."
)
OPENING = (
    "The bench outside the post office was green, then brown, and in the end of no colour at all. On Tuesday two men from "
    "the council unscrewed it and put it in a van. They were polite, and one of them sat down on it first."
)
QUOTE = "A street without a seat is a corridor, and nobody ever made a friend in a corridor."
JAPANESE = "終点で降りた人々は、そろって待合所の時計を見上げた。"


def kept(*blocks: Candidate) -> list[str]:
    found = strip_blocks(blocks)
    return [blocks[position].text for position in found.kept]


def reason_of(block: Candidate, *blocks: Candidate) -> str:
    found = strip_blocks(blocks)
    return next(gone.rule_id for gone in (*found.removals, *found.chrome) if gone.position == block.position)


def block(
    position: int, text: str, *, kind: str = "paragraph", box: int = 1, repeats: Reason | None = None
) -> Candidate:
    return Candidate(position=position, kind=kind, text=text, box=box, repeats=repeats)


def test_a_heading_that_repeats_the_title_is_removed_at_any_score() -> None:
    heading = block(0, "The bench is gone", kind="heading", repeats=TITLE)
    found = strip_blocks([heading, block(1, LONG)])
    assert [(removal.rule_id, removal.kind) for removal in (*found.removals, *found.chrome)] == [("title", "repeat")]
    assert kept(replace(heading, repeats=None), block(1, LONG)) == ["The bench is gone", LONG]


def test_a_paragraph_that_only_names_the_author_is_a_byline() -> None:
    line = replace(block(0, "Rhea Dunmore", repeats=AUTHOR), score=0.8)
    found = strip_blocks([line, block(1, LONG)])
    assert [(removal.rule_id, removal.kind) for removal in (*found.removals, *found.chrome)] == [("author", "byline")]
    assert kept(replace(line, kind="heading"), block(1, LONG)) == ["Rhea Dunmore", LONG]
    assert kept(replace(line, score=1.0), block(1, LONG)) == ["Rhea Dunmore", LONG], "a rule says that it is body"


def test_a_box_that_repeats_a_sentence_of_the_text_is_a_pull_quote() -> None:
    found = strip_blocks([block(0, OPENING), block(1, QUOTE, box=7), block(2, LONG)])
    assert [(removal.rule_id, removal.text) for removal in found.removals] == [("pull-quote", QUOTE)]


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        (block(1, QUOTE), "it stands among the paragraphs"),
        (block(1, "nobody ever made", box=7), "too few words"),
        (block(1, QUOTE.replace("corridor,", "tunnel,"), box=7), "other words"),
        (block(1, QUOTE, box=7, kind="heading"), "a heading"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_near_miss_of_a_pull_quote_is_kept(quote: Candidate, why: str) -> None:
    assert quote.text in kept(block(0, OPENING), quote, block(2, LONG)), why


@pytest.mark.parametrize(
    "citation",
    [
        block(2, "Mara Lind, harbour master", box=7),
        block(2, "— Mara Lind, who has kept the harbour since 1988.", box=7),
        replace(block(2, "Mara Lind", box=1, kind="quote"), holder=7),
    ],
    ids=["in the box", "after a dash", "in the quote itself"],
)
def test_a_pull_quote_goes_with_its_citation(citation: Candidate) -> None:
    quote = block(1, QUOTE, box=7)
    assert kept(block(0, OPENING), quote, citation, block(3, LONG)) == [OPENING, LONG]
    own = replace(quote, text="Nobody has ever asked me how deep the water is at the end of the pier.")
    assert kept(block(0, OPENING), own, citation, block(3, LONG)) == [OPENING, own.text, citation.text, LONG]


def test_the_citation_of_a_pull_quote_goes_whatever_its_score() -> None:
    quote, line = block(1, QUOTE, box=8), replace(block(2, "— Mara Lind", box=7, kind="caption"), score=0.2)
    blocks = [block(0, OPENING), quote, line, block(3, LONG)]
    assert reason_of(line, *blocks) == "pull-quote"
    assert reason_of(line, replace(blocks[0], box=7), *blocks[1:]) == "scorer", "the box began before the quote"


def test_a_pull_quote_is_found_among_short_paragraphs() -> None:
    texts = ["Nobody counts the boats of a town like this.", QUOTE, f"{QUOTE} So she said.", "Then came the winter."]
    first, quote, source, last = (block(place, text, box=2) for place, text in enumerate(texts))
    quote = replace(quote, box=7)
    assert kept(first, quote, source, last) == [texts[0], *texts[2:]]
    assert QUOTE in kept(replace(quote, position=0), replace(first, position=1), source, last), "a standfirst"
    assert QUOTE in kept(replace(first, box=3), quote, source, replace(last, box=4)), "no box holds the body"


@pytest.mark.parametrize(
    "below",
    [block(2, "Then it rained.", box=7), block(2, "Then it rained, they say", box=1)],
    ids=["a sentence", "elsewhere"],
)
def test_what_is_no_citation_stays_below_a_pull_quote(below: Candidate) -> None:
    assert below.text in kept(block(0, OPENING), block(1, QUOTE, box=7), below, block(3, LONG))


VERSE = "Ring the bell, ring it slow,\nand let the water come."
SHORT = "Nobody told us that the pier would be closed on Tuesday."
SPOKEN = f"„{LONG}“"


@pytest.mark.parametrize("text", [VERSE, SHORT, SPOKEN], ids=["a refrain", "a short line", "a long quote"])
def test_a_text_that_returns_in_its_element_is_meant(text: str) -> None:
    first, again = block(1, text), block(3, text)
    assert kept(block(0, OPENING), first, block(2, "The hall was quiet."), again).count(text) == 2
    assert kept(block(0, OPENING), first, block(2, "The hall was quiet."), replace(again, box=2)).count(text) == 1
    assert kept(block(0, OPENING), first, replace(again, position=2)).count(text) == (2 if text == VERSE else 1)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Reporter: Did you see the boat leave the quay?", 2),
        ("Q: Did you see the boat leave the quay?", 2),
        ("記者：その船が岸壁を離れるのを見ましたか、と尋ねた。", 2),
        ("“Did you see the boat leave the quay?”", 2),
        ("Solva | low tide at noon | calm all day", 2),
        ("Mara Lind: “Did you see the boat leave the quay?”", 2),
        ("https://coast.example/did/you/see/the/boat/leave", 1),
        ("The boat leaves the quay at nine in the morning", 1),
        ("The boat leaves the old quay of the town: at nine", 1),
    ],
)
def test_a_line_of_a_plain_text_returns_if_somebody_speaks_or_in_a_table(line: str, count: int) -> None:
    lines = [OPENING, line, "The hall was quiet.", line, LONG]
    assert kept(*(block(place, text, box=-1) for place, text in enumerate(lines))).count(line) == count


def test_a_plain_text_of_short_lines_alone_has_refrains() -> None:
    lines = ["The men went out at break of day", "Ring the bell and let the water come", "The women stood"]
    song = [block(place, text, box=-1) for place, text in enumerate([*lines, lines[1]])]
    assert kept(*song).count(lines[1]) == 2
    assert kept(*song, block(4, LONG, box=-1)).count(lines[1]) == 1, "an article"
    assert kept(*(replace(line, box=line.position) for line in song)).count(lines[1]) == 1, "a page"


def test_a_block_quote_that_returns_by_itself_is_played_again() -> None:
    first, again = block(1, QUOTE, box=5, kind="quote"), block(3, QUOTE, box=8, kind="quote")
    opening, between = block(0, OPENING), block(2, "The hall was quiet.")
    assert kept(opening, first, between, again).count(QUOTE) == 2
    assert kept(opening, first, between, replace(again, kind="paragraph")).count(QUOTE) == 1
    assert kept(opening, first, between, replace(opening, position=3), replace(again, position=4)).count(QUOTE) == 1


def test_a_long_paragraph_that_returns_is_a_copy() -> None:
    assert kept(block(0, LONG), block(1, OPENING), block(2, LONG)).count(LONG) == 1


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 2),
        ({"score": 0.89}, 1),
        ({"heading": "The first pier"}, 1),
        ({"between": MAX_BLOCKS_BELOW}, 2),
        ({"between": MAX_BLOCKS_BELOW + 1}, 1),
    ],
    ids=["another heading", "hardly body text", "the same heading", "far below", "too far below"],
)
def test_a_text_below_another_heading_is_said_of_another_thing(changes: dict[str, Any], count: int) -> None:
    heading, between = changes.get("heading", "The second pier"), changes.get("between", 0)
    texts = [f"{OPENING} On day {day}." for day in range(between)]
    below = [block(5 + at, text, box=2) for at, text in enumerate(texts)]
    again = replace(block(5 + between, LONG, box=2), score=changes.get("score", 0.9))
    headings = block(1, "The first pier", kind="heading"), block(4, heading, kind="heading", box=2)
    found = kept(block(0, OPENING), headings[0], block(2, LONG), block(3, QUOTE), headings[1], *below, again)
    assert found.count(LONG) == count


def test_the_speaker_of_another_quote_is_named_again() -> None:
    name = "Mara Lind, head keeper of the northern lock"
    first = block(1, QUOTE, kind="quote"), block(2, name, kind="caption")
    other = block(3, SPOKEN, kind="quote", box=2), block(4, name, kind="caption", box=2)
    assert kept(block(0, OPENING), *first, *other).count(name) == 2
    assert kept(block(0, OPENING), *first, replace(other[0], text=QUOTE), other[1]).count(name) == 1


def test_a_row_that_returns_in_its_table_is_kept() -> None:
    rows = [
        replace(block(at, text, kind="table", box=5), score=0.6)
        for at, text in enumerate(["Solva | low tide at noon, calm", "Lund | high tide at noon, calm"] * 2)
    ]
    assert len(kept(*rows, block(4, LONG))) == 5
    copied = [replace(row, box=6) for row in rows[2:]]
    assert len(kept(*rows[:2], *copied, block(4, LONG))) == 3, "a second table, for small windows"
    other = replace(copied[1], text="Lund | high tide at one, calm")
    assert len(kept(*rows[:2], copied[0], other, block(4, LONG))) == 5, "a row of it differs"
    later = [replace(row, position=row.position + 1) for row in copied]
    assert len(kept(*rows[:2], block(2, LONG), *later)) == 5, "the second table has a text of its own"


def test_a_standfirst_that_the_text_repeats_is_kept() -> None:
    assert kept(block(0, QUOTE, box=7), block(1, LONG)) == [QUOTE, LONG]


def test_a_copy_is_known_in_a_script_without_spaces() -> None:
    assert kept(block(0, JAPANESE), block(1, JAPANESE, box=2)) == [JAPANESE]
    assert kept(block(0, "時計は？"), block(1, "時計は？")) == ["時計は？", "時計は？"]


def test_a_headline_alone_with_its_time_in_a_box_is_kept() -> None:
    time = replace(block(2, "16:32", box=7), matches=match_rules("16:32", "paragraph", 0.0, built_in_rules()))
    assert "The cock is found" in kept(
        block(0, OPENING), block(1, "The cock is found", kind="heading", box=7), time, block(3, LONG, box=2)
    )


def test_a_heading_is_removed_with_the_sign_up_below_it() -> None:
    line = "Sign up for our newsletter"
    form = replace(block(2, line, box=7), matches=match_rules(line, "paragraph", 0.0, built_in_rules()))
    assert kept(
        block(0, OPENING), block(1, "The best of the week", kind="heading", box=7), form, block(3, LONG, box=2)
    ) == [OPENING, LONG]


def test_a_heading_with_a_list_of_its_own_below_stays_above_a_sign_up() -> None:
    line = "Sign up for our newsletter"
    form = replace(block(3, line, box=7), matches=match_rules(line, "paragraph", 0.0, built_in_rules()))
    heading, items = block(1, "What to pack", kind="heading", box=7), block(2, "A tent and a lamp.", kind="list", box=8)
    assert kept(block(0, OPENING), heading, items, form, block(4, LONG, box=2)) == [
        OPENING,
        "What to pack",
        "A tent and a lamp.",
        LONG,
    ]
    below = replace(items, position=3), replace(form, position=2)
    assert "What to pack" not in kept(block(0, OPENING), heading, below[1], below[0], block(4, LONG, box=2))


def test_a_list_item_that_says_the_same_of_several_things_is_kept_each_time() -> None:
    item = block(1, "Pick-up and drop-off: at the station by the quay", kind="list")
    again = [block(2, OPENING), replace(item, position=3, score=0.7)]
    assert kept(block(0, LONG), item, *again).count(item.text) == 2, "it returns by itself"
    other = block(4, "The last boat leaves the quay at nine in the evening", kind="list")
    pair = [item, replace(other, position=2), block(3, OPENING), replace(item, position=4), replace(other, position=5)]
    assert kept(block(0, LONG), *pair).count(item.text) == 2, "of a run, one that is surely text"
    assert kept(block(0, LONG), *pair[:3], replace(pair[3], score=0.7), pair[4]).count(item.text) == 1
    third = block(6, "Bread and tea on board, for those who come hungry", kind="list")
    assert kept(block(0, LONG), *pair[:3], replace(pair[3], score=0.7), pair[4], third).count(item.text) == 2, "longer"


def test_a_list_item_of_a_copied_passage_is_removed_with_it() -> None:
    item = block(1, "Pick-up and drop-off: at the station by the quay", kind="list")
    assert kept(block(0, LONG), item, block(2, OPENING), block(3, LONG), replace(item, position=4)) == [
        LONG,
        item.text,
        OPENING,
    ]


def test_a_thread_longer_than_its_article_is_removed_but_a_greedy_rule_is_ignored() -> None:
    rules = {rule.id: rule for rule in built_in_rules().rules}
    thread, other = rules["comment.wordpress.element"], rules["related.stories.element"]
    article = [block(at, f"{at}. {OPENING} {LONG}") for at in range(3)]
    readers = [replace(block(at, f"{at}. {LONG} {OPENING}", box=2), element=thread) for at in range(3, 12)]
    assert kept(*article, *readers) == [own.text for own in article]
    assert len(kept(*article, *(replace(own, element=other) for own in readers))) == 12
    assert len(kept(block(0, LONG), *(replace(own, position=own.position - 2) for own in readers))) == 10


def test_only_blocks_of_a_text_rule_beside_the_body_are_within_the_article() -> None:
    line, rules = "Sign up for our newsletter", {rule.id: rule for rule in built_in_rules().rules}
    by_text = replace(block(0, line), matches=match_rules(line, "paragraph", 0.0, built_in_rules()))
    by_element = replace(block(0, line), element=rules["related.stories.element"])
    body = block(1, LONG)
    for beside, within, without in ((by_text, [0, 2], []), (by_element, [], [0, 2])):
        found = strip_blocks([beside, body, replace(beside, position=2)])
        assert [removal.position for removal in found.removals] == within
        assert [removal.position for removal in found.chrome] == without
