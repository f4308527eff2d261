"""Chooses a page's authors: the people that the most trusted source names.

`AUTHOR_SOURCES` lists the sources, most trusted first. An organisation counts only if no source names a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

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
from scraper.metadata.headline_lines import MAX_LINE_CHARS, Line
from scraper.metadata.shown_authors import AUTHOR_PAGE, divided_as_shown, is_aside, linked_authors, names_inside
from scraper.metadata.titles import clean_line, compact
from scraper.text.dates import parse_date, read_date
from scraper.text.words import fold

AUTHOR_META: Final = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "byline", "cxenseparse:author",
    "article_author", "article:author_name", "og:article:author", "authors", "creator", "content-creator", "branch:deeplink:authorname1",
    "branch:deeplink:authorname2", "sailthru.byline_name", "dcsext.author", "og:author", "rbauthors", "article.author", "mrf:authors", "dable:author",
)  # fmt: skip
"""Meta names that hold authors, most trusted first."""
CITATION_META: Final = ("citation_author", "citation_authors", "bepress_citation_author", "eprints.creators_name")
"""Meta names of libraries, one author each, trusted most."""


def read_authors(facts: Facts, site: str, lines: list[Line]) -> tuple[str, ...]:
    """Names of the authors. `lines` are the lines under the headline, `site` is the site's name."""
    own = compact(site)
    companies = _declared_organisations(facts)
    signed: list[str] = []
    for source in AUTHOR_SOURCES:
        if signed and source in GUESSES:
            break
        names = unique(_without_site(name, site) for name in source(facts, lines))
        people = tuple(name for name in names if not _is_company(name, own, companies))
        if people and source is _authors_in_graph:  # keep an agency that is named beside people
            people = tuple(name for name in names if name in people or AGENCY.search(name))
        if people and source in DECLARED:
            return _shown_instead(people, lines) or divided_as_shown(people, facts, lines)
        if people:
            return people
        if any(AGENCY.search(name) for name in names):
            return names
        signed = signed or [name for name in names if is_team(name) or not FILLER.search(name)]
    if signed:
        return tuple(signed[:3])
    for guess in (authors_in_boxes(facts), authors_in_text(facts), author_of_site(site)):
        people = tuple(name for name in unique(guess) if is_team(name) or not _is_company(name, own, companies))
        if people:
            return people
    return (site,) if own and any(compact(line.text) == own for line in lines[:5]) else ()


def _shown_instead(declared: tuple[str, ...], lines: list[Line]) -> tuple[str, ...]:
    """The people under the headline, if the page declares entirely different ones (who only published it)."""
    for line in lines[:5]:
        shown = signed_line(line.text)
        if shown:
            words = {word for name in declared for word in fold(name)}
            return () if any(not words.isdisjoint(fold(name)) for name in shown) else shown
    return ()


def _is_company(name: str, own: str, companies: Iterable[str]) -> bool:
    """Whether a name is that of an organisation, of a job or of the site (`own`)."""
    key = compact(name)
    if any(word.isupper() and len(word) > 2 and own.startswith(compact(word)) for word in name.split()):
        return True
    return (
        is_organisation(name)
        or bool(ROLES.search(name))
        or key in companies
        or (key == own and not looks_like_person(name))
    )


def _without_site(name: str, site: str) -> str:
    """A name without the site's name after it."""
    words, tail = name.split(), site.lower().removeprefix("the ").split()
    if tail and len(words) >= len(tail) + 2 and [word.lower() for word in words[-len(tail) :]] == tail:
        return " ".join(words[: -len(tail)])
    return name


def _declared_organisations(facts: Facts) -> set[str]:
    """Compacted names of authors that JSON-LD declares as something other than a person."""
    found: set[str] = set()
    for value in facts.graph.values("author", "creator", "publisher"):
        for item in facts.graph.resolve(value):
            if isinstance(item, dict) and (kinds := types_of(item)) and "Person" not in kinds:
                found.update(map(compact, facts.graph.texts(item.get("name"))))
    return found


def _authors_in_graph(facts: Facts, _: list[Line]) -> list[str]:
    """Names in the JSON-LD."""
    for value in facts.graph.values("author", "creator"):
        names = [name for item in facts.graph.resolve(value) for name in _names_of(item, facts.graph)]
        if names:
            return names
    return []


def _names_of(item: object, graph: Graph) -> list[str]:
    """Names in one author of the JSON-LD."""
    if isinstance(item, dict):
        return [name for text in graph.texts(item.get("name")) for name in read_signature(text)]
    return [name for text in graph.texts(item) for name in read_signature(text) if "://" not in text]


def _names_in_citation(value: str) -> tuple[str, ...]:
    """The name in a meta tag of libraries, which put the surname first: "Doe, Jane M."."""
    surname, comma, given = value.partition(",")
    is_name = comma and "," not in given and ";" not in value and given.strip()
    return read_signature(f"{given.strip()} {surname.strip()}" if is_name else value)


def _authors_in_meta(facts: Facts, _: list[Line]) -> list[str]:
    """Names in meta tags."""
    for key in CITATION_META:
        names = [name for value in facts.meta.get(key, ()) for name in _names_in_citation(value)]
        if names:
            return names
    values = [facts.meta.get(key, ()) for key in AUTHOR_META]
    values += [
        facts.meta.get(f"twitter:data{n}", ()) for n in "12" if starts_byline(facts.first((f"twitter:label{n}",)))
    ]
    for stated in values:
        names = [name for value in stated if "://" not in value for name in read_signature(value)]
        if names:
            return names
    return []


def _authors_in_props(facts: Facts, _: list[Line]) -> list[str]:
    """Names in microdata of the body."""
    names: list[str] = []
    for node in facts.props("author"):
        inner = node.css_first('[itemprop~="name"]') or node
        text = inner.attributes.get("content") or inner.text(separator=" ")
        names += [name for name in read_signature(text) if looks_like_person(name)]
    return names


def _authors_in_lines(_: Facts, lines: list[Line]) -> list[str]:
    """Names in a line such as "By Jane Doe" under the headline ("By" may be alone on the line before)."""
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
    """Names in elements with a class for authors or bylines: first those that start with "By", then bare names."""
    bare: list[str] = []
    for node in facts.nodes(BYLINE_SELECTOR)[:30]:
        text = clean_line(node.text(separator=" "))
        if not text or len(text) > MAX_LINE_CHARS or is_aside(node):
            continue
        names = read_byline(text)
        if names and starts_byline(text):
            return list(names)
        if not bare and (inside := names_inside(node)):
            bare = inside
        if not bare and len(text) <= 60:
            bare = [name for name in names if is_plain_name(name)]
    return bare


def _authors_in_author_links(facts: Facts, _: list[Line]) -> list[str]:
    """Names in the `rel=author` elements of the byline."""
    return linked_authors(facts)


def _authors_in_links(facts: Facts, _: list[Line]) -> list[str]:
    """Names in the links to authors' pages of the byline that holds the first of them."""
    return linked_authors(facts, AUTHOR_PAGE)


def _authors_beside_date(facts: Facts, lines: list[Line]) -> list[str]:
    """A bare name on the line of the date under the headline, or on a line next to it."""
    short = [line for line in lines[:7] if len(line.text) <= 80]
    dated = [
        index
        for index, line in enumerate(short)
        if parse_date(line.when) or read_date(line.text, language=facts.locale)
    ]
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


AuthorSource = Callable[[Facts, list[Line]], list[str]]
AUTHOR_SOURCES: Final[tuple[AuthorSource, ...]] = (
    _authors_in_graph, _authors_in_meta, _authors_in_lines, _authors_in_props, _authors_in_author_links, _authors_in_bylines, _authors_in_links,
    _authors_beside_date,
)  # fmt: skip
"""Sources of authors, most trusted first."""
DECLARED: Final = frozenset({_authors_in_graph, _authors_in_meta, _authors_in_props})
"""Sources that may name the person who published the article online rather than its author."""
GUESSES: Final = frozenset({_authors_in_links, _authors_beside_date})
"""Sources too weak to replace an organisation that is named as author."""
