"""Blocks of a site that repeat more often than chance allows, word for word or with other numbers and names.

This module only counts and does not judge. Articles that tell one story (an update at another address, a wire report
twice) count as one story, because they share sentences that are not boilerplate.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.text.scripts import UNSPACED
from scraper.text.words import fold

MAX_REPEAT_CHARS: Final = 600
"""Text rules match no block over 700 characters."""
MIN_REPEAT_WORDS: Final = 3
MIN_REPEAT_CHARS: Final = 8
"""A shorter block is not worth a rule: "Reddit", "Conclusion" and "By" are often article text. Characters count for
scripts without spaces."""

MIN_SHARED_CHARS: Final = 50
"""A shorter shared block does not show that two articles tell one story."""
MIN_STORY_SHARE: Final = 0.3
MIN_STORY_BLOCKS: Final = 2
"""Two articles tell one story if they share this number of long blocks, and this share of the shorter text's characters."""
MAX_STORY_ARTICLES: Final = 20
"""A block in more articles is boilerplate, not a sentence of their story."""

MAX_CHANCE: Final = 1e-3
"""Expected number of a site's blocks that repeat by chance and pass the test."""

SLOT: Final = "\ue000"
"""Private character in place of a number or name that varies."""
NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
NAME: Final = re.compile(
    r"(?<![.!?:] )(?<!^)(?<!\w)[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'.-]*(?: (?:[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'.-]*|de|von|van|der|bin|al|la|le|di|da))*"
)
PAIR: Final = re.compile(r"^[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'-]+(?: [A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'-]+)+")


@dataclass(frozen=True, slots=True)
class SeenBlock:
    """One block of one article. `rule` is the reason of its removal, empty for a kept block.

    `beside` are the kinds of removed blocks right before and after it. `linked`: the whole block is one link. `last`: it
    ends the text.
    """

    article: int
    text: str
    rule: str = ""
    kind: str = ""
    beside: tuple[str, ...] = ()
    linked: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """Blocks with one text, in which slots stand for varying numbers and names, and the articles and stories that have it."""

    host: str
    key: str
    seen: tuple[SeenBlock, ...]
    articles: int
    stories: int
    of_articles: int


def even(text: str) -> str:
    """The text with single spaces.

    >>> even(" a  b ")
    'a b'
    """
    return " ".join(text.split())


def skeleton(text: str) -> str:
    """The text with a slot for each number and name. A capitalised word that begins a sentence is not a name.

    >>> skeleton("Anna Quill, 3 December 2023: Comment now").replace(SLOT, "_")
    '_, _ _ _: Comment now'
    """
    found = NUMBER.sub(SLOT, even(text))
    found = PAIR.sub(SLOT, found)
    return NAME.sub(SLOT, found)


def words(text: str) -> tuple[str, ...]:
    """Words, and pairs of characters in scripts without spaces.

    >>> words("Read on"), words("続きを読む")
    (('read', 'on'), ('続き', 'きを', 'を読', '読む'))
    """
    found: list[str] = []
    for word in fold(text):
        if UNSPACED.search(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            found.append(word)
    return tuple(found)


def is_worth_a_rule(key: str) -> bool:
    """Whether a text has enough words beside its slots to be recognised by them.

    >>> is_worth_a_rule("Sign up today"), is_worth_a_rule("Conclusion"), is_worth_a_rule(f"By {SLOT} on {SLOT} at {SLOT}")
    (True, False, False)
    """
    fixed = key.replace(SLOT, " ")
    slots = key.count(SLOT)
    own = [word for word in fold(fixed) if not word.isdigit()]
    signs = sum(len(word) for word in own if UNSPACED.search(word))
    enough = len(own) >= MIN_REPEAT_WORDS + slots or signs >= MIN_REPEAT_CHARS + 2 * slots
    return enough and sum(map(len, own)) >= MIN_REPEAT_CHARS


def stories(blocks: Iterable[SeenBlock]) -> dict[int, int]:
    """For each article the lowest id of the articles that tell the same story."""
    sizes: Counter[int] = Counter()
    holders: dict[str, set[int]] = defaultdict(set)
    for seen in blocks:
        if not seen.rule:
            sizes[seen.article] += len(seen.text)
            if len(seen.text) >= MIN_SHARED_CHARS:
                holders[even(seen.text)].add(seen.article)
    shared: Counter[tuple[int, int]] = Counter()
    chars: Counter[tuple[int, int]] = Counter()
    for text, articles in holders.items():
        if 1 < len(articles) <= MAX_STORY_ARTICLES:
            own = sorted(articles)
            for pair in ((one, other) for at, one in enumerate(own) for other in own[at + 1 :]):
                shared[pair] += 1
                chars[pair] += len(text)
    root = {article: article for article in sizes}
    for pair in sorted(shared):
        one, other = pair
        if shared[pair] >= MIN_STORY_BLOCKS and chars[pair] >= MIN_STORY_SHARE * min(sizes[one], sizes[other]):
            low, high = sorted((root_of(root, one), root_of(root, other)))
            root[high] = low
    return {article: root_of(root, article) for article in root}


def root_of(root: dict[int, int], article: int) -> int:
    """The root of an article in the union-find forest."""
    while root[article] != article:
        article = root[article]
    return article


def find_repeats(host: str, blocks: Sequence[SeenBlock], *, min_articles: int) -> list[Repeat]:
    """The site's blocks that appear in enough stories and more often than chance allows.

    Blocks that repeat word for word come first, and are in no group of varying blocks.
    """
    story = stories(blocks)
    for seen in blocks:
        story.setdefault(seen.article, seen.article)
    exact = grouped(blocks, even)
    found = significant(host, blocks, exact, story, min_articles=min_articles)
    exact_blocks = {seen for repeat in found for seen in repeat.seen}
    loose = grouped([seen for seen in blocks if seen not in exact_blocks], skeleton)
    varying = {key: own for key, own in loose.items() if SLOT in key and len({even(seen.text) for seen in own}) > 1}
    return found + significant(host, blocks, varying, story, min_articles=min_articles)


def grouped(blocks: Iterable[SeenBlock], key_of: Callable[[str], str]) -> dict[str, list[SeenBlock]]:
    """Blocks by their common key, without those that are too long or too short for a rule."""
    groups: dict[str, list[SeenBlock]] = defaultdict(list)
    for seen in blocks:
        if len(seen.text) <= MAX_REPEAT_CHARS:
            groups[key_of(seen.text)].append(seen)
    return {key: own for key, own in groups.items() if len(own) > 1 and is_worth_a_rule(key)}


def significant(
    host: str,
    blocks: Sequence[SeenBlock],
    groups: dict[str, list[SeenBlock]],
    story: dict[int, int],
    *,
    min_articles: int,
) -> list[Repeat]:
    """The groups that appear in enough stories, and in more than chance allows."""
    chance = Chance(blocks)
    found = []
    for key in sorted(groups):
        own = groups[key]
        in_stories = len({story[seen.article] for seen in own})
        if in_stories >= min_articles and chance.of(key, in_stories) <= MAX_CHANCE:
            found.append(
                Repeat(host, key, tuple(own), len({seen.article for seen in own}), in_stories, chance.articles)
            )
    return found


class Chance:
    """Chance that blocks repeat, in a model where a site draws each word independently, with the word's frequency on the site."""

    def __init__(self, blocks: Sequence[SeenBlock]) -> None:
        self.articles = len({seen.article for seen in blocks})
        self.kinds = max(1, len({seen.text for seen in blocks}))
        self.blocks = len(blocks)
        counts = Counter(word for text in {even(seen.text) for seen in blocks} for word in words(text))
        total = sum(counts.values()) + len(counts) + 1
        self.odds = {word: math.log((count + 1) / total) for word, count in counts.items()}
        self.rare = math.log(1 / total)

    def of(self, key: str, stories: int) -> float:
        """Expected number of the site's texts that would appear in as many stories by chance, for a text with these words (Poisson)."""
        each = sum(self.odds.get(word, self.rare) for word in words(key.replace(SLOT, " ")))
        mean = self.blocks * math.exp(min(each, 0.0))
        return min(1.0, poisson_tail(mean, stories)) * self.kinds


def poisson_tail(mean: float, least: int) -> float:
    """Upper bound of the probability of at least `least` events.

    >>> round(poisson_tail(0.1, 2), 4), poisson_tail(5.0, 2)
    (0.005, 1.0)
    """
    if mean >= least:
        return 1.0
    return math.exp(least * math.log(mean) - math.lgamma(least + 1)) if mean > 0 else 0.0
