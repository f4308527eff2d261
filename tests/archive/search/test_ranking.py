"""Order of hits: for each number that decides it, articles just on either side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.search.fulltext import search
from archive.search.ranking import COLUMN_WEIGHTS, aged_score
from archive.store.archive import Archive
from archive.store.columns import iso
from tests.support.visits import START, article, visit

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TEXT_WORDS = 40

AGES = {
    "half-life: the fresh article is worth a little more": (30, 0.64, "old"),
    "half-life: the old article is worth a little more": (30, 0.66, "fresh"),
    "two half-lives, a little below": (60, 0.47, "old"),
    "two half-lives, a little above": (60, 0.48, "fresh"),
    "share that age never takes, a little below": (20_000, 0.29, "old"),
    "share that age never takes, a little above": (20_000, 0.31, "fresh"),
}
"""Days of an old article with score 1, the score of a fresh article, and which of them comes first."""

COLUMNS = {
    "a word in the title outweighs nine in the text": ("title", 9, "column"),
    "eleven in the text outweigh a word in the title": ("title", 11, "text"),
    "a word in the authors outweighs four in the text": ("authors", 4, "column"),
    "six in the text outweigh a word in the authors": ("authors", 6, "text"),
}
"""The column with the word, how often another article's text has it, and which of them comes first."""


@pytest.mark.parametrize(("days", "fresh", "first"), AGES.values(), ids=AGES)
def test_age_lowers_a_score(days: int, fresh: float, first: str) -> None:
    scores = {
        "old": aged_score(1.0, iso(NOW - timedelta(days=days)), now=NOW),
        "fresh": aged_score(fresh, iso(NOW), now=NOW),
    }
    assert max(scores, key=scores.__getitem__) == first


def test_an_article_dated_tomorrow_is_fresh() -> None:
    assert aged_score(1.0, iso(NOW + timedelta(days=1)), now=NOW) == 1.0


def test_age_does_not_count_unless_recent_articles_are_wanted() -> None:
    assert aged_score(1.0, "1999-01-01T00:00:00Z", now=None) == 1.0


def text(*, word: str, times: int) -> str:
    """A text of a fixed length in which the word occurs this number of times."""
    return " ".join([*[word] * times, *["sea"] * (TEXT_WORDS - times)])


@pytest.mark.parametrize(("column", "times", "first"), COLUMNS.values(), ids=COLUMNS)
def test_a_word_in_a_column_weighs_as_much_as_several_in_the_text(
    archive: Archive, column: str, times: int, first: str
) -> None:
    titles = {"column": "Ferry" if column == "title" else "Sea", "text": "Sea"}
    authors = {"column": ("Ferry",) if column == "authors" else ("Quill",), "text": ("Quill",)}
    texts = {"column": text(word="ferry", times=0), "text": text(word="ferry", times=times)}
    for name in texts:
        url = f"https://{name}.example/1"
        found = article(texts[name], url=url, title=titles[name], authors=authors[name])
        archive.save(visit(found, url=url), run=1, at=START)
    assert next(hit.site for hit in search(archive, "ferry")) == f"{first}.example"


def test_the_weights_are_in_the_order_of_the_index(archive: Archive) -> None:
    columns = [row[1] for row in archive.db.conn.execute("PRAGMA table_info(articles_fts)")]
    assert columns == list(COLUMN_WEIGHTS)
