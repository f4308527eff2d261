"""The chrome of an article: stored as one value, shown on request, restored like a removal, and counted nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.ledger.restore import change_ledger, read_ledger
from archive.ledger.rule_stats import rule_stats
from archive.maintenance.integrity import check_archive
from archive.output.show import chrome_json, removed_json, show_chrome, show_removed
from archive.runs.reextract import extract_stored
from archive.runs.stored_pages import read_pages
from archive.store.archive import Archive
from archive.store.chrome import read_chrome, with_unpacked_chrome
from scraper.chrome import with_packed_chrome
from scraper.errors import ArchiveError
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Block, Fetched, Link
from tests.support.pages import page
from tests.support.visits import BODY, START, article, hours, removal, rows, save, visit

LAST = removal("The work ends in May.", rule_id="outside", stage="page", kind="other", position=30)
MENU = removal("Harbour | Ferries", rule_id="outside", stage="page", kind="navigation", position=0)
SIGNUP = removal(position=9)
SPACED = tuple(Block("paragraph", text, position=number * 2 + 1) for number, text in enumerate(BODY))


def seen(*paragraphs: str, packed: bool = True) -> Any:
    """A visit to the article with a removal and two blocks of chrome."""
    more = tuple(Block("paragraph", text, position=20 + number) for number, text in enumerate(paragraphs))
    made = visit(article(blocks=(*SPACED, *more)), removals=(SIGNUP,))
    found = replace(made.extraction, chrome=(MENU, LAST))
    return replace(made, extraction=with_packed_chrome(found) if packed else found)


@pytest.fixture
def kept(archive: Archive) -> Archive:
    save(archive, seen())
    return archive


def change(archive: Archive, number: int, *, undo: bool = False) -> str:
    """Restores a block of article 1 or removes it again; the text then."""
    change_ledger(archive, 1, (number,), run=1, at=hours(1), undo=undo)
    return archive.article("1").article.text


def chrome(archive: Archive) -> list[str]:
    return [gone.text for gone in read_chrome(archive.db, 1, path="")]


@pytest.mark.parametrize("packed", [True, False])
def test_chrome_is_stored_as_one_value_of_its_revision(archive: Archive, packed: bool) -> None:
    save(archive, seen(packed=packed))
    assert read_chrome(archive.db, 1, path="") == (MENU, LAST)
    assert rows(archive, "SELECT count(*), sum(length(packed)) < 200 FROM chrome") == [(1, 1)]
    assert rows(archive, "SELECT text FROM removals") == [(SIGNUP.text,)]
    save(archive, seen("It begins in May.", packed=packed), at=1)
    assert rows(archive, "SELECT revision_id FROM chrome ORDER BY 1") == [(1,), (2,)]


def test_chrome_is_shown_on_request_and_numbered_after_the_removals(kept: Archive) -> None:
    ledger = read_ledger(kept, 1)
    assert [row["text"] for row in removed_json(ledger)] == [SIGNUP.text]
    assert len(show_removed(ledger).splitlines()) == 3
    shown = [(row["number"], row["text"], row["outside"]) for row in chrome_json(ledger)]
    assert shown == [(1, SIGNUP.text, False), (2, MENU.text, True), (3, LAST.text, True)]
    assert [line.split()[0] for line in show_chrome(ledger).splitlines()[:3]] == ["1", "2", "3"]


def test_restored_chrome_keeps_its_number_and_becomes_chrome_again(kept: Archive) -> None:
    assert change(kept, 3).endswith(LAST.text)
    assert chrome(kept) == [MENU.text]
    assert [row["restored"] for row in chrome_json(read_ledger(kept, 1))] == [False, False, True]
    assert not change(kept, 3, undo=True).endswith(LAST.text)
    assert chrome(kept) == [MENU.text, LAST.text]
    assert [gone.text for gone in kept.removals(1)] == [SIGNUP.text]
    assert check_archive(kept.path).problems == ()


def test_restored_chrome_stays_when_the_page_is_fetched_again(kept: Archive) -> None:
    change(kept, 3)
    assert save(kept, seen(), at=2) == "same"
    assert save(kept, seen("It begins in March."), at=3) == "revised"
    assert kept.article("1").article.text.split("\n\n") == [*BODY, "It begins in March.", LAST.text]
    assert chrome(kept) == [MENU.text]


def test_chrome_is_in_no_count_of_removals(archive: Archive) -> None:
    def counted() -> list[Any]:
        views = [rows(archive, f"SELECT count(*) FROM {name}") for name in ("ledger", "boilerplate", "removals")]
        sample = rows(archive, "SELECT removed, rule, taken FROM samples")
        return [*views, sample, [(row.rule, row.hits) for row in rule_stats(archive, built_in_rules()) if row.hits]]

    save(archive, visit(article(blocks=SPACED), removals=(SIGNUP,)))
    without = counted()
    archive.db.conn.execute("DELETE FROM samples")
    save(archive, seen("It begins in May."), at=1)
    archive.db.conn.execute("DELETE FROM removals WHERE revision_id = 1")
    assert counted() == without


def test_a_thread_after_the_text_is_no_loss_of_its_source(archive: Archive) -> None:
    def thread(**changes: Any) -> Any:
        return [removal(f"Reader {number} agrees", position=40 + number, **changes) for number in range(50)]

    within = removal("Advertisement", rule_id="ad", stage="element", position=2)
    for gone in (thread(rule_id="comment.all", stage="element"), thread(rule_id="scorer")):
        save(archive, visit(article(blocks=SPACED), removals=(within, *gone)))
    save(archive, visit(article(blocks=SPACED), removals=(within, *thread(rule_id="greedy"))))
    assert rows(archive, "SELECT rule, removed > 100 FROM samples") == [("ad", 0), ("ad", 0), ("greedy", 1)]


def test_damaged_chrome_is_named(kept: Archive) -> None:
    kept.db.conn.execute("UPDATE chrome SET packed = x'0102'")
    with pytest.raises(ArchiveError, match="chrome of revision 1 is damaged"):
        read_ledger(kept, 1)


def test_an_extraction_of_a_stored_page_keeps_its_chrome_and_a_restore_from_it(archive: Archive) -> None:
    tides = "".join(
        f"<p>The tide came in over the flats at {n}, as it does, and went out by evening.</p>" for n in range(9)
    )
    tidal = page(
        f"<header><a href=/>Harbour and ferries</a></header><article><h1>Tide</h1>{tides}</article><nav>Ask the harbour office.</nav>",
        url="https://a.example/tide",
        fetched_at=START,
    )
    whole = extract(tidal, built_in_rules())
    save(archive, Fetched(Link(tidal.url, "a"), tidal, with_packed_chrome(whole)))
    number = next(entry.number for entry in read_ledger(archive, 1).outside if entry.removal.text.startswith("Ask"))
    change_ledger(archive, 1, (number,), run=1, at=hours(1), undo=False)
    (stored,) = read_pages(archive, [1], rules_paths=(), wanted=lambda stored: True)
    again = extract_stored(stored)  # type: ignore[arg-type]
    assert again.text == f"{whole.text}\n\nAsk the harbour office."
    left = [removal.text for removal in with_unpacked_chrome(again).chrome]
    assert left == [removal.text for removal in whole.chrome if not removal.text.startswith("Ask")]


def test_the_commands_show_and_restore_chrome(kept: Archive) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, [*arguments, "--db", str(kept.path)])

    kept.db.conn.commit()
    listed = json.loads(run("show", "1", "--chrome", "--json").stdout)
    assert [(row["number"], row["outside"]) for row in listed] == [(1, False), (2, True), (3, True)]
    assert MENU.text not in run("show", "1", "--removed").stdout
    assert run("restore", "1", "2").exit_code == 0
    assert MENU.text in run("show", "1").stdout
