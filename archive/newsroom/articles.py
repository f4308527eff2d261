"""Loads the demo newsroom: articles written for Cuttings, in which every line is known to be text or boilerplate.

`seeds/newsroom/SITE/` holds a site: `site.toml` (its templates and its server's behaviour), `page.html` (a `string.Template`) and
`articles/*.toml`. An article's `body` is pieces separated by blank lines::

    A paragraph, with *emphasis*, **weight** and [links](/elsewhere).

    ## A heading

    - a list item

    | a | table |

    [newsletter.box]                 a removal kind and maybe a variant, with a template in `site.toml`
    Never miss a Friday              each line is one text block
    One story in your inbox.

    [promo.rotating*]                a star: one line per visit, in turn
    Listen to our podcast.
    Get the app.

    ===                              the rest is placed below the article's element

`||` in a caption separates text and credit. A broken newsroom raises `KeyError`, `ValueError` or
`tomllib.TOMLDecodeError`: a bug, because the newsroom ships with Cuttings.
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

PACKAGED_SEEDS: Final = Path(__file__).parents[1] / "seeds"
"""Place of `seeds` in a wheel. In a checkout it is beside the package."""

LINE_KINDS: Final[dict[str, str]] = {"## ": "heading", "- ": "list", "> ": "quote", "| ": "table"}
"""Block kind by the beginning of a line of the body."""
FENCE: Final = "```"
BELOW: Final = "==="
SYNDICATED: Final = "@body"
"""Placeholder for the text of the syndicated article."""
LABEL: Final = re.compile(r"\[(?P<kind>[a-z-]+)(?:\.(?P<variant>[a-z]+))?(?P<star>\*)?\]")
LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
EMPHASIS: Final = re.compile(r"(\*\*?)(\S(?:.*?\S)?)\1")
CREDIT: Final = re.compile(r"(\s?)\|\|\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring blocks of one kind: a body kind, a removal kind, or `correction`. Each of `lines` is a block."""

    kind: str
    lines: tuple[str, ...]
    variant: str = ""
    rotating: bool = False

    def shown(self, visit: int) -> tuple[str, ...]:
        """The lines that are in the page at a visit. Visits are counted from 1."""
        return (self.lines[(visit - 1) % len(self.lines)],) if self.rotating else self.lines


@dataclass(frozen=True, slots=True)
class Story:
    """An article as it was written. `pieces` are inside the article's element, `below` after it.

    `changes` are (old, new) texts, applied from the second visit on. The first `fails_first` requests are answered with
    500. robots.txt disallows the path of a `private` story.
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
    """A fictional paper. `templates` maps a piece's kind, or kind and variant, to HTML. `manner` describes the site in the demo.

    `standfirst` is the HTML of the description under a headline, None for a site that prints no description.
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
    templates: Mapping[str, Template]
    page: Template
    front: Template | None
    stories: tuple[Story, ...]

    def at_visit(self, visit: int) -> tuple[Story, ...]:
        """The stories that are published at a visit, newest first."""
        return tuple(story for story in self.stories if story.from_visit <= visit)


def seeds_folder() -> Path:
    """The folder `seeds`: inside an installed package, or in the checkout."""
    return PACKAGED_SEEDS if PACKAGED_SEEDS.is_dir() else PACKAGED_SEEDS.parents[1] / "seeds"


@cache
def load_newsroom() -> tuple[Site, ...]:
    """Every site, in the order of the folders' names."""
    folder = seeds_folder() / "newsroom"
    return tuple(load_site(site.parent) for site in sorted(folder.glob("*/site.toml")))


def load_site(folder: Path) -> Site:
    """One site from its folder."""
    values = tomllib.loads((folder / "site.toml").read_text(encoding="utf-8"))
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
        name=values["name"],
        manner=values["manner"],
        host=values["host"],
        language=values["language"],
        encoding=values["encoding"],
        source_kind=values["source"]["kind"],
        source_path=values["source"]["path"],
        source_format=values["source"]["format"],
        path=values["path"],
        private_path=values.get("private_path", values["path"]),
        validators=values["validators"],
        standfirst=Template(values["standfirst"]) if "standfirst" in values else None,
        conjunction=values["and"],
        date=Template(values["date"]),
        months=tuple(values["months"].split()),
        robots=Template(values["robots"]),
        templates={kind: Template(html.strip()) for kind, html in values["pieces"].items()},
        page=Template((folder / "page.html").read_text(encoding="utf-8")),
        front=Template(front.read_text(encoding="utf-8")) if front.exists() else None,
        stories=tuple(sorted(stories, key=lambda story: story.published, reverse=True)),
    )


def load_story(row: Mapping[str, Any], *, slug: str, number: int, folder: Path) -> Story:
    """One article from its TOML table. `folder` is the newsroom's, for a syndicated article."""
    body = row["body"]
    if original := row.get("syndicated_from"):
        site, _, name = original.partition("/")
        other = tomllib.loads((folder / site / "articles" / f"{name}.toml").read_text(encoding="utf-8"))
        body = body.replace(SYNDICATED, text_only(other["body"]))
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
    """A body without its boilerplate, still in the notation."""
    chunks = body.partition(f"\n{BELOW}\n")[0].strip().split("\n\n")
    return "\n\n".join(chunk for chunk in chunks if not LABEL.fullmatch(chunk.splitlines()[0]))


def parse_pieces(body: str) -> Iterator[Piece]:
    """The pieces of a body, in order. Raises `ValueError` for an unknown kind.

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
        elif kind := LINE_KINDS.get(first[: first.find(" ") + 1]):
            yield Piece(kind, tuple(line.partition(" ")[2] for line in (first, *rest)))
        else:
            yield Piece("paragraph", (" ".join((first, *rest)),))


def table_cells(line: str) -> tuple[str, ...]:
    """The cells of a table row without its leading bar.

    >>> table_cells("a | b |")
    ('a', 'b')
    """
    return tuple(cell.strip() for cell in line.rstrip("| ").split("|"))


def plain(line: str, kind: str) -> str:
    """The text of a line as a reader sees it.

    >>> plain("She *said* [so](/x). || Photo: Ann", "caption")
    'She said so. Photo: Ann'
    """
    if kind == "code":
        return line
    if kind == "table":
        return " | ".join(table_cells(line))
    line = CREDIT.sub(r"\1", line) if kind == "caption" else line
    return " ".join(EMPHASIS.sub(r"\2", LINK.sub(r"\1", line)).split())
