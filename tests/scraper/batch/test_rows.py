"""The row of a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scraper.batch.rows import article_fields, clean, error_row, in_utc, page_row, row_schema
from scraper.errors import ExtractError
from scraper.types import Block, Extraction, Quality
from tests.support.pages import page
from tests.support.visits import article


def test_a_row_holds_what_the_schema_names_and_letters_that_utf8_cannot_hold_are_replaced() -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    block = Block("caption", "A \ud83d quay", 1, image="https://herald.example/q.jpg")
    found = Extraction(article(blocks=(block,), title="Tides \ud800"), (), (), "hash", Quality("ok", ("\udfff",)))
    row = page_row(page("<p>x</p>"), found)
    schema = row_schema()
    assert set(row) == set(schema.names)
    (back,) = pa.RecordBatch.from_pylist([row], schema=schema).to_pylist()
    assert (back["title"], back["evidence"], back["blocks"][0]["text"]) == ("Tides ?", ["?"], "A ? quay")


def test_an_error_row_names_the_page_and_the_error() -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    row = error_row(page("<p>x</p>"), ExtractError("https://herald.example/a", "extract-timeout", "took long"))
    (back,) = pa.RecordBatch.from_pylist([row], schema=row_schema()).to_pylist()
    assert {name for name, value in back.items() if value is not None} == {
        "url",
        "captured_at",
        "error",
        "error_detail",
    }
    assert (back["error"], back["error_detail"]) == ("extract-timeout", "took long")


def test_times_are_in_utc_and_missing_texts_are_null() -> None:
    east = datetime(2020, 5, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    found = article_fields(article(published=east, language=""))
    assert found["published"] == datetime(2020, 5, 1, 6, tzinfo=UTC)
    assert found["published"].tzinfo is UTC
    assert (found["language"], found["modified"]) == (None, None)
    assert in_utc(datetime(2020, 5, 1)) == datetime(2020, 5, 1, tzinfo=UTC)
    assert clean("plain") == "plain"
