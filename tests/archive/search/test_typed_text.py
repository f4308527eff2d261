"""Queries as phones and word processors write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.search.query_syntax import parse_query

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“tide wall”", '"tide wall"'),
        ("„Hohe Flut“ Mauer", '"Hohe Flut" Mauer'),
        ("«mur de mer»", '"mur de mer"'),
        ("site:“Gazette en” wall", 'site:"Gazette en" wall'),
        ("-“storm surge” wall", '-"storm surge" wall'),
        ("har\u00adbour wall\u200b", "harbour wall"),
        ("\ufeffsince:2026 wall", "since:2026 wall"),
    ],
)
def test_signs_of_other_keyboards_mean_the_plain_ones(typed: str, plain: str) -> None:
    assert parse_query(typed, NOW) == parse_query(plain, NOW)


@pytest.mark.parametrize("typed", ["don’t", "l’école", "می‌رود", "你好，世界", "ｶﾞｲﾄﾞ", "‘tide’", "５０％減"])
def test_signs_that_are_part_of_words_stay(typed: str) -> None:
    assert [term.text for term in parse_query(typed, NOW).terms] == [typed]
