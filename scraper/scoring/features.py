"""What can be observed of each block of a page, as numbers with names: the scorer's evidence.

Nothing here knows a site or a page. Columns are computed for all blocks of a page at once; a block's own observations
first, then those of the elements it stands in, then of its neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain, repeat
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.positions import places_of
from scraper.rules.model import RULE_KINDS
from scraper.text.words import REMEMBERED, fold, grams, name_words

Column: TypeAlias = NDArray[np.float32]

SENTENCE_END: Final = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?:\s|$)")
CLOSERS: Final = "\"'”’»“)]"
STOPS: Final = frozenset(".!?…。！？")
PAUSES: Final = frozenset(":;,")
DIGIT: Final = re.compile(r"[0-9]")
CAPITAL: Final = re.compile(r"\b[^\W\d_a-z]")
ASCII_SIGNS: Final = bytes(
    ord("A" if 65 <= code < 91 else "0" if 48 <= code < 58 else "_" if code == 95 or 97 <= code < 123 else " ")
    for code in range(256)
)
"""For each byte its sort: a capital, a digit, another part of a word, or none."""
BRIEF: Final = 400
"""Characters from which digits and capitals are not counted."""
MIN_PARAGRAPH_CHARS: Final = 120
MAX_PLAIN_CHARS: Final = 30_000
"""Characters of plain text from which pages are not told apart by size: too few are longer to learn anything true from them."""
ANCESTORS: Final = (
    "article",
    "main",
    "aside",
    "header",
    "footer",
    "figure",
    "section",
    "blockquote",
    "table",
    "ul",
    "ol",
    "li",
    "a",
    "p",
)
TAG_NUMBER: Final = {
    tag: number for number, tag in enumerate(("p", "div", "li", "span", "tr", "td", "figcaption", "button"))
}


@dataclass(frozen=True, slots=True, eq=False)  # by identity: what it says of a text is remembered
class Evidence:
    """Log-odds that were learned: how much more often a word stands in body text than elsewhere."""

    names: Mapping[str, float] = field(default_factory=dict)  # words of class and id attributes
    words: Mapping[str, float] = field(default_factory=dict)  # words of the text


@dataclass(frozen=True, slots=True)
class PageContext:
    """What the page says of its article elsewhere: in its metadata and its JSON-LD; rule kinds by block."""

    title: str = ""
    description: str = ""
    article_body: str = ""
    authors: tuple[str, ...] = ()
    rule_kinds: tuple[str, ...] = ()


def compute_features(page: PageBlocks, context: PageContext, evidence: Evidence) -> dict[str, Column]:
    """All columns by name, in a fixed order; each has one value a block. The page has at least one block."""
    own = own_columns(page.blocks, evidence)
    places = container_columns(page, evidence)
    said = context_columns(page.blocks, context)
    repeated = repeat_columns(page.blocks)
    columns = {
        name: np.asarray(values, dtype=np.float32)
        for part in (own, places, said, repeated)
        for name, values in part.items()
    }
    columns |= group_columns(page, columns)
    return columns | neighbour_columns(columns)


TEXT: Final = (
    "chars", "words", "word_length", "full_stop", "closed", "sentences", "commas", "digit_share", "capital_share", "question", "exclamation",
    "lines", "word_first", "word_mean", "word_min",
)  # fmt: skip
OWN: Final = ("link_share", "bold_share", "italic_share", "hidden", "level", "heading", "marked")


def own_columns(blocks: Sequence[PageBlock], evidence: Evidence) -> dict[str, Column]:
    """What a block's own text and tag show."""
    read_text, _ = readers(evidence)
    columns = to_columns(TEXT, (read_text(block.text) for block in blocks))
    columns |= to_columns(OWN, (
        (block.link_chars, block.bold_chars, block.italic_chars, block.hidden, block.level, block.kind == "heading", block.rule is not None)
        for block in blocks
    ))  # fmt: skip
    columns |= {
        name: np.minimum(columns[name] / columns["chars"], 1) for name in ("link_share", "bold_share", "italic_share")
    }
    tags = np.array([TAG_NUMBER.get(block.tag, -1) for block in blocks])
    return columns | {f"tag_{tag}": (tags == number).astype(np.float32) for tag, number in TAG_NUMBER.items()}


@lru_cache(maxsize=2)
def readers(evidence: Evidence) -> tuple[Callable[[str], tuple[float, ...]], Callable[[str], float]]:
    """`observe_text` and `name_evidence`, which remember what they have read: by the text alone, for that is found fastest."""
    return lru_cache(maxsize=REMEMBERED)(partial(observe_text, evidence)), lru_cache(maxsize=REMEMBERED)(
        partial(name_evidence, evidence)
    )


def observe_text(evidence: Evidence, text: str) -> tuple[float, ...]:
    """What a text shows by itself: the columns of `TEXT`. It is not empty."""
    words = fold(text)
    size, count = len(text), max(len(words), 1)
    end = text.rstrip(CLOSERS)[-1:]
    digits, capitals = count_signs(text) if size < BRIEF else (0, 0)
    return (
        size,
        count,
        size / count,
        end in STOPS,
        end in STOPS or end in PAUSES,
        len(SENTENCE_END.findall(text)) if size > 20 else 0,
        text.count(",") + (0 if text.isascii() else text.count("、") + text.count("，")),
        digits / size,
        capitals / count,
        "?" in text,
        "!" in text,
        text.count("\n"),
        *word_evidence(words, evidence.words),
    )


def count_signs(text: str) -> tuple[int, int]:
    """How many of a text's characters are digits, and how many of its words begin with a capital (or in a script that has none).

    >>> count_signs("In 1914 the Marrow rose 2 m."), count_signs("Über 30 Jahre")
    ((5, 2), (2, 2))
    """
    if text.isascii():
        signs = b" " + text.encode().translate(ASCII_SIGNS)
        return signs.count(b"0"), signs.count(b" A")
    return len(DIGIT.findall(text)), len(CAPITAL.findall(text))


def word_evidence(words: tuple[str, ...], odds: Mapping[str, float]) -> tuple[float, float, float]:
    """What the words of a short text say: of the first four, on average of the first 24, at worst of these."""
    if not words or len(words) > 60:
        return (0.0, 0.0, 0.0)
    known = list(map(odds.get, words[:24], repeat(0.0)))
    return (sum(known[:4]), sum(known) / len(known), min(known))


def container_columns(page: PageBlocks, evidence: Evidence) -> dict[str, Any]:
    """What the elements a block stands in show: their tags, their names, their depth."""
    bits = {tag: 1 << place for place, tag in enumerate(ANCESTORS)}
    _, read_names = readers(evidence)
    flags: list[int] = []
    names: list[float] = []
    least: list[float] = []  # of what the element and those around it say
    most: list[float] = []
    total: list[float] = []
    for container in page.containers:
        outer = container.parent
        own = read_names(container.names) if container.names else 0.0
        low, high, so_far, inside = (
            (least[outer], most[outer], total[outer], flags[outer]) if outer >= 0 else (0.0, 0.0, 0.0, 0)
        )
        names.append(own)
        least.append(min(low, own))
        most.append(max(high, own))
        total.append(so_far + own)
        flags.append(inside | bits.get(container.tag, 0))
    places = places_of(page)
    mask = np.array(flags)[places.own]
    columns: dict[str, Any] = {f"in_{tag}": (mask & bit) > 0 for tag, bit in bits.items()}
    said = np.array(names, dtype=np.float32)
    columns |= {"name_own": said[places.own], "name_parent": said[places.parent], "name_grand": said[places.grand]}
    columns["depth"] = np.array([page.containers[block.container].depth for block in page.blocks], dtype=np.float32)
    around = {"name_min": least, "name_max": most, "name_sum": total}
    return columns | {name: np.array(values, dtype=np.float32)[places.own] for name, values in around.items()}


def to_columns(names: Sequence[str], rows: Iterable[Sequence[float]]) -> dict[str, Column]:
    """Rows of values, one a block, as columns. Rows are better not kept: to collect thousands as garbage takes its time."""
    table = np.fromiter(chain.from_iterable(rows), dtype=np.float32)
    return dict(zip(names, np.ascontiguousarray(table.reshape(-1, len(names)).T), strict=True))


def name_evidence(evidence: Evidence, names: str) -> float:
    """The strongest that one element's names say."""
    return max([evidence.names[word] for word in name_words(names) if word in evidence.names], key=abs, default=0.0)


def context_columns(blocks: Sequence[PageBlock], context: PageContext) -> dict[str, Any]:
    """How a block agrees with what the page says of its article elsewhere."""
    title = fold(context.title)
    title_words = frozenset(title)
    told = frozenset(fold(context.description))
    described = frozenset(grams(fold(context.description)))
    stated = frozenset(grams(fold(context.article_body))) if context.article_body else frozenset()
    people = frozenset(word for author in context.authors for word in fold(author))
    kinds = context.rule_kinds or ("",) * len(blocks)

    def rows() -> Iterator[tuple[float, ...]]:
        for block, kind in zip(blocks, kinds, strict=True):
            words = fold(block.text)
            brief = 0 < len(words) < 40
            yield (
                bool(title) and words == title,
                share_of(title_words, words) if brief else 0.0,
                share_of_runs(described, words)
                if len(words) > 2 and (brief or stated) and not told.isdisjoint(words)
                else 0.0,
                share_of_runs(stated, words) if stated else -1.0,
                bool(stated),
                share_of(people, words) if brief else 0.0,
                KIND_NUMBER[kind],
            )

    return to_columns(SAID, rows())


def share_of(known: Set[Any], items: Collection[Any]) -> float:
    """Share of the items that are known; nothing of nothing is 0."""
    return 0.0 if known.isdisjoint(items) else sum(map(known.__contains__, items)) / len(items)


def share_of_runs(known: Set[tuple[str, ...]], words: tuple[str, ...]) -> float:
    """The same of the runs that `grams` makes of words, which are not kept: a page has thousands."""
    if len(words) < 3:
        return float(words in known)
    return sum(map(known.__contains__, zip(words, words[1:], words[2:], strict=False))) / (len(words) - 2)


SAID: Final = ("is_title", "title_share", "described", "stated", "has_stated", "author_words", "rule_kind")
KIND_NUMBER: Final = {"": 0} | {kind: place for place, kind in enumerate(RULE_KINDS, start=1)}


def repeat_columns(blocks: Sequence[PageBlock]) -> dict[str, list[float]]:
    """Whether a block's text, or its beginning, stands elsewhere on the page, and before."""
    keys = [fold(block.text) for block in blocks]
    starts = [key[:8] if len(key) >= 8 else () for key in keys]
    whole, begun = Counter(keys), Counter(starts)
    seen: set[tuple[str, ...]] = set()
    before = []
    for key in keys:
        before.append(float(key in seen))
        seen.add(key)
    return {
        "copies": [whole[key] for key in keys],
        "begun": [begun[start] if start else 1 for start in starts],
        "seen_before": before,
    }


def group_columns(page: PageBlocks, columns: Mapping[str, Column]) -> dict[str, Column]:
    """What the company a block keeps shows: the element around it, blocks of the same make, the page."""
    count = len(page.blocks)
    plain = columns["chars"] * (1 - columns["link_share"])
    places = places_of(page)
    parents = places.parent
    subtree_plain, subtree_chars, subtree_blocks = (
        places.sums(plain),
        places.sums(columns["chars"]),
        places.sums(np.ones_like(plain)),
    )
    total = float(plain.sum()) or 1.0
    body_like = plain * (columns["chars"] >= MIN_PARAGRAPH_CHARS)
    densest = densest_parent(parents, body_like * (columns["full_stop"] + 0.3))
    inside = np.flatnonzero(parents == densest)
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, -1)
    place = np.arange(count, dtype=np.float32)
    out: dict[str, Any] = {
        "page_blocks": np.full(count, count),
        "page_plain": np.full(count, min(total, MAX_PLAIN_CHARS)),
    }
    for name, where in (("parent", parents), ("grand", places.grand)):
        out[f"{name}_plain"] = subtree_plain[where] / total
        out[f"{name}_links"] = 1 - subtree_plain[where] / np.maximum(subtree_chars[where], 1)
        out[f"{name}_blocks"] = subtree_blocks[where]
        out[f"{name}_mean"] = subtree_plain[where] / np.maximum(subtree_blocks[where], 1)
    out["own_blocks"] = subtree_blocks[places.own]
    out["with_densest"] = parents == densest
    above = places.above(densest)
    out["under_densest"] = (above == 0) & (densest >= 0)
    out["before_densest"] = np.maximum(first - place, 0)
    out["after_densest"] = np.maximum(place - last, 0)
    out["above_densest"] = above
    out["densest_share"] = np.full(count, float(body_like[inside].sum()) / max(float(body_like.sum()), 1.0))
    out["place"] = place / max(count, 1)
    out["char_place"] = np.cumsum(plain) / total
    title = np.flatnonzero(columns["is_title"] * columns["heading"])
    out["after_title"] = place - float(title[0]) if len(title) else np.full(count, -1000.0)
    return {name: np.asarray(values, dtype=np.float32) for name, values in out.items()} | make_columns(
        places.make, columns, plain
    )


def densest_parent(parents: NDArray[np.int64], weight: Column) -> int:
    """The element whose children hold most long running text, or -1."""
    if not weight.any():
        return -1
    return int(np.bincount(parents, weights=weight).argmax())


def make_columns(make: NDArray[np.int64], columns: Mapping[str, Column], plain: Column) -> dict[str, Column]:
    """Blocks of the same make (same tags and names of element and parent) seen together."""
    count = np.bincount(make)
    chars = np.bincount(make, weights=plain)
    stops = np.bincount(make, weights=columns["full_stop"])
    total = max(float(plain.sum()), 1.0)
    values = {
        "make_count": count[make],
        "make_plain": chars[make] / total,
        "make_mean": chars[make] / count[make],
        "make_stops": stops[make] / count[make],
    }
    return {name: np.asarray(column, dtype=np.float32) for name, column in values.items()}


SHIFTED: Final = ("chars", "link_share", "name_min", "stated", "above_densest", "rule_kind", "heading", "full_stop")


def neighbour_columns(columns: Mapping[str, Column]) -> dict[str, Column]:
    """What stands right before and after a block, and how far the next running text is."""
    out: dict[str, Column] = {}
    for name in SHIFTED:
        for step in (-2, -1, 1, 2) if name in SHIFTED[:5] else (-1, 1):
            out[f"{name}{step:+d}"] = shift(columns[name], step)
    running = (columns["chars"] >= MIN_PARAGRAPH_CHARS) & (columns["link_share"] < 0.4) & (columns["full_stop"] > 0)
    out["running_before"], out["running_after"] = distances(running)
    return out


def shift(column: Column, step: int) -> Column:
    """The column seen from `step` places away; -1 where there is none."""
    out = np.full_like(column, -1.0)
    if abs(step) >= len(column):
        return out
    if step < 0:
        out[-step:] = column[:step]
    else:
        out[:-step] = column[step:]
    return out


def distances(marked: NDArray[np.bool_]) -> tuple[Column, Column]:
    """For each place how far the nearest marked one before it and after it is, 99 at most."""
    count = len(marked)
    place = np.arange(count)
    before = np.maximum.accumulate(np.where(marked, place, -99))
    last = np.concatenate([[-99], before[:-1]])
    after = np.minimum.accumulate(np.where(marked, place, count + 99)[::-1])[::-1]
    following = np.concatenate([after[1:], [count + 99]])
    return (np.minimum(place - last, 99).astype(np.float32), np.minimum(following - place, 99).astype(np.float32))


SECOND: Final = (
    "chars", "words", "link_share", "full_stop", "closed", "sentences", "level", "heading", "name_sum", "name_min", "name_max", "make_plain",
    "make_mean", "make_count", "copies", "seen_before", "densest_share", "char_place", "word_mean", "word_min", "word_first",
    "after_densest", "before_densest", "above_densest", "with_densest", "under_densest", "after_title", "parent_plain", "parent_links",
    "rule_kind", "rule_kind-1", "title_share", "described", "stated", "has_stated", "is_title", "tag_li", "tag_p", "bold_share",
    "italic_share", "capital_share", "digit_share", "in_figure", "in_aside", "in_footer", "page_plain", "page_blocks",
    "running_before", "running_after",
)  # fmt: skip
"""First-pass columns that the second pass sees again."""


def observe_scores(page: PageBlocks, columns: Mapping[str, Column], scores: Column) -> dict[str, Column]:
    """Columns of the second pass: what the first pass thought of a block, of its neighbours and of its company.

    `scores` are probabilities, 0 to 1, one a block.
    """
    odds = np.clip(np.log(scores + 1e-6) - np.log(1 - scores + 1e-6), -8, 8)
    out: dict[str, Any] = {"odds": odds}
    for step in (-3, -2, -1, 1, 2, 3):
        out[f"odds{step:+d}"] = shift(odds, step)
    chars = columns["chars"]
    places = places_of(page)
    for name, group in (("parent", places.parent), ("grand", places.grand), ("make", places.make)):
        for weight_name, weight in (("", np.ones_like(chars)), ("_chars", chars)):
            total = np.bincount(group, weights=weight)
            out[f"{name}_odds{weight_name}"] = (np.bincount(group, weights=scores * weight) / np.maximum(total, 1e-9))[
                group
            ]
    out["around"] = (
        np.convolve(scores, np.ones(11), "same")[-len(chars) :]
        if len(chars) > 11
        else np.full_like(chars, scores.sum())
    )
    mass = scores * chars * (scores > 0.3)
    total_mass = float(mass.sum()) or 1.0
    sums = np.cumsum(mass)
    out |= {
        "mass_before": (sums - mass) / total_mass,
        "mass_after": 1 - sums / total_mass,
        "mass": np.full_like(chars, total_mass),
    }
    for floor in (0.5, 0.9):
        sure = (scores > floor) & (chars > 80)
        out[f"sure{floor}_before"], out[f"sure{floor}_after"] = distances(sure)
        out[f"sure{floor}"] = np.full_like(chars, sure.sum())
    return {name: np.asarray(values, dtype=np.float32) for name, values in out.items()} | {
        f"own_{name}": columns[name] for name in SECOND
    }
