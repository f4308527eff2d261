"""Search: ranking, filters, and that any text is a valid query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search import match_expression, search
from archive.store import Archive
from scraper.errors import InputError
from tests.archiving import START, article, visit

ARTICLES = [
    ("https://herald.example/1", "Ferry runs aground", "The ferry hit a sandbank. Divers don't expect damage.", 1),
    ("https://herald.example/2", "A long winter", "Ice kept the ferry in port. " + "It was cold. " * 40, 2),
    ("https://news.herald.example/3", "Compilers", "The talk was on C++ and on Rust, at 100% attendance.", 3),
    ("https://coast.example/4", "Hello, world", 'A greeting, in quotes: "hello, world" it said.', 4),
    ("https://coast.example/5", "El Niño", "Señor Muñoz saw the world say hello to rain.", 5),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("search") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for url, title, text, day in ARTICLES:
            name = "The Coast Daily" if "coast" in url else ""
            found = article(text, site=name, url=url, title=title, published=datetime(2026, 11, day, 12, tzinfo=UTC))
            archive.save(visit(found, url=url), run=run, at=START)
        yield archive


def ids(archive: Archive, query: str, **options: object) -> list[int]:
    return [hit.id for hit in search(archive, query, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ferry", [1, 2]),
        ("FERRIES", [1, 2]),
        ("ferry ice", [2]),
        ("ferry OR ice", []),
        ("don't", [1]),
        ("c++", [3]),
        ("100%", [3]),
        ("hello, world", [4, 5]),
        ('"hello, world"', [4]),
        ('"hello, world', [4, 5]),
        ("el nino", [5]),
        ("munoz", [5]),
        ("Quill", [1, 2, 3, 4, 5]),
        ("nothing-like-it", []),
        ("title:ferry", []),
        ("ferry*", [1, 2]),
        ("ferry - ice", [2]),
        ('"', []),
        ("+++", []),
        ("''", []),
        ("\0", []),
        ("\ud800", []),
        ("ferry\0ice", [2]),
        ("NEAR(ferry", []),
        ("(", []),
        ("ferry " * 5000, [1, 2]),
    ],
)
def test_a_query_finds(archive: Archive, query: str, expected: list[int]) -> None:
    assert sorted(ids(archive, query)) == expected


def test_a_word_in_the_title_weighs_more(archive: Archive) -> None:
    assert ids(archive, "ferry") == [1, 2]
    assert ids(archive, "hello world")[0] == 4


@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_text_is_a_query(archive: Archive, query: str) -> None:
    if query.strip():
        assert isinstance(search(archive, query), list)


@given(st.text(alphabet="\"*^:(){}+-%' NEAROTD\0\ud800", min_size=1))
def test_any_syntax_is_a_query(archive: Archive, query: str) -> None:
    if query.strip():
        assert isinstance(search(archive, query), list)


@pytest.mark.parametrize("query", ["", " ", "\n\t"])
def test_an_empty_query_is_an_error(query: str) -> None:
    with pytest.raises(InputError, match="empty"):
        match_expression(query)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"site": "herald.example"}, [1, 2, 3]),
        ({"site": "www.HERALD.example"}, [1, 2, 3]),
        ({"site": "the coast daily"}, [4, 5]),
        ({"site": "coast"}, []),
        ({"site": "news.herald.example"}, [3]),
        ({"site": "erald.example"}, []),
        ({"site": "%"}, []),
        ({"since": datetime(2026, 11, 4, 12, tzinfo=UTC)}, [4, 5]),
        ({"until": datetime(2026, 11, 2, 12, tzinfo=UTC)}, [1]),
        ({"site": "coast.example", "since": datetime(2026, 11, 5, tzinfo=UTC)}, [5]),
        ({"limit": 2}, 2),
    ],
)
def test_filters_narrow_it_down(archive: Archive, options: dict[str, object], expected: list[int] | int) -> None:
    found = ids(archive, "quill", **options)
    assert len(found) == expected if isinstance(expected, int) else sorted(found) == expected


def test_a_hit_shows_the_words_in_place(archive: Archive) -> None:
    (hit, *_) = search(archive, "sandbanks", marks=("<", ">"))
    assert "<sandbank>" in hit.snippet
    assert search(archive, "greeting")[0].site == "The Coast Daily"
    assert (hit.title, hit.site, hit.authors) == ("Ferry runs aground", "herald.example", ("Ada Quill", "José Ríos"))
    assert hit.published == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert hit.score > 0


def test_a_long_text_gives_a_short_snippet(archive: Archive) -> None:
    (hit,) = search(archive, "ice")
    assert len(hit.snippet) < 250


def test_the_doctest_case_is_what_fts_takes(archive: Archive) -> None:
    archive.db.conn.execute("SELECT * FROM articles_fts WHERE articles_fts MATCH ?", (match_expression("don't c++ %"),))


def test_a_revised_text_is_found_by_its_new_words_only(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article("An airship landed.")), run=run, at=START)
        archive.save(visit(article("A balloon landed.")), run=run, at=START)
        assert (ids(archive, "airship"), ids(archive, "balloon")) == ([], [1])
