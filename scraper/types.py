"""The values that flow from the web to the archive: frozen, slotted, with tuples; times are UTC-aware."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from scraper.block_text import BODY_KINDS as BODY_KINDS
from scraper.block_text import SHOWN_KINDS as SHOWN_KINDS
from scraper.block_text import default_kinds as default_kinds
from scraper.block_text import join_blocks as join_blocks

SourceKind = Literal["feed", "sitemap", "section", "urls"]
SOURCE_KINDS: Final[tuple[SourceKind, ...]] = ("feed", "sitemap", "section", "urls")

RemovalKind = Literal[
    "newsletter", "promo", "related", "ad", "affiliate", "social", "byline", "stamp", "credit", "caption",
    "author-box", "comment", "paywall", "consent", "legal", "tags", "navigation", "repeat", "other",
]  # fmt: skip
REMOVAL_KINDS: Final[tuple[RemovalKind, ...]] = RemovalKind.__args__  # type: ignore[attr-defined]
"""The vocabulary of rules, ledger, statistics and facets."""

BlockKind = Literal[
    "heading", "paragraph", "list", "quote", "table", "code", "standfirst", "caption", "correction", "note", "embed"
]
TEXT_KINDS: Final[frozenset[str]] = frozenset({"title", *BlockKind.__args__})  # type: ignore[attr-defined]
"""What a text can be made of: the title, and blocks of every kind."""

Verdict = Literal[
    "ok", "short", "empty", "paywall", "consent", "listing", "error-page", "needs-javascript", "truncated"
]


REVISIT: Final = (3_600.0, 21_600.0, 86_400.0, 604_800.0)
"""Default delays in seconds before each refetch: edits come soon after publication, and seldom after a week."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of links: one `[[source]]` table of a source list.

    `urls` holds one URL for `feed`, `sitemap` and `section`, and any number of URLs for `urls`.
    `include` and `exclude` are regular expressions that are searched in a link's URL. A link must match one of
    `include` (if there is any) and none of `exclude`. A link that is dated before `since` is skipped.

    `headers` and `cookies` are sent to the hosts of `urls` only. `allow_hosts` are "HOST" or "HOST:PORT" that may be
    private. `delay` is the number of seconds between requests to a host (None: the default). `render`: a browser renders
    the pages. `honour`: signals that are obeyed (see `robots_meta.SIGNALS`). `revisit`: seconds from the first fetch to
    each refetch (None: the default, empty: never). `full_text`: the feed's own text is used if a page gives none.
    `pages`: the number of further pages of a section that are read while they name new links.
    """

    name: str
    kind: SourceKind
    urls: tuple[str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_pages: int | None = None
    since: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    allow_hosts: tuple[str, ...] = ()
    delay: float | None = None
    render: bool = False
    honour: tuple[str, ...] = ()
    revisit: tuple[float, ...] | None = None
    full_text: bool = False
    pages: int = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that a source named, perhaps of an article.

    `body` is the article's HTML in the feed itself; empty unless the source has `full_text`. `modified` is the time of
    the page's last change (a sitemap's `lastmod`).
    """

    url: str
    source: str
    title: str = ""
    published: datetime | None = None
    body: str = ""
    modified: datetime | None = None

    @property
    def dated(self) -> datetime | None:
        """The publication time, else the time of the last change."""
        return self.published or self.modified


UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The fetch time of a page for which nobody noted it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: `body` is the content as bytes, without transfer or content encoding.

    `headers` are in the order received, with lower-case names. `cut_short`: only the end of the connection ended the
    body, and the markup has no end. `from_feed`: the body is the feed's own text, because the page gave none. `moved`: all
    redirects from `url` to `final_url` were permanent (RFC 9110, 15.4.2 and 15.4.9).
    Dates of the page that are more than a day after `fetched_at` are not believed.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    cut_short: bool = False
    from_feed: bool = False
    moved: bool = False

    @classmethod
    def from_html(cls, html: str | bytes, *, url: str = "", fetched_at: datetime | None = None) -> Page:
        """A page from markup that the caller already has; `fetched_at` is now unless given.

        Bytes are decoded later, as a browser decodes a file: by their byte order mark or `<meta charset>`. Text stays as
        it is, regardless of the charset that its markup names.
        """
        headers = (("content-type", "text/html; charset=utf-8"),) if isinstance(html, str) else ()
        body = html.encode("utf-8", "replace") if isinstance(html, str) else html
        return cls(url, url, 200, headers, body, fetched_at or datetime.now(UTC))

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name.lower()), "")


class Block(NamedTuple):  # like Removal: a page has a hundred, and a frozen dataclass takes five times as long to make
    """One piece of an article in reading order.

    `position` is the index among all text blocks of the page. A list item and a table row are blocks of their own;
    neighbours of the same kind belong together. A `standfirst` stands between the title and the text; a `note` is about
    the author or the article: a biography, a disclosure. `markup` is the text as inline Markdown (links of safe schemes,
    emphasis), empty when it equals `text`. `level` is 1-6 for a heading, the nesting depth for a list item.
    `marker` says how an item of a list begins (`3.` its number, `term`, `definition`, `continued` for a further paragraph,
    empty for a bullet), and of the first row of a table whether it is the `head` or just the `first` row.
    `image` is the URL of a caption's picture, `credit` names its maker; `source` is the URL of an embedded post.
    """

    kind: BlockKind
    text: str
    position: int = 0
    markup: str = ""
    level: int = 0
    image: str = ""
    credit: str = ""
    source: str = ""
    marker: str = ""


class Removal(NamedTuple):
    """A removed text block; `rule_id` is the id of a rule or of a built-in reason (`scraper.rules.reasons`)."""

    rule_id: str
    stage: Literal["element", "text", "page"]
    kind: RemovalKind
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """A page's metadata. Empty string, empty tuple or None: the page does not say.

    `published` and `modified` keep the page's own UTC offset; a time without an offset counts as UTC.
    `free` is schema.org's `isAccessibleForFree`.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str = ""
    description: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    site: str = ""
    canonical_url: str = ""
    image: str = ""
    free: bool | None = None
    amp_url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A clean article. `blocks` holds the body's blocks and those beside the body, in page order.

    `amp_url` is the URL of the AMP copy that the page names, if it is believable.
    """

    url: str
    canonical_url: str
    site: str
    title: str
    authors: tuple[str, ...]
    contributors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str
    description: str
    section: str
    tags: tuple[str, ...]
    image: str
    free: bool | None
    blocks: tuple[Block, ...]
    amp_url: str = ""

    @property
    def text(self) -> str:
        """The text of `default_kinds`. Blank lines separate blocks; items of one list and rows of one table, newlines."""
        return self.text_of(self.default_kinds)

    @property
    def body(self) -> tuple[Block, ...]:
        """The blocks that make up the body, without those beside it."""
        return tuple(block for block in self.blocks if block.kind in BODY_KINDS)

    @property
    def default_kinds(self) -> frozenset[str]:
        """The kinds of the text unless the reader chooses others."""
        return default_kinds(self.blocks)

    def text_of(self, kinds: Collection[str]) -> str:
        """The text of blocks of these kinds, in page order, below the title if `kinds` has "title".

        Raises `ValueError` for an unknown kind.
        """
        if unknown := sorted(set(kinds) - TEXT_KINDS):
            raise ValueError(f"no kinds of text: {', '.join(unknown)}; the kinds are {', '.join(sorted(TEXT_KINDS))}")
        text = join_blocks(block for block in self.blocks if block.kind in kinds)
        return "\n\n".join(part for part in (self.title, text) if part) if "title" in kinds else text


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict on an extraction, and the evidence for it."""

    verdict: Verdict
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """The extraction of one page. Article blocks + removals + chrome = all text blocks of the page.

    `removals` were in the element that holds the article; the archive's ledger stores them. `chrome` was outside of it: menus,
    footers, rails. A caption or a note (see `beside`) is both in `removals` and, as a block of its own kind, in `article.blocks`. No other
    block occurs twice. `article` is None if no text was found; `quality` says why. `packed_chrome` takes the place of `chrome` in
    an extraction that a worker process sent (see `scraper.chrome`).
    """

    article: Article | None
    removals: tuple[Removal, ...]
    chrome: tuple[Removal, ...]
    rules_hash: str
    quality: Quality
    packed_chrome: bytes = b""

    @property
    def text(self) -> str:
        """The article's text; empty without an article."""
        return self.article.text if self.article else ""


@dataclass(frozen=True, slots=True)
class Known:
    """The memory of a URL's last fetch: validators for a conditional request (RFC 9110, 13.1).

    A page that is not `due` is not fetched; a feed or sitemap always is. `own` is the URL to refetch if a source says
    that the page changed. Empty: the page is not refetched for that, because it is gone or waits for a retry.
    `scheduled`: a run refetches that URL even if no source names it.
    """

    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None
    due: bool = True
    own: str = ""
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A link whose page was fetched and extracted.

    The chrome of `extraction` is packed. `signals` are the page's requests
    to archives (`robots_meta.SIGNALS`). `parts` are the further pages of the article, which a re-extraction needs.
    """

    link: Link
    page: Page
    extraction: Extraction
    signals: tuple[str, ...] = ()
    parts: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A link whose page has not changed (HTTP 304), or that has moved for good (HTTP 301, 308), to `moved_to`."""

    link: Link
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A link or a source that failed; `kind` is a key of `errors.FETCH_KINDS`.

    `retry_after` is the number of seconds that the server asked to wait. `of_source`: the source's own feed, sitemap or
    section page failed.
    """

    link: Link
    kind: str
    detail: str
    status: int = 0
    retry_after: float = 0.0
    of_source: bool = False


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A source that was read: `found` links, of which this run plans to fetch `wanted` pages.

    `validators` belong to the feed or sitemap itself, by its URL, for the next conditional request. `links` are the new
    links, fetched in this run or not. `changed` are URLs of known pages that the source reports as changed. If
    the caller stores the validators, it must store `links` and `changed` too: a feed that later answers "not modified"
    would hide these. `answered` are the URLs of the documents that were read, or that are unchanged.
    """

    source: str
    found: int
    wanted: int
    validators: tuple[tuple[str, Known], ...] = ()
    links: tuple[Link, ...] = ()
    changed: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()


MAX_PAUSE_SECONDS: Final = 86_400.0
"""Longest pause of a host: one that requests a pause of a year is tried again tomorrow."""


@dataclass(frozen=True, slots=True)
class HostPaused:
    """A host (as `canonical.site_of` names it) that is paused until a time: it asked for a pause, or kept failing.

    Its remaining links are fetched in a later run.
    """

    host: str
    until: datetime
    reason: str


Outcome = Fetched | Unchanged | Failure | SourceRead | HostPaused
"""The outcomes of a crawl: one for each link and source, and one for each paused host."""
