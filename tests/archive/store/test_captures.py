"""What becomes of captured pages: new articles, later texts, and history that leaves the newest text as it is."""

from __future__ import annotations

from typing import Any

import pytest

from archive.maintenance.integrity import check_archive
from archive.search.fulltext import search
from archive.store.archive import Archive
from archive.store.captures import ImportVisit, mark_revisited, would_move
from archive.store.columns import iso
from archive.store.connection import transaction
from scraper.types import Article, Fetched
from tests.support.visits import BODY, OTHER, URL, article, hours, removal, rows, save, visit

FIRST = article(*BODY, "Work begins in April.")
SECOND = article(*BODY, "Work begins in May.")
THIRD = article(*BODY, "Work begins in June, after the herring.")
FOURTH = article(*BODY, "Work has begun.")


def captured(found: Article | None, at: float, **changes: Any) -> Fetched:
    return visit(found, source="import", at=hours(at), **changes)


def bring(archive: Archive, *captures: Fetched, rules: str = "rules-1", next_try: str | None = None) -> list[str]:
    """What becomes of captures in one transaction. The archive is whole afterwards."""
    outcomes = archive.save_captures(captures, ImportVisit(1, rules, next_try))
    assert check_archive(archive.path).problems == ()
    return list(outcomes)


def history(archive: Archive) -> list[tuple[Any, ...]]:
    """The revisions of the first article: number, hour, last paragraph, paragraphs added and removed."""
    found = rows(
        archive, "SELECT number, seen_at, text, added, removed FROM revisions WHERE article_id = 1 ORDER BY number"
    )
    return [(number, at, text.split("\n\n")[-1], added, removed) for number, at, text, added, removed in found]


def seen(archive: Archive) -> tuple[str, str, int]:
    first, last, revision = rows(archive, "SELECT first_seen, last_seen, revision FROM articles WHERE id = 1")[0]
    return first, last, revision


def test_an_unknown_page_is_an_article_of_its_own_time_that_nobody_refetches(archive: Archive) -> None:
    assert bring(archive, captured(FIRST, -900)) == ["new"]
    at = iso(hours(-900))
    assert seen(archive) == (at, at, 1)
    assert history(archive) == [(1, at, "Work begins in April.", 4, 0)]
    assert rows(archive, "SELECT source, state, next_try, fetched_at FROM links") == [("import", "done", None, at)]
    assert rows(archive, "SELECT url, at, outcome FROM captures") == [(URL, at, "new")]
    assert archive.known([URL])[URL].due is False
    assert [hit.url for hit in search(archive, "april")] == [URL]


def test_a_refetch_that_was_asked_for_is_due_at_once(archive: Archive) -> None:
    now = iso(hours(0))
    bring(archive, captured(FIRST, -900), next_try=now)
    assert rows(archive, "SELECT source, state, next_try FROM links") == [("add", "done", now)]
    assert [link.url for link in archive.waiting("add")] == [URL]


def test_a_link_that_is_known_keeps_its_state_and_schedule(archive: Archive) -> None:
    save(archive, visit(FIRST, etag='"a"'))
    before = rows(archive, "SELECT * FROM links")
    assert bring(archive, captured(SECOND, 3), captured(THIRD, -3)) == ["revised", "history"]
    assert rows(archive, "SELECT * FROM links") == before


def test_a_second_time_changes_nothing(archive: Archive) -> None:
    captures = (captured(FIRST, -9), captured(SECOND, -5), captured(None, -4, url=OTHER, verdict="empty"))
    assert bring(archive, *captures) == ["new", "revised", "textless"]
    before = list(archive.db.conn.iterdump())
    assert bring(archive, *captures) == ["known", "known", "known"]
    assert list(archive.db.conn.iterdump()) == before


def test_rules_that_were_changed_try_again_what_was_not_stored(archive: Archive) -> None:
    assert bring(archive, captured(FIRST, -9), captured(None, -4, url=OTHER, verdict="empty")) == ["new", "textless"]
    again = captured(article(url=OTHER), -4, url=OTHER)
    assert bring(archive, captured(FIRST, -9), again) == ["known", "known"]
    assert bring(archive, captured(FIRST, -9), again, rules="rules-2") == ["known", "duplicate"]


def test_a_later_capture_is_decided_as_any_visit(archive: Archive) -> None:
    save(archive, visit(FIRST))
    remnant = article(BODY[0])
    assert bring(archive, captured(FIRST, 1), captured(SECOND, 2), captured(remnant, 3), captured(None, 4)) == [
        "same", "revised", "worse", "textless",
    ]  # fmt: skip
    assert seen(archive) == (iso(hours(0)), iso(hours(2)), 2)
    assert archive.article("1").article.text == SECOND.text
    assert [hit.url for hit in search(archive, "may")] == [URL]
    assert rows(archive, "SELECT count(*) FROM pages WHERE used = 0") == [(0,)]


def test_an_older_capture_is_history_and_the_article_keeps_its_text(archive: Archive) -> None:
    save(archive, visit(THIRD))
    texts = rows(archive, "SELECT title, text, fingerprint, words, last_seen FROM articles")
    index = rows(archive, "SELECT revision_id, key FROM shingles")
    assert bring(archive, captured(FIRST, -900, removals=(removal(),), body=b"<html>old</html>")) == ["history"]
    assert history(archive) == [
        (1, iso(hours(-900)), "Work begins in April.", 4, 0),
        (2, iso(hours(0)), "Work begins in June, after the herring.", 1, 1),
    ]
    assert rows(archive, "SELECT title, text, fingerprint, words, last_seen FROM articles") == texts
    assert rows(archive, "SELECT revision_id, key FROM shingles") == index
    assert seen(archive) == (iso(hours(-900)), iso(hours(0)), 2)
    assert (search(archive, "april"), [hit.url for hit in search(archive, "june")]) == ([], [URL])
    assert archive.body(1) == b"<html>page</html>"
    assert rows(archive, "SELECT number FROM removals JOIN revisions ON revisions.id = revision_id") == [(1,)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_captures_in_any_order_make_the_same_history(archive: Archive, order: tuple[int, ...]) -> None:
    texts = (FIRST, SECOND, FOURTH, THIRD)
    for number in order:
        bring(archive, captured(texts[number], number))
    assert history(archive) == [
        (1, iso(hours(0)), "Work begins in April.", 4, 0),
        (2, iso(hours(1)), "Work begins in May.", 1, 1),
        (3, iso(hours(2)), "Work has begun.", 1, 1),
        (4, iso(hours(3)), "Work begins in June, after the herring.", 1, 1),
    ]
    assert seen(archive) == (iso(hours(0)), iso(hours(3)), 4)
    assert archive.article("1").article.text == THIRD.text


def test_an_older_capture_of_a_known_text_moves_only_its_times(archive: Archive) -> None:
    bring(archive, captured(FIRST, 0), captured(SECOND, 5))
    assert bring(archive, captured(FIRST, -7), captured(SECOND, 3), captured(FIRST, 1)) == ["same", "same", "same"]
    assert [(number, at) for number, at, *_ in history(archive)] == [(1, iso(hours(-7))), (2, iso(hours(3)))]
    assert seen(archive) == (iso(hours(-7)), iso(hours(5)), 2)


def test_a_text_between_two_visits_of_one_text_stands_before_it(archive: Archive) -> None:
    bring(archive, captured(FIRST, 0), captured(FIRST, 9))
    assert bring(archive, captured(SECOND, 4)) == ["history"]
    assert [(number, text) for number, _, text, *_ in history(archive)] == [
        (1, "Work begins in May."),
        (2, "Work begins in April."),
    ]
    assert archive.article("1").article.text == FIRST.text


def test_a_capture_of_the_same_second_leaves_the_newest_text(archive: Archive) -> None:
    save(archive, visit(FIRST))
    assert bring(archive, captured(SECOND, 0)) == ["history"]
    assert archive.article("1").article.text == FIRST.text


def test_the_time_of_its_page_places_a_text_that_was_extracted_again(archive: Archive) -> None:
    bring(archive, captured(FIRST, 0), captured(SECOND, 1), captured(THIRD, 110))
    archive.db.conn.execute("UPDATE revisions SET seen_at = ? WHERE number = 2", (iso(hours(100)),))
    assert bring(archive, captured(FOURTH, 50)) == ["history"]
    assert [text for _, _, text, *_ in history(archive)][1:3] == ["Work begins in May.", "Work has begun."]


def test_a_short_first_version_of_a_story_is_kept_and_a_later_remnant_is_not(archive: Archive) -> None:
    bring(archive, captured(THIRD, 9))
    early = captured(article(BODY[0]), 0)
    assert bring(archive, early, captured(SECOND, 4), captured(article(BODY[1]), 6)) == ["history", "history", "worse"]
    assert history(archive)[0][2] == BODY[0]


@pytest.mark.parametrize("found", [article("Subscribe to read."), None])
def test_an_older_page_that_is_no_article_is_not_stored(archive: Archive, found: Article | None) -> None:
    bring(archive, captured(THIRD, 9))
    assert bring(archive, captured(found, 0, verdict="consent")) == ["textless"]
    assert len(history(archive)) == 1


def test_a_revisit_moves_the_last_visit_and_nothing_else(archive: Archive) -> None:
    bring(archive, captured(FIRST, 0))
    before = rows(archive, "SELECT * FROM links")
    assert not would_move(archive.db, URL, iso(hours(-1)))
    assert not would_move(archive.db, OTHER, iso(hours(1)))
    assert would_move(archive.db, URL, iso(hours(6)))
    with transaction(archive.db):
        mark_revisited(archive.db, URL, iso(hours(6)))
    assert seen(archive) == (iso(hours(0)), iso(hours(6)), 1)
    assert rows(archive, "SELECT * FROM links") == before


def test_a_story_of_two_sites_is_found_in_one_batch(archive: Archive) -> None:
    other = captured(article(*BODY, "Work begins in April.", url=OTHER), 1, url=OTHER)
    assert bring(archive, captured(FIRST, 0), other) == ["new", "duplicate"]
