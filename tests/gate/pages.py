"""The gate's pages: articles, languages and page layouts (families) as HTML with gold. Reads only the files beside it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from archive.newsroom.articles import Site, Story, load_story
from archive.newsroom.pages import article_page
from scraper.types import Page
from tests.support.gold import Gold, gold_of
from tests.support.pages import gold_page

HERE: Final = Path(__file__).parent
PER_ARTICLE: Final = frozenset({"name", "date"})
"""Words of a language that `article_page` fills in for each article."""


@dataclass(frozen=True, slots=True)
class GatePage:
    """A page and its gold, which is a perfect extraction of it; `contributors` are the names in its credits."""

    key: str
    family: str
    html: bytes
    gold: Gold
    contributors: tuple[str, ...]

    @property
    def fetched(self) -> Page:
        """The page as sent by a server that names no charset."""
        return gold_page(self)

    @property
    def captions(self) -> tuple[str, ...]:
        """Captions of the gold; they are kept beside the body."""
        return tuple(text for kind, text in self.gold.removals if kind == "caption")


@cache
def load_pages() -> tuple[GatePage, ...]:
    """Every page of the gate, sorted by language and name."""
    languages = tomllib.loads((HERE / "languages.toml").read_text(encoding="utf-8"))
    return tuple(page for code, words in languages.items() for page in language_pages(code, words))


def language_pages(code: str, words: Mapping[str, Any]) -> list[GatePage]:
    """The pages of one language. Each shows the others in its list of further articles."""
    rows = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((HERE / "pages" / code).glob("*.toml"))
    }
    stories = {
        slug: load_story(row, slug=slug, number=70211 + 7 * place, folder=HERE)
        for place, (slug, row) in enumerate(rows.items())
    }
    found = []
    for slug, row in rows.items():
        site = make_site(code, words, row["family"], tuple(stories.values()))
        found.append(make_page(site, stories[slug], row))
    return found


def make_page(site: Site, story: Story, row: Mapping[str, Any]) -> GatePage:
    """One article in the layout of its family."""
    base = f"https://{site.host}"
    gold = gold_of(site, story, base=base, visit=1)
    said = {"text_json": json.dumps("\n".join(text for _, text in gold.body), ensure_ascii=False).replace("</", "<\\/")}
    own = replace(site, page=filled(site.page, said))
    return GatePage(
        key=f"{site.key}/{story.slug}",
        family=row["family"],
        html=article_page(own, story, base=base, visit=1),
        gold=gold,
        contributors=tuple(row.get("contributors", ())),
    )


def make_site(code: str, words: Mapping[str, Any], family: str, stories: tuple[Story, ...]) -> Site:
    """A news site in a language and a layout."""
    make = load_family(family)
    legacy = make.get("legacy", False)
    around = {
        key: escape(value) for key, value in words.items() if isinstance(value, str) and key not in PER_ARTICLE
    } | {
        "charset": words["legacy"] if legacy else "utf-8",
        "menu": "".join(
            f'<li><a href="/{place}">{escape(name)}</a></li>' for place, name in enumerate(words["sections"])
        ),
        "foot": "".join(
            f'<li><a href="/info/{place}">{escape(name)}</a></li>' for place, name in enumerate(words["footer"])
        ),
        "dir": words.get("dir", "ltr"),
    }
    standfirst = make.get("standfirst")
    return Site(
        key=code,
        name=words["name"],
        manner=make["about"],
        host=words["host"],
        language=code,
        encoding=words["legacy"] if legacy else "utf-8",
        source_kind="urls",
        source_path="/",
        source_format="none",
        path=make["path"],
        private_path=make["path"],
        validators="none",
        standfirst=Template(standfirst) if standfirst else None,
        conjunction=words["and"],
        date=Template(words["date"]),
        months=tuple(words["months"].split()),
        robots=Template(""),
        templates={kind: filled(Template(html.strip()), around) for kind, html in make["pieces"].items()},
        page=filled(Template(make["page"]), around),
        front=None,
        stories=stories,
    )


@cache
def load_family(name: str) -> Mapping[str, Any]:
    """One layout: `about`, `path`, `page`, `pieces`; optional `standfirst` and `legacy` (uses the old encoding)."""
    return tomllib.loads((HERE / "families" / f"{name}.toml").read_text(encoding="utf-8"))


def filled(template: Template, words: Mapping[str, str]) -> Template:
    """`template` with some of its words filled in; the others remain.

    >>> filled(Template("$a $b"), {"a": "5 $"}).substitute(b="!")
    '5 $ !'
    """
    return Template(template.safe_substitute({key: value.replace("$", "$$") for key, value in words.items()}))
