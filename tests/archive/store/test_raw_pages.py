"""Raw pages against a page of their own site: small, complete, and readable after any change of the site."""

from __future__ import annotations

import random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from archive.store.archive import Archive
from archive.store.page_dictionaries import PAGES_BETWEEN_TRIALS, pack_body, unpack_body
from scraper.errors import ArchiveError
from tests.support.visits import article, rows, save, visit

CHANCE = random.Random(20161213)
WORDS = [f"{CHANCE.choice('bcdfghklmnprst')}{CHANCE.randrange(10**6):x}" for _ in range(4000)]


def template(seed: int) -> tuple[str, str]:
    """Markup around an article of a site: 60 KB that compress to about a fifth."""
    chance = random.Random(seed)
    lines = [
        f'<li class="{chance.choice(WORDS)}"><a href="/{chance.choice(WORDS)}">{chance.choice(WORDS)}</a></li>'
        for _ in range(1000)
    ]
    return "\n".join(lines[:500]), "\n".join(lines[500:])


def page(around: tuple[str, str], number: int) -> bytes:
    chance = random.Random(number)
    story = "".join(f"<p>{' '.join(chance.choices(WORDS, k=40))}</p>" for _ in range(6))
    return f"<html>{around[0]}<h1>Story {number}</h1>{story}{around[1]}</html>".encode()


def put(archive: Archive, body: bytes, number: int, host: str = "herald.example") -> None:
    url = f"https://{host}/{number}"
    save(archive, visit(article(f"Story {number}.", url=url), url=url, body=body))


def test_later_pages_of_a_site_are_small(archive: Archive) -> None:
    herald, coast = template(1), template(2)
    for number in range(8):
        put(archive, page(herald, number), number)
        put(archive, page(coast, number), number, "coast.example")
    shares = rows(archive, "SELECT CAST(length(body) AS REAL) / bytes FROM pages ORDER BY id")
    assert all(share < 0.08 for (share,) in shares)
    assert rows(archive, "SELECT host, version, bytes FROM dictionaries ORDER BY id") == [
        ("herald.example", 1, len(page(herald, 0))),
        ("coast.example", 1, len(page(coast, 0))),
    ]
    for number in range(8):
        assert archive.body(archive.article(f"https://herald.example/{number}").id) == page(herald, number)


def test_the_next_run_uses_the_same_reference(archive: Archive) -> None:
    around = template(1)
    put(archive, page(around, 1), 1)
    with Archive.open(archive.path) as again:
        put(again, page(around, 2), 2)
        assert rows(again, "SELECT dictionary_id FROM pages") == [(1,), (1,)]
        assert again.body(2) == page(around, 2)


def test_a_redesign_gets_a_new_reference_and_the_old_one_stays(archive: Archive) -> None:
    old, new = template(1), template(3)
    for number in range(3):
        put(archive, page(old, number), number)
    for number in range(3, 3 + PAGES_BETWEEN_TRIALS + 6):
        put(archive, page(new, number), number)
    assert rows(archive, "SELECT version FROM dictionaries ORDER BY id") == [(1,), (2,)]
    (last,) = rows(
        archive, "SELECT dictionary_id, CAST(length(body) AS REAL) / bytes FROM pages ORDER BY id DESC LIMIT 1"
    )
    assert last[0] == 2
    assert last[1] < 0.08
    assert [archive.body(number) for number in (1, 3 + PAGES_BETWEEN_TRIALS + 6)] == [
        page(old, 0),
        page(new, 3 + PAGES_BETWEEN_TRIALS + 5),
    ]
    with pytest.raises(Exception, match="FOREIGN KEY"):
        archive.db.conn.execute("DELETE FROM dictionaries WHERE version = 1")


def test_an_unchanged_site_keeps_its_reference(archive: Archive) -> None:
    around = template(1)
    for number in range(3 * PAGES_BETWEEN_TRIALS):
        put(archive, page(around, number), number)
    assert rows(archive, "SELECT count(*) FROM dictionaries") == [(1,)]


def test_small_and_huge_pages_are_not_references(archive: Archive) -> None:
    put(archive, b"<html>gone</html>", 1)
    put(archive, b"<html>" + bytes(1_100_000), 2)
    assert rows(archive, "SELECT count(*) FROM dictionaries") == [(0,)]
    assert archive.body(2) == b"<html>" + bytes(1_100_000)


def test_a_reference_of_another_process_does_no_harm(archive: Archive) -> None:
    """Two processes store the first page of a site at the same time. The second page is stored without a reference."""
    around = template(1)
    with Archive.open(archive.path) as other:
        other._dictionaries.choose(other.db, visit(body=page(around, 1)).page)
        put(archive, page(around, 2), 2)
        put(other, page(around, 3), 3)
        assert rows(other, "SELECT dictionary_id FROM pages") == [(1,), (None,)]
        assert other.body(2) == page(around, 3)


def test_a_damaged_reference_is_named(archive: Archive) -> None:
    around = template(1)
    put(archive, page(around, 1), 1)
    other = zstandard.compress(page(around, 2))
    archive.db.conn.execute("UPDATE dictionaries SET body = ?, bytes = ?", (other, len(page(around, 2))))
    with pytest.raises(ArchiveError, match="page 1's dictionary 1 is damaged"):
        archive.body(1)
    archive.db.conn.execute("UPDATE dictionaries SET body = x'28b52ffd'")
    with pytest.raises(ArchiveError, match="page 1's dictionary 1 is damaged"):
        archive.body(1)
    with Archive.open(archive.path) as again:  # a run goes on without it
        put(again, page(around, 3), 3)
        assert again.body(2) == page(around, 3)


@given(st.binary(max_size=3000), st.none() | st.binary(max_size=3000))
def test_a_packed_body_unpacks_to_itself(body: bytes, dictionary: bytes | None) -> None:
    assert unpack_body(pack_body(body, dictionary), dictionary, size=len(body)) == body
