"""Stored pages through other rules: what changes, what stays, what is refused, and that a cut run goes on."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.cli.rule_files import own_rules_path, read_rules
from archive.ledger.restore import change_ledger
from archive.maintenance.backup import find_old_pages, prune
from archive.maintenance.integrity import check_pages
from archive.runs.reextract import PageResult, ReextractRun, reextract_pages
from archive.runs.reextract_report import Report
from archive.runs.stored_pages import Selection, StoredPage, rule_filter
from archive.schema.m004_ledger import ORIGINS
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.errors import ArchiveError, ExtractError, InputError
from scraper.extraction.extract import extract
from scraper.extraction.multipage import join
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Fetched, Link, Page
from tests.archive.schema.test_schema import check_index
from tests.support.pages import page
from tests.support.visits import START, hours, rows

HOST = "https://herald.example"
TEXT = (
    "The harbour of Westmark will be dredged in spring, the port authority said on Friday after a vote that took all night and went {n} to four.",
    "Fishermen had asked for the work since a trawler ran aground two winters ago off pier {n}, with the loss of its nets and of a season's catch.",
    "It will cost {n} million crowns, half of which the county is to pay, the rest coming out of the port's own fees over the next nine years.",
    "The dredger is to come from the yard at Lund in the first week of March, when the herring boats numbered {n} have left for the northern grounds.",
)
PROMO = "The Westmark Almanac is out now at kiosks and costs less than a pot of tea."
RULE = f'''
[[rule]]
id = "promo.almanac"
stage = "text"
kind = "promo"
words = ["almanac"]
pattern = "^The Westmark Almanac is out"
hosts = ["herald.example"]
why = "a pitch for the paper's own book"
hit = ["{PROMO}"]
miss = ["The Westmark Almanac was first printed in 1802."]
'''
EATER = RULE.replace("^The Westmark Almanac is out", "harbour|fishermen|cost|dredger").replace(
    '["almanac"]', '["harbour", "fishermen", "cost", "dredger", "costs"]'
)


def harbour_page(number: int, *, body: str = "", at: float = 0, status: int = 200) -> Page:
    """A page with an article and a promo that the built-in rules do not know."""
    url = f"{HOST}/{number}"
    text = [paragraph.format(n=number + 5) for paragraph in TEXT]
    own = body or "".join(f"<p>{paragraph}</p>" for paragraph in (*text[:2], PROMO, *text[2:]))
    html = f"<!doctype html><html lang=en><title>Harbour vote {number}</title><body><article><h1>Harbour vote {number}</h1>{own}</article></body></html>"
    return page(html, url=url, status=status, fetched_at=hours(at))


def fetched(found: Page) -> Fetched:
    """What a crawl would bring of a page."""
    return Fetched(Link(found.url, "herald"), found, extract(found, built_in_rules()))


def text_of(archive: Archive, number: int) -> str:
    return archive.article(f"{HOST}/{number}").article.text


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "almanac.toml"
    path.write_text(RULE)
    return path


@pytest.fixture
def paper(archive: Archive) -> Archive:
    """Three articles, each with the promo in its text."""
    for number in range(1, 4):
        assert archive.save(fetched(harbour_page(number)), run=1, at=START) in {"new", "duplicate"}
        assert PROMO in text_of(archive, number)
    return archive


def here(task: Callable[[StoredPage], Extraction], items: Iterable[StoredPage]) -> Iterator[Extraction | ExtractError]:
    """The worker's task in this process."""
    return map(task, items)


def again(archive: Archive, *rules: Path, apply: bool = True, stop_after: int = 99, **choice: Any) -> list[PageResult]:
    """What a run over the archive does, or would do."""
    chosen = read_rules(rules)
    picked = Selection(**choice)
    run = archive.start_run(at=hours(5), sources="reextract") if apply else None
    work = ReextractRun(archive, picked, chosen.hash, rules, run, lambda: hours(5))
    seen: list[int] = []

    def stopped() -> bool:
        seen.append(1)
        return len(seen) > stop_after

    found = list(reextract_pages(work, here, wanted=rule_filter(archive, chosen, picked.rule), stopped=stopped))
    assert not any(isinstance(one, ArchiveError) for one in found)
    return [one for one in found if isinstance(one, PageResult)]


def outcomes(found: list[PageResult]) -> list[str]:
    return [one.outcome for one in found]


def test_a_new_rule_takes_the_promo_out_of_texts_that_are_stored(paper: Archive, rule: Path) -> None:
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


def test_a_dry_run_tells_the_same_and_writes_nothing(paper: Archive, rule: Path) -> None:
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


def test_the_same_rules_change_nothing_and_read_no_page_twice(paper: Archive) -> None:
    assert outcomes(again(paper)) == ["same"] * 3
    assert again(paper) == []
    assert outcomes(again(paper, again=True)) == ["same"] * 3


def test_a_run_that_is_stopped_goes_on_where_it_was(paper: Archive, rule: Path) -> None:
    assert outcomes(again(paper, rule, stop_after=1)) == ["revised"]
    assert outcomes(again(paper, rule)) == ["revised"] * 2
    assert [len(paper.revisions(number)) for number in (1, 2, 3)] == [2, 2, 2]


def test_rules_that_eat_the_text_are_refused_and_told_of(paper: Archive, tmp_path: Path) -> None:
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


def test_a_worse_text_is_taken_when_that_is_asked_for_unless_there_is_none(paper: Archive, tmp_path: Path) -> None:
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


def test_a_restored_block_stays_when_other_rules_read_the_page(paper: Archive, rule: Path) -> None:
    again(paper, rule)
    number = next(n for n, gone in enumerate(paper.removals(1), start=1) if gone.text == PROMO)
    change_ledger(paper, 1, (number,), run=1, at=hours(6), undo=False)
    assert PROMO in text_of(paper, 1)
    assert outcomes(again(paper, rule, again=True)) == ["same"] * 3
    assert PROMO in text_of(paper, 1)
    assert PROMO not in text_of(paper, 2)


def test_a_page_that_came_later_and_gave_nothing_gives_its_text_to_a_new_rule(paper: Archive, tmp_path: Path) -> None:
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


def test_missing_metadata_is_filled_and_known_metadata_stays(paper: Archive) -> None:
    paper.db.conn.execute("UPDATE articles SET language = '' WHERE id = 1")
    paper.db.conn.execute("UPDATE articles SET language = 'xx' WHERE id = 2")
    assert outcomes(again(paper)) == ["filled", "same", "same"]
    assert [language for (language,) in rows(paper, "SELECT language FROM articles ORDER BY id")] == ["en", "xx", "en"]
    assert len(paper.revisions(1)) == 1


def test_site_rule_and_date_choose_pages(paper: Archive, rule: Path) -> None:
    assert again(paper, rule, apply=False, site="coast.example") == []
    assert len(again(paper, rule, apply=False, site="www.herald.example")) == 3
    assert again(paper, rule, apply=False, since=hours(1)) == []
    assert len(again(paper, rule, apply=False, rule="promo.almanac")) == 3
    assert again(paper, rule, apply=False, rule="ad.label.en") == []
    with pytest.raises(InputError, match="no rule"):
        again(paper, rule, apply=False, rule="promo.almanack")


def test_a_damaged_page_is_told_of_and_the_others_are_read(paper: Archive) -> None:
    paper.db.conn.execute("UPDATE pages SET sha256 = 'x' WHERE id = 2")
    work = ReextractRun(paper, Selection(), "h", (), None, lambda: hours(5))
    found = list(reextract_pages(work, here, wanted=lambda item: True, stopped=lambda: False))
    assert [one.outcome if isinstance(one, PageResult) else str(one) for one in found] == [
        "same",
        "same",
        f"{paper.path}: page 2 is damaged (its hash does not match)",
    ]


def test_a_page_that_its_worker_does_not_survive_is_counted_and_left(paper: Archive) -> None:
    def dead(task: Any, items: Iterable[StoredPage]) -> Iterator[Extraction | ExtractError]:
        return (ExtractError(item.url, "extract-timeout", "took longer") for item in items)

    work = ReextractRun(paper, Selection(), "h", (), 1, lambda: hours(5))
    found = list(reextract_pages(work, dead, wanted=lambda item: True, stopped=lambda: False))
    assert [one.outcome for one in found if isinstance(one, PageResult)] == ["failed"] * 3
    assert PROMO in text_of(paper, 1)


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_reads_the_archives_own_rules_and_says_what_it_did(paper: Archive) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["reextract", "--db", str(paper.path), "--jobs", "1", *arguments])

    own_rules_path(paper.path).write_text(RULE)
    dry = run("--dry-run")
    assert (dry.exit_code, dry.stderr) == (
        0,
        "3 pages extracted again; 3 texts would be revised; 0 articles would be found\n",
    )
    assert PROMO in dry.stdout
    done = json.loads(run("--json", "-q").stdout)
    assert (done["revised"], done["worse"], done["sites"][0]["lost"][0]["times"]) == (3, 0, 3)
    assert json.loads(rows(paper, "SELECT counts FROM runs ORDER BY id DESC LIMIT 1")[0][0])["revised"] == 3
    assert run().stderr.startswith("no page to extract: all were already extracted with these rules")
    with locked(paper.path):
        assert run().exit_code == 3
    own_rules_path(paper.path).write_text("[[rule]]\nid = 'x'\n")
    assert run().exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_run_that_a_signal_ends_leaves_whole_articles_and_the_next_finishes(
    tmp_path: Path, rule: Path, number: signal.Signals
) -> None:
    path, pages = tmp_path / "a.db", 50
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save_many([fetched(harbour_page(n)) for n in range(1, pages + 1)], run=run, at=START)
    command = [sys.executable, "-m", "archive", "reextract", "--db", str(path), "--rules", str(rule), "--jobs", "1"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        Archive.open(path, write=False) as archive,
    ):
        deadline = time.monotonic() + 60
        while rows(archive, "SELECT count(*) FROM reextractions") == [(0,)] and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(random.Random(number).uniform(0, 0.05))
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    with Archive.open(path) as archive:
        check_parts(archive)
        ((done,),) = rows(archive, "SELECT count(*) FROM reextractions")
        assert 0 < done < pages
        if number != signal.SIGKILL:
            assert process.returncode == 128 + number
            assert f"stopped by {number.name}" in said
            assert rows(archive, "SELECT note FROM runs ORDER BY id DESC LIMIT 1") == [(f"stopped by {number.name}",)]
        assert outcomes(again(archive, rule)) == ["revised"] * (pages - done)
        check_parts(archive)
        assert not any(PROMO in text_of(archive, n) for n in range(1, pages + 1))


def check_parts(archive: Archive) -> None:
    """Each article has its revisions, its newest text is the last of them, and the index agrees."""
    assert rows(archive, "PRAGMA integrity_check") == [("ok",)]
    assert rows(archive, "PRAGMA foreign_key_check") == []
    check_index(archive.db)
    odd = """
    SELECT articles.id FROM articles JOIN revisions ON revisions.article_id = articles.id GROUP BY articles.id
    HAVING count(*) <> articles.revision
      OR (SELECT text FROM revisions WHERE article_id = articles.id ORDER BY number DESC LIMIT 1) <> articles.text"""
    assert rows(archive, odd) == []


LATER = tuple(paragraph.replace("{n}", "fifty-{n}").replace("harbour", "lower harbour") for paragraph in TEXT)


@pytest.fixture
def joined(archive: Archive) -> Archive:
    """An article on three pages, the last of which is short."""
    parts = (
        harbour_page(1),
        harbour_page(2, body="".join(f"<p>{line.format(n=2)}</p>" for line in (*LATER, PROMO))),
        harbour_page(3, body=f"<p>{LATER[0].format(n=3)}</p><p>{LATER[1].format(n=3)}</p>"),
    )
    found = join([extract(part, built_in_rules()) for part in parts])
    assert (
        archive.save(Fetched(Link(parts[0].url, "herald"), parts[0], found, parts=parts[1:]), run=1, at=START) == "new"
    )
    return archive


def test_an_article_on_several_pages_is_read_again_as_a_whole(joined: Archive, rule: Path) -> None:
    before = text_of(joined, 1)
    assert outcomes(again(joined)) == ["same"]
    assert outcomes(again(joined, rule)) == ["revised"]
    assert text_of(joined, 1) == before.replace(f"\n\n{PROMO}", "")
    assert joined.revisions(1)[-1].removed == 1
    assert outcomes(again(joined, rule)) == []


@pytest.mark.parametrize("worse", [False, True])
def test_of_an_article_whose_further_pages_were_never_kept_no_text_is_lost(
    joined: Archive, rule: Path, worse: bool
) -> None:
    joined.db.conn.execute("DELETE FROM page_parts")
    before = text_of(joined, 1)
    (found,) = again(joined, rule, worse=worse)
    assert (found.outcome, found.reason) == (
        "worse",
        "the text was joined from several pages, of which the archive has only the first",
    )
    assert text_of(joined, 1) == before


def test_an_article_that_came_to_stand_on_one_page_is_read_from_that(joined: Archive) -> None:
    joined.db.conn.execute("DELETE FROM page_parts")
    text = (
        [line.format(n=6) for line in TEXT]
        + [line.format(n=2) for line in LATER]
        + [line.format(n=3) for line in LATER]
    )
    one = harbour_page(1, body="".join(f"<p>{line}</p>" for line in text), at=2)
    nothing = Fetched(
        Link(one.url, "herald"), one, extract(harbour_page(1, body="<p>Hm.</p>"), built_in_rules())
    )  # as an older version read it
    assert joined.save(nothing, run=1, at=hours(2)) == "worse"
    assert outcomes(again(joined)) == ["worse", "revised"]
    assert text_of(joined, 1) == "\n\n".join(text)


def test_further_pages_are_small_and_come_and_go_with_the_first(joined: Archive) -> None:
    sizes = rows(joined, "SELECT number, length(body) * 3 < bytes FROM page_parts")
    assert sizes == [(2, 1), (3, 1)]
    assert list(check_pages(joined.db, joined.path)) == []
    joined.db.conn.execute("UPDATE page_parts SET body = substr(body, 1, 40) WHERE number = 3")
    assert [problem.what.partition(" is")[0] for problem in check_pages(joined.db, joined.path)] == ["part 3 of page 1"]
    assert find_old_pages(joined, hours(1)).bytes == sum(
        size for (size,) in rows(joined, "SELECT length(body) FROM pages UNION ALL SELECT length(body) FROM page_parts")
    )
    assert list(prune(joined, hours(1))) == [1]
    assert rows(joined, "SELECT * FROM page_parts") == []
