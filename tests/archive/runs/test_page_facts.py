"""Facts about a page travel as fields: a page is extracted again with the facts that it was stored with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.runs.reextract import ReextractRun, extract_stored
from archive.runs.stored_pages import Selection, StoredPage
from archive.store.archive import Archive
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Fetched, Link, Page
from tests.support.reextraction import harbour_page
from tests.support.visits import START, hours, rows

INVENTED = (("x-cuttings-cut", "1"), ("x-cuttings-body", "feed"))
"""Headers with names that earlier versions invented, as a hostile server may send them."""


def save_and_read(archive: Archive, first: Page, *parts: Page) -> StoredPage:
    """The page as a re-extraction reads it after it was stored."""
    fetched = Fetched(Link(first.url, "herald"), first, extract(first, built_in_rules()), parts=parts)
    assert archive.save(fetched, run=1, at=START) == "new"
    (item,) = ReextractRun(archive, Selection(), "other-rules", (), clock=lambda: hours(5)).pages(lambda item: True)
    assert isinstance(item, StoredPage)
    return item


@pytest.mark.parametrize(
    ("cut_short", "from_feed", "verdict"), [(True, False, "truncated"), (False, True, "ok"), (False, False, "ok")]
)
def test_a_page_keeps_its_facts_from_store_to_reextraction(
    archive: Archive, cut_short: bool, from_feed: bool, verdict: str
) -> None:
    stored = replace(harbour_page(1), cut_short=cut_short, from_feed=from_feed)
    item = save_and_read(archive, stored)
    assert item.page == stored
    assert extract_stored(item).quality.verdict == verdict


def test_a_further_page_keeps_its_facts(archive: Archive) -> None:
    part = replace(harbour_page(2), cut_short=True)
    assert save_and_read(archive, harbour_page(1), part).parts == (part,)


def test_headers_that_a_server_invents_change_no_fact(archive: Archive) -> None:
    item = save_and_read(archive, replace(harbour_page(1), headers=INVENTED))
    assert (item.page.cut_short, item.page.from_feed, item.page.headers) == (False, False, INVENTED)
    assert extract_stored(item).quality.verdict == "ok"
    assert rows(archive, "SELECT cut_short, from_feed FROM pages") == [(0, 0)]
