"""The embedded newsroom: articles that we wrote, in which every line is known to be text or boilerplate.

`seeds/newsroom/SITE/` holds a site: `site.toml` (how it looks and answers), `page.html` (a `string.Template`) and
`articles/*.toml`. An article's `body` is pieces separated by blank lines::

    A paragraph, with *emphasis*, **weight** and [links](/elsewhere).

    ## A heading

    - a list item

    | a | table |

    [newsletter.box]                 a removal kind, perhaps a variant: `site.toml` says what it looks like
    Never miss a Friday              each line is a text block of its own
    One story in your inbox.

    [promo.rotating*]                a star: one of the lines, another at each visit
    Listen to our podcast.
    Get the app.

    ===                              what follows stands below the article's own element

`||` in a caption parts the text from the credit. A broken newsroom raises `KeyError`, `ValueError` or
`tomllib.TOMLDecodeError` when it is loaded: it is ours, so that is a bug.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

from scraper.types import REMOVAL_KINDS, SourceKind

PACKAGED: Final = Path(__file__).parents[1] / "seeds"
"""Where a wheel puts `seeds`; a checkout has it beside the package."""

TYPED: Final[dict[str, str]] = {"## ": "heading", "- ": "list", "> ": "quote", "| ": "table"}
"""What a line of the body begins with: its block kind."""
FENCE: Final = "```"
BELOW: Final = "==="
BORROWED: Final = "@body"
"""Stands for the text of the article that is syndicated."""
LABEL: Final = re.compile(r"\[(?P<kind>[a-z-]+)(?:\.(?P<variant>[a-z]+))?(?P<star>\*)?\]")
LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
EMPHASIS: Final = re.compile(r"(\*\*?)(\S(?:.*?\S)?)\1")
CREDIT: Final = re.compile(r"(\s?)\|\|\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of blocks of one kind: a body kind, a removal kind, or `correction`. `lines` holds a block each."""

    kind: str
    lines: tuple[str, ...]
    variant: str = ""
    rotating: bool = False

    def shown(self, visit: int) -> tuple[str, ...]:
        """The lines that a visit sees, counted from 1."""
        return (self.lines[(visit - 1) % len(self.lines)],) if self.rotating else self.lines


@dataclass(frozen=True, slots=True)
class Story:
    """An article as it was written. `pieces` stand within the article's element, `below` after it.

    `changes` are (old, new) texts, in force from the second visit on. `fails_first` counts the requests that are
    answered 500 before the page comes. A `private` story lies where robots.txt forbids to go.
    """

    slug: str
    number: int
    title: str
    authors: tuple[str, ...]
    published: datetime
    section: str
    tags: tuple[str, ...]
    description: str
    pieces: tuple[Piece, ...]
    below: tuple[Piece, ...]
    changes: tuple[tuple[str, str], ...] = ()
    fails_first: int = 0
    from_visit: int = 1
    private: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A fictional paper. `looks` maps a piece's kind, or kind and variant, to its HTML; `manner` is for the demo to tell.

    `standfirst` is the HTML of the description under a headline; None: the site prints none.
    """

    key: str
    name: str
    manner: str
    host: str
    language: str
    encoding: str
    source_kind: SourceKind
    source_path: str
    source_format: str
    path: str
    private_path: str
    validators: str
    standfirst: Template | None
    conjunction: str
    date: Template
    months: tuple[str, ...]
    robots: Template
    looks: Mapping[str, Template]
    page: Template
    front: Template | None
    stories: tuple[Story, ...]

    def at_visit(self, visit: int) -> tuple[Story, ...]:
        """The stories that are out by then, newest first."""
        return tuple(story for story in self.stories if story.from_visit <= visit)


def seeds_folder() -> Path:
    """Where `seeds` is: inside an installed package, or in the checkout."""
    return PACKAGED if PACKAGED.is_dir() else PACKAGED.parents[1] / "seeds"


@cache
def load_newsroom() -> tuple[Site, ...]:
    """Every site, in the order of their names."""
    folder = seeds_folder() / "newsroom"
    return tuple(load_site(site.parent) for site in sorted(folder.glob("*/site.toml")))


def load_site(folder: Path) -> Site:
    """One site from its folder."""
    told = tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))
    front = folder / "section.html"
    rows = [
        (path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted((folder / "articles").glob("*.toml"))
    ]
    stories = [
        load_story(row, slug=path.stem, number=number, folder=folder.parent)
        for number, (path, row) in enumerate(rows, start=4101)
    ]
    return Site(
        key=folder.name,
        name=told["name"],
        manner=told["manner"],
        host=told["host"],
        language=told["language"],
        encoding=told["encoding"],
        source_kind=told["source"]["kind"],
        source_path=told["source"]["path"],
        source_format=told["source"]["format"],
        path=told["path"],
        private_path=told.get("private_path", told["path"]),
        validators=told["validators"],
        standfirst=Template(told["standfirst"]) if "standfirst" in told else None,
        conjunction=told["and"],
        date=Template(told["date"]),
        months=tuple(told["months"].split()),
        robots=Template(told["robots"]),
        looks={kind: Template(look.strip()) for kind, look in told["pieces"].items()},
        page=Template((folder / "page.html").read_text(encoding="utf-8")),
        front=Template(front.read_text(encoding="utf-8")) if front.exists() else None,
        stories=tuple(sorted(stories, key=lambda story: story.published, reverse=True)),
    )


def load_story(row: Mapping[str, Any], *, slug: str, number: int, folder: Path) -> Story:
    """One article from its TOML table. `folder` is the newsroom's, for an article that borrows another's text."""
    body = row["body"]
    if lender := row.get("syndicated_from"):
        site, _, name = lender.partition("/")
        lent = tomllib.loads((folder / site / "articles" / f"{name}.toml").read_text(encoding="utf-8"))
        body = body.replace(BORROWED, text_only(lent["body"]))
    pieces, _, below = body.partition(f"\n{BELOW}\n")
    return Story(
        slug=slug,
        number=number,
        title=row["title"],
        authors=tuple(row["authors"]),
        published=row["published"],
        section=row["section"],
        tags=tuple(row["tags"]),
        description=row["description"],
        pieces=tuple(parse_pieces(pieces)),
        below=tuple(parse_pieces(below)),
        changes=tuple((change["old"], change["new"]) for change in row.get("change", ())),
        fails_first=row.get("fails_first", 0),
        from_visit=row.get("from_visit", 1),
        private=row.get("private", False),
    )


def text_only(body: str) -> str:
    """A body without its boilerplate, still in our notation."""
    chunks = body.partition(f"\n{BELOW}\n")[0].strip().split("\n\n")
    return "\n\n".join(chunk for chunk in chunks if not LABEL.fullmatch(chunk.splitlines()[0]))


def parse_pieces(body: str) -> Iterator[Piece]:
    """The pieces of a body in our notation, in order. Raises `ValueError` for a kind that does not exist.

    >>> [(piece.kind, piece.lines) for piece in parse_pieces("One.\\n\\n[ad]\\nAdvertisement")]
    [('paragraph', ('One.',)), ('ad', ('Advertisement',))]
    """
    for chunk in body.strip().split("\n\n") if body.strip() else ():
        first, *rest = chunk.strip("\n").splitlines()
        if label := LABEL.fullmatch(first):
            if label["kind"] not in {*REMOVAL_KINDS, "correction"}:
                raise ValueError(f"{label['kind']!r} is no removal kind")
            yield Piece(label["kind"], tuple(rest), label["variant"] or "", bool(label["star"]))
        elif first == FENCE:
            yield Piece("code", ("\n".join(rest[:-1]),))
        elif kind := TYPED.get(first[: first.find(" ") + 1]):
            yield Piece(kind, tuple(line.partition(" ")[2] for line in (first, *rest)))
        else:
            yield Piece("paragraph", (" ".join((first, *rest)),))


def table_cells(line: str) -> tuple[str, ...]:
    """The cells of a table row, whose leading bar is gone.

    >>> table_cells("a | b |")
    ('a', 'b')
    """
    return tuple(cell.strip() for cell in line.rstrip("| ").split("|"))


def plain(line: str, kind: str) -> str:
    """The text of a line as a reader sees it: the gold.

    >>> plain("She *said* [so](/x). || Photo: Ann", "caption")
    'She said so. Photo: Ann'
    """
    if kind == "code":
        return line
    if kind == "table":
        return " | ".join(table_cells(line))
    line = CREDIT.sub(r"\1", line) if kind == "caption" else line
    return " ".join(EMPHASIS.sub(r"\2", LINK.sub(r"\1", line)).split())
