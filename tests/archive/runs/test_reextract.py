"""Stored pages are extracted again with other rules: what changes, what stays, and what is rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.ledger.restore import change_ledger
from archive.runs.reextract import PageResult, ReextractRun, reextract_pages
from archive.runs.reextract_report import Report
from archive.runs.stored_pages import Selection, StoredPage
from archive.schema.m004_ledger import ORIGINS
from archive.store.archive import Archive
from scraper.errors import ExtractError, InputError
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Fetched, Link
from tests.archive.schema.test_schema import check_index
from tests.support.reextraction import (
    EATER,
    HOST,
    PROMO,
    TEXT,
    again,
    fetched,
    harbour_page,
    here,
    outcomes,
    text_of,
)
from tests.support.visits import START, hours, rows


def test_a_new_rule_removes_the_promo_from_stored_texts(paper: Archive, rule: Path) -> None:
    assert outcomes(again(paper, rule)) == ["revised"] * 3
    assert PROMO not in text_of(paper, 2)
    first, second = paper.revisions(2)
    assert (first.origin, second.origin, second.added, second.removed) == ("scrape", "reextract", 0, 1)
    assert PROMO in first.text
    assert first.rules_hash != second.rules_hash
    assert "promo.almanac" in {gone.rule_id for gone in paper.removals(2)}
    assert rows(paper, "SELECT DISTINCT last_seen FROM articles") == [
        ("2026-11-20T06:00:00Z",)
    ]  # nobody asked the site
    assert rows(paper, "SELECT count(*) FROM pages") == [(3,)]
    check_index(paper.db)
    assert set(ORIGINS) >= {origin for (origin,) in rows(paper, "SELECT origin FROM revisions")}


def test_a_dry_run_reports_the_same_and_writes_nothing(paper: Archive, rule: Path) -> None:
    before = paper.db.conn.total_changes
    found = again(paper, rule, apply=False)
    assert paper.db.conn.total_changes == before
    report = Report(True, "r")
    for one in found:
        report.count(one)
    (site,) = report.as_dict()["sites"]
    assert (site["site"], site["revised"], site["paragraphs_gained"], site["paragraphs_lost"]) == (
        "herald.example",
        3,
        0,
        3,
    )
    assert site["lost"] == [{"text": PROMO, "times": 3}]
    assert any(line.endswith(f"3 x  {PROMO}") and line.startswith("  -") for line in report.lines())
    assert "3 texts would be revised" in report.summary()


def test_the_same_rules_change_nothing_and_extract_no_page_twice(paper: Archive) -> None:
    assert outcomes(again(paper)) == ["same"] * 3
    assert again(paper) == []
    assert outcomes(again(paper, again=True)) == ["same"] * 3


def test_a_stopped_run_is_continued_by_the_next(paper: Archive, rule: Path) -> None:
    assert outcomes(again(paper, rule, stop_after=1)) == ["revised"]
    assert outcomes(again(paper, rule)) == ["revised"] * 2
    assert [len(paper.revisions(number)) for number in (1, 2, 3)] == [2, 2, 2]


def test_texts_of_greedy_rules_are_rejected_and_reported(paper: Archive, tmp_path: Path) -> None:
    eater = tmp_path / "eater.toml"
    eater.write_text(EATER.replace("1802", "1802 and again"))
    found = again(paper, eater)
    assert set(outcomes(found)) == {"worse"}
    assert text_of(paper, 1).count("\n\n") == 4
    assert len(paper.revisions(1)) == 1
    report = Report(False, "r")
    for one in found:
        report.count(one)
    assert any(line.startswith(f"  ! {HOST}/1: ") for line in report.lines())


def test_accept_worse_stores_a_worse_text_but_not_a_missing_one(paper: Archive, tmp_path: Path) -> None:
    half = tmp_path / "half.toml"
    half.write_text(
        EATER.replace("harbour|fishermen|cost|dredger", "fishermen|million|dredger|almanac")
        .replace('"harbour", ', '"million", "almanac", ')
        .replace("almanac|", "")
        .replace("Westmark Almanac was", "book was")
        .replace('almanac"\nwhy', '"\nwhy')
        .replace("|almanac", "|out now")
    )
    assert outcomes(again(paper, half)) == ["worse"] * 3
    assert outcomes(again(paper, half, worse=True, again=True)) == ["revised"] * 3
    assert text_of(paper, 1) == TEXT[0].format(n=6)
    assert len(paper.revisions(1)) == 2


def test_a_restored_block_is_kept_with_other_rules(paper: Archive, rule: Path) -> None:
    again(paper, rule)
    number = next(n for n, gone in enumerate(paper.removals(1), start=1) if gone.text == PROMO)
    change_ledger(paper, 1, (number,), run=1, at=hours(6), undo=False)
    assert PROMO in text_of(paper, 1)
    assert outcomes(again(paper, rule, again=True)) == ["same"] * 3
    assert PROMO in text_of(paper, 1)
    assert PROMO not in text_of(paper, 2)


def test_a_later_page_without_a_text_is_extracted_again_with_a_new_rule(paper: Archive, tmp_path: Path) -> None:
    wall = "<p>Read on with a subscription for subscribers.</p>"
    assert paper.save(fetched(harbour_page(1, body=wall, at=2)), run=1, at=hours(2)) == "worse"
    assert outcomes(again(paper)) == ["same", "same", "same", "still"]  # the good page, two others, the wall
    updated = harbour_page(1, at=3)
    text = updated.body.decode().replace("dredged in spring", "dredged in autumn")
    better = replace(updated, body=text.encode())
    bad = Fetched(
        Link(better.url, "herald"), better, extract(harbour_page(1, body=wall), built_in_rules())
    )  # as an older version read it
    assert paper.save(bad, run=1, at=hours(3)) == "worse"
    assert outcomes(again(paper)) == ["revised"]
    assert "dredged in autumn" in text_of(paper, 1)
    assert rows(paper, "SELECT count(*) FROM pages WHERE used = 0") == [(0,)]


def test_an_article_is_found_on_a_page_that_had_none(archive: Archive) -> None:
    found = harbour_page(7)
    nothing = Fetched(
        Link(found.url, "herald"), found, extract(harbour_page(7, body="<p>Hm.</p>", status=404), built_in_rules())
    )
    assert archive.save(nothing, run=1, at=START) == "failed"
    assert outcomes(again(archive)) == ["found"]
    assert archive.article(found.url).article.title == "Harbour vote 7"
    assert rows(archive, "SELECT state, article_id, error FROM links") == [("done", 1, "")]
    assert rows(archive, "SELECT first_seen, origin FROM articles JOIN revisions ON article_id = articles.id") == [
        ("2026-11-20T06:00:00Z", "reextract")
    ]
    assert again(archive) == []


def test_missing_metadata_is_filled_and_known_metadata_is_kept(paper: Archive) -> None:
    paper.db.conn.execute("UPDATE articles SET language = '' WHERE id = 1")
    paper.db.conn.execute("UPDATE articles SET language = 'xx' WHERE id = 2")
    assert outcomes(again(paper)) == ["filled", "same", "same"]
    assert [language for (language,) in rows(paper, "SELECT language FROM articles ORDER BY id")] == ["en", "xx", "en"]
    assert len(paper.revisions(1)) == 1


def test_site_rule_and_date_select_pages(paper: Archive, rule: Path) -> None:
    assert again(paper, rule, apply=False, site="coast.example") == []
    assert len(again(paper, rule, apply=False, site="www.herald.example")) == 3
    assert again(paper, rule, apply=False, since=hours(1)) == []
    assert len(again(paper, rule, apply=False, rule="promo.almanac")) == 3
    assert again(paper, rule, apply=False, rule="ad.label.en") == []
    with pytest.raises(InputError, match="no rule"):
        again(paper, rule, apply=False, rule="promo.almanack")


def test_a_damaged_page_is_reported_and_the_others_are_read(paper: Archive) -> None:
    paper.db.conn.execute("UPDATE pages SET sha256 = 'x' WHERE id = 2")
    work = ReextractRun(paper, Selection(), "h", (), None, lambda: hours(5))
    found = list(reextract_pages(work, here, wanted=lambda item: True, stopped=lambda: False))
    assert [one.outcome if isinstance(one, PageResult) else str(one) for one in found] == [
        "same",
        "same",
        f"{paper.path}: page 2 is damaged (its hash does not match)",
    ]


def test_a_page_that_ends_its_worker_is_counted_as_failed(paper: Archive) -> None:
    def dead(task: Any, items: Iterable[StoredPage]) -> Iterator[Extraction | ExtractError]:
        return (ExtractError(item.url, "extract-timeout", "took longer") for item in items)

    work = ReextractRun(paper, Selection(), "h", (), 1, lambda: hours(5))
    found = list(reextract_pages(work, dead, wanted=lambda item: True, stopped=lambda: False))
    results = [one for one in found if isinstance(one, PageResult)]
    assert [one.outcome for one in results] == ["failed"] * 3
    report = Report(dry_run=False, rules_hash="h")
    for one in results:
        report.count(one)
    assert f"  ! {results[0].stored_page.page.url}: took longer" in list(report.lines())
    assert PROMO in text_of(paper, 1)
