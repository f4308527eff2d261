"""Stored pages that a re-extraction reads: which pages, and each with its further pages and restored blocks.

For each article the page of its newest text is read, and a later page that gave no better text then. For an address
without an article the newest page is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from archive.store.archive import Archive
from archive.store.columns import iso
from archive.store.connection import archive_errors
from archive.store.raw_pages import read_body, read_page, read_parts
from archive.store.restores import Restore, read_restores
from archive.store.sites import resolve_sites
from scraper.errors import ArchiveError, InputError
from scraper.extractor_version import extractor_version
from scraper.rules.ruleset import RuleSet
from scraper.types import Link, Page

_PAGES: Final = """
SELECT pages.id, pages.article_id, pages.url FROM pages
WHERE length(pages.body) > 0 AND pages.fetched_at >= :since
  AND (:again OR NOT EXISTS (
    SELECT 1 FROM reextractions AS done
    WHERE done.page_id = pages.id AND done.rules_hash = :rules_hash AND done.extractor = :extractor))
  AND CASE
    WHEN pages.article_id IS NULL THEN pages.used = 0
    WHEN pages.used = 0 THEN pages.fetched_at >= coalesce((
      SELECT max(good.fetched_at) FROM revisions JOIN pages AS good ON good.id = revisions.page_id
      WHERE revisions.article_id = pages.article_id), '')
    ELSE pages.id = (
      SELECT revisions.page_id FROM articles
      JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
      WHERE articles.id = pages.article_id) END
ORDER BY pages.id"""

_PAGE: Final = """
SELECT pages.article_id, pages.used, links.source
FROM pages JOIN links ON links.id = pages.link_id WHERE pages.id = ?"""

_REMOVED_BY: Final = """
SELECT DISTINCT removals.article_id FROM removals JOIN revisions ON revisions.id = removals.revision_id
JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number WHERE removals.rule = ?"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Pages to read: of a site, fetched since a date, of articles that a rule concerns (see `rule_filter`).

    `again` includes pages that were already read with these rules. `worse` accepts texts that are shorter or rated worse.
    """

    site: str = ""
    rule: str = ""
    since: datetime | None = None
    again: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A stored page with its article's further pages (`parts`) and restored blocks. `url` is for a worker's errors."""

    page_id: int
    article_id: int | None
    used: bool
    link: Link
    page: Page
    restores: tuple[Restore, ...]
    rules_paths: tuple[Path, ...]
    parts: tuple[Page, ...] = ()

    @property
    def url(self) -> str:
        return self.page.url

    def without_bodies(self) -> StoredPage:
        """The page with empty bodies, to keep after its extraction."""
        parts = tuple(replace(part, body=b"") for part in self.parts)
        return replace(self, page=replace(self.page, body=b""), parts=parts)


def select_pages(archive: Archive, selection: Selection, *, rules_hash: str) -> list[int]:
    """Ids of the pages to read, oldest first, before the filter for a rule."""
    values = {
        "since": iso(selection.since) if selection.since else "",
        "again": selection.again,
        "rules_hash": rules_hash,
        "extractor": extractor_version(),
    }
    with archive_errors(archive.path):
        on_site = site_filter(archive, selection.site)
        rows = archive.db.conn.execute(_PAGES, values)
        return [page_id for page_id, article_id, url in rows if on_site(article_id, url)]


def site_filter(archive: Archive, site: str) -> Callable[[int | None, str], bool]:
    """Whether a page belongs to a site: by its article, or by its address if it has no article."""
    if not site:
        return lambda article_id, url: True
    conn = archive.db.conn
    sites = resolve_sites(conn, (site,))
    condition, values = sites.condition()
    articles = {article_id for (article_id,) in conn.execute(f"SELECT id FROM articles WHERE {condition}", values)}
    return lambda article_id, url: article_id in articles if article_id else sites.includes(url)


def read_pages(
    archive: Archive, page_ids: Sequence[int], *, rules_paths: tuple[Path, ...], wanted: Callable[[StoredPage], bool]
) -> Iterator[StoredPage | ArchiveError]:
    """The pages, one at a time. A damaged page is an error in its place."""
    for page_id in page_ids:
        with archive_errors(archive.path):
            try:
                stored = read_without_body(archive, page_id, rules_paths)
                if stored is None or not wanted(stored):
                    continue
                body = read_body(archive.db, page_id, path=str(archive.path))
                parts = read_parts(archive.db, page_id, body, path=str(archive.path))
            except ArchiveError as exc:
                yield exc
                continue
        yield replace(stored, page=replace(stored.page, body=body), parts=parts)


def read_without_body(archive: Archive, page_id: int, rules_paths: tuple[Path, ...]) -> StoredPage | None:
    """A page without its body. None means that the page was deleted during the run. Raises `ArchiveError` if its columns are damaged."""
    row = archive.db.conn.execute(_PAGE, (page_id,)).fetchone()
    page = read_page(archive.db, page_id, path=str(archive.path))
    if row is None or page is None:
        return None
    article_id, used, source = row
    restores = read_restores(archive.db, article_id) if article_id else ()
    return StoredPage(page_id, article_id, bool(used), Link(page.url, source), page, restores, rules_paths)


def rule_filter(archive: Archive, rules: RuleSet, rule_id: str) -> Callable[[StoredPage], bool]:
    """Whether a rule concerns a page: it removed a block of the article, or would match a block of its text.

    An element rule concerns every page of its hosts, because only a new extraction shows its matches. An empty id concerns
    every page. Raises `InputError` for an unknown rule.
    """
    if not rule_id:
        return lambda stored: True
    with archive_errors(archive.path):
        concerned = frozenset(found for (found,) in archive.db.conn.execute(_REMOVED_BY, (rule_id,)))
    rule = next((rule for rule in rules.rules if rule.id == rule_id), None)
    if rule is None and not concerned:
        raise InputError(
            f"no rule {rule_id!r}: neither the current rules nor the ledger have it; see `cuttings rules list`"
        )
    alone = RuleSet([rule] if rule else [])

    def is_concerned(stored: StoredPage) -> bool:
        if stored.article_id in concerned:
            return True
        own = alone.for_url(stored.page.final_url)
        if rule is None or not own.rules:
            return False
        return rule.stage == "element" or stored.article_id is None or matches_block(archive, stored.article_id, own)

    return is_concerned


def matches_block(archive: Archive, article_id: int, rules: RuleSet) -> bool:
    """Whether a text rule matches a block of an article's text, regardless of the rule's zone and link density."""
    blocks = archive.article(str(article_id)).article.body
    return any(
        rules.compiled[rule.id].search(line)
        for line in (" ".join(block.text.split()) for block in blocks)
        for rule in rules.candidates(line)
    )
