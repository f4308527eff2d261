"""The rows of the tables of words: each hit is found, each near miss is left as it is."""

from __future__ import annotations

import pytest

from scraper.metadata.headline_lines import without_other_dates
from scraper.metadata.tables import Row, parse_table, read_table
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
    forms = [f"{word}: 3.5.2022" for word in row.all_words] + [
        f"Oslo | {word.title()} 2022-05-03" for word in row.all_words
    ]
    assert [text for text in forms if read_date(without_other_dates(text))] == []


def test_a_row_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(TypeError):
        parse_table('[[row]]\nid="a"\nwhy="b"\nhit=[]\nmiss=[]\nwrods={}')
