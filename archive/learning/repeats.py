"""Blocks of a site that repeat beyond what chance allows: the same, or the same but for numbers and names.

Only counting, no opinion on what the blocks are. Articles that tell one story (an update under another address, a wire
report twice) count as one, for their sentences repeat and are no boilerplate.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scraper.text.scripts import UNSPACED
from scraper.text.words import fold

MAX_REPEAT_CHARS: Final = 600
"""Characters of the longest block that is looked at: text rules match none over 700."""
MIN_REPEAT_WORDS: Final = 3
MIN_REPEAT_CHARS: Final = 8
"""What a block must have to be worth a rule, in words, or in signs of a script that does not set words apart: "Reddit",
"Conclusion" and "By" are body text as often as not."""

SENTENCE: Final = 50
"""Characters from which a shared block says that two articles are one story."""
STORY_SHARE: Final = 0.3
STORY_BLOCKS: Final = 2
"""One story: so many long blocks in common, and such a share of the shorter text's characters."""
MAX_SHARING: Final = 20
"""Articles that share a block, above which it tells no story: only boilerplate stands in so many."""

CHANCE: Final = 1e-3
"""How many blocks of a site may be taken for repeated that are so by chance, in expectation."""

SLOT: Final = "\ue000"
NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
NAME: Final = re.compile(
    r"(?<![.!?:] )(?<!^)(?<!\w)[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'.-]*(?: (?:[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'.-]*|de|von|van|der|bin|al|la|le|di|da))*"
)
PAIR: Final = re.compile(r"^[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'-]+(?: [A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w’'-]+)+")


@dataclass(frozen=True, slots=True)
class Seen:
    """One block of one article. `rule` is what took it out; empty: it stands in the text.

    `beside` is the kind of a removal right before or after it, `linked` whether all of it is one link, `last` whether it
    ends the text, `markup` its inline Markdown.
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
    """Blocks that are one text, but for `slots` where they vary, in so many articles and stories."""

    host: str
    key: str
    seen: tuple[Seen, ...]
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
    """The text with a slot for each number and name; capitalised words at a sentence's beginning are no names.

    >>> skeleton("Anna Quill, 3 December 2023: Comment now").replace(SLOT, "_")
    '_, _ _ _: Comment now'
    """
    found = NUMBER.sub(SLOT, even(text))
    found = PAIR.sub(SLOT, found)
    return NAME.sub(SLOT, found)


def words(text: str) -> tuple[str, ...]:
    """Words, and pairs of signs where words are not set apart.

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
    """Whether a text, its slots aside, has enough to be told by, and more of it than slots.

    >>> is_worth_a_rule("Sign up today"), is_worth_a_rule("Conclusion"), is_worth_a_rule(f"By {SLOT} on {SLOT} at {SLOT}")
    (True, False, False)
    """
    fixed = key.replace(SLOT, " ")
    slots = key.count(SLOT)
    own = [word for word in fold(fixed) if not word.isdigit()]
    signs = sum(len(word) for word in own if UNSPACED.search(word))
    enough = len(own) >= MIN_REPEAT_WORDS + slots or signs >= MIN_REPEAT_CHARS + 2 * slots
    return enough and sum(map(len, own)) >= MIN_REPEAT_CHARS


def stories(blocks: Iterable[Seen]) -> dict[int, int]:
    """For each article the lowest number of an article that tells the same story."""
    sizes: Counter[int] = Counter()
    holders: dict[str, set[int]] = defaultdict(set)
    for seen in blocks:
        if not seen.rule:
            sizes[seen.article] += len(seen.text)
            if len(seen.text) >= SENTENCE:
                holders[even(seen.text)].add(seen.article)
    shared: Counter[tuple[int, int]] = Counter()
    chars: Counter[tuple[int, int]] = Counter()
    for text, articles in holders.items():
        if 1 < len(articles) <= MAX_SHARING:
            own = sorted(articles)
            for pair in ((one, other) for at, one in enumerate(own) for other in own[at + 1 :]):
                shared[pair] += 1
                chars[pair] += len(text)
    root = {article: article for article in sizes}
    for pair in sorted(shared):
        one, other = pair
        if shared[pair] >= STORY_BLOCKS and chars[pair] >= STORY_SHARE * min(sizes[one], sizes[other]):
            low, high = sorted((find(root, one), find(root, other)))
            root[high] = low
    return {article: find(root, article) for article in root}


def find(root: dict[int, int], article: int) -> int:
    """The lowest number that a chain of numbers ends in."""
    while root[article] != article:
        article = root[article]
    return article


def repeats(host: str, blocks: Sequence[Seen], *, least: int) -> list[Repeat]:
    """The site's blocks that stand in at least so many stories, more than chance allows; the exact ones first.

    What repeats exactly is not told again as one of a group that varies.
    """
    story = stories(blocks)
    for seen in blocks:
        story.setdefault(seen.article, seen.article)
    exact = grouped(blocks, even)
    found = significant(host, blocks, exact, story, least=least)
    told = {seen for repeat in found for seen in repeat.seen}
    loose = grouped([seen for seen in blocks if seen not in told], skeleton)
    varying = {key: own for key, own in loose.items() if SLOT in key and len({even(seen.text) for seen in own}) > 1}
    return found + significant(host, blocks, varying, story, least=least)


def grouped(blocks: Iterable[Seen], key_of: object) -> dict[str, list[Seen]]:
    """Blocks by what they have in common, those too long or too short to be told by left out."""
    groups: dict[str, list[Seen]] = defaultdict(list)
    for seen in blocks:
        if len(seen.text) <= MAX_REPEAT_CHARS:
            groups[key_of(seen.text)].append(seen)  # type: ignore[operator]
    return {key: own for key, own in groups.items() if len(own) > 1 and is_worth_a_rule(key)}


def significant(
    host: str, blocks: Sequence[Seen], groups: dict[str, list[Seen]], story: dict[int, int], *, least: int
) -> list[Repeat]:
    """The groups that stand in enough stories, and in more than chance allows."""
    chance = Chance(blocks)
    found = []
    for key in sorted(groups):
        own = groups[key]
        told = len({story[seen.article] for seen in own})
        if told >= least and chance.of(key, told) <= CHANCE:
            found.append(Repeat(host, key, tuple(own), len({seen.article for seen in own}), told, chance.articles))
    return found


class Chance:
    """How often blocks would repeat if a site drew each word by itself, as often as it uses it."""

    def __init__(self, blocks: Sequence[Seen]) -> None:
        self.articles = len({seen.article for seen in blocks})
        self.kinds = max(1, len({seen.text for seen in blocks}))
        self.blocks = len(blocks)
        counts = Counter(word for text in {even(seen.text) for seen in blocks} for word in words(text))
        total = sum(counts.values()) + len(counts) + 1
        self.odds = {word: math.log((count + 1) / total) for word, count in counts.items()}
        self.rare = math.log(1 / total)

    def of(self, key: str, stories: int) -> float:
        """How many texts of the site would stand in so many articles by chance, this one's words given (Poisson)."""
        each = sum(self.odds.get(word, self.rare) for word in words(key.replace(SLOT, " ")))
        mean = self.blocks * math.exp(min(each, 0.0))
        return min(1.0, poisson_tail(mean, stories)) * self.kinds


def poisson_tail(mean: float, least: int) -> float:
    """The probability of at least so many events, bounded from above.

    >>> round(poisson_tail(0.1, 2), 4), poisson_tail(5.0, 2)
    (0.005, 1.0)
    """
    if mean >= least:
        return 1.0
    return math.exp(least * math.log(mean) - math.lgamma(least + 1)) if mean > 0 else 0.0
