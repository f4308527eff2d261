"""Renders a newsroom site as bytes: article pages, feeds, sitemaps and section pages. Pure.

Each piece is put into its template in the site's `templates`, or else in `PLAIN_TEMPLATES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from string import Template
from typing import Final

from archive.newsroom.articles import CREDIT, EMPHASIS, LINK, Piece, Site, Story, table_cells

PLAIN_TEMPLATES: Final[dict[str, Template]] = {
    "paragraph": Template("<p>$text</p>"),
    "heading": Template("<h2>$text</h2>"),
    "list": Template("<ul>$items</ul>"),
    "quote": Template("<blockquote><p>$text</p></blockquote>"),
    "table": Template("<table>$rows</table>"),
    "code": Template("<pre><code>$text</code></pre>"),
}
TAGS: Final[dict[str, str]] = {"*": "em", "**": "strong"}
CHANGED_AFTER: Final = timedelta(hours=9)
"""Time from the publication of a story to its edit."""
MOST_READ_LINKS: Final = 5


def edited(story: Story, visit: int) -> tuple[Piece, ...]:
    """All pieces of a story, as they are at a visit."""
    return tuple(edited_piece(piece, story, visit) for piece in (*story.pieces, *story.below))


def edited_piece(piece: Piece, story: Story, visit: int) -> Piece:
    """A piece with the story's changes, from the second visit on."""
    lines = piece.lines
    for old, new in story.changes if visit > 1 else ():
        lines = tuple(line.replace(old, new) for line in lines)
    return Piece(piece.kind, lines, piece.variant, piece.rotating)


def modified_at(story: Story, visit: int) -> datetime:
    """Time of a story's last edit. A rotating promo is not an edit."""
    return story.published + CHANGED_AFTER if story.changes and visit > 1 else story.published


# --- Addresses ----------------------------------------------------------------------------------------------------


def story_path(site: Site, story: Story) -> str:
    """The path of a story's address."""
    pattern = site.private_path if story.private else site.path
    day = story.published
    return Template(pattern).substitute(
        section=slug_of(story.section),
        slug=story.slug,
        number=story.number,
        year=day.year,
        month=f"{day:%m}",
        day=f"{day:%d}",
    )


def slug_of(name: str) -> str:
    """A name in the form of an address part.

    >>> slug_of("US News")
    'us-news'
    """
    return re.sub(r"\W+", "-", name.lower()).strip("-")


# --- Pages --------------------------------------------------------------------------------------------------------


def article_page(site: Site, story: Story, *, base: str, visit: int) -> bytes:
    """A story's page in its site's encoding."""
    day = story.published
    others = [other for other in site.at_visit(visit) if other is not story and not other.private]
    following = others[0] if others else story
    html = site.page.substitute(
        text_values(site, story),
        standfirst=standfirst_html(site, story),
        tags_json=script_json(", ".join(story.tags)),
        tags=escape(", ".join(story.tags)),
        tag_links=" ".join(f'<a href="/topic/{slug_of(tag)}">{escape(tag)}</a>' for tag in story.tags),
        section_slug=slug_of(story.section),
        published=day.isoformat(),
        modified=modified_at(story, visit).isoformat(),
        date=human_date(site, day),
        number=story.number,
        url=base + story_path(site, story),
        base=base,
        language=site.language,
        image=f"/media/{story.slug}.jpg",
        body="\n".join(piece_html(site, story, piece, visit) for piece in story.pieces),
        after="\n".join(piece_html(site, story, piece, visit) for piece in story.below),
        rail="\n".join(
            f'<li><a href="{story_path(site, other)}">{escape(other.title)}</a></li>'
            for other in others[:MOST_READ_LINKS]
        ),
        next_url=story_path(site, following),
        next_title=escape(following.title),
    )
    return html.encode(site.encoding, errors="xmlcharrefreplace")


def standfirst_html(site: Site, story: Story) -> str:
    """The description under a story's headline; empty if the site prints none."""
    if site.standfirst is None or not story.description:
        return ""
    return site.standfirst.substitute(text=escape(story.description))


def text_values(site: Site, story: Story) -> dict[str, str]:
    """Texts of a story as HTML, and under `NAME_json` as JSON for a script element."""
    texts = {"title": story.title, "description": story.description, "section": story.section, "name": site.name}
    return {
        **{name: escape(text) for name, text in texts.items()},
        **{f"{name}_json": script_json(text) for name, text in texts.items()},
        "authors": escape(site.conjunction.join(story.authors)),
        "authors_json": script_json([{"@type": "Person", "name": name} for name in story.authors]),
    }


def script_json(value: object) -> str:
    """`value` as JSON that is safe inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def human_date(site: Site, moment: datetime) -> str:
    """A date as the site prints it.

    >>> from archive.newsroom.articles import load_newsroom
    >>> human_date(load_newsroom()[-1], datetime(2016, 10, 28, 9, 4))
    'Oct 28 2016, 9:04 ET'
    """
    return site.date.substitute(
        day=moment.day, month=site.months[moment.month - 1], year=moment.year, hour=moment.hour, minute=f"{moment:%M}"
    )


def piece_html(site: Site, story: Story, piece: Piece, visit: int) -> str:
    """A piece in its site's HTML."""
    names = (f"{piece.kind}.{piece.variant}", piece.kind)
    template = next(table[name] for table in (site.templates, PLAIN_TEMPLATES) for name in names if name in table)
    lines = edited_piece(piece, story, visit).shown(visit)
    inner = [inline_html(line, piece.kind) for line in lines]
    return template.substitute(
        text=inner[0],
        first=inner[0],
        lines=wrapped("p", inner),
        items=wrapped("li", inner),
        rows="".join(row_html(line, "td" if place else "th") for place, line in enumerate(lines)),
        rest=wrapped("p", inner[1:]),
        rest_items=wrapped("li", [linked(line) for line in inner[1:]]),
        rest_inline=" ".join(inner[1:]),
        image=f"/media/{story.slug}.jpg",
    )


def linked(line: str) -> str:
    """A line as a link, unless it contains one."""
    return line if "<a " in line else f'<a href="#">{line}</a>'


def wrapped(tag: str, lines: Sequence[str]) -> str:
    """Each line in an element of its own."""
    return "".join(f"<{tag}>{line}</{tag}>" for line in lines)


def row_html(line: str, tag: str) -> str:
    """A table row."""
    return f"<tr>{wrapped(tag, [escape(cell, quote=False) for cell in table_cells(line)])}</tr>"


def inline_html(line: str, kind: str) -> str:
    """A line's inline notation as HTML.

    >>> inline_html("*A* & [b](/c)", "paragraph")
    '<em>A</em> &amp; <a href="/c">b</a>'
    """
    text = escape(line, quote=False)
    if kind in {"code", "table"}:
        return text
    if kind == "caption" and (credit := CREDIT.search(text)):
        text = f'{text[: credit.start()]}{credit[1]}<span class="credit">{text[credit.end() :]}</span>'
    text = LINK.sub(r'<a href="\2">\1</a>', text)
    return EMPHASIS.sub(lambda found: f"<{TAGS[found[1]]}>{found[2]}</{TAGS[found[1]]}>", text)


# --- Feeds, sitemaps, section pages -------------------------------------------------------------------------------


def source_bodies(site: Site, *, base: str, visit: int) -> dict[str, tuple[str, bytes]]:
    """The documents that list the site's articles, by path: (content type, body). A sitemap is an index and its child."""
    return FORMATS[site.source_format](site, base, visit)


def rss(site: Site, base: str, visit: int) -> dict[str, tuple[str, bytes]]:
    """An RSS 2.0 feed."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{base}{story_path(site, story)}</link>"
        f'<guid isPermaLink="true">{base}{story_path(site, story)}</guid>'
        f"<pubDate>{format_datetime(story.published.astimezone(UTC))}</pubDate>"
        f"<description>{escape(story.description)}</description></item>\n"
        for story in site.at_visit(visit)
    )
    text = f'<rss version="2.0"><channel><title>{escape(site.name)}</title><link>{base}/</link><language>{site.language}</language>\n{items}</channel></rss>'
    return {site.source_path: ("application/rss+xml", xml(text))}


def atom(site: Site, base: str, visit: int) -> dict[str, tuple[str, bytes]]:
    """An Atom feed (RFC 4287)."""
    stories = site.at_visit(visit)
    entries = "".join(
        f'<entry><title>{escape(story.title)}</title><link rel="alternate" href="{base}{story_path(site, story)}"/>'
        f"<id>{base}{story_path(site, story)}</id><published>{story.published.isoformat()}</published>"
        f"<updated>{modified_at(story, visit).isoformat()}</updated><summary>{escape(story.description)}</summary></entry>\n"
        for story in stories
    )
    updated = max(modified_at(story, visit) for story in stories).isoformat()
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(site.name)}</title><id>{base}/</id><updated>{updated}</updated>\n{entries}</feed>'
    return {site.source_path: ("application/atom+xml", xml(text))}


def sitemap(site: Site, base: str, visit: int) -> dict[str, tuple[str, bytes]]:
    """A sitemap index and its news sitemap. Pages that robots.txt disallows are listed too."""
    child = "/sitemaps/news.xml"
    entries = "".join(
        f"<url><loc>{base}{story_path(site, story)}</loc><lastmod>{modified_at(story, visit).isoformat()}</lastmod>"
        f"<news:news><news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
        for story in site.at_visit(visit)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    index = f'<sitemapindex xmlns="{space}"><sitemap><loc>{base}{child}</loc></sitemap></sitemapindex>'
    urls = f'<urlset xmlns="{space}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}</urlset>'
    return {site.source_path: ("application/xml", xml(index)), child: ("application/xml", xml(urls))}


def section(site: Site, base: str, visit: int) -> dict[str, tuple[str, bytes]]:
    """A section page with links to the articles and to other pages."""
    assert site.front is not None, f"{site.key} needs a section.html"
    teasers = "\n".join(
        f'<p><a href="{story_path(site, story)}"><b>{escape(story.title)}</b></a><br>{escape(story.description)}</p>'
        for story in site.at_visit(visit)
    )
    html = site.front.substitute(name=escape(site.name), language=site.language, teasers=teasers, base=base)
    return {site.source_path: ("text/html", html.encode(site.encoding, errors="xmlcharrefreplace"))}


def xml(text: str) -> bytes:
    """An XML document in UTF-8."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


Format = Callable[[Site, str, int], dict[str, tuple[str, bytes]]]
FORMATS: Final[dict[str, Format]] = {"rss": rss, "atom": atom, "sitemap": sitemap, "section": section}
"""Builders by the `source.format` of a `site.toml`."""
