"""Stars, tags, notes and saved searches: written, exported, kept by later extractions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from archive.store.archive import Archive
from archive.store.reader import (
    MAX_NOTE_CHARS,
    MAX_SEARCHES,
    MAX_TAGS,
    delete_search,
    read_search,
    read_searches,
    save_search,
    set_note,
    set_star,
    set_tags,
)
from scraper.errors import InputError
from tests.support.commands import run
from tests.support.visits import BODY, article, hours, save, visit


@pytest.fixture
def marked(archive: Archive) -> Archive:
    """An article with a star, two tags and a note."""
    save(archive, visit(article()))
    set_star(archive, 1, on=True, at=hours(1))
    set_tags(archive, 1, "harbour, to  read,harbour", at=hours(1))
    set_note(archive, 1, " Ask why. ", at=hours(1))
    return archive


def exported(archive: Archive) -> dict[str, Any]:
    """The reader's fields of an exported article."""
    row = json.loads(run("export", "--db", str(archive.path)).stdout)
    return {name: row[name] for name in ("starred_at", "reader_tags", "reader_note")}


def test_marks_are_exported(marked: Archive) -> None:
    assert exported(marked) == {
        "starred_at": "2026-11-20T07:00:00Z",
        "reader_tags": ["harbour", "to read"],
        "reader_note": "Ask why.",
    }
    shown = run("show", "1", "--db", str(marked.path)).stdout
    assert "Your tags: harbour, to read" in shown
    assert "Your note: Ask why." in shown


def test_a_new_text_keeps_them(marked: Archive) -> None:
    before = exported(marked)
    assert save(marked, visit(article(*BODY[:2], "It will cost twelve million crowns in all.")), at=5) == "revised"
    assert exported(marked) == before


def test_marks_are_changed_and_taken_away(marked: Archive) -> None:
    set_star(marked, 1, on=True, at=hours(2))
    set_tags(marked, 1, "budget, to read", at=hours(2))
    assert exported(marked)["starred_at"] == "2026-11-20T07:00:00Z"  # the first star's
    assert exported(marked)["reader_tags"] == ["budget", "to read"]
    set_star(marked, 1, on=False, at=hours(3))
    set_tags(marked, 1, "", at=hours(3))
    set_note(marked, 1, " ", at=hours(3))
    assert exported(marked) == {"starred_at": None, "reader_tags": [], "reader_note": ""}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda archive: set_star(archive, 9, on=True, at=hours(1)), "no article 9"),
        (lambda archive: set_note(archive, 9, "x", at=hours(1)), "no article 9"),
        (lambda archive: set_tags(archive, 9, "x", at=hours(1)), "no article 9"),
        (lambda archive: set_note(archive, 1, "x" * (MAX_NOTE_CHARS + 1), at=hours(1)), "20,001 characters"),
        (lambda archive: set_tags(archive, 1, "x" * 61, at=hours(1)), "61 characters"),
        (lambda archive: set_tags(archive, 1, ",".join(map(str, range(MAX_TAGS + 1))), at=hours(1)), "41 tags"),
        (lambda archive: save_search(archive, " ", {"q": "x"}, at=hours(1)), "0 characters"),
        (lambda archive: save_search(archive, "x", {}, at=hours(1)), "no condition"),
    ],
)
def test_what_cannot_be_kept_is_refused(marked: Archive, change: Any, fault: str) -> None:
    before = exported(marked)
    with pytest.raises(InputError, match=fault):
        change(marked)
    assert exported(marked) == before


def test_searches_are_saved_replaced_by_name_and_deleted(archive: Archive) -> None:
    first = save_search(archive, "Mills", {"q": "mill"}, at=hours(1))
    assert save_search(archive, " Mills ", {"q": "mills"}, at=hours(2)) == first
    second = save_search(archive, "Boats", {"q": "boat"}, at=hours(2))
    assert [(one.id, one.name) for one in read_searches(archive.db)] == [(second, "Boats"), (first, "Mills")]
    assert replace(read_search(archive.db, first), parameters={}).name == "Mills"
    assert read_search(archive.db, first).parameters == {"q": "mills"}
    delete_search(archive, first)
    delete_search(archive, first)
    with pytest.raises(InputError, match="no saved search"):
        read_search(archive.db, first)


def test_searches_are_limited(archive: Archive) -> None:
    rows = [(str(number), '{"q": "x"}', "2026") for number in range(MAX_SEARCHES)]
    archive.db.conn.executemany("INSERT INTO searches (name, parameters, at) VALUES (?, ?, ?)", rows)
    save_search(archive, "7", {"q": "y"}, at=hours(1))
    with pytest.raises(InputError, match="200 searches"):
        save_search(archive, "new", {"q": "y"}, at=hours(1))
