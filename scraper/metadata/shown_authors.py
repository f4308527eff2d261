"""The authors that a page shows in its markup, name by name, and what that says about the names that it declares.

JSON-LD often joins several authors in one name, splits one at a comma, or names the first only. Each link of a byline holds one
name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import has_part
from scraper.metadata.bylines import (
    after_date,
    bare_name,
    is_organisation,
    is_plain_name,
    joins_last,
    read_byline,
    starts_byline,
    unique,
)
from scraper.metadata.facts import Facts
from scraper.metadata.headline_lines import MAX_LINE_CHARS, Line
from scraper.metadata.not_names import writers_part
from scraper.metadata.titles import clean_line, compact
from scraper.text.patterns import lazy_pattern

AUTHOR_LINK: Final = '[rel~="author" i]'
_PATHS: Final = ("author", "autor", "auteur", "contributor", "writer", "redakt", "journalist", "staff/", "byline")
AUTHOR_PAGE: Final = ",".join(f'a[href*="/{part}" i]' for part in _PATHS)
"""Links to pages about authors."""
_IN_PATH: Final = lazy_pattern(f"/(?:{'|'.join(_PATHS)})")
_NAMED: Final = ("byline", "by-line", "author", "autor", "auteur", "autore", "writer", "contributor", "redakt")
"""Parts of class names, ids and test ids of elements around all authors of an article."""
_ONE: Final = 'a,[class*="name" i],[class*="author" i],[rel~="author" i],[itemprop~="author" i],[itemprop~="name" i],li'
"""Elements in a byline that may hold one name."""
MAX_BYLINE_CHARS: Final = 400
"""A longer element holds biographies or cards, and no byline."""
MAX_NAME_CHARS: Final = 60
"""A longer link is a headline."""
MAX_LINKS: Final = 30
"""Links to authors that are read."""
ASIDE: Final = (
    "comment",
    "related",
    "recommend",
    "sidebar",
    "footer",
    "popular",
    "latest",
    "trending",
    "card",
    "teaser",
)
"""Class words of parts of a page whose authors wrote something else."""


def linked_authors(facts: Facts, selector: str = AUTHOR_LINK) -> list[str]:
    """The names of all elements that match a selector of links to authors, in the byline that holds the first of them."""
    for node in _author_links(facts, selector)[:MAX_LINKS]:
        if node.tag == "link" or is_aside(node) or not _names_of(node):
            continue
        byline = _byline_around(node)
        own = writers_part(clean_line(byline.text(separator=" ")))
        links = byline.css(selector)[:MAX_LINKS]
        return list(unique(name for link in links for name in _names_of(link) if name in own))
    return []


def _author_links(facts: Facts, selector: str) -> list[LexborNode]:
    """What `AUTHOR_LINK` or `AUTHOR_PAGE` matches."""
    if selector == AUTHOR_PAGE and selector not in facts.memo:
        facts.memo[selector] = list(links_to_authors(facts.links))
    return facts.nodes(selector)


def links_to_authors(links: Sequence[LexborNode]) -> Iterator[LexborNode]:
    """What `AUTHOR_PAGE` matches, of the page's links.

    All addresses are searched at once: to search the tree for each part of a path takes four times as long.
    """
    addresses = "\0".join([link.attrs.get("href") or "" for link in links]).lower()  # no attribute holds NUL
    place, last, upto = 0, -1, 0
    for found in _IN_PATH.finditer(addresses):
        place += addresses.count("\0", upto, found.start())
        upto = found.start()
        if place != last:
            yield links[place]
        last = place


def _names_of(link: LexborNode) -> tuple[str, ...]:
    """The names in one link to an author; a name in a script with capitals must have two words."""
    text = clean_line(link.text(separator=" "))
    names = read_byline(text) if 0 < len(text) <= MAX_NAME_CHARS else ()
    return tuple(name for name in names if is_plain_name(name) or not name[0].isascii())


def names_inside(node: LexborNode) -> list[str]:
    """The names that the parts of an element hold, if the element has two or more, and hardly any text beside them."""
    parts = [part for part in node.css(_ONE)[: 2 * MAX_LINKS] if not _holds_another(part)]
    names = unique(name for part in parts for name in _names_of(part))
    rest = compact(clean_line(node.text(separator=" ")))
    for name in names:
        rest = rest.replace(compact(name), "", 1)
    return list(names) if len(names) > 1 and len(rest) <= 3 * len(names) else []


def _holds_another(part: LexborNode) -> bool:
    """Whether an element that may hold one name has another such element inside."""
    return any(inner.mem_id != part.mem_id for inner in part.css(_ONE)[:2])


def is_aside(node: LexborNode) -> bool:
    """Whether an element is in a part of the page that names other articles' authors or readers."""
    at: LexborNode | None = node.parent
    for _ in range(5):
        if at is None or at.tag in {"body", "article"}:
            return False
        named = (at.attributes.get("class") or "").lower()
        if at.tag in {"footer", "aside", "nav"} or has_part(named, ASIDE):
            return True
        at = at.parent
    return False


def _byline_around(node: LexborNode) -> LexborNode:
    """The outermost short element around a link that is an address or is named after authors; else its parent."""
    found = node
    at = node.parent or node
    for step in range(4):
        if at.tag in {"body", "html", "article", "main", "section"} or len(at.text()) > MAX_BYLINE_CHARS:
            break
        names = " ".join(
            at.attributes.get(key) or "" for key in ("class", "id", "data-testid", "data-component")
        ).lower()
        if step == 0 or at.tag == "address" or has_part(names, _NAMED):
            found = at
        if at.parent is None:
            break
        at = at.parent
    return found


def divided_as_shown(declared: tuple[str, ...], facts: Facts, lines: list[Line]) -> tuple[str, ...]:
    """The declared authors, divided and completed as the page shows them.

    Two divisions of the same words: the shown one is right. A longer list that has all declared names: it is complete.
    """
    for shown in _names_shown(facts, lines):
        if not shown or shown == declared:
            continue
        if len(shown) != len(declared) and _letters(shown) == _letters(declared):
            return shown
        if len(shown) > len(declared) and {_key(name) for name in declared} <= {_key(name) for name in shown}:
            return shown
    return declared


def _names_shown(facts: Facts, lines: list[Line]) -> Iterator[tuple[str, ...]]:
    """The names in the byline, in its links to authors, and in its links to authors' pages."""
    yield _signed(lines)
    yield tuple(linked_authors(facts))
    yield tuple(linked_authors(facts, AUTHOR_PAGE))


def _signed(lines: list[Line]) -> tuple[str, ...]:
    """The names in the first line under the headline that starts with "By" and names people only.

    Of two names without a word between them the second may be a place: "By Jane Doe, New Harbour".
    """
    for line in lines[:5]:
        text = after_date(line.text)
        if len(text) <= MAX_LINE_CHARS and starts_byline(text):
            names = read_byline(text)
            is_list = len(names) > 2 or (len(names) == 2 and joins_last(text, names[-1]))
            return names if is_list and not is_organisation(text) else ()
    return ()


def _letters(names: tuple[str, ...]) -> list[str]:
    """The letters of names, for comparing names that are divided in other ways."""
    return sorted(compact("".join(map(bare_name, names))))


def _key(name: str) -> str:
    return compact(bare_name(name))
