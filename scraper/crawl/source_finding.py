"""Finding the source of a site: its feed, else its sitemaps, else the page's own links. Each is read before it is believed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from scraper.crawl.source_check import CheckResult, SourceCheck
from scraper.crawl.worker_pool import ExtractPool
from scraper.discovery.follow import MAX_FEEDS
from scraper.errors import UNREACHABLE_KINDS
from scraper.fetch.client import Fetcher
from scraper.types import Source, SourceKind

KINDS: Final[tuple[SourceKind, ...]] = ("feed", "sitemap", "section")
"""Kinds in the order in which they are tried: a feed names new articles only, a sitemap all, a page some."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """The result for one address: the check of the source that was found, or None, and the checks that failed before."""

    url: str
    found: CheckResult | None
    tried: tuple[CheckResult, ...]

    @property
    def unreachable(self) -> bool:
        """Whether no server answered."""
        return self.found is None and all(one.error in UNREACHABLE_KINDS for one in self.tried)

    @property
    def reason(self) -> str:
        """What was tried, and why it gave nothing."""
        if self.unreachable:
            return self.tried[-1].detail
        return "; ".join(f"{one.source.kind}: {why(one)}" for one in self.tried)


async def find_source(template: Source, fetcher: Fetcher, pool: ExtractPool) -> FoundSource:
    """The first source at the template's address that names articles which may be fetched."""
    url = template.urls[0]
    tried: list[CheckResult] = []
    for kind in KINDS:
        result = await check(replace(template, kind=kind), fetcher, pool)
        if is_usable(result) and not is_home(result):
            return FoundSource(url, result, tuple(tried))
        for feed in result.feeds[:MAX_FEEDS] if kind == "feed" else ():
            announced = await check(replace(template, urls=(feed,)), fetcher, pool)
            if is_usable(announced):
                return FoundSource(url, announced, tuple(tried))
            tried.append(announced)
        tried.append(result)
        if result.error in UNREACHABLE_KINDS:
            break
    return FoundSource(url, None, tuple(tried))


async def check(source: Source, fetcher: Fetcher, pool: ExtractPool) -> CheckResult:
    """The check of one source."""
    return await SourceCheck(source, fetcher, pool).run()


def is_usable(result: CheckResult) -> bool:
    """Whether a source gives articles."""
    return not result.broken and result.wanted > 0


def is_home(result: CheckResult) -> bool:
    """Whether the document is a page that announces feeds, one of which was read in its place."""
    return result.source.kind == "feed" and bool(result.feeds)


def why(result: CheckResult) -> str:
    """Why a source gives nothing."""
    if result.error:
        return result.detail
    return "robots.txt disallows its links" if result.broken else "it names no article"
