"""YAML front matter: an article's facts above its Markdown, as Obsidian, Hugo and loaders for retrieval read them.

PyYAML writes it. Every text is in double quotes, in which YAML 1.1 and 1.2 agree: without them one reads `no` as false,
the other `0o7` as seven. A date is written as both read it.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import yaml

from archive.output.article import iso, one_line

if TYPE_CHECKING:
    from scraper.types import Article

TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
STRING: Final = "tag:yaml.org,2002:str"
FENCE: Final = "---\n"


class Text(str):
    """A text that is written in double quotes."""

    __slots__ = ()


class Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """PyYAML's dumper, with items of lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Indent items of lists too."""
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values twice, without anchors, which few readers of front matter know."""
        return True


Dumper.add_representer(Text, lambda dumper, text: dumper.represent_scalar(STRING, str(text), style='"'))
Dumper.add_representer(datetime, lambda dumper, at: dumper.represent_scalar(TIMESTAMP, iso(at)))


def front_matter(article: Article) -> str:
    """The article's facts between two lines of dashes. A date or address that is not known has no key."""
    facts: dict[str, Any] = {"title": Text(one_line(article.title)), "authors": [*map(Text, article.authors)]}
    if article.contributors:
        facts["contributors"] = [*map(Text, article.contributors)]
    if article.published:
        facts["date"] = article.published
    if url := article.url or article.canonical_url:
        facts["url"] = Text(url)
    facts["tags"] = [*map(Text, article.tags)]
    written = yaml.dump(facts, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=math.inf)
    return f"{FENCE}{written}{FENCE}"
