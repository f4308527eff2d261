"""Partial hits: articles with some of the words, after the few that have all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.search.fulltext import search
from archive.search.query_syntax import parse_query
from archive.search.ranking import MAX_RANKED_MATCHES
from archive.search.relaxing import ENOUGH_HITS, relax
from archive.store.archive import Archive
from tests.support.visits import START, article, visit

TEXTS = {
    "both": "The ferry sailed past the lighthouse.",
    "ferry": "The ferry sailed at noon.",
    "lighthouse": "The lighthouse was painted white.",
    "neither": "A market opened in the square.",
    "coast": "The ferry sailed past the lighthouse of Lund.",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("partial") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for title, text in TEXTS.items():
            url = f"https://{'coast' if title == 'coast' else 'herald'}.example/{title}"
            archive.save(visit(article(text, url=url, title=title), url=url), run=run, at=START)
        yield archive


def found(archive: Archive, query: str, **options: int) -> list[tuple[str, bool]]:
    return [(hit.title, hit.partial) for hit in search(archive, query, **options)]


def test_articles_with_some_of_the_words_follow_those_with_all(archive: Archive) -> None:
    hits = found(archive, "ferry lighthouse noon")
    assert {hit for hit in hits if not hit[1]} == set()
    assert {title for title, _ in hits} == {"both", "ferry", "lighthouse", "coast"}
    full, *partial = found(archive, "lighthouse past lund")
    assert full == ("coast", False)
    assert ("both", True) in partial


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("square lighthouse -painted", {"neither", "both", "coast"}),
        ("square lighthouse site:coast.example", {"coast"}),
        ("square lighthouse title:lighthouse", {"lighthouse"}),
        ("square lighthouse before:2020", set()),
        ('"past the lighthouse" noon', {"both", "coast", "ferry"}),
        ("zzz yyy", set()),
        ("zzz lighthouse", {"both", "lighthouse", "coast"}),
        ("zzz", set()),
        ("title:zzz lighthouse", set()),
    ],
)
def test_what_is_no_word_must_still_be_met(archive: Archive, query: str, titles: set[str]) -> None:
    assert {title for title, _ in found(archive, query)} == titles
    assert all(partial for _, partial in found(archive, query))


def test_a_page_of_hits_is_not_longer_than_asked_and_only_the_first_has_partial_ones(archive: Archive) -> None:
    assert len(found(archive, "ferry noon", limit=2)) == 2
    assert found(archive, "ferry noon", limit=5, offset=5) == []
    assert found(archive, "ferry noon", limit=1) == [("ferry", False)]


def test_a_query_that_finds_enough_has_no_partial_hits(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for number in range(ENOUGH_HITS + 1):
            url = f"https://herald.example/{number}"
            text = f"Ferry number {number}." + (" It was late." if number < ENOUGH_HITS else "")
            archive.save(visit(article(text, url=url), url=url), run=run, at=START)
        assert len(found(archive, "ferry late")) == ENOUGH_HITS
        assert len(found(archive, "ferry late 3")) == ENOUGH_HITS + 1


def test_words_of_most_articles_are_left_out() -> None:
    counts = {"the": MAX_RANKED_MATCHES, "ferry": 40, "noon": 3, "zzz": 0}
    relaxed = relax(parse_query("the ferry zzz noon"), lambda term: counts[term.text])
    assert relaxed is not None
    assert [term.text for term in relaxed.terms] == ["noon", "ferry"]
    only = relax(parse_query("the zzz"), lambda term: counts[term.text])
    assert only is not None
    assert [term.text for term in only.terms] == ["the"]
