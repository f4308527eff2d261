"""The ledger: removals and their reasons; restoring a block for good; archives of the first version."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.ledger.restore import change_ledger, read_ledger
from archive.ledger.rule_stats import rule_stats
from archive.maintenance.backup import prune
from archive.output.show import history_json, removed_json, show_removed
from archive.store.archive import Archive
from archive.store.restores import read_restores, restore_blocks
from scraper.errors import InputError
from scraper.extraction.extract import extract
from scraper.extractor_version import extractor_version
from scraper.rules.loader import built_in_rules
from scraper.rules.reasons import COPY_IDS
from scraper.types import Block, Fetched, Link
from tests.archive.schema.fill_archive import HARBOUR, REVISED
from tests.archive.schema.fill_archive import PROMO as PROMO_OF_OLD
from tests.archive.schema.old_archives import FIRST, unpack
from tests.archive.schema.test_schema import check_index
from tests.support.pages import page
from tests.support.visits import BODY, START, article, hours, removal, rows, save, visit

PROMO = removal(
    "The vote was close, as the harbour has few friends inland.", position=1, rule_id="promo.guess", kind="promo"
)
SIGNUP = removal(position=9)
SPACED = tuple(Block("paragraph", text, position=number * 2) for number, text in enumerate(BODY))
"""The usual paragraphs with a place free after each."""


def stripped(*removals: object, **changes: object) -> object:
    """A visit to the usual article, of which these blocks were removed."""
    return visit(article(blocks=SPACED, **changes), removals=removals or (PROMO, SIGNUP))  # type: ignore[arg-type]


@pytest.fixture
def kept(archive: Archive) -> Archive:
    """An archive with the article in it."""
    save(archive, stripped())
    return archive


def restored(archive: Archive, *numbers: int, undo: bool = False) -> str:
    """Changes the ledger of article 1; its text then."""
    change_ledger(archive, 1, numbers, run=1, at=hours(1), undo=undo)
    return archive.article("1").article.text


def test_the_ledger_names_each_block_its_rule_its_place_and_the_version(kept: Archive) -> None:
    first, second = removed_json(read_ledger(kept, 1))
    assert (first["number"], first["rule"], first["kind"], first["position"], first["restored"]) == (
        1,
        "promo.guess",
        "promo",
        1,
        False,
    )
    assert (second["text"], second["extractor"]) == ("Sign up for our newsletter", extractor_version())
    assert re.fullmatch(r"\d[\w.]*\+[0-9a-f]{8}", extractor_version())
    assert extractor_version() in show_removed(read_ledger(kept, 1))
    assert rows(kept, "SELECT rule, extractor, article_id FROM ledger ORDER BY position") == [
        ("promo.guess", extractor_version(), 1),
        ("newsletter.signup.en", extractor_version(), 1),
    ]


def test_a_restored_block_is_in_its_place_in_a_new_revision(kept: Archive) -> None:
    assert restored(kept, 1).split("\n\n") == [BODY[0], PROMO.text, *BODY[1:]]
    before, after = history_json(kept.revisions(1))
    assert (before["origin"], after["origin"], after["added"], after["removed"]) == ("scrape", "restore", 1, 0)
    assert before["text"] == article().text
    assert [gone.text for gone in kept.removals(1)] == [SIGNUP.text]
    assert rows(kept, "SELECT page_id FROM revisions") == [(1,), (1,)]
    assert rows(kept, "SELECT last_seen FROM articles") == [("2026-11-20T06:00:00Z",)]
    assert rows(kept, "SELECT rule, votes FROM rule_votes") == [("promo.guess", 1)]
    check_index(kept.db)


def test_a_restored_block_keeps_its_number_and_is_removed_again_by_it(kept: Archive) -> None:
    restored(kept, 1)
    listed = show_removed(read_ledger(kept, 1)).splitlines()
    assert [line.split()[:3] for line in listed[:2]] == [
        ["1", "+", "promo"],
        ["2", "newsletter", "newsletter.signup.en"],
    ]
    assert restored(kept, 1, undo=True) == article().text
    assert [gone.text for gone in kept.removals(1)] == [PROMO.text, SIGNUP.text]
    assert [revision.origin for revision in kept.revisions(1)] == ["scrape", "restore", "restore"]
    assert rows(kept, "SELECT count(*), count(undone_at) FROM restores") == [(1, 1)]
    assert rows(kept, "SELECT * FROM rule_votes") == []


def test_a_restore_is_told_from_an_edit_of_the_publisher(kept: Archive) -> None:
    restored(kept, 2)
    save(kept, visit(article("An edited text, by the publisher this time, and long enough to be one.", *BODY)), 2)
    assert rows(kept, "SELECT revision, made_by FROM changes ORDER BY revision") == [(2, "reader"), (3, "publisher")]


@pytest.mark.parametrize(
    ("numbers", "undo", "message"),
    [((3,), False, "no block 3"), ((1,), True, "was not restored"), ((2, 9), False, "no block 9")],
)
def test_a_wrong_number_changes_nothing(kept: Archive, numbers: tuple[int, ...], undo: bool, message: str) -> None:
    with pytest.raises(InputError, match=message):
        restored(kept, *numbers, undo=undo)
    assert rows(kept, "SELECT count(*) FROM restores") == [(0,)]
    assert len(kept.revisions(1)) == 1


def test_a_block_is_not_restored_twice(kept: Archive) -> None:
    restored(kept, 1)
    with pytest.raises(InputError, match="was restored already"):
        restored(kept, 1)


def test_a_refetch_keeps_the_restored_block_and_makes_no_revision(kept: Archive) -> None:
    restored(kept, 1)
    other = PROMO._replace(rule_id="scorer")  # rules change
    assert save(kept, stripped(other, SIGNUP), at=2) == "same"
    assert PROMO.text in kept.article("1").article.text


def test_an_edit_of_the_page_keeps_the_restored_block(kept: Archive) -> None:
    restored(kept, 1)
    edited = article(blocks=(*SPACED, Block("paragraph", "It begins in May.", position=8)))
    assert save(kept, visit(edited, removals=(PROMO, SIGNUP)), at=2) == "revised"
    assert kept.article("1").article.text.split("\n\n") == [BODY[0], PROMO.text, *BODY[1:], "It begins in May."]
    assert kept.revisions(1)[-1].origin == "scrape"


def test_a_restored_block_that_left_the_page_leaves_the_text(kept: Archive) -> None:
    restored(kept, 1)
    assert save(kept, stripped(SIGNUP), at=2) == "revised"
    assert PROMO.text not in kept.article("1").article.text
    assert restored(kept, 1, undo=True) == article().text


def test_a_restored_block_that_is_chrome_now_stays_in_the_text(kept: Archive) -> None:
    restored(kept, 1)
    later = stripped(SIGNUP)
    moved = replace(
        later,
        extraction=replace(later.extraction, chrome=(PROMO._replace(position=40), removal("Contact us", position=41))),
    )  # type: ignore[attr-defined, type-var]
    save(kept, moved, at=2)
    assert kept.article("1").article.text.split("\n\n") == [*BODY, PROMO.text]


SHAPED = """<html><head><title>Tide</title></head><body><article><h1>Tide</h1>%s
<h3>Related: <a href="/ferry">The ferry sails again</a></h3>
<p>The tide will come in over the flats at noon, as it does twice a day, and go out by the evening.</p>
<ul><li>Read more: <b>Bold words</b> on the lighthouse</li></ul>
<p>The tide was out over the flats by midnight, as it is twice a day, and came in by the morning.</p></article></body></html>"""


@pytest.fixture
def shaped(archive: Archive) -> tuple[Archive, Fetched]:
    """A real page of which a heading and an item were removed, in an archive."""
    tides = "".join(
        f"<p>The tide came in over the flats at {hour}, as it does twice a day, and went out by the evening.</p>"
        for hour in range(9)
    )
    tidal = page(SHAPED % tides, url="https://a.example/tide", fetched_at=START)
    fetched = Fetched(Link(tidal.url, "a"), tidal, replace(extract(tidal, built_in_rules()), chrome=()))
    save(archive, fetched)
    return archive, fetched


def test_a_restored_block_has_the_shape_that_it_had_on_the_page(shaped: tuple[Archive, Fetched]) -> None:
    archive, fetched = shaped
    numbers = [
        entry.number
        for entry in read_ledger(archive, 1).entries
        if entry.removal.text.startswith(("Related", "Read more"))
    ]
    restored(archive, *numbers)
    wanted = [
        ("heading", 3, "Related: [The ferry sails again](https://a.example/ferry)"),
        ("list", 1, "Read more: **Bold words** on the lighthouse"),
    ]

    def found() -> list[tuple[str, int, str]]:
        return [
            (block.kind, block.level, block.markup)
            for block in archive.article("1").article.blocks
            if block.kind != "paragraph"
        ]

    assert found() == wanted
    assert save(archive, fetched, at=2) == "same"
    edited = replace(
        fetched.extraction.article,
        blocks=(
            *fetched.extraction.article.blocks,
            Block("paragraph", "It begins in May, the harbour office said.", 99),
        ),
    )  # type: ignore[type-var, union-attr]
    assert save(archive, replace(fetched, extraction=replace(fetched.extraction, article=edited)), at=3) == "revised"
    assert found() == wanted
    restored(archive, *numbers, undo=True)
    assert found() == []


def test_a_restored_block_of_a_pruned_page_is_a_paragraph(shaped: tuple[Archive, Fetched]) -> None:
    archive, _ = shaped
    sum(prune(archive, hours(99)))
    number = next(entry.number for entry in read_ledger(archive, 1).entries if entry.removal.text.startswith("Related"))
    assert "Related: The ferry sails again" in restored(archive, number)
    assert {block.kind for block in archive.article("1").article.blocks} == {"paragraph"}


def test_rules_that_keep_a_restored_block_do_not_double_it(kept: Archive) -> None:
    restored(kept, 1)
    own = article(blocks=(SPACED[0], Block("paragraph", PROMO.text, 1), *SPACED[1:]))
    extraction = visit(own, removals=(PROMO._replace(position=7),)).extraction
    assert restore_blocks(extraction, read_restores(kept.db, 1)) == extraction


@pytest.mark.parametrize("rule_id", sorted(COPY_IDS))
def test_a_restored_copy_is_beside_its_twin(archive: Archive, rule_id: str) -> None:
    save(archive, stripped(SIGNUP._replace(text=BODY[0], rule_id=rule_id, kind="repeat", position=9)))
    assert restored(archive, 1).split("\n\n") == [*BODY, BODY[0]]
    again = stripped(SIGNUP._replace(text=BODY[0], rule_id=rule_id, kind="repeat", position=9))
    assert save(archive, again, at=2) == "same"


def test_a_caption_becomes_text_and_a_caption_again(archive: Archive) -> None:
    caption = removal("The quay at dawn.", kind="caption", position=1)
    found = article(
        blocks=(SPACED[0], Block("caption", caption.text, 1, image="https://herald.example/q.jpg"), *SPACED[1:])
    )
    save(archive, visit(found, removals=(caption,)))
    assert restored(archive, 1).split("\n\n")[1] == caption.text
    assert [block.kind for block in archive.article("1").article.blocks] == ["paragraph"] * 4
    assert restored(archive, 1, undo=True) == article().text
    assert [block.kind for block in archive.article("1").article.blocks][1] == "caption"


def test_a_note_becomes_text_and_a_note_again(archive: Archive) -> None:
    note = removal("Mara Lind reports on ports and ferries.", kind="author-box", position=1)
    save(archive, visit(article(blocks=(SPACED[0], Block("note", note.text, 1), *SPACED[1:])), removals=(note,)))
    assert restored(archive, 1).split("\n\n")[1] == note.text
    assert restored(archive, 1, undo=True) == article().text
    assert [block.kind for block in archive.article("1").article.blocks][1] == "note"


def test_the_commands_restore_and_undo(kept: Archive) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, [*arguments, "--db", str(kept.path)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "restored: The vote was close" in run("restore", "1", "1")
    assert PROMO.text in run("show", "1")
    assert "by hand" in run("show", "1", "--history")
    assert [row["restored"] for row in json.loads(run("show", "1", "--removed", "--json"))] == [True, False]
    assert "removed again" in run("restore", "1", "1", "--undo")
    assert PROMO.text not in run("show", "1")
    assert CliRunner().invoke(main, ["restore", "1", "7", "--db", str(kept.path)]).exit_code == 2


# --- archives of the first version --------------------------------------------------------------------------------


def test_a_block_is_restored_in_an_archive_of_the_first_version(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    unpack(FIRST, path)
    with Archive.open(path) as archive:
        number = archive.article(HARBOUR).id
        assert [(revision.origin, revision.extractor) for revision in archive.revisions(number)] == [("scrape", "")] * 2
        ledger = read_ledger(archive, number)
        assert [entry.removal.text for entry in ledger.entries] == [PROMO_OF_OLD, "Share this page"]
        assert "an earlier version" in show_removed(ledger)
        change_ledger(archive, number, (1,), run=1, at=START, undo=False)
        assert archive.article(HARBOUR).article.text == "\n\n".join((*REVISED, PROMO_OF_OLD))


# --- what rules do ------------------------------------------------------------------------------------------------


def test_statistics_count_blocks_articles_text_and_restores(kept: Archive) -> None:
    other = "https://coast.example/1"
    save(
        kept,
        visit(
            article("Another text.", url=other),
            url=other,
            removals=(removal(), removal("Sign up", rule_id="gone.rule")),
        ),
    )
    restored(kept, 1)
    rows_by_rule = {row.rule: row for row in rule_stats(kept, built_in_rules())}
    assert {rule: (row.hits, row.articles, row.votes, row.known) for rule, row in rows_by_rule.items()} == {
        "newsletter.signup.en": (2, 2, 0, True),
        "gone.rule": (1, 1, 0, False),
        "promo.guess": (0, 0, 1, False),
    }
    assert rows_by_rule["newsletter.signup.en"].share == round(52 / 59, 4)
    assert [row.rule for row in rule_stats(kept, built_in_rules(), site="coast.example")] == [
        "newsletter.signup.en",
        "gone.rule",
    ]


def test_the_command_prints_statistics(kept: Archive) -> None:
    restored(kept, 1)
    done = CliRunner().invoke(main, ["rules", "stats", "--db", str(kept.path)])
    assert done.exit_code == 0
    assert re.search(r"newsletter\.signup\.en +newsletter +1 +1 +100\.0% +-", done.stdout)
    assert re.search(r"promo\.guess +promo +0 +0 +0\.0% +1 \(100%\)", done.stdout)
    assert "rules removed nothing" in done.stderr
    assert (
        json.loads(CliRunner().invoke(main, ["rules", "stats", "--json", "--db", str(kept.path)]).stdout)[0]["hits"]
        == 1
    )
