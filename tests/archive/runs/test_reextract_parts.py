"""Articles on several pages are extracted again as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.maintenance.backup import find_old_pages, prune
from archive.maintenance.integrity import check_pages
from archive.store.archive import Archive
from scraper.extraction.extract import extract
from scraper.extraction.multipage import join
from scraper.rules.loader import built_in_rules
from scraper.types import Fetched, Link
from tests.support.reextraction import (
    PROMO,
    TEXT,
    again,
    harbour_page,
    outcomes,
    text_of,
)
from tests.support.visits import START, hours, rows

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


def test_an_article_on_several_pages_is_extracted_again_as_a_whole(joined: Archive, rule: Path) -> None:
    before = text_of(joined, 1)
    assert outcomes(again(joined)) == ["same"]
    assert outcomes(again(joined, rule)) == ["revised"]
    assert text_of(joined, 1) == before.replace(f"\n\n{PROMO}", "")
    assert joined.revisions(1)[-1].removed == 1
    assert outcomes(again(joined, rule)) == []


@pytest.mark.parametrize("worse", [False, True])
def test_a_joined_text_is_kept_if_its_further_pages_were_never_stored(joined: Archive, rule: Path, worse: bool) -> None:
    joined.db.conn.execute("DELETE FROM page_parts")
    before = text_of(joined, 1)
    (found,) = again(joined, rule, worse=worse)
    assert (found.outcome, found.reason) == (
        "worse",
        "the text was joined from several pages, of which the archive has only the first",
    )
    assert text_of(joined, 1) == before


def test_an_article_that_moved_to_one_page_is_extracted_from_that_page(joined: Archive) -> None:
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


def test_further_pages_are_small_and_are_pruned_with_the_first(joined: Archive) -> None:
    sizes = rows(joined, "SELECT number, length(body) * 3 < bytes FROM page_parts")
    assert sizes == [(2, 1), (3, 1)]
    assert list(check_pages(joined.db, joined.path, lambda: None)) == []
    joined.db.conn.execute("UPDATE page_parts SET body = substr(body, 1, 40) WHERE number = 3")
    assert [problem.what.partition(" is")[0] for problem in check_pages(joined.db, joined.path, lambda: None)] == [
        "part 3 of page 1"
    ]
    assert find_old_pages(joined, hours(1)).bytes == sum(
        size for (size,) in rows(joined, "SELECT length(body) FROM pages UNION ALL SELECT length(body) FROM page_parts")
    )
    assert list(prune(joined, hours(1))) == [1]
    assert rows(joined, "SELECT * FROM page_parts") == []
