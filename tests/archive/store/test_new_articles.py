"""New articles of a batch: whatever comes in whichever order, a batch writes the rows that single saves write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store.archive import Archive
from archive.store.connection import CACHE_KB, SAVING_CACHE_KB, batch_transaction
from scraper.types import Failure, Fetched, HostPaused, Known, Link, Page, SourceRead, Unchanged
from tests.support.visits import BODY, START, article, hours, removal, rows, visit

TABLES = """
SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlite%' ESCAPE '\\'"""
URLS = [f"https://h{number % 2}.example/{number}" for number in range(4)]
TEXTS = [
    BODY,
    tuple(" ".join(f"{word}{number}" for number in range(60)) for word in ("mill", "ford")),
    ("港は春に浚渫されると当局は金曜日に述べた。",),
    ("Short.",),
]

urls = st.sampled_from(URLS)


def page_of(link: str, key: str, final: str, amp: str, text: int, verdict: str, moved: bool, named: str) -> Fetched:
    """A fetched page whose addresses may be those of other pages."""
    found = article(*TEXTS[text], url=key, title=f"Title {text}", amp_url=amp) if text < len(TEXTS) else None
    fetched = visit(found, url=link, final_url=final, verdict=verdict, removals=(removal(),) * text, source=named)
    part = Page(link + "?2", link + "?2", 200, (), b"more", START)
    page = Page(link, final, 200, fetched.page.headers, fetched.page.body * 200, START, moved=moved and link != final)
    return Fetched(fetched.link, page, fetched.extraction, ("noarchive",) * (text % 2), (part,) * (text % 2))


pages = st.builds(
    page_of,
    urls,
    urls,
    urls,
    st.sampled_from(["", "", *URLS]),
    st.integers(0, len(TEXTS)),
    st.sampled_from(["ok", "ok", "short", "listing"]),
    st.booleans(),
    st.sampled_from(["herald", "coast"]),
)
links = st.builds(Link, urls, st.just("herald"))
others = st.one_of(
    st.builds(Unchanged, links),
    st.builds(Failure, links, st.sampled_from(["dns", "no-article"]), st.just("")),
    st.builds(lambda link: SourceRead("herald", 1, 1, ((link.url + "/feed", Known()),), (link,)), links),
    st.just(HostPaused("https://h0.example", hours(1), "429")),
)


def tables(path: Path, outcomes: list[Any], size: int) -> tuple[list[str], dict[str, list[Any]]]:
    """The decisions on outcomes that are saved in batches of this size, and all rows then, with the index of words."""
    path.unlink(missing_ok=True)
    decisions: list[str] = []
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for first in range(0, len(outcomes), size):
            decisions += archive.save_many(outcomes[first : first + size], run=run, at=START)
        archive.db.conn.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 1)")
        archive.db.conn.execute("INSERT INTO unspaced_fts (unspaced_fts, rank) VALUES ('integrity-check', 1)")
        assert rows(archive, "PRAGMA foreign_key_check") == []
        return decisions, {
            name: sorted(map(repr, rows(archive, f"SELECT * FROM {name}"))) for (name,) in rows(archive, TABLES)
        }


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(pages, pages, pages, others), min_size=2, max_size=8))
def test_a_batch_writes_the_rows_of_single_saves(tmp_path_factory: Any, outcomes: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("batch")
    alone = tables(folder / "alone.db", outcomes, 1)
    assert tables(folder / "all.db", outcomes, len(outcomes)) == alone
    assert tables(folder / "some.db", outcomes, 3) == alone


def story(number: int, text: int = 0, *, amp: str = "", final: int | None = None) -> Fetched:
    """A page of one address, or one that moved for good."""
    url, target = (f"https://s{place}.example/" for place in (number, number if final is None else final))
    return page_of(url, target, target, amp, text, "ok", final is not None, "herald")


CASES = {
    "a link that failed takes an id": [story(0), Failure(Link("https://f.example/", "herald"), "dns", ""), story(1, 1)],
    "an article that is written by itself takes ids": [story(0), story(1, 1, final=2), story(3, 2)],
    "a text that an article of the batch no longer has": [story(0), story(0, 1), story(2)],
    "a text that a stored article no longer has": [story(0), story(5, 2), story(0, 1), story(2)],
    "a text that an earlier article of the batch has": [story(0), story(1), story(2)],
    "an address that a page of the batch claims": [story(0, amp="https://s1.example/"), story(1, 1)],
    "a page that moved to a link of its own": [
        SourceRead("herald", 2, 2, links=tuple(Link(f"https://s{number}.example/", "herald") for number in (0, 1))),
        Unchanged(Link("https://s1.example/", "herald")),
        story(2, 2),
        story(0, 1, final=1),
        story(3),
    ],
    "an address that was failing": [Failure(Link("https://s1.example/", "herald"), "dns", ""), story(0), story(1, 1)],
}


@pytest.mark.parametrize("outcomes", CASES.values(), ids=CASES.keys())
def test_what_a_batch_looked_up_is_not_trusted_too_long(tmp_path: Path, outcomes: list[Any]) -> None:
    alone = tables(tmp_path / "alone.db", outcomes, 1)
    for size in (2, 3, 4):
        assert tables(tmp_path / "batch.db", outcomes, size) == alone


def test_a_stored_text_that_changes_in_the_batch_has_no_twin(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(story(0), run=run, at=START)
        archive.save_many([story(5, 2), story(0, 1), story(2)], run=run, at=START)
        assert rows(archive, "SELECT url, duplicate_of FROM articles ORDER BY id") == [
            (f"https://s{number}.example/", None) for number in (0, 5, 2)
        ]


def test_a_link_that_a_source_named_keeps_its_row(tmp_path: Path) -> None:
    named = [SourceRead("herald", 4, 4, links=tuple(Link(url, "herald") for url in URLS))]
    visits = [visit(article(url=url, title=url), url=url) for url in reversed(URLS)]
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save_many(named, run=run, at=START)
        assert archive.save_many(visits, run=run, at=START) == ["new", "duplicate", "duplicate", "duplicate"]
        ids = [(URLS.index(url) + 1, url) for url in URLS]
        assert rows(archive, "SELECT id, url FROM links WHERE state = 'done' ORDER BY id") == ids
        assert rows(archive, "SELECT links.id, articles.id FROM links JOIN articles USING (url) ORDER BY articles.id") == [
            (4, 1), (3, 2), (2, 3), (1, 4),
        ]  # fmt: skip


def test_a_batch_copies_pages_in_memory_and_sorts_on_the_disk_before_and_after(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        db = archive.db
        with batch_transaction(db):
            assert rows(archive, "PRAGMA temp_store") == [(2,)]
        assert rows(archive, "PRAGMA temp_store") == [(0,)]
        with pytest.raises(ZeroDivisionError), batch_transaction(db):
            print(1 / 0)
        assert rows(archive, "PRAGMA temp_store") == [(0,)]
        assert not db.conn.in_transaction


def test_a_process_that_saves_has_a_larger_cache(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        assert rows(archive, "PRAGMA cache_size") == [(-CACHE_KB,)]
        archive.start_run(at=START, sources="x")
        assert rows(archive, "PRAGMA cache_size") == [(-SAVING_CACHE_KB,)]
