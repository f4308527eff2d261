"""Reads a page's JSON-LD, tolerantly, and finds the nodes that describe the article.

Publishers emit JSON-LD from templates, so it is often not JSON: control characters in strings, trailing commas, comments,
several objects in a row, unescaped quotes. `parse_jsonld` repairs such text. If that fails, it picks out a few plain
fields. `parse_jsonld` never raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from scraper.text.patterns import lazy_pattern
from scraper.text.placeholders import is_placeholder

Node = Mapping[str, object]

MAX_CHARS: Final = 2_000_000
"""Size limit of one script; a longer one is cut."""
MAX_VALUES: Final = 20_000
"""Values visited in one page's data; real pages have a few hundred."""

MAX_REPAIRED_CHARS: Final = 200_000
"""Characters of broken JSON that are repaired."""
_DECODER: Final = json.JSONDecoder(strict=False)
_STRING_OR_NOISE: Final = lazy_pattern(
    r'"(?:[^"\\]|\\.)*+"?|(?P<comment>/\*.{0,300}?\*/|(?<!:)//[^\n]{0,300}|<!--|-->|<!\[CDATA\[|\]\]>)|(?P<comma>,(?=\s{0,50}[}\]]))',
    re.DOTALL,
)
_START: Final = lazy_pattern(r"[{\[]")
_ESCAPE: Final = lazy_pattern(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(?P<bad>\\)')
_PLAIN_FIELD: Final = lazy_pattern(
    r'"(headline|datePublished|dateModified|dateCreated|description|inLanguage|articleSection|isAccessibleForFree)"\s*:\s*'
    r'"((?:[^"\\]|\\.){1,2000})"'
)
_AUTHOR_FIELD: Final = lazy_pattern(
    r'"(?:author|creator)"\s*:\s*\[?\s*\{[^{}]{0,400}?"name"\s*:\s*"((?:[^"\\]|\\.){1,200})"'
)

ARTICLE_TYPES: Final = frozenset({
    "Article", "NewsArticle", "BlogPosting", "Report", "LiveBlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle",
    "OpinionNewsArticle", "ReviewNewsArticle", "BackgroundNewsArticle", "AskPublicNewsArticle", "AdvertiserContentArticle",
    "SatiricalArticle", "ScholarlyArticle", "TechArticle", "SocialMediaPosting", "DiscussionForumPosting", "MedicalScholarlyArticle",
    "APIReference", "Blog Posting", "News Article", "CreativeWork", "Recipe", "HowTo", "Review", "Game", "Column",
})  # fmt: skip
PAGE_TYPES: Final = frozenset(
    {"WebPage", "ItemPage", "AboutPage", "FAQPage", "MedicalWebPage", "WebContent", "VideoObject", "CollectionPage"}
)
_CONTAINERS: Final = frozenset({dict, list})
_NESTING: Final = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed")


def parse_jsonld(text: str) -> list[object]:
    """The values in one script's text, in order; empty if it cannot be read."""
    text = text[:MAX_CHARS]
    if not text.strip():
        return []
    try:
        return [_DECODER.decode(text)]
    except (ValueError, RecursionError):
        pass
    text = text[:MAX_REPAIRED_CHARS]
    return _parse_sequence(_repair(text)) or _pick_fields(text)


def _repair(text: str) -> str:
    """The text without comments, CDATA marks and trailing commas. Strings are not changed."""
    text = _ESCAPE.sub(lambda match: "\\\\" if match["bad"] else match[0], text)
    return _STRING_OR_NOISE.sub(lambda match: "" if match["comment"] or match["comma"] else match[0], text)


def _parse_sequence(text: str) -> list[object]:
    """All JSON objects and arrays in the text, up to the first broken one."""
    found: list[object] = []
    start = _START.search(text)
    while start and len(found) < 50:
        try:
            value, at = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            break
        found.append(value)
        start = _START.search(text, at)
    return found


def _pick_fields(text: str) -> list[object]:
    """One article node with the plain fields found in broken JSON."""
    node: dict[str, object] = {}
    for key, value in _PLAIN_FIELD.findall(text):
        node.setdefault(key, _unquote(value))
    names = [_unquote(name) for name in _AUTHOR_FIELD.findall(text)]
    if names:
        node["author"] = names
    if not {"headline", "datePublished"} & node.keys():
        return []
    return [{"@type": "Article", **node}]


def _unquote(value: str) -> str:
    """The text of a JSON string without its quotes."""
    try:
        return str(_DECODER.decode(f'"{value}"'))
    except ValueError:
        return value


@dataclass(frozen=True, slots=True)
class Graph:
    """A page's JSON-LD. `articles` and `pages`: best first; `site`: its WebSite's name; `tops`: the values of its scripts.

    `memo` keeps `by_id`, which most pages need not.
    """

    articles: tuple[Node, ...] = ()
    pages: tuple[Node, ...] = ()
    site: str = ""
    tops: tuple[object, ...] = ()
    memo: list[Mapping[str, Node]] = field(default_factory=list, compare=False)

    @property
    def by_id(self) -> Mapping[str, Node]:
        """Named nodes by their `@id`, for references."""
        if not self.memo:
            self.memo.append(_index(self.tops))
        return self.memo[0]

    def values(self, *keys: str, pages: bool = True) -> Iterator[object]:
        """Values under the keys: of the first article, then of the next; then, if `pages`, of the page nodes."""
        for node in (*self.articles, *self.pages) if pages else self.articles:
            for key in keys:
                value = node.get(key)
                if value not in (None, "", [], {}):
                    yield value

    def text(self, *keys: str, pages: bool = True) -> str:
        """The first value under the keys that has text; empty if there is none."""
        return next((text for value in self.values(*keys, pages=pages) for text in self.texts(value)), "")

    def texts(self, value: object, depth: int = 0) -> list[str]:
        """Strings in a value: itself, its items, an object's `name` (or `@value`, `url`). References are followed."""
        if depth > 3:
            return []
        if isinstance(value, str):
            return [value] if value.strip() and not is_placeholder(value) else []
        if isinstance(value, bool) or value is None:
            return []
        if isinstance(value, int | float):
            return [str(value)]
        if isinstance(value, list):
            return [text for item in value[:50] for text in self.texts(item, depth + 1)]
        if isinstance(value, dict):
            return self._texts_of_node(value, depth)
        return []

    def _texts_of_node(self, node: Node, depth: int) -> list[str]:
        """Strings that name a node, or the node that its `@id` refers to."""
        for key in ("name", "@value", "url", "@list"):
            found = self.texts(node.get(key), depth + 1)
            if found:
                return found
        known = self.by_id.get(str(node["@id"])) if "@id" in node else None
        return self.texts(known, depth + 1) if known is not None and known is not node else []

    def resolve(self, value: object) -> Iterator[object]:
        """The items of a value, each reference replaced by its node."""
        for item in value[:50] if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "name" not in item and "@id" in item and str(item["@id"]) in self.by_id:
                yield self.by_id[str(item["@id"])]
            else:
                yield item


def read_graph(scripts: Iterable[str], url: str) -> Graph:
    """The nodes of all scripts. If article nodes name the page at `url`, only these count as articles."""
    tops = [value for script in scripts for value in parse_jsonld(script)]
    typed = [(node, types_of(node)) for node in _top_nodes(tops)]
    articles = [node for node, types in typed if types & ARTICLE_TYPES]
    pages = [node for node, types in typed if types & PAGE_TYPES and not types & ARTICLE_TYPES]
    mine = [node for node in articles if _is_about(node, url)]
    return Graph(
        articles=tuple(sorted(mine or articles, key=_missing_fields)),
        pages=tuple(pages),
        site=next(
            (name for node, types in typed if "WebSite" in types and isinstance(name := node.get("name"), str)), ""
        ),
        tops=tuple(tops),
    )


def types_of(node: Node) -> set[str]:
    """The types of a node without the address of their vocabulary."""
    value = node.get("@type")
    raw = value if isinstance(value, list) else [value]
    return {item.rsplit("/", 1)[-1].removeprefix("schema:") for item in raw if isinstance(item, str)}


def _top_nodes(values: list[object]) -> Iterator[Node]:
    """Nodes that describe the page itself, not those nested in lists of links, comments or related articles."""
    queue = list(reversed(values))
    for _ in range(MAX_VALUES):
        if not queue:
            return
        value = queue.pop()
        if isinstance(value, list):
            queue.extend(reversed(value))
        elif isinstance(value, dict):
            yield value
            queue.extend(value[key] for key in _NESTING if isinstance(value.get(key), dict | list))


def _index(values: Iterable[object]) -> dict[str, Node]:
    """Named nodes by their `@id`."""
    found: dict[str, Node] = {}
    queue = list(values)
    for _ in range(MAX_VALUES):
        if not queue:
            break
        value = queue.pop()
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            name = value.get("@id")
            if isinstance(name, str) and len(value) > 2:
                found.setdefault(name, value)
            queue.extend([item for item in value.values() if item.__class__ in _CONTAINERS])
    return found


def _is_about(node: Node, url: str) -> bool:
    """Whether a node names the page's own address (compared by path)."""
    path = _path(url)
    claims = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    return bool(path) and any(_path(claim.get("@id") if isinstance(claim, dict) else claim) == path for claim in claims)


def _path(url: object) -> str:
    """The path of an address; empty for anything else."""
    if not isinstance(url, str):
        return ""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _missing_fields(node: Node) -> int:
    """Number of an article's fields that a node lacks: 0 is best. A `CreativeWork` or review counts one more."""
    wanted = ("headline", "datePublished", "author")
    return sum(not node.get(key) for key in wanted) + (
        not any(kind.endswith(("Article", "Posting")) for kind in types_of(node))
    )
