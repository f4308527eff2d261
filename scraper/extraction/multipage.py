"""Articles on several pages are joined; an article whose page gives no text is taken from its feed.

::

    page ─ may_continue? ─ find_rest ─► the single page, or the next page, and the next… ─ extract each ─ join
    page without a text ─► the feed's own text as a page, extracted like any other

Fetching and extracting is the caller's job: `read_parts` and `extract_whole` take both as arguments.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from scraper.chrome import pack_chrome, read_chrome_rows
from scraper.errors import FetchError
from scraper.html.pagination import ENDING
from scraper.rules.reasons import REPEATED_PART
from scraper.rules.thresholds import number
from scraper.text.dates import latest_from, not_later
from scraper.text.patterns import lazy_pattern
from scraper.types import Extraction, Link, Page, Quality

if TYPE_CHECKING:
    from scraper.extraction.page_rest import Rest

MAX_PARTS: Final = 20
"""Pages of one article that are fetched."""

REL_NEXT: Final = lazy_pattern(rb"""rel=["']?next""")
"""Searched in half the time of three strings: 0.2 ms for a page of 256 KB."""
MIN_STEM_CHARS: Final = number("MIN_STEM_CHARS")

PART_MARK: Final = lazy_pattern(
    rb"""(?:\.[a-z]{2,5})?(?:[/_.,-](?:page[/_=-]?|p|seite-?)?[2-9]\b|[/_-](?:all|full|single|komplett|onepage)|[^"'<>\s]{0,80}[?&;](?:\w*page\w*|seite|pagina|p|pg|view|mode|showall)=)"""
)
UNREAD: Final = frozenset(
    {"empty", "short", "paywall", "consent", "needs-javascript", "error-page", "truncated", "listing"}
)
"""Verdicts on pages that did not give their article."""

REFUSED: Final = frozenset({401, 402, 403, 451})
"""Statuses of a page whose article may still be in its feed."""

JOINED: Final = "joined from"
"""Beginning of the evidence line of a joined extraction."""

ABSENT_KINDS: Final = frozenset({"type", "robots", "redirects", "url", "private-address"})
"""Kinds of failure, beside a 4xx status, that end an article at the page before."""


def may_continue(page: Page) -> bool:
    """Whether a page may have further parts: a check of 0.1 ms that spares most pages a second parse."""
    body, stem = page.body, ENDING.sub("", urlsplit(page.final_url).path).rpartition("/")[2].encode()
    if REL_NEXT.search(body):
        return True
    place = body.find(stem) if len(stem) >= MIN_STEM_CHARS else -1
    while place >= 0:  # ten times as fast as a pattern that begins with the stem
        if PART_MARK.match(body, place + len(stem)):
            return True
        place = body.find(stem, place + 1)
    return False


async def read_parts(
    page: Page,
    *,
    fetch: Callable[[str], Awaitable[Page]],
    find: Callable[[Page], Awaitable[Rest]],
    named: bool = False,
) -> tuple[Page, ...]:
    """A page and the further pages of its article, or its single page. Raises what `fetch` and `find` raise.

    `named`: a rule names the links to further pages of this site, so that its pages are always looked at.

    If a part cannot be fetched now, the whole article fails and is retried. A missing part ends the article.
    """
    if not named and not may_continue(page):
        return (page,)
    parts, seen = [page], {page.url, page.final_url}
    rest = await find(page)
    paragraphs = rest.paragraphs
    while len(parts) < MAX_PARTS:
        address = (rest.single if len(parts) == 1 else "") or rest.next
        if not address or address in seen:
            break
        seen.add(address)
        part = await fetch_part(address, fetch)
        if part is None or part.final_url in seen - {address}:
            break
        if address == rest.single:
            return (single_in_place(page, part),)
        seen.add(part.final_url)
        rest = await find(part)
        if not rest.adds_to(paragraphs):
            break
        paragraphs |= rest.paragraphs
        parts.append(part)
    return tuple(parts)


async def fetch_part(url: str, fetch: Callable[[str], Awaitable[Page]]) -> Page | None:
    """A further page of an article; None if it does not exist. Raises `FetchError` if a retry may succeed."""
    try:
        return await fetch(url)
    except FetchError as exc:
        if exc.is_refusal or exc.kind in ABSENT_KINDS:
            return None
        raise


async def extract_whole(
    link: Link, parts: Sequence[Page], extract: Callable[[Page], Awaitable[Extraction]]
) -> tuple[Page, Extraction]:
    """The page to keep of a link, and its extraction: from the link's pages, or from its feed if they give nothing.

    Raises what `extract` raises.
    """
    page = parts[0]
    extractions = [await extract(part) for part in parts]
    extraction = join(extractions) if len(extractions) > 1 else extractions[0]
    if link.body and gives_nothing(extraction):
        from_feed = feed_page(link, page)
        by_feed = await extract(from_feed)
        if is_feed_better(extraction, by_feed):
            page, extraction = from_feed, by_feed
    return page, with_hints(extraction, link, fetched_at=page.fetched_at)


def join(parts: Sequence[Extraction]) -> Extraction:
    """The extractions of an article's pages as one: the metadata of the first page, the blocks of all, each text once.

    Positions continue from page to page. A text that an earlier page shows (standfirst, picture) becomes a removal.
    """
    from scraper.extraction.strip import remove  # a run loads no extraction until an article has several pages

    first = parts[0]
    if first.article is None:
        return first
    blocks, removals, offset = list(first.article.blocks), list(first.removals), end_of(first)
    chrome, packed = list(first.chrome), read_chrome_rows(first.packed_chrome)
    seen = {block.text for block in blocks}
    for part in parts[1:]:
        gone = {removal.position for removal in part.removals}
        removals += (removal._replace(position=removal.position + offset) for removal in part.removals)
        chrome += (removal._replace(position=removal.position + offset) for removal in part.chrome)
        packed += (row._replace(position=row.position + offset) for row in read_chrome_rows(part.packed_chrome))
        for block in part.article.blocks if part.article else ():
            moved = block._replace(position=block.position + offset)
            if block.text not in seen:
                blocks.append(moved)
            elif block.position not in gone:  # a caption has a removal already
                removals.append(remove(moved, REPEATED_PART))
            seen.add(block.text)
        offset += end_of(part)
    best = next((part.quality for part in parts if part.quality.verdict == "ok"), first.quality)
    quality = Quality(best.verdict, (*best.evidence, f"{JOINED} {len(parts)} pages"))
    return replace(
        first,
        article=replace(first.article, blocks=tuple(blocks)),
        removals=tuple(removals),
        chrome=tuple(chrome),
        packed_chrome=pack_chrome(packed),
        quality=quality,
    )


def end_of(part: Extraction) -> int:
    """The position after the last block of a page."""
    positions = [removal.position for removal in (*part.removals, *part.chrome)]
    positions += [row.position for row in read_chrome_rows(part.packed_chrome)]
    positions += [block.position for block in part.article.blocks] if part.article else []
    return 1 + max(positions, default=-1)


def single_in_place(first: Page, single: Page) -> Page:
    """The single page, with the URL and the validators of the first page."""
    kept = tuple((name, value) for name, value in first.headers if name in {"etag", "last-modified"})
    others = tuple((name, value) for name, value in single.headers if name not in {"etag", "last-modified"})
    return replace(single, url=first.url, headers=(*others, *kept))


def gives_nothing(extraction: Extraction) -> bool:
    """Whether a page did not give its article."""
    return extraction.article is None or extraction.quality.verdict in UNREAD


def feed_page(link: Link, page: Page) -> Page:
    """The feed's text of an article as a page, marked `from_feed`, with the validators of the real page.

    Its status is 200: the text would otherwise be judged as the error page that the server sent.
    """
    date = f'<meta property="article:published_time" content="{link.published.isoformat()}">' if link.published else ""
    title = html.escape(link.title)
    body = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><meta property="og:title" content="{title}">'
        f'{date}<link rel="canonical" href="{html.escape(link.url)}"></head><body><main><article><h1>{title}</h1>\n{link.body}\n</article></main></body></html>'
    )
    kept = tuple(
        (name, value)
        for name, value in page.headers
        if name not in {"content-type", "content-length", "content-encoding"}
    )
    headers = (*kept, ("content-type", "text/html; charset=utf-8"))
    return replace(
        page, status=200, headers=headers, body=body.encode("utf-8", "replace"), cut_short=False, from_feed=True
    )


def is_feed_better(page: Extraction, feed: Extraction) -> bool:
    """Whether the feed's own text is longer than the page's."""
    if feed.article is None:
        return False
    return page.article is None or len(feed.article.text) > len(page.article.text)


def with_hints(extraction: Extraction, link: Link, *, fetched_at: datetime) -> Extraction:
    """An extraction with the title and the publication time of its link, if the page has none to believe.

    A page that gives the time of its change as that of its publication knows less than a link with an older time.
    """
    article = extraction.article
    if article is None:
        return extraction
    hint, published = not_later(link.published, latest_from(fetched_at)), article.published
    if published is None or (hint and hint < published and published == article.modified):
        published = hint
    filled = replace(article, title=article.title or link.title, published=published)
    return extraction if filled == article else replace(extraction, article=filled)
