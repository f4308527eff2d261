"""The rows of the tables of words: each hit is found, each near miss is left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.metadata.bylines import read_byline, read_signature
from scraper.metadata.headline_lines import without_other_dates
from scraper.metadata.not_names import names_nobody, without_link_words, writers_part
from scraper.metadata.tables import Row, Words, parse_rows, read_table
from scraper.text.dates import read_date

LABELS = {row.id: row for row in read_table("date_labels.toml")}
EVERY_LABEL = pytest.mark.parametrize("row", LABELS.values(), ids=LABELS.keys())


@EVERY_LABEL
def test_the_date_behind_a_label_is_not_read(row: Row) -> None:
    assert [text for text in row.hit if read_date(text) is None] == []
    assert [text for text in row.hit if read_date(without_other_dates(text))] == []


@EVERY_LABEL
def test_the_date_in_a_line_that_only_begins_like_a_label_is_read(row: Row) -> None:
    assert [text for text in row.miss if read_date(without_other_dates(text)) is None] == []


@EVERY_LABEL
def test_each_word_of_a_row_is_a_label(row: Row) -> None:
    before = ["The old bridge {} 3.5.2022", "Oslo {} on 3 May 2022"] if row.form == "story" else ["{}: 3.5.2022"]
    forms = [form.format(word) for word in row.all_words for form in (*before, "Oslo | {} 2022-05-03")]
    assert [text for text in forms if read_date(without_other_dates(text))] == []


def test_a_row_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(TypeError):
        parse_rows({"row": [{"id": "a", "why": "b", "hit": [], "miss": [], "wrods": {}}]})


NO_NAMES = {row.id: row for row in read_table("not_names.toml")}
NOBODY = [pytest.param(row, id=row.id) for row in NO_NAMES.values() if row.form in {"whole", "pattern"}]
WORDS_AROUND = [pytest.param(row, id=row.id) for row in NO_NAMES.values() if row.form in {"lead", "tail"}]


@pytest.mark.parametrize("row", NOBODY)
def test_a_text_that_names_nobody_gives_no_name(row: Row) -> None:
    texts = [*row.hit, *row.all_words]
    assert [text for text in texts if not names_nobody(text) or read_byline(text) or read_signature(text)] == []


@pytest.mark.parametrize("row", NOBODY)
def test_a_name_that_is_like_a_text_that_names_nobody_stays(row: Row) -> None:
    assert [name for name in row.miss if names_nobody(name)] == []


@pytest.mark.parametrize("row", WORDS_AROUND)
def test_the_words_of_links_around_a_name_are_cut_off(row: Row) -> None:
    assert [without_link_words(text) for text, _ in row.hit] == [name for _, name in row.hit]
    forms = [f"{word} Mara Lind" if row.form == "lead" else f"Mara Lind {word}" for word in row.all_words]
    assert [text for text in forms if without_link_words(text) != "Mara Lind"] == []


@pytest.mark.parametrize("row", WORDS_AROUND)
def test_a_name_that_holds_the_word_of_a_link_stays(row: Row) -> None:
    assert [without_link_words(name) for name in row.miss] == list(row.miss)


def test_every_row_of_names_has_a_known_form() -> None:
    assert {row.form for row in NO_NAMES.values()} == {"whole", "pattern", "lead", "tail", "other"}


def test_the_parts_of_a_byline_that_name_others_are_cut_off() -> None:
    row = NO_NAMES["other-work"]
    assert [writers_part(text) for text, _ in row.hit] == [rest for _, rest in row.hit]
    assert [writers_part(text) for text in row.miss] == list(row.miss)
    assert [word for word in row.all_words if writers_part(f"By Mara Lind {word} Bo Ek") != "By Mara Lind"] == []


@given(
    st.lists(st.text("ab é", min_size=1, max_size=5).filter(str.strip), max_size=6), st.text("aAbB éÉ\n", max_size=12)
)
def test_a_text_holds_the_words_that_occur_in_it_whatever_their_case_and_white_space(
    words: list[str], text: str
) -> None:
    held = [word for word in words if " ".join(word.casefold().split()) in " ".join(text.casefold().split())]
    assert Words(words).any_in(text) == bool(held)
    assert Words(words).within(text).any_in(text) == bool(held)
    assert not Words(words).within(text).any_in("")
