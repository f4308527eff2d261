"""Who wrote a page: the people of the first source that names any.

Sources stand in one table, most trusted first. Only where no source names a person does an organisation sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.jsonld import Graph, types_of
from scraper.metadata.author_boxes import BYLINE_SELECTOR, author_of_site, authors_in_boxes, authors_in_text
from scraper.metadata.bylines import (
    AGENCY,
    FILLER,
    ROLES,
    after_date,
    is_organisation,
    is_plain_name,
    is_team,
    looks_like_person,
    read_byline,
    read_handle,
    read_signature,
    signed_line,
    starts_byline,
    unique,
)
from scraper.metadata.facts import Facts
from scraper.metadata.headline_lines import MAX_LINE_CHARS, Line, shown_dates
from scraper.metadata.titles import fold, squash, squeeze

AUTHOR_META: Final = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "byline", "cxenseparse:author",
    "citation_author", "article_author", "article:author_name", "og:article:author", "authors", "creator", "content-creator", "branch:deeplink:authorname1",
    "branch:deeplink:authorname2", "sailthru.byline_name", "dcsext.author", "og:author", "rbauthors", "article.author", "mrf:authors", "dable:author",
)  # fmt: skip
"""Meta names that hold authors, most trusted first."""
LINK_SELECTOR: Final = ",".join(
    f'a[href*="/{part}" i]'
    for part in ("author", "autor", "auteur", "contributor", "writer", "redakt", "journalist", "staff/", "byline")
)
_ASIDE: Final = (
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
"""Class words of places whose authors wrote something else."""


def read_authors(facts: Facts, site: str, lines: list[Line]) -> tuple[str, ...]:
    """Names of the authors; `lines` are those under the headline, `site` is the site's name."""
    own = squeeze(site)
    companies = _declared_organisations(facts)
    signed: list[str] = []
    for source in AUTHOR_SOURCES:
        if signed and source in GUESSES:
            break
        names = unique(_without_site(name, site) for name in source(facts, lines))
        people = tuple(name for name in names if not _is_company(name, own, companies))
        if people and source is _authors_in_graph:  # an agency that signs beside people
            people = tuple(name for name in names if name in people or AGENCY.search(name))
        if people:
            return (_shown_instead(people, lines) if source in DECLARED else ()) or people
        if any(AGENCY.search(name) for name in names):
            return names
        signed = signed or [name for name in names if is_team(name) or not FILLER.search(name)]
    if signed:
        return tuple(signed[:3])
    for guess in (authors_in_boxes(facts), authors_in_text(facts), author_of_site(site)):
        people = tuple(name for name in unique(guess) if is_team(name) or not _is_company(name, own, companies))
        if people:
            return people
    return (site,) if own and any(squeeze(line.text) == own for line in lines[:5]) else ()


def _shown_instead(declared: tuple[str, ...], lines: list[Line]) -> tuple[str, ...]:
    """Whom the line right under the headline names, when the page declares quite other people (who only put it online)."""
    for line in lines[:5]:
        shown = signed_line(line.text)
        if shown:
            words = {word for name in declared for word in fold(name).split()}
            return () if any(words & set(fold(name).split()) for name in shown) else shown
    return ()


def _is_company(name: str, own: str, companies: Iterable[str]) -> bool:
    key = squeeze(name)
    if any(word.isupper() and len(word) > 2 and own.startswith(squeeze(word)) for word in name.split()):
        return True
    return (
        is_organisation(name)
        or bool(ROLES.search(name))
        or key in companies
        or (key == own and not looks_like_person(name))
    )


def _without_site(name: str, site: str) -> str:
    """A name without the site's name behind it."""
    words, tail = name.split(), site.lower().removeprefix("the ").split()
    if tail and len(words) >= len(tail) + 2 and [word.lower() for word in words[-len(tail) :]] == tail:
        return " ".join(words[: -len(tail)])
    return name


def _declared_organisations(facts: Facts) -> set[str]:
    """Squeezed names of the authors that JSON-LD types as something other than a person."""
    found: set[str] = set()
    for value in facts.graph.values("author", "creator", "publisher"):
        for item in facts.graph.resolve(value):
            if isinstance(item, dict) and (kinds := types_of(item)) and "Person" not in kinds:
                found.update(map(squeeze, facts.graph.texts(item.get("name"))))
    return found


def _authors_in_graph(facts: Facts, _: list[Line]) -> list[str]:
    for value in facts.graph.values("author", "creator"):
        names = [name for item in facts.graph.resolve(value) for name in _names_of(item, facts.graph)]
        if names:
            return names
    return []


def _names_of(item: object, graph: Graph) -> list[str]:
    if isinstance(item, dict):
        return [name for text in graph.texts(item.get("name")) for name in read_signature(text)]
    return [name for text in graph.texts(item) for name in read_signature(text) if "://" not in text]


def _authors_in_meta(facts: Facts, _: list[Line]) -> list[str]:
    values = [facts.meta.get(key, ()) for key in AUTHOR_META]
    values += [
        facts.meta.get(f"twitter:data{n}", ()) for n in "12" if starts_byline(facts.first((f"twitter:label{n}",)))
    ]
    for told in values:
        names = [name for value in told if "://" not in value for name in read_signature(value)]
        if names:
            return names
    return []


def _authors_in_props(facts: Facts, _: list[Line]) -> list[str]:
    names: list[str] = []
    for node in facts.props("author"):
        inner = node.css_first('[itemprop~="name"]') or node
        text = inner.attributes.get("content") or inner.text(separator=" ")
        names += [name for name in read_signature(text) if looks_like_person(name)]
    return names


def _authors_in_lines(_: Facts, lines: list[Line]) -> list[str]:
    """Names from a line such as "By Jane Doe" under the headline ("By" may stand alone on the line before)."""
    waiting = ""
    for line in lines[:14]:
        text = after_date(line.text)
        if len(line.text) <= MAX_LINE_CHARS and (waiting or starts_byline(text)):
            names = read_byline(text) or read_handle(f"{waiting} {text}")
            if names:
                return list(names)
            waiting = line.text if not waiting and len(line.text) < 20 else ""
        else:
            waiting = ""
    return []


def _authors_in_bylines(facts: Facts, _: list[Line]) -> list[str]:
    """Names in elements that call themselves author or byline: those that start so ("By …") first, then bare names."""
    bare: list[str] = []
    for node in facts.nodes(BYLINE_SELECTOR)[:30]:
        text = squash(node.text(separator=" "))
        if not text or len(text) > MAX_LINE_CHARS or _is_aside(node):
            continue
        names = read_byline(text)
        if names and starts_byline(text):
            return list(names)
        if not bare and len(text) <= 60:
            bare = [name for name in names if is_plain_name(name)]
    return bare


def _authors_in_links(facts: Facts, _: list[Line]) -> list[str]:
    """The name in the first link to a person's page."""
    for node in facts.tree.css(LINK_SELECTOR)[:20]:
        text = squash(node.text(separator=" "))
        names = [name for name in read_byline(text) if is_plain_name(name)] if len(text) <= 60 else []
        if names and not _is_aside(node):
            return names
    return []


def _authors_beside_date(facts: Facts, lines: list[Line]) -> list[str]:
    """A bare name on the same line as the date under the headline, or on the line before or after it."""
    short = [line for line in lines[:7] if len(line.text) <= 80]
    dated = [index for index, line in enumerate(short) if shown_dates([line], language=facts.language)]
    for index in dated[:1]:
        for line in (
            short[index],
            *short[max(0, index - 1) : index],
            *short[index + 1 : index + 2],
            *short[max(0, index - 3) : max(0, index - 1)],
        ):
            names = [name for name in read_byline(line.text) if is_plain_name(name)]
            if 1 <= len(names) <= 3:
                return names
    return []


def _is_aside(node: LexborNode) -> bool:
    """Whether an element stands where other articles or readers are named."""
    at: LexborNode | None = node.parent
    for _ in range(5):
        if at is None or at.tag in {"body", "article"}:
            return False
        named = (at.attributes.get("class") or "").lower()
        if at.tag in {"footer", "aside", "nav"} or any(word in named for word in _ASIDE):
            return True
        at = at.parent
    return False


AuthorSource = Callable[[Facts, list[Line]], list[str]]
AUTHOR_SOURCES: Final[tuple[AuthorSource, ...]] = (
    _authors_in_graph, _authors_in_meta, _authors_in_lines, _authors_in_props, _authors_in_bylines, _authors_in_links, _authors_beside_date,
)  # fmt: skip
"""Where authors are looked for, most trusted first."""
DECLARED: Final = frozenset({_authors_in_graph, _authors_in_meta, _authors_in_props})
"""Sources that may name who put the article online rather than who wrote it."""
GUESSES: Final = frozenset({_authors_in_links, _authors_beside_date})
"""Sources too weak to speak against an organisation that signs."""
