"""Every value that flows from the web to the archive. Frozen, slotted, tuples; times are UTC-aware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

SourceKind = Literal["feed", "sitemap", "section", "urls"]
SOURCE_KINDS: Final[tuple[SourceKind, ...]] = ("feed", "sitemap", "section", "urls")

RemovalKind = Literal[
    "newsletter", "promo", "related", "ad", "affiliate", "social", "byline", "stamp", "credit", "caption",
    "author-box", "comment", "paywall", "consent", "legal", "tags", "navigation", "repeat", "other",
]  # fmt: skip
REMOVAL_KINDS: Final[tuple[RemovalKind, ...]] = RemovalKind.__args__  # type: ignore[attr-defined]
"""One vocabulary for rules, ledger, statistics and facets."""

BlockKind = Literal["heading", "paragraph", "list", "quote", "table", "code", "caption", "correction", "embed"]
BODY_KINDS: Final[frozenset[str]] = frozenset({"heading", "paragraph", "list", "quote", "table", "code"})
"""Block kinds that make up an article's text; the others are kept beside it."""

Verdict = Literal[
    "ok", "short", "empty", "paywall", "consent", "listing", "error-page", "needs-javascript", "truncated"
]


@dataclass(frozen=True, slots=True)
class Source:
    """Where links come from: one `[[source]]` table of a source list.

    `urls` holds one address for `feed`, `sitemap` and `section`, and any number for `urls`.
    `include` and `exclude` are regular expressions searched in a link's URL: a link must match one of `include`
    (when there is any) and none of `exclude`. A link that is dated before `since` is not wanted.

    `headers` and `cookies` go to the hosts of `urls` only. `allow_hosts` are "HOST" or "HOST:PORT" that may be private.
    `delay` is in seconds between requests to its hosts (None: the default); `render`: pages go through a browser;
    `honour`: signals (see `signals.SIGNALS`) that are obeyed; `revisit`: seconds after which an article is looked at
    again, first to last (None: the default, empty: never); `full_text`: a feed whose own text may serve when the page
    gives none; `pages`: how many pages of a section are turned while they name anything new.
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
    """An address that a source named, perhaps an article.

    `body` is the article's HTML as the feed itself gives it; empty unless the source has `full_text`. `modified` is when
    the page was changed (a sitemap's `lastmod`).
    """

    url: str
    source: str
    title: str = ""
    published: datetime | None = None
    body: str = ""
    modified: datetime | None = None

    @property
    def dated(self) -> datetime | None:
        """When it was published, or at least changed."""
        return self.published or self.modified


@dataclass(frozen=True, slots=True)
class Page:
    """What a server sent: `body` is the decoded content (no transfer or content encoding left), as bytes.

    `headers` are in the order received, names lower-cased. `cut_short`: only the end of the connection ended the body, and
    its markup has no end. `from_feed`: the body is the feed's own text, because the page gave none.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    cut_short: bool = False
    from_feed: bool = False

    @classmethod
    def from_html(cls, html: str | bytes, *, url: str = "", fetched_at: datetime | None = None) -> Page:
        """A page from markup that the caller already has; `fetched_at` is now unless given.

        Bytes are decoded later, as a browser decodes a file: by their byte order mark or `<meta charset>`. Text stays as
        it is, whatever charset its markup names.
        """
        headers = (("content-type", "text/html; charset=utf-8"),) if isinstance(html, str) else ()
        body = html.encode("utf-8", "replace") if isinstance(html, str) else html
        return cls(url, url, 200, headers, body, fetched_at or datetime.now(UTC))

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an article in reading order.

    `position` is the index among all text blocks of the page. A list item and a table row are blocks of their own;
    neighbours of the same kind belong together. `markup` is the text as inline Markdown (links of safe schemes,
    emphasis), empty when it equals `text`. `level` is 1-6 for a heading, the nesting depth for a list item.
    `image` is the address of a caption's picture, `credit` who made it; `source` the address of an embedded post.
    """

    kind: BlockKind
    text: str
    position: int = 0
    markup: str = ""
    level: int = 0
    image: str = ""
    credit: str = ""
    source: str = ""

    def __reduce__(self) -> tuple[type[Block], tuple[object, ...]]:
        """How it is pickled: a hundred of a page go from process to process, at twice the speed of a dataclass's own way."""
        return Block, (
            self.kind,
            self.text,
            self.position,
            self.markup,
            self.level,
            self.image,
            self.credit,
            self.source,
        )


@dataclass(frozen=True, slots=True)
class Removal:
    """A text block that was taken out: by which rule, as what, and where it stood."""

    rule_id: str
    stage: Literal["element", "text", "page"]
    kind: RemovalKind
    position: int
    text: str

    def __reduce__(self) -> tuple[type[Removal], tuple[object, ...]]:
        """As of a block."""
        return Removal, (self.rule_id, self.stage, self.kind, self.position, self.text)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself. Empty string, empty tuple or None: the page does not say.

    `published` and `modified` keep the page's own UTC offset where it gave one; a time without a zone is taken as UTC.
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
    """A clean article. `blocks` holds body blocks and, beside them, captions, corrections and embeds, in page order.

    `amp_url` is the address of the AMP copy that the page names, when it can be believed.
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
        """The body alone: its blocks joined by a blank line, items of one list and rows of one table by a newline."""
        return join_blocks(self.body)

    @property
    def body(self) -> tuple[Block, ...]:
        """The blocks that make up the text, without captions, corrections and embedded posts."""
        return tuple(block for block in self.blocks if block.kind in BODY_KINDS)


def join_blocks(blocks: tuple[Block, ...]) -> str:
    """Plain text of blocks.

    >>> join_blocks((Block("paragraph", "a"), Block("list", "b"), Block("list", "c")))
    'a\\n\\nb\\nc'
    """
    parts: list[str] = []
    before = ""
    for block in blocks:
        if parts:
            parts.append("\n" if block.kind == before and before in {"list", "table"} else "\n\n")
        parts.append(block.text)
        before = block.kind
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Quality:
    """How far an extraction can be trusted, and the evidence for saying so."""

    verdict: Verdict
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page gave. Article blocks + removals + chrome = all text blocks of the page.

    `removals` were taken from within the article's region (the archive's ledger stores them); `chrome` is what lies
    outside it: menus, footers, rails. A caption stands both in `removals` and, as a block of its own kind, in
    `article.blocks`; nothing else stands twice. `article` is None when no text was found: `quality` says why.
    """

    article: Article | None
    removals: tuple[Removal, ...]
    chrome: tuple[Removal, ...]
    rules_hash: str
    quality: Quality

    @property
    def text(self) -> str:
        """The article's text; empty without an article."""
        return self.article.text if self.article else ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a URL from an earlier visit: validators for a conditional request (RFC 9110, 13.1).

    A page that is not `due` is left alone. A feed or sitemap is always asked. `own` is the address under which the page is
    looked at again when its source says that it changed; empty: not for that (it is gone, or waits for another try).
    """

    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None
    due: bool = True
    own: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A link whose page was fetched and extracted; `extraction.chrome` is empty, it was left in the worker (but see `ExtractPool`).

    `signals` are what the page asks of archives (`signals.SIGNALS`); `parts` the further pages of an article that goes on,
    without which nobody can extract it again.
    """

    link: Link
    page: Page
    extraction: Extraction
    signals: tuple[str, ...] = ()
    parts: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A link whose page is as it was (304)."""

    link: Link


@dataclass(frozen=True, slots=True)
class Failure:
    """A link or a source that could not be had: `kind` is a key of `errors.FETCH_KINDS`.

    `retry_after` is the number of seconds that the server asked to be left alone. `of_source`: it was the source's own
    feed, sitemap or section page.
    """

    link: Link
    kind: str
    detail: str
    status: int = 0
    retry_after: float = 0.0
    of_source: bool = False


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A source that was read: how many links it named, and how many pages this run is to ask for because of it.

    `validators` are of the feed or sitemap itself, by its URL, for the next conditional request. `links` are those it
    named that nothing is known of, whether or not this run has room for them: who keeps the validators keeps these too,
    or a feed that then answers "not modified" hides what was not fetched. So too `changed`: addresses of pages that were
    had before, and that the source says were changed since.
    """

    source: str
    found: int
    wanted: int
    validators: tuple[tuple[str, Known], ...] = ()
    links: tuple[Link, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostPaused:
    """A host (as `urls.site_of` names it) that is to be left alone until a time: it asked for that, or kept failing.

    Its links that were not asked for come in a later run.
    """

    host: str
    until: datetime
    reason: str


Outcome = Fetched | Unchanged | Failure | SourceRead | HostPaused
"""What a crawl yields, one for each link and source, and whatever is to be remembered of hosts."""
