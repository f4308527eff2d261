"""The reader's choice of what a text holds: kinds of blocks, and the title, by the names that options and docs use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scraper.types import Article

PARTS: Final[dict[str, str]] = {
    "title": "title", "standfirst": "standfirst", "headings": "heading", "paragraphs": "paragraph", "lists": "list",
    "quotes": "quote", "tables": "table", "code": "code", "captions": "caption", "corrections": "correction",
    "notes": "note", "embeds": "embed",
}  # fmt: skip
"""The kind of each part of a text, by the part's name. The kind itself is a name too."""


@dataclass(frozen=True, slots=True)
class TextChoice:
    """The kinds that a reader adds to the text and leaves out of it; without either, the text is the default.

    `front_matter`: Markdown begins with the article's facts as YAML, in place of its title and its line of authors.
    """

    added: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    front_matter: bool = False

    @property
    def changes(self) -> bool:
        """Whether the reader chose other kinds."""
        return bool(self.added or self.left_out)

    def kinds(self, article: Article, *, title: bool = False) -> frozenset[str]:
        """The kinds in an article's text. `title`: the title is in it unless the reader leaves it out."""
        default = article.default_kinds | {"title"} if title else article.default_kinds
        return (default | self.added) - self.left_out


DEFAULT: Final = TextChoice()


def parse_parts(values: Iterable[str]) -> frozenset[str]:
    """The kinds that lists of names with commas mean. Raises `ValueError` for an unknown name.

    >>> sorted(parse_parts(["captions,embed", " title "]))
    ['caption', 'embed', 'title']
    """
    known = PARTS | {kind: kind for kind in PARTS.values()}
    names = [name.strip() for value in values for name in value.split(",")]
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{', '.join(map(repr, unknown))}: no part of an article; the parts are {', '.join(PARTS)}")
    return frozenset(known[name] for name in names)
