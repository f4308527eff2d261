"""Output of `show` and `status`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.ledger.restore import Ledger, read_ledger
from archive.monitoring.status import status
from archive.output.rows import article_row
from archive.output.show import history_json, removed_json, show_history, show_removed, show_text
from archive.store.archive import Archive
from scraper.types import Block, Failure, Known, Link, SourceRead
from tests.support.visits import BODY, START, URL, article, hours, removal, visit


@pytest.fixture
def archive(archive: Archive) -> Archive:
    archive.save(visit(article(), removals=(removal(),)), run=1, at=START)
    return archive


def test_an_article_reads_from_the_title_down(archive: Archive) -> None:
    lines = show_text(archive.article("1")).splitlines()
    assert lines[:3] == ["Harbour to be dredged", "herald.example · Ada Quill, José Ríos · 2026-11-19T17:30:00Z", URL]
    assert "\n".join(lines[4:]) == article().text


def test_captions_corrections_and_the_verdict_are_shown(archive: Archive) -> None:
    blocks = (Block("paragraph", "Text."), Block("caption", "The quay", 1), Block("correction", "It said ten.", 2))
    url = URL + "/2"
    found = article(blocks=blocks, url=url, contributors=("The Wire",))
    archive.save(visit(found, url=url, verdict="short"), run=1, at=START)
    text = show_text(archive.article(url))
    for piece in ("[caption] The quay", "[correction] It said ten.", "Extraction: short", "With The Wire"):
        assert piece in text


def test_the_ledger_names_kind_rule_and_text(archive: Archive) -> None:
    line, empty, version = show_removed(read_ledger(archive, 1)).splitlines()
    assert not empty
    assert "rules rules-1" in version
    assert line.split() == ["1", "newsletter", "newsletter.signup.en", *"Sign up for our newsletter".split()]
    assert show_removed(Ledger((), "", "")) == "no block was removed"
    assert removed_json(read_ledger(archive, 1))[0]["kind"] == "newsletter"


def test_the_history_shows_added_and_removed_paragraphs(archive: Archive) -> None:
    assert "revision 1" in show_history(archive.revisions(1))
    edited = article(BODY[0], "Nobody asked.", BODY[2], title="Harbour dredged")
    archive.save(visit(edited), run=1, at=hours(3))
    first, second = show_history(archive.revisions(1)).split("\n\n")
    assert first == "revision 1  2026-11-20T06:00:00Z  Harbour to be dredged"
    assert second.splitlines() == [
        "revision 2  2026-11-20T09:00:00Z  Harbour dredged  (+1 -1)",
        "- Harbour to be dredged",
        "+ Harbour dredged",
        f"- {BODY[1]}",
        "+ Nobody asked.",
    ]


def test_every_part_can_be_written_as_json(archive: Archive) -> None:
    stored = archive.article("1")
    parts = [article_row(stored), removed_json(read_ledger(archive, 1)), history_json(archive.revisions(1))]
    assert json.loads(json.dumps(parts)) == parts


def test_status_counts_the_contents(archive: Archive) -> None:
    wire = "https://coast.example/wire"
    archive.save(visit(article(url=wire), url=wire, source="coast"), run=1, at=START)
    for number, kind in enumerate(("timeout", "timeout", "status")):
        link = Link(url=f"https://coast.example/{number}", source="coast")
        archive.save(Failure(link, kind, "no", status=404 if kind == "status" else 0), run=1, at=hours(1))
    archive.save(SourceRead("herald", 1, 1, (("https://herald.example/feed", Known("x")),)), run=1, at=START)
    archive.finish_run(1, at=hours(2), counts={"new": 1, "duplicate": 1}, note="fine")
    found = status(archive, at=hours(9))
    assert dict(found.rows) == {"articles": 2, "revisions": 2, "removals": 1, "pages": 2, "links": 6, "runs": 1}
    assert (found.duplicates, found.sites) == (1, 2)
    assert found.bytes > 0
    assert found.last_run is not None
    assert (found.last_run.finished_at, dict(found.last_run.counts)) == (hours(2), {"new": 1, "duplicate": 1})
    coast, herald = found.sources
    assert (coast.source, coast.articles, dict(coast.failures)) == ("coast", 1, {"timeout": 2})
    assert dict(coast.gone) == {"status": 1}
    assert (herald.source, herald.mean_words, dict(herald.failures)) == ("herald", 46, {})
    assert (herald.last_success, herald.percent_with_date) == (START, 100)


def test_status_of_an_archive_without_a_run(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "new.db", create=True) as archive:
        found = status(archive, at=hours(9))
    assert (found.last_run, found.sources, found.rows["articles"]) == (None, (), 0)
