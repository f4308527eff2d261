"""The verdict on an extraction and its evidence, decided by the signs of one table, `verdicts.toml`.

A sign bounds measures of the page (`MEASURES`) and may search one of its texts for phrases (`PLACES`). Precision comes
first: a false "paywall" loses an article for anyone who trusts the verdict, a missed paywall is one bad row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.model import PageBlock
from scraper.extraction.page_read import is_all_link
from scraper.rules.reasons import SCORE_IDS, SCORER
from scraper.rules.thresholds import number, share
from scraper.text.garbled import find_garbled
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED
from scraper.text.sentences import TEXT_END
from scraper.text.tables import read_table
from scraper.text.words import fold
from scraper.types import Quality, Removal, Verdict
from scraper.urls.links import leads_within, netloc_of

SIGNS: Final = Path(__file__).with_name("verdicts.toml")
MAX_SEARCHED_CHARS: Final = 4_000
"""Characters of a text that are searched for phrases."""

MIN_ARTICLE_CHARS: Final = number("MIN_ARTICLE_CHARS")
MAX_FOLLOWING_BLOCKS: Final = number("MAX_FOLLOWING_BLOCKS")
MAX_FOLLOWING_CHARS: Final = number("MAX_FOLLOWING_CHARS")
MIN_MEASURED_CHARS: Final = number("MIN_MEASURED_CHARS")
MAX_MEASURED_LINK_SHARE: Final = share("MAX_MEASURED_LINK_SHARE")
MIN_TEASER_HEADING_CHARS: Final = number("MIN_TEASER_HEADING_CHARS")
MAX_ARTICLE_BLOCKS: Final = number("MAX_ARTICLE_BLOCKS")
MAX_ARTICLE_CHARS: Final = number("MAX_ARTICLE_CHARS")

MISNAMED_KINDS: Final = frozenset({"other", "navigation", "tags"})
"""Kinds of running text that was left out by mistake: elements named `menu` or `tags` hold articles on some sites."""

TITLE_PARTS: Final = lazy_pattern(r"\s*[|–—»«·!]+\s*|\s+-+\s+")
TRAILS_OFF: Final = lazy_pattern(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W*$")
WORD_COUNT: Final = lazy_pattern(r'"wordCount"\s*:\s*"?(\d{2,6})\b')
ROOTS: Final = ",".join(
    f"{name}:empty"
    for name in (
        "#root",
        "#app",
        "#__next",
        "#__nuxt",
        "#___gatsby",
        "#main-app",
        "#react-root",
        "app-root",
        "div[data-reactroot]",
    )
)


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """The evidence for a verdict. A plain text has no `shown` and no `tree`.

    `body` is the article's text. `shown` are all text blocks of the page, `kept` the positions of the body's blocks,
    `removals` all removed blocks, chrome included. `stated` is the body in the page's data, `types` are its Open Graph
    types, `scripts` its JSON-LD. `cut`: the page has more blocks than are read. `open_ended`: only the end of the
    connection ended the page.
    """

    title: str
    body: str
    removals: Sequence[Removal] = ()
    shown: Sequence[PageBlock] = ()
    kept: Sequence[int] = ()
    url: str = ""
    status: int = 200
    free: bool | None = None
    stated: str = ""
    cut: bool = False
    open_ended: bool = False
    tree: LexborHTMLParser | None = None
    types: Sequence[str] = ()
    scripts: Sequence[str] = ()

    @property
    def own(self) -> list[PageBlock]:
        """The blocks of the body."""
        return [self.shown[position] for position in self.kept] if self.shown else []

    @property
    def following(self) -> list[str]:
        """The short texts right after the body, in page order."""
        last = self.kept[-1] if self.kept else -1
        if self.shown:
            texts = [block.text for block in self.shown[last + 1 : last + 1 + MAX_FOLLOWING_BLOCKS]]
        else:
            texts = [removal.text for removal in self.removals if removal.position > last][:MAX_FOLLOWING_BLOCKS]
        return [text for text in texts if len(text) <= MAX_FOLLOWING_CHARS]


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of the table; its head explains the keys."""

    id: str
    verdict: Verdict
    why: str
    max: Mapping[str, float] = field(default_factory=dict)
    min: Mapping[str, float] = field(default_factory=dict)
    where: str = ""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    share: float = 0.0
    hit: Mapping[str, str] = field(default_factory=dict)
    miss: tuple[str, ...] = ()

    def find(self, text: str) -> tuple[str, ...]:
        """The phrases that occur in a text; none if they make up too small a share of it."""
        folded = fold_phrase(text[:MAX_SEARCHED_CHARS])
        found = tuple(
            {
                phrase: None
                for own in self.phrases.values()
                for phrase in own
                if phrase in folded and stands_free(phrase, folded)
            }
        )
        apart = [phrase for phrase in found if not any(phrase != other and phrase in other for other in found)]
        return found if found and sum(map(len, apart)) >= self.share * len(folded) else ()


def fold_phrase(text: str) -> str:
    """A text in the form of the phrases: case folded, plain apostrophes and single spaces."""
    return " ".join(text.casefold().replace("’", "'").split())


def stands_free(phrase: str, text: str) -> bool:
    """Whether a phrase of the text stands as whole words. Scripts without spaces, and signs at its end, need no gap."""
    if UNSPACED.search(phrase) or not phrase[-1].isalnum():
        return True
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


@cache
def load_signs(path: Path = SIGNS) -> tuple[Sign, ...]:
    """The rows of the table, in order."""
    return tuple(parse_sign(row) for row in read_table(path).values["sign"])


def parse_sign(row: Mapping[str, Any]) -> Sign:
    """One sign. Raises `TypeError` or `ValueError` for a wrong key."""
    sign = Sign(
        **{
            **row,
            "phrases": {key: tuple(own) for key, own in row.get("phrases", {}).items()},
            "miss": tuple(row.get("miss", ())),
        }
    )
    unknown = {*sign.max, *sign.min} - MEASURES.keys() | {sign.where} - {*PLACES, ""}
    if unknown or bool(sign.where) != bool(sign.phrases):
        raise ValueError(f"{sign.id}: {sorted(unknown) or 'phrases and where belong together'}")
    return sign


def assess(seen: PageEvidence, signs: Sequence[Sign] = ()) -> Quality:
    """The verdict of the first sign that holds, with all evidence for it; else the verdict by the size of the body."""
    size = f"body of {len(seen.body)} characters"
    verdict: Verdict | None = None
    evidence = [size]
    measured = Measured(seen)
    for sign in signs or load_signs():
        if verdict in (None, sign.verdict) and (said := evidence_of(sign, measured)):
            verdict = sign.verdict
            evidence.append(said)
    if verdict is None:
        verdict = "ok" if len(seen.body) >= MIN_ARTICLE_CHARS else "short" if seen.body else "empty"
    return Quality(verdict, tuple(evidence))


class Measured(dict[str, float]):
    """The measures of a page by name; each is computed on first use."""

    def __init__(self, seen: PageEvidence) -> None:
        self.seen = seen

    def __missing__(self, name: str) -> float:
        value = self[name] = float(MEASURES[name](self.seen))
        return value


def evidence_of(sign: Sign, measured: Measured) -> str:
    """The evidence of a sign in words; empty if the sign does not hold."""
    for name, bound in sign.max.items():  # loops, since two calls of `any` for each of 30 signs take twice as long
        if measured[name] > bound:
            return ""
    for name, bound in sign.min.items():
        if measured[name] < bound:
            return ""
    if not sign.where:
        figures = (f"{name} {measured[name]:g}" for name in (*sign.max, *sign.min))
        return f"{sign.why} ({', '.join(figures)})"
    found = next((found for text in PLACES[sign.where](measured.seen) if (found := sign.find(text))), ())
    return f"{sign.why} ({', '.join(map(repr, found[:3]))})" if found else ""


def title_parts(seen: PageEvidence) -> Iterator[str]:
    """The parts of the page's titles; one part names the site."""
    node = seen.tree.css_first("title") if seen.tree else None
    for title in (seen.title, node.text() if node else ""):
        yield from (part for part in TITLE_PARTS.split(title[:300]) if part.strip())


def shown_text(seen: PageEvidence) -> Iterator[str]:
    """The first blocks of the page, or the body if the page has no blocks."""
    yield " ".join(block.text for block in seen.shown[:100]) if seen.shown else seen.body


def noscript_text(seen: PageEvidence) -> Iterator[str]:
    """The page's text for browsers without scripts."""
    for node in seen.tree.css("noscript")[:5] if seen.tree else ():
        yield f"{node.text()} {node.html or ''}"


def end_of_body(seen: PageEvidence) -> Iterator[str]:
    """The last characters of the body, where a teaser breaks off."""
    yield seen.body[-12:]


PLACES: Final[dict[str, Callable[[PageEvidence], Iterator[str]]]] = {
    "title": title_parts,
    "body": lambda seen: iter((seen.body,)),
    "end": end_of_body,
    "after": lambda seen: iter(seen.following),
    "shown": shown_text,
    "noscript": noscript_text,
}
"""The texts that are searched for phrases, each in pieces that are searched one by one."""


def teasers(seen: PageEvidence) -> int:
    """Number of different linked headings that are as long as a headline."""
    return len(
        {
            block.text
            for block in seen.shown
            if is_all_link(block) and block.kind == "heading" and len(block.text) >= MIN_TEASER_HEADING_CHARS
        }
    )


def linked_headings(seen: PageEvidence) -> int:
    """Number of headings of the body that link to other pages of the site; lists of products link to other sites."""
    host = netloc_of(seen.url)
    return sum(
        block.kind == "heading"
        and is_all_link(block)
        and any(leads_within(style.href, host) for _, style in block.pieces)
        for block in seen.own
    )


def running(blocks: Sequence[PageBlock]) -> int:
    """Characters of running text."""
    return sum(
        len(block.text)
        for block in blocks
        if len(block.text) >= MIN_MEASURED_CHARS and block.link_chars < MAX_MEASURED_LINK_SHARE * len(block.text)
    )


def walls(seen: PageEvidence) -> int:
    """Number of blocks at the end of the body and right after it that rules removed as a paywall."""
    first = seen.kept[-1] - 1 if seen.kept else -1
    return sum(
        removal.kind == "paywall"
        and removal.stage != "page"
        and removal.rule_id not in SCORE_IDS
        and first <= removal.position <= first + MAX_FOLLOWING_BLOCKS
        for removal in seen.removals
    )


def path_depth(seen: PageEvidence) -> int:
    """Number of parts of the URL's path, plus one for a query; 99 without a URL."""
    try:
        parts = urlsplit(seen.url)
    except ValueError:
        return 99
    return len([part for part in parts.path.split("/") if part]) + bool(parts.query) if parts.netloc else 99


def garbled_share(seen: PageEvidence) -> float:
    """Share of the body's first characters that a wrong encoding garbled."""
    text = seen.body[:MAX_SEARCHED_CHARS]
    found = find_garbled(text)
    return ratio(found.chars, len(text)) if found else 0.0


def says_article(seen: PageEvidence) -> int:
    """Whether the page calls itself an article (Open Graph)."""
    return int(any("article" in name.lower() for name in seen.types))


def stated_words(seen: PageEvidence) -> int:
    """The word count in the page's data; 0 if there is none, and in scripts without spaces."""
    if UNSPACED.search(seen.body[:200]):
        return 0
    counts = [int(count) for script in seen.scripts[:10] for count in WORD_COUNT.findall(script[:300_000])]
    return counts[0] if len(counts) == 1 else 0


def outsize(seen: PageEvidence) -> float:
    """Size of a page as a multiple of the largest article."""
    return max(len(seen.shown) / MAX_ARTICLE_BLOCKS, chars_of(seen.shown) / MAX_ARTICLE_CHARS)


def chars_of(blocks: Sequence[PageBlock]) -> int:
    """Characters of blocks."""
    return sum([len(block.text) for block in blocks])


def left_out(seen: PageEvidence) -> int:
    """Characters of running text that was removed for its score alone."""
    return sum(
        len(removal.text)
        for removal in seen.removals
        if removal.rule_id in SCORE_IDS and len(removal.text) >= MIN_MEASURED_CHARS
    )


def left_chars(seen: PageEvidence) -> int:
    """Characters of running text in the article's element that was removed for its score alone. A text counts once.

    Running text ends as a sentence does, and no class name calls it by a kind that is no part of an article.
    """
    left = {
        removal.text
        for removal in seen.removals
        if removal.rule_id == SCORER.id and removal.kind in MISNAMED_KINDS and ends_as_sentence(removal, seen.shown)
    }
    return sum(map(len, left))


def ends_as_sentence(removal: Removal, shown: Sequence[PageBlock]) -> bool:
    """Whether a removed block is visible running text that ends as a sentence does."""
    block = shown[removal.position] if removal.position < len(shown) else None
    return bool(block and not block.hidden and running((block,)) and TEXT_END.search(block.text))


def ratio(part: float, whole: float) -> float:
    """The share of a part in a whole; 0 if the whole is 0."""
    return part / whole if whole else 0.0


MEASURES: Final[dict[str, Callable[[PageEvidence], float]]] = {
    "body_chars": lambda seen: len(seen.body),
    "shown_chars": lambda seen: chars_of(seen.shown) if seen.shown else len(seen.body),
    "unreadable_share": lambda seen: ratio(seen.body.count("\ufffd"), len(seen.body)),
    "garbled_share": garbled_share,
    "status": lambda seen: seen.status,
    "closed": lambda seen: seen.free is False,
    "walls": walls,
    "cut": lambda seen: seen.cut,
    "open_ended": lambda seen: seen.open_ended,
    "outsize": outsize,
    "left_out_share": lambda seen: ratio(left_out(seen), left_out(seen) + running(seen.own)),
    "left_chars": left_chars,
    "left_share": lambda seen: ratio(left_chars(seen), left_chars(seen) + running(seen.own)),
    "path_depth": path_depth,
    "says_article": says_article,
    "teasers": teasers,
    "running_share": lambda seen: ratio(running(seen.own), running(seen.shown)),
    "body_links": lambda seen: len({style.href for block in seen.own for _, style in block.pieces if style.href}),
    "body_link_share": lambda seen: ratio(sum([block.link_chars for block in seen.own]), len(seen.body)),
    "body_linked_headings": linked_headings,
    "body_linked_heading_share": lambda seen: ratio(linked_headings(seen), len(seen.kept)),
    "stated_chars": lambda seen: len(seen.stated),
    "stated_ratio": lambda seen: ratio(len(seen.stated), len(seen.body)),
    "words_ratio": lambda seen: ratio(stated_words(seen), len(fold(seen.body))),
    "words_missing": lambda seen: stated_words(seen) - len(fold(seen.body)),
    "trails_off": lambda seen: bool(TRAILS_OFF.search(seen.body[-12:])),
    "empty_roots": lambda seen: len(seen.tree.css(ROOTS)) if seen.tree else 0,
}
"""The measures by name."""
