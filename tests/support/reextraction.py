"""Stored pages with a promo that only a further rule removes, and re-extractions of them in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from archive.learning.rule_files import read_rules
from archive.runs.reextract import PageResult, ReextractRun, reextract_pages
from archive.runs.stored_pages import Selection, StoredPage, rule_filter
from archive.store.archive import Archive
from scraper.errors import ArchiveError, ExtractError
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Fetched, Link, Page
from tests.support.pages import page
from tests.support.visits import hours

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
    """A page with an article and a promo that no built-in rule removes."""
    url = f"{HOST}/{number}"
    text = [paragraph.format(n=number + 5) for paragraph in TEXT]
    own = body or "".join(f"<p>{paragraph}</p>" for paragraph in (*text[:2], PROMO, *text[2:]))
    html = f"<!doctype html><html lang=en><title>Harbour vote {number}</title><body><article><h1>Harbour vote {number}</h1>{own}</article></body></html>"
    return page(html, url=url, status=status, fetched_at=hours(at))


def fetched(found: Page) -> Fetched:
    """The outcome of a crawl for a page."""
    return Fetched(Link(found.url, "herald"), found, extract(found, built_in_rules()))


def text_of(archive: Archive, number: int) -> str:
    return archive.article(f"{HOST}/{number}").article.text


def here(task: Callable[[StoredPage], Extraction], items: Iterable[StoredPage]) -> Iterator[Extraction | ExtractError]:
    """The worker's task in this process."""
    return map(task, items)


def again(archive: Archive, *rules: Path, apply: bool = True, stop_after: int = 99, **choice: Any) -> list[PageResult]:
    """The results of a re-extraction, or of a dry run."""
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
