"""Stored pages through today's rules: no network, pages in parallel, and nothing that was there is lost.

::

    pages ─► worker processes: extract, put back ─► decide ─► a revision marked `reextract`, in small transactions
      ▲                                                          │
      └── those that these rules have not read yet ◄── reextractions: by which rules each page was read last

Of each article the page of its newest text is read, and one that came later and gave nothing better then; of each page
on which no article was found, the newest. A run that is cut leaves whole articles, and the next one goes on after it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from archive.store.archive import Archive
from archive.store.columns import Visit, array, iso, plain
from archive.store.connection import archive_errors, transaction
from archive.store.decisions import Decision, Stored, decide
from archive.store.extractor_version import extractor_version
from archive.store.identity import find_stored, stored_by_id
from archive.store.raw_pages import read_body, read_page, read_parts
from archive.store.restores import Restore, put_back, read_restores
from archive.store.save import TextCause, rewrite
from archive.store.sites import resolve_sites, site_name
from scraper.crawl.worker_pool import rules_at
from scraper.errors import ArchiveError, ExtractError, InputError
from scraper.extraction.extract import extract
from scraper.extraction.multipage import JOINED, join
from scraper.rules.ruleset import RuleSet
from scraper.types import Extraction, Fetched, Link, Page

CHUNK: Final = 20
"""Pages a transaction: a writer beside us waits for some milliseconds, and a kill costs that much work at most."""

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

_DONE: Final = """
INSERT INTO reextractions (page_id, run_id, rules_hash, extractor, outcome, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (page_id) DO UPDATE SET run_id = excluded.run_id, rules_hash = excluded.rules_hash,
  extractor = excluded.extractor, outcome = excluded.outcome, at = excluded.at"""

_FILLABLE: Final = {
    "authors": "[]",
    "contributors": "[]",
    "published": None,
    "language": "",
    "section": "",
    "description": "",
}
"""Columns that better metadata may fill, and what they hold while the page was silent."""


_TOUCHED: Final = """
SELECT DISTINCT removals.article_id FROM removals JOIN revisions ON revisions.id = removals.revision_id
JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number WHERE removals.rule = ?"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pages to read: those of a site, fetched since, of articles that a rule touches.

    A rule touches the articles it took something from; one that took nothing yet, those it might: see `touching`.
    `again` reads pages that these rules have read already; `worse` takes texts that are shorter or badly rated too.
    """

    site: str = ""
    rule: str = ""
    since: datetime | None = None
    again: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A stored page on its way through a worker, `parts` its article's further pages. `url` is for the worker's complaints."""

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


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of a page. `outcome`: same, filled (metadata), revised, found, worse, still (worse), none, failed."""

    site: str
    outcome: str
    item: Item
    reason: str = ""
    before: str = ""
    after: str = ""
    title: str = ""


def extract_again(item: Item) -> Extraction:
    """The worker's task: the page by today's rules, with what readers put back."""
    rules = rules_at(item.rules_paths)
    extractions = [extract(page, rules) for page in (item.page, *item.parts)]
    extraction = join(extractions) if item.parts else extractions[0]
    return replace(put_back(extraction, item.restores), chrome=())


@dataclass(slots=True)
class Rereading:
    """One run over stored pages. `run` is None while nothing is to be written."""

    archive: Archive
    choice: Selection
    rules_hash: str
    rules_paths: tuple[Path, ...]
    run: int | None = None
    clock: Callable[[], datetime] = datetime.now

    def page_ids(self) -> list[int]:
        """Pages to read, oldest first, before the choice of a rule."""
        asked = {
            "since": iso(self.choice.since) if self.choice.since else "",
            "again": self.choice.again,
            "rules_hash": self.rules_hash,
            "extractor": extractor_version(),
        }
        with archive_errors(self.archive.path):
            on_site = self.site_test()
            pages = self.archive.db.conn.execute(_PAGES, asked)
            return [page_id for page_id, article_id, url in pages if on_site(article_id, url)]

    def site_test(self) -> Callable[[int | None, str], bool]:
        """Whether a page is of the site asked for: by its article, or by its address while it has no article."""
        if not self.choice.site:
            return lambda article_id, url: True
        conn = self.archive.db.conn
        sites = resolve_sites(conn, (self.choice.site,))
        condition, values = sites.condition()
        articles = {article_id for (article_id,) in conn.execute(f"SELECT id FROM articles WHERE {condition}", values)}
        return lambda article_id, url: article_id in articles if article_id else sites.includes(url)

    def items(self, page_ids: Sequence[int], *, touched: Callable[[Item], bool]) -> Iterator[Item | ArchiveError]:
        """The pages themselves, one at a time; a damaged one is an error in its place."""
        for page_id in page_ids:
            with archive_errors(self.archive.path):
                try:
                    item = self.item(page_id)
                    if item is None or not touched(item):
                        continue
                    body = read_body(self.archive.db, page_id, path=str(self.archive.path))
                    parts = read_parts(self.archive.db, page_id, body, path=str(self.archive.path))
                except ArchiveError as exc:
                    yield exc
                    continue
            yield replace(item, page=replace(item.page, body=body), parts=parts)

    def item(self, page_id: int) -> Item | None:
        """A page without its body; None: it was deleted meanwhile. Raises ArchiveError when its columns are damaged."""
        row = self.archive.db.conn.execute(_PAGE, (page_id,)).fetchone()
        page = read_page(self.archive.db, page_id, path=str(self.archive.path))
        if row is None or page is None:
            return None
        article_id, used, source = row
        restores = read_restores(self.archive.db, article_id) if article_id else ()
        return Item(page_id, article_id, bool(used), Link(page.url, source), page, restores, self.rules_paths)

    def settle(self, pairs: Sequence[tuple[Item, Extraction | ExtractError]]) -> list[Reread]:
        """Decides over extracted pages and, in a run, writes what changed: all of it or nothing."""
        with archive_errors(self.archive.path):
            if self.run is None:
                return [self.settle_one(item, found) for item, found in pairs]
            with transaction(self.archive.db):
                return [self.settle_one(item, found) for item, found in pairs]

    def settle_one(self, item: Item, found: Extraction | ExtractError) -> Reread:
        """What becomes of one page."""
        db = self.archive.db
        bare = replace(
            item, page=replace(item.page, body=b""), parts=tuple(replace(part, body=b"") for part in item.parts)
        )
        if isinstance(found, ExtractError):
            reread = Reread(site_name(item.page.final_url), "failed", bare, found.detail)
        else:
            fetched = Fetched(item.link, bare.page, found)
            stored = stored_by_id(db, item.article_id) if item.article_id else find_stored(db, fetched)
            reread = self.judge(bare, fetched, stored)
        if self.run is not None:
            at = iso(self.clock())
            db.conn.execute(_DONE, (item.page_id, self.run, self.rules_hash, extractor_version(), reread.outcome, at))
        return reread

    def judge(self, item: Item, fetched: Fetched, stored: Stored | None) -> Reread:
        """What an extraction is beside what is stored; writes it in a run."""
        site = site_name(item.page.final_url)
        decision = self.decide(item, fetched, stored)
        article = fetched.extraction.article
        before = stored.text if stored else ""
        if decision.outcome in {"new", "revised"} and article is not None:
            self.write(fetched, stored, item)
            outcome = "found" if stored is None else "revised"
            return Reread(site, outcome, item, decision.reason, before, article.text, article.title)
        if decision.outcome == "same" and stored and article is not None:
            if self.run is not None and not item.used:
                self.archive.db.conn.execute(
                    "UPDATE pages SET used = 1, article_id = ? WHERE id = ?", (stored.id, item.page_id)
                )
            return Reread(site, "filled" if self.fill(fetched, stored) else "same", item, title=stored.title)
        if stored is None:
            return Reread(site, "none", item, decision.reason)
        after = article.text if article else ""
        return Reread(site, "worse" if item.used else "still", item, decision.reason, before, after, stored.title)

    def decide(self, item: Item, fetched: Fetched, stored: Stored | None) -> Decision:
        """As for a visit; a text that would be worse is taken when that was asked for and there is one."""
        if stored and item.article_id is None and self.is_later(stored, item):
            return Decision("worse", "the article was had from a later page")
        if stored and not item.parts and self.was_joined(stored, item, fetched):
            return Decision("worse", "the text was joined from several pages, of which the archive has only the first")
        decision = decide(stored, fetched.extraction, fetched.extraction.text)
        if decision.outcome == "worse" and self.choice.worse and fetched.extraction.article is not None:
            return replace(decision, outcome="revised")
        return decision

    def is_later(self, stored: Stored, item: Item) -> bool:
        """Whether an article was seen after this page, which had none then."""
        row = self.archive.db.conn.execute("SELECT last_seen FROM articles WHERE id = ?", (stored.id,)).fetchone()
        return bool(row[0] > iso(item.page.fetched_at))

    def was_joined(self, stored: Stored, item: Item, fetched: Fetched) -> bool:
        """Whether a text would lose its later pages: the first versions kept the first page alone."""
        article = fetched.extraction.article
        if not item.used and article and len(article.text) >= len(stored.text):
            return False
        (evidence,) = self.archive.db.conn.execute(
            "SELECT evidence FROM articles WHERE id = ?", (stored.id,)
        ).fetchone()
        return any(str(line).startswith(JOINED) for line in json.loads(evidence))

    def write(self, fetched: Fetched, stored: Stored | None, item: Item) -> None:
        if self.run is not None:
            visit = Visit(self.run, iso(self.clock()))
            rewrite(self.archive.db, fetched, visit, TextCause("reextract", item.page_id), stored=stored)

    def fill(self, fetched: Fetched, stored: Stored) -> bool:
        """Whether the page says something of the article that was not known; written in a run. Nothing known is changed."""
        article = fetched.extraction.article
        assert article is not None
        said: dict[str, Any] = {
            "authors": array(article.authors),
            "contributors": array(article.contributors),
            "published": iso(article.published) if article.published else None,
            "language": plain(article.language),
            "section": plain(article.section),
            "description": plain(article.description),
        }
        known = self.archive.db.conn.execute(
            f"SELECT {', '.join(_FILLABLE)} FROM articles WHERE id = ?", (stored.id,)
        ).fetchone()
        new = {
            column: said[column]
            for (column, empty), value in zip(_FILLABLE.items(), known, strict=True)
            if value == empty and said[column] != empty
        }
        if new and self.run is not None:
            assignments = ", ".join(f"{column} = :{column}" for column in new)
            self.archive.db.conn.execute(f"UPDATE articles SET {assignments} WHERE id = :id", new | {"id": stored.id})
        return bool(new)


class MapOrdered(Protocol):
    """How pages are extracted: `ExtractPool.map_ordered`, or anything that answers for each item, in order."""

    def __call__(
        self, task: Callable[[Item], Extraction], items: Iterable[Item]
    ) -> Iterator[Extraction | ExtractError]: ...


def reread(
    work: Rereading, map_ordered: MapOrdered, *, touched: Callable[[Item], bool], stopped: Callable[[], bool]
) -> Iterator[Reread | ArchiveError]:
    """What became of each page, in order. Between two pages it looks whether it is to stop; what is under way is finished."""
    waiting: deque[Item] = deque()
    damaged: list[ArchiveError] = []

    def sound() -> Iterator[Item]:
        for item in work.items(work.page_ids(), touched=touched):
            if stopped():
                return
            if isinstance(item, ArchiveError):
                damaged.append(item)
                continue
            waiting.append(item)
            yield item

    chunk: list[tuple[Item, Extraction | ExtractError]] = []
    for found in map_ordered(extract_again, sound()):
        chunk.append((waiting.popleft(), found))
        if len(chunk) >= CHUNK:
            yield from work.settle(chunk)
            chunk.clear()
    yield from work.settle(chunk)
    yield from damaged


def touching(archive: Archive, rules: RuleSet, rule_id: str) -> Callable[[Item], bool]:
    """Whether a rule matters to a page: it took something from its article, or would match a block of the text.

    An element rule may find something on each page of its hosts. An empty id matters to all. Raises `InputError`.
    """
    if not rule_id:
        return lambda item: True
    with archive_errors(archive.path):
        taken = frozenset(found for (found,) in archive.db.conn.execute(_TOUCHED, (rule_id,)))
    rule = next((rule for rule in rules.rules if rule.id == rule_id), None)
    if rule is None and not taken:
        raise InputError(f"no rule {rule_id!r}: neither today's rules nor the ledger have it")
    alone = RuleSet([rule] if rule else [])

    def touched(item: Item) -> bool:
        if item.article_id in taken:
            return True
        own = alone.for_url(item.page.final_url)
        if rule is None or not own.rules:
            return False
        return rule.stage == "element" or item.article_id is None or matches_block(archive, item.article_id, own)

    return touched


def matches_block(archive: Archive, article_id: int, rules: RuleSet) -> bool:
    """Whether a text rule knows a block of an article's text, links and zones aside."""
    blocks = archive.article(str(article_id)).article.body
    return any(
        rules.compiled[rule.id].search(line)
        for line in (" ".join(block.text.split()) for block in blocks)
        for rule in rules.candidates(line)
    )
