"""The index of near-duplicates: a batch finds what single saves find, with and without the set of all keys."""

from __future__ import annotations

import gc
import random
from pathlib import Path
from typing import Any

import pytest

from archive.store import near_index
from archive.store.archive import Archive
from archive.store.key_filter import KeyFilter, places
from archive.store.near_duplicates import (
    KEY_BITS,
    KEYS_PER_TEXT,
    MAX_REVISIONS_PER_KEY,
    STRETCH_BITS,
    keys_of,
    shingles,
)
from archive.store.near_index import NearIndex, near_text
from tests.support.visits import START, article, rows, visit

NEAR = "SELECT article_id, other_id, similarity, contained FROM near ORDER BY article_id, other_id"
KEYS = "SELECT * FROM shingles ORDER BY stretch, key, revision_id"


def windows(count: int, seed: int = 3) -> list[Any]:
    """Visits to articles of four hosts, whose texts are windows of one long text: many share a part of their words."""
    chance = random.Random(seed)
    words = [f"w{chance.randrange(9000)}" for _ in range(3000)]
    found = []
    for number in range(count):
        start = chance.randrange(2900)
        url = f"https://h{number % 4}.example/{number}"
        text = " ".join(words[start : start + chance.choice((3, 40, 60, 100))])
        found.append(visit(article(text, url=url, title=url), url=url))
    return found


def fill(path: Path, visits: list[Any], size: int) -> tuple[list[Any], list[Any]]:
    """Links and keys after the visits were saved in batches of this size."""
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for first in range(0, len(visits), size):
            archive.save_many(visits[first : first + size], run=run, at=START)
        return rows(archive, NEAR), rows(archive, KEYS)


@pytest.mark.parametrize("size", [7, 50, 300])
@pytest.mark.parametrize("max_lookups", [200_000, 40])
def test_a_batch_finds_what_single_saves_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, max_lookups: int
) -> None:
    visits = windows(300)
    expected = fill(tmp_path / "one.db", visits, 1)
    assert len(expected[0]) > 200
    monkeypatch.setattr(near_index, "MAX_LOOKUPS", max_lookups)
    monkeypatch.setattr(near_index, "MAX_COMPARED_BYTES", 20_000)
    assert fill(tmp_path / "many.db", visits, size) == expected


def test_a_set_of_all_keys_is_made_after_many_lookups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "a.db", windows(60), 30)
    monkeypatch.setattr(near_index, "MAX_LOOKUPS", 100)
    more = windows(60, seed=4)
    with Archive.open(tmp_path / "a.db") as archive:
        made = []
        for first in range(0, 60, 10):
            archive.save_many(more[first : first + 10], run=1, at=START)
            made.append(archive._near._filter is not None)
        assert made == [False, False, True, True, True, True]


def test_keys_that_another_connection_wrote_are_found(tmp_path: Path) -> None:
    """The set of all keys lacks them, so it is not used any more."""
    first, second, third = (
        [visit(article(TEXT, url=url, title=url), url=url), *windows(2, seed=seed)]
        for seed, url in enumerate(("https://one.example/1", "https://two.example/1", "https://three.example/1"))
    )
    with Archive.open(tmp_path / "a.db", create=True) as archive, Archive.open(tmp_path / "a.db") as other:
        run = archive.start_run(at=START, sources="x")
        archive.save_many(windows(8, seed=9), run=run, at=START)
        assert archive._near._filter is not None
        other.save_many(first, run=run, at=START)
        assert archive.save_many(second, run=run, at=START)[0] == "duplicate"
        assert other.save_many(third, run=run, at=START)[0] == "duplicate"


TEXT = " ".join(f"harbour{number}" for number in range(80))


def test_a_failed_transaction_leaves_no_keys_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [visit(article(TEXT, url=url, title=url), url=url) for url in ("https://a.example/", "https://b.example/")]
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        monkeypatch.setattr("archive.store.save.write_tallies", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archive.save_many(batch, run=run, at=START)
        monkeypatch.undo()
        assert gc.isenabled()
        assert archive.save_many(batch, run=run, at=START) == ["new", "duplicate"]
        assert gc.isenabled()
        assert rows(archive, "SELECT count(*), count(DISTINCT key) FROM shingles") == [(16, 8)]


def test_the_oldest_revisions_of_a_common_key_are_compared(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article(TEXT)), run=run, at=START)
        (key, *_) = keys = keys_of(shingles(TEXT))
        many = [(0, key, number) for number in range(100, 1, -1)]
        archive.db.conn.execute("PRAGMA foreign_keys = OFF")
        archive.db.conn.executemany("INSERT INTO shingles VALUES (?, ?, ?)", many)
        index = NearIndex(archive.db)
        index.begin([near_text(shingles(TEXT), host="x")])
        assert index._revisions[key] == list(range(1, MAX_REVISIONS_PER_KEY + 1))
        assert [index._revisions[other] for other in keys[1:]] == [[1]] * (KEYS_PER_TEXT - 1)
        assert [number for number, _ in NearIndex(archive.db).find(near_text(shingles(TEXT), host="x"))] == [1]


@pytest.mark.parametrize("max_lookups", [-1, 200_000])
def test_the_oldest_revisions_are_found_over_all_stretches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, max_lookups: int
) -> None:
    monkeypatch.setattr(near_index, "MAX_LOOKUPS", max_lookups)
    (key, other, *_) = keys_of(shingles(TEXT))
    common = [(stretch << STRETCH_BITS) + number for stretch in range(3) for number in range(1, 15)]
    late = [(2 << STRETCH_BITS) + 3]
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.save(visit(article("One two three.")), run=archive.start_run(at=START, sources="x"), at=START)
        archive.db.conn.execute("PRAGMA foreign_keys = OFF")
        rows = [(own >> STRETCH_BITS, name, own) for name, found in ((key, common), (other, late)) for own in found]
        archive.db.conn.executemany("INSERT INTO shingles VALUES (?, ?, ?)", reversed(rows))
        index = NearIndex(archive.db)
        index.begin([near_text(shingles(TEXT), host="x")])
        assert (index._filter is not None) == (max_lookups < 0)
        assert (index._revisions[key], index._revisions[other]) == (common[:MAX_REVISIONS_PER_KEY], late)


def test_an_edit_in_the_same_batch_is_compared_with_its_new_text(tmp_path: Path) -> None:
    other = " ".join(f"bridge{number}" for number in range(80))
    batch = [
        visit(article(TEXT, url="https://a.example/", title="One"), url="https://a.example/"),
        visit(article(TEXT, url="https://b.example/", title="Two"), url="https://b.example/"),
        visit(article(other, url="https://a.example/", title="One"), url="https://a.example/"),
        visit(article(TEXT, url="https://c.example/", title="Three"), url="https://c.example/"),
    ]
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        assert archive.save_many(batch, run=run, at=START) == ["new", "duplicate", "revised", "duplicate"]
        assert rows(archive, NEAR) == [(3, 2, 1.0, 1.0)]


def test_a_filter_gives_every_place_of_a_key_and_few_others(tmp_path: Path) -> None:
    chance = random.Random(1)
    stored = sorted((number % 3, chance.randrange(1 << 31), number) for number in range(3000))
    late = sorted((number % 2 + 2, chance.randrange(1 << 31), number) for number in range(3000, 5000))
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.db.conn.execute("PRAGMA foreign_keys = OFF")
        archive.db.conn.executemany("INSERT INTO shingles VALUES (?, ?, ?)", stored)
        keys = KeyFilter(archive.db)
        keys.add(late)
    here = {(stretch << KEY_BITS) + key for stretch, key, _ in [*stored, *late]}
    found = keys.may_have([key for _, key, _ in reversed([*stored, *late])])
    assert here <= set(found)
    assert found == sorted(found)
    assert len(found) < len(here) + 100
    assert len(keys.may_have([chance.randrange(1 << 31) for _ in range(5000)])) < 100


def test_a_full_set_takes_one_key_in_sixteen_for_its_own(tmp_path: Path) -> None:
    chance = random.Random(2)
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        keys = KeyFilter(archive.db)
        assert keys.may_have([1, 2]) == []
        keys.add([(0, chance.randrange(1 << 31), 1) for _ in range(KEYS_PER_TEXT << STRETCH_BITS)])
    assert 400 < len(keys.may_have([chance.randrange(1 << 31) for _ in range(10_000)])) <= 10_000 / 16


def test_places_lie_in_the_order_of_the_index() -> None:
    assert places([0, 1, 3], {7, 2}) == [2, 7, (1 << 31) + 2, (1 << 31) + 7, (3 << 31) + 2, (3 << 31) + 7]
    assert places([], {7}) == []
