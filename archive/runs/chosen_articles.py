"""Re-extraction of a few chosen articles in this process: what a new rule would change in them, or the change itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from archive.runs.reextract import PageResult, ReextractRun, extract_with
from archive.runs.stored_pages import Selection, StoredPage, read_pages
from archive.store.archive import Archive
from archive.store.connection import archive_errors
from scraper.errors import ExtractError
from scraper.rules.ruleset import RuleSet
from scraper.types import Extraction

_PAGES: Final = """
SELECT revisions.page_id FROM json_each(?) AS chosen JOIN articles ON articles.id = chosen.value
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
JOIN pages ON pages.id = revisions.page_id WHERE length(pages.body) > 0 ORDER BY chosen.key"""


def reextract_articles(
    archive: Archive,
    ids: Sequence[int],
    rules: RuleSet,
    *,
    run_id: int | None = None,
    clock: Callable[[], datetime] = datetime.now,
) -> dict[int, PageResult]:
    """The result for each of these articles whose page is stored, in their order. Without a run's id nothing is written."""
    run = ReextractRun(archive, Selection(again=True), rules.hash, (), run_id, clock)
    with archive_errors(archive.path):
        pages = [page_id for (page_id,) in archive.db.conn.execute(_PAGES, (json.dumps(list(ids)),))]
    found = [
        (page, extracted(page, rules))
        for page in read_pages(archive, pages, rules_paths=(), wanted=lambda page: True)
        if isinstance(page, StoredPage)
    ]
    return {
        result.stored_page.article_id: result
        for result in run.store_all(found)
        if result.stored_page.article_id is not None
    }


def extracted(page: StoredPage, rules: RuleSet) -> Extraction | ExtractError:
    """The extraction of a page, or the error."""
    try:
        return extract_with(page, rules)
    except ExtractError as exc:
        return exc
