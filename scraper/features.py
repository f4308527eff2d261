"""What can be observed of each block of a page, as numbers with names: the scorer's evidence.

Nothing here knows a site or a page. Columns are computed for all blocks of a page at once; a block's own observations
first, then those of the elements it stands in, then of its neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.blocks import PageBlock, PageBlocks
from scraper.rules import RULE_KINDS
from scraper.words import fold, grams, name_words

Column: TypeAlias = NDArray[np.float32]

SENTENCE_END: Final = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?:\s|$)")
CLOSERS: Final = "\"'”’»“)]"
STOPS: Final = frozenset(".!?…。！？")
PAUSES: Final = frozenset(":;,")
DIGIT: Final = re.compile(r"[0-9]")
CAPITAL: Final = re.compile(r"\b[^\W\d_a-z]\w*")
LONG: Final = 120

ANCESTORS: Final = ("article", "main", "aside", "header", "footer", "figure", "section", "blockquote", "table", "ul", "ol", "li", "a", "p")
TAG_NUMBER: Final = {tag: number for number, tag in enumerate(("p", "div", "li", "span", "tr", "td", "figcaption", "button"))}


@dataclass(frozen=True, slots=True)
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


def observe(page: PageBlocks, context: PageContext, evidence: Evidence) -> dict[str, Column]:
    """All columns by name, in a fixed order; each has one value a block. The page has at least one block."""
    own = own_columns(page.blocks, evidence)
    places = container_columns(page, evidence)
    said = context_columns(page.blocks, context)
    repeated = repeat_columns(page.blocks)
    columns = {name: np.asarray(values, dtype=np.float32) for part in (own, places, said, repeated) for name, values in part.items()}
    columns |= group_columns(page, columns)
    return columns | neighbour_columns(columns)


def own_columns(blocks: Sequence[PageBlock], evidence: Evidence) -> dict[str, Any]:
    """What a block's own text and tag show."""
    texts = [block.text for block in blocks]
    words = [fold(text) for text in texts]
    size = np.array([len(text) for text in texts], dtype=np.float32)
    count = np.maximum(np.array([len(own) for own in words], dtype=np.float32), 1)
    ends = [text.rstrip(CLOSERS)[-1:] for text in texts]
    tags = np.array([TAG_NUMBER.get(block.tag, -1) for block in blocks])
    said = np.array([word_evidence(own, evidence.words) for own in words], dtype=np.float32)
    return {
        "chars": size,
        "words": count,
        "word_length": size / count,
        "link_share": np.minimum(np.array([block.link_chars for block in blocks]) / size, 1),
        "bold_share": np.minimum(np.array([block.bold_chars for block in blocks]) / size, 1),
        "italic_share": np.minimum(np.array([block.italic_chars for block in blocks]) / size, 1),
        "full_stop": [end in STOPS for end in ends],
        "closed": [end in STOPS or end in PAUSES for end in ends],
        "sentences": [len(SENTENCE_END.findall(text)) if len(text) > 20 else 0 for text in texts],
        "commas": [text.count(",") + (0 if text.isascii() else text.count("、") + text.count("，")) for text in texts],
        "digit_share": np.array([len(DIGIT.findall(text)) if len(text) < 400 else 0 for text in texts]) / size,
        "capital_share": np.array([len(CAPITAL.findall(text)) if len(text) < 400 else 0 for text in texts]) / count,
        "question": ["?" in text for text in texts],
        "exclamation": ["!" in text for text in texts],
        "lines": [text.count("\n") for text in texts],
        "hidden": [block.hidden for block in blocks],
        "level": [block.level for block in blocks],
        "heading": [block.kind == "heading" for block in blocks],
        "marked": [block.rule is not None for block in blocks],
        "word_first": said[:, 0],
        "word_mean": said[:, 1],
        "word_min": said[:, 2],
    } | {f"tag_{tag}": tags == number for tag, number in TAG_NUMBER.items()}


def word_evidence(words: tuple[str, ...], odds: Mapping[str, float]) -> tuple[float, float, float]:
    """What the words of a short text say: of the first four, on average of the first 24, at worst of these."""
    if not words or len(words) > 60:
        return (0.0, 0.0, 0.0)
    known = [odds.get(word, 0.0) for word in words[:24]]
    return (sum(known[:4]), sum(known) / len(known), min(known))


def container_columns(page: PageBlocks, evidence: Evidence) -> dict[str, Any]:
    """What the elements a block stands in show: their tags, their names, their depth."""
    bits = {tag: 1 << place for place, tag in enumerate(ANCESTORS)}
    flags: list[int] = []
    names: list[tuple[float, float, float, float]] = []
    known: dict[str, float] = {"": 0.0}
    for container in page.containers:
        outer = container.parent
        flags.append((flags[outer] if outer >= 0 else 0) | bits.get(container.tag, 0))
        own = known.get(container.names)
        if own is None:
            own = known[container.names] = name_evidence(container.names, evidence.names)
        if outer < 0:
            names.append((own, own, own, own))
            continue
        _, low, high, total = names[outer]
        names.append((own, own if own < low else low, own if own > high else high, total + own))
    own_place = np.array([block.container for block in page.blocks], dtype=np.int64)
    up = np.maximum(np.array([container.parent for container in page.containers], dtype=np.int64), 0)
    table = np.array(names, dtype=np.float32)
    mask = np.array(flags, dtype=np.int64)[own_place]
    columns: dict[str, Any] = {f"in_{tag}": (mask & bit) > 0 for tag, bit in bits.items()}
    columns |= {"name_own": table[own_place, 0], "name_parent": table[up[own_place], 0], "name_grand": table[up[up[own_place]], 0]}
    columns |= {"name_min": table[own_place, 1], "name_max": table[own_place, 2], "name_sum": table[own_place, 3]}
    columns["depth"] = np.array([container.depth for container in page.containers], dtype=np.float32)[own_place]
    return columns


def name_evidence(names: str, odds: Mapping[str, float]) -> float:
    """The strongest that the words of one element's names say."""
    return max((odds.get(word, 0.0) for word in name_words(names)), key=abs, default=0.0)


def context_columns(blocks: Sequence[PageBlock], context: PageContext) -> dict[str, Any]:
    """How a block agrees with what the page says of its article elsewhere."""
    title = fold(context.title)
    title_words = frozenset(title)
    described = frozenset(grams(fold(context.description))) if context.description else frozenset()
    stated = frozenset(grams(fold(context.article_body))) if context.article_body else frozenset()
    people = frozenset(word for author in context.authors for word in fold(author))
    kinds = context.rule_kinds or ("",) * len(blocks)
    rows = []
    for block, kind in zip(blocks, kinds, strict=True):
        words = fold(block.text)
        brief = 0 < len(words) < 40
        own = grams(words) if stated or (described and brief) else ()
        rows.append((
            bool(title) and words == title,
            len([word for word in words if word in title_words]) / len(words) if brief else 0.0,
            len([gram for gram in own if gram in described]) / len(own) if described and own and len(words) > 2 else 0.0,
            len([gram for gram in own if gram in stated]) / len(own) if stated else -1.0,
            bool(stated),
            len([word for word in words if word in people]) / len(words) if people and brief else 0.0,
            KIND_NUMBER[kind],
        ))  # fmt: skip
    table = np.array(rows, dtype=np.float32)
    return {name: table[:, place] for place, name in enumerate(SAID)}


SAID: Final = ("is_title", "title_share", "described", "stated", "has_stated", "author_words", "rule_kind")
KIND_NUMBER: Final = {"": 0} | {kind: place for place, kind in enumerate(RULE_KINDS, start=1)}


def repeat_columns(blocks: Sequence[PageBlock]) -> dict[str, list[float]]:
    """Whether a block's text, or its beginning, stands elsewhere on the page, and before."""
    keys = [fold(block.text) for block in blocks]
    starts = [key[:8] for key in keys]
    whole, begun = Counter(keys), Counter(starts)
    seen: set[tuple[str, ...]] = set()
    before = []
    for key in keys:
        before.append(float(key in seen))
        seen.add(key)
    return {
        "copies": [whole[key] for key in keys],
        "begun": [begun[start] if len(start) == 8 else 1 for start in starts],
        "seen_before": before,
    }


def group_columns(page: PageBlocks, columns: Mapping[str, Column]) -> dict[str, Column]:
    """What the company a block keeps shows: the element around it, blocks of the same make, the page."""
    count = len(page.blocks)
    plain = columns["chars"] * (1 - columns["link_share"])
    parents = np.array([max(page.containers[block.container].parent, 0) for block in page.blocks], dtype=np.int64)
    own = np.array([block.container for block in page.blocks], dtype=np.int64)
    subtree_plain, subtree_chars, subtree_blocks = subtree_sums(page, plain, columns["chars"])
    total = float(plain.sum()) or 1.0
    body_like = plain * (columns["chars"] >= LONG)
    densest = densest_parent(parents, body_like * (columns["full_stop"] + 0.3))
    inside = np.flatnonzero(parents == densest)
    first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, -1)
    place = np.arange(count, dtype=np.float32)
    out: dict[str, Any] = {"page_blocks": np.full(count, count), "page_plain": np.full(count, total)}
    grand = np.array([max(page.containers[place].parent, 0) for place in parents.tolist()], dtype=np.int64)
    for name, where in (("parent", parents), ("grand", grand)):
        out[f"{name}_plain"] = subtree_plain[where] / total
        out[f"{name}_links"] = 1 - subtree_plain[where] / np.maximum(subtree_chars[where], 1)
        out[f"{name}_blocks"] = subtree_blocks[where]
        out[f"{name}_mean"] = subtree_plain[where] / np.maximum(subtree_blocks[where], 1)
    out["own_blocks"] = subtree_blocks[own]
    out["with_densest"] = parents == densest
    out["under_densest"] = under(page, densest)[own]
    out["before_densest"] = np.maximum(first - place, 0)
    out["after_densest"] = np.maximum(place - last, 0)
    out["above_densest"] = climb(page, own, densest)
    out["densest_share"] = np.full(count, float(body_like[inside].sum()) / max(float(body_like.sum()), 1.0))
    out["place"] = place / max(count, 1)
    out["char_place"] = np.cumsum(plain) / total
    title = np.flatnonzero(columns["is_title"] * columns["heading"])
    out["after_title"] = place - float(title[0]) if len(title) else np.full(count, -1000.0)
    return {name: np.asarray(values, dtype=np.float32) for name, values in out.items()} | make_columns(page, columns, plain)


def subtree_sums(page: PageBlocks, plain: Column, chars: Column) -> tuple[Column, Column, Column]:
    """For each container the characters outside links, all characters, and the blocks below it."""
    size = len(page.containers)
    sums = [[0.0] * size for _ in range(3)]
    for block, own_plain, own_chars in zip(page.blocks, plain.tolist(), chars.tolist(), strict=True):
        sums[0][block.container] += own_plain
        sums[1][block.container] += own_chars
        sums[2][block.container] += 1
    for place in range(size - 1, 0, -1):  # children come after their parents
        parent = page.containers[place].parent
        for values in sums:
            values[parent] += values[place]
    return (np.array(sums[0], dtype=np.float32), np.array(sums[1], dtype=np.float32), np.array(sums[2], dtype=np.float32))


def densest_parent(parents: NDArray[np.int64], weight: Column) -> int:
    """The element whose children hold most long running text, or -1."""
    if not weight.any():
        return -1
    return int(np.bincount(parents, weights=weight).argmax())


def under(page: PageBlocks, root: int) -> Column:
    """For each container whether it is `root` or below it."""
    found = [False] * len(page.containers)
    for place, container in enumerate(page.containers):
        found[place] = place == root or (container.parent >= 0 and found[container.parent])
    return np.array(found, dtype=np.float32)


def climb(page: PageBlocks, own: NDArray[np.int64], root: int) -> Column:
    """How many elements above `root` one must go until a block's container is below."""
    steps = {}
    level = 0
    place = root
    while place >= 0:
        steps[place] = level
        level += 1
        place = page.containers[place].parent
    found: list[int] = []
    for at, container in enumerate(page.containers):
        found.append(steps[at] if at in steps else found[container.parent] if container.parent >= 0 else level)
    return np.array([found[place] for place in own.tolist()], dtype=np.float32)


def make_columns(page: PageBlocks, columns: Mapping[str, Column], plain: Column) -> dict[str, Column]:
    """Blocks of the same make (same tags and names of element and parent) seen together."""
    make = makes(page)
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
    running = (columns["chars"] >= LONG) & (columns["link_share"] < 0.4) & (columns["full_stop"] > 0)
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
    parents = np.array([max(page.containers[block.container].parent, 0) for block in page.blocks], dtype=np.int64)
    grand = np.array([max(page.containers[place].parent, 0) for place in parents.tolist()], dtype=np.int64)
    for name, group in (("parent", parents), ("grand", grand), ("make", makes(page))):
        for weight_name, weight in (("", np.ones_like(chars)), ("_chars", chars)):
            total = np.bincount(group, weights=weight)
            out[f"{name}_odds{weight_name}"] = (np.bincount(group, weights=scores * weight) / np.maximum(total, 1e-9))[group]
    out["around"] = np.convolve(scores, np.ones(11), "same")[-len(chars) :] if len(chars) > 11 else np.full_like(chars, scores.sum())
    mass = scores * chars * (scores > 0.3)
    total_mass = float(mass.sum()) or 1.0
    sums = np.cumsum(mass)
    out |= {"mass_before": (sums - mass) / total_mass, "mass_after": 1 - sums / total_mass, "mass": np.full_like(chars, total_mass)}
    for floor in (0.5, 0.9):
        sure = (scores > floor) & (chars > 80)
        out[f"sure{floor}_before"], out[f"sure{floor}_after"] = distances(sure)
        out[f"sure{floor}"] = np.full_like(chars, sure.sum())
    return {name: np.asarray(values, dtype=np.float32) for name, values in out.items()} | {f"own_{name}": columns[name] for name in SECOND}


def makes(page: PageBlocks) -> NDArray[np.int64]:
    """A number for each block's make: tags and names of its element and that one's parent."""
    known: dict[tuple[str, ...], int] = {}
    which = []
    for block in page.blocks:
        own = page.containers[block.container]
        outer = page.containers[max(own.parent, 0)]
        which.append(known.setdefault((own.tag, own.names, outer.tag, outer.names), len(known)))
    return np.array(which, dtype=np.int64)
