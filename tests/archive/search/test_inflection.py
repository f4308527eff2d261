"""Inflected forms in other languages than English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.search.fulltext import search
from archive.store.archive import Archive
from tests.support.visits import START, article, visit

TEXTS = [
    ("de", "Die Seilbahn fährt wieder. Das Haus am Hang bleibt zu."),
    ("de", "Zwei Häuser brannten. Die Straße war gesperrt."),
    ("ru-RU", "Поезда опоздали на час."),
    ("fr", "Les élèves étaient nationaux."),
    ("pl", "Statki płyną do portu."),
    ("en", "The waters rose. A hauser was found."),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("forms") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for number, (language, text) in enumerate(TEXTS, start=1):
            url = f"https://herald.example/{number}"
            archive.save(visit(article(text, url=url, language=language), url=url), run=run, at=START)
        yield archive


def ids(archive: Archive, query: str) -> list[int]:
    return sorted(hit.id for hit in search(archive, query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("seilbahnen", [1]),
        ("Straßen", [2]),
        ("поезд", [3]),
        ("поездов", [3]),
        ("élève", [4]),
        ("nationales", [4]),
        ("statku", [5]),
        ("-seilbahnen straßen", [2]),
        ('"seilbahnen"', []),
        ("seilbahnwagen", []),
        ("title:seilbahnen", []),
        ("seilbahnen OR statku", [1, 5]),
    ],
)
def test_a_form_finds_the_other_forms(archive: Archive, query: str, expected: list[int]) -> None:
    assert ids(archive, query) == expected


def test_a_plural_with_another_vowel_finds_the_singular(archive: Archive) -> None:
    assert {1, 2} <= set(ids(archive, "häusern"))


def test_the_found_form_is_shown_in_its_place(archive: Archive) -> None:
    (hit,) = search(archive, "seilbahnen")
    assert "[Seilbahn]" in hit.snippet
