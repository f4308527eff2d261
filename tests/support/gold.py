"""Gold of the demo newsroom: what a perfect extraction of each page gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive.newsroom.articles import Site, Story, load_newsroom, plain
from archive.newsroom.pages import article_page, edited, story_path
from scraper.types import BODY_KINDS


@dataclass(frozen=True, slots=True)
class Gold:
    """A perfect extraction of a page: (kind, text) of each block, in page order.

    `corrections` are kept beside the body. `standfirst` may be kept or removed; it is empty if the page has none. Headline,
    dateline and page chrome (menus, rails, footers) are in none of the fields.
    """

    site: str
    slug: str
    url: str
    title: str
    authors: tuple[str, ...]
    published: datetime
    language: str
    body: tuple[tuple[str, str], ...]
    removals: tuple[tuple[str, str], ...]
    corrections: tuple[str, ...]
    standfirst: str


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A rendered article, in the site's encoding, with its gold."""

    html: bytes
    gold: Gold


def gold_pages(*, visit: int = 1) -> Iterator[GoldPage]:
    """Every article of the newsroom at its site's `.example` address, as it is at a visit."""
    for site in load_newsroom():
        for story in site.at_visit(visit):
            base = f"https://{site.host}"
            yield GoldPage(
                article_page(site, story, base=base, visit=visit), gold_of(site, story, base=base, visit=visit)
            )


def gold_of(site: Site, story: Story, *, base: str, visit: int) -> Gold:
    """The gold of a story's page."""
    pieces = edited(story, visit)
    blocks = [(piece.kind, plain(line, piece.kind)) for piece in pieces for line in piece.shown(visit)]
    return Gold(
        site=site.key,
        slug=story.slug,
        url=base + story_path(site, story),
        title=story.title,
        authors=story.authors,
        published=story.published,
        language=site.language,
        body=tuple((kind, text) for kind, text in blocks if kind in BODY_KINDS),
        removals=tuple((kind, text) for kind, text in blocks if kind not in BODY_KINDS | {"correction"}),
        corrections=tuple(text for kind, text in blocks if kind == "correction"),
        standfirst=story.description if site.standfirst else "",
    )
