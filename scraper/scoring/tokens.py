"""The tokens of a block: its words, the names of the elements around it, what the addresses of its links say.

Tokens are looked up in a vocabulary, those of a field for all blocks of a page at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, count
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.columns import columns_of, container_columns_of
from scraper.blocks.model import PageBlocks
from scraper.scoring.vocabulary import (
    ADDRESS,
    EDGE,
    HOST,
    LINKED,
    NAME,
    PATH,
    TAG,
    WORD_MARKS,
    Integers,
    MarkedWord,
    Numbering,
)
from scraper.text import scripts
from scraper.text.patterns import lazy_pattern
from scraper.text.words import first_names, fold
from scraper.urls.links import PAGE_SCHEMES

UNSPACED: Final = lazy_pattern(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uac00-\ud7af]")
"""Letters of scripts whose words are taken as pairs of letters."""
UNSPACED_WITHIN_CHARS: Final = 60
DIGIT: Final = lazy_pattern(r"\d")
FIRST_WORDS, LAST_WORDS, LINKED_WORDS = 24, 12, 8
MAX_WORDS: Final = FIRST_WORDS + 1 + LAST_WORDS
"""Of longer texts the first and the last words are read. One more than both, lest they seem to meet."""
FIRST_PAIRS, LAST_PAIRS = 14, 10
FAR_LEVELS: Final = 6
"""Elements outwards that are read beyond the two nearest."""
MAX_NAMES: Final = 5
MAX_NEAR_NAMES, MAX_FAR_NAMES = 2 * (1 + MAX_NAMES), 18
MAX_LINKS: Final = 3
MAX_SPLIT: Final = 1_000
MAX_SPLIT_CHARS: Final = 500
"""Addresses that are remembered, those of the last few pages, and their length: nearly all are shorter."""
MAX_PATH_PARTS, MAX_PATH_WORDS = 4, 3
MAX_ADDRESS_TOKENS: Final = MAX_LINKS * (MAX_PATH_WORDS + 3)
TRACKING: Final = ("utm_", "ref=", "tag=", "aff")
"""Parts of a query that tell who sent the reader: links of promos and shops have them."""


class Field(NamedTuple):
    """A field of tokens: its name, and the most that a block has."""

    name: str
    width: int


WORD_FIELDS: Final = 3
"""So many fields, the first ones, are of words in a row."""
FIELDS: Final = (
    Field("first_words", FIRST_WORDS),
    Field("last_words", LAST_WORDS),
    Field("word_pairs", FIRST_PAIRS + LAST_PAIRS + 2),
    Field("linked_words", LINKED_WORDS),
    Field("near_names", MAX_NEAR_NAMES),
    Field("far_names", MAX_FAR_NAMES),
    Field("link_addresses", MAX_ADDRESS_TOKENS),
)

Sizes: TypeAlias = NDArray[np.intp]
Numbers: TypeAlias = tuple[int, ...]
"""The numbers of a list of tokens."""
Address: TypeAlias = tuple[str, str, tuple[str, ...], str]
Lists: TypeAlias = defaultdict[Numbers, int]
"""The places of lists: many blocks share one."""


class Place(NamedTuple):
    """Where a page lies: its host, and the first part of its path if there are more."""

    host: str
    section: str


def place_of(url: str, host: str) -> Place:
    """
    >>> place_of("https://news.example/city/bridge", "news.example"), place_of("https://news.example/bridge", "news.example")
    (Place(host='news.example', section='city'), Place(host='news.example', section=''))
    """
    parts = split_address(url)[2]
    return Place(host, parts[0] if len(parts) > 1 else "")


class PageTokens(NamedTuple):
    """The numbers of the tokens of a page's blocks, in lists: many blocks share one.

    `numbers` has the numbers of the tokens of all lists, one list after another; `sizes` how many each list has. `lists` has
    for each block the places of its lists, one for each of the `FIELDS`.
    """

    numbers: Integers
    sizes: Sizes
    lists: Sizes

    @property
    def counts(self) -> Sizes:
        """How many tokens each block has in each field."""
        return self.sizes.take(self.lists)


class TokenReader:
    """Reads the tokens of blocks as numbers, field by field, without unknown ones.

    Nothing is kept for other pages: half of a page's names and addresses are new, and to keep them, and to drop older ones,
    took longer than to read all.
    """

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.finders = {mark: numbering.finder(mark) for mark in WORD_MARKS}

    def read(self, page: PageBlocks, links: Sequence[BlockLinks | None], place: Place) -> PageTokens:
        """The tokens of each block. `links` has the links of each."""
        numbers, sizes, words = self.words(page)
        lists = places_of_keys()
        rows = (self.linked(links, lists), *self.names_around(page, lists), self.addresses(links, place, lists))
        others = np.array(rows)
        others += len(sizes)
        return PageTokens(
            numbers=np.concatenate((numbers, np.fromiter(chain.from_iterable(lists), np.int32))),
            sizes=np.concatenate((sizes, np.fromiter(map(len, lists), np.intp))),
            lists=np.concatenate((words, others)).T,
        )

    def words(self, page: PageBlocks) -> tuple[Integers, Sizes, Sizes]:
        """The first and the last words, and pairs of words: the numbers and sizes of lists, and for each field those of the blocks."""
        texts = places_of_keys()
        own = np.array([*map(texts.__getitem__, columns_of(page).text)])
        numbers, sizes = read_words(list(texts), self.numbering)
        return (numbers, sizes, own + len(texts) * np.arange(WORD_FIELDS)[:, None])

    def linked(self, links: Sequence[BlockLinks | None], lists: Lists) -> list[int]:
        """The first words of the text in links."""
        find, none = self.finders[LINKED], lists[()]
        return [lists[tuple(filter(None, map(find, fold(own.text)[:LINKED_WORDS])))] if own else none for own in links]

    def names_around(self, page: PageBlocks, lists: Lists) -> tuple[list[int], list[int]]:
        """The names of the two nearest elements, and of those further out."""
        fields, containers = columns_of(page), container_columns_of(page)
        elements = list(zip(containers.tags, containers.names, strict=True))
        names = self.names_of(dict.fromkeys(elements))
        own = [*map(names.__getitem__, elements), ()]  # the last ones are those of no element, -1
        near = [lists[own[place] + own[box]] for place, box in zip(fields.container, fields.box, strict=True)]
        outer = [containers.parents[box] if box > 0 else -1 for box in fields.box]
        far = {place: lists[names_outwards(own, containers.parents, place)] for place in dict.fromkeys(outer)}
        return near, [far[place] for place in outer]

    def names_of(self, elements: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Numbers]:
        """The tag of each element, and the first words of its names."""
        find_tag, find_name = self.finders[TAG], self.finders[NAME]
        return {
            (tag, names): tuple(filter(None, (find_tag(tag), *map(find_name, first_names(names, MAX_NAMES)))))
            for tag, names in elements
        }

    def addresses(self, links: Sequence[BlockLinks | None], place: Place, lists: Lists) -> list[int]:
        """What the first addresses say."""
        firsts = [own.distinct[:MAX_LINKS] if own else () for own in links]
        told = {href: self.address(href, place) for href in dict.fromkeys(chain.from_iterable(firsts))}
        return [lists[tuple(chain.from_iterable(map(told.__getitem__, hrefs)))] for hrefs in firsts]

    def address(self, href: str, place: Place) -> Numbers:
        """What an address says."""
        return tuple([number for mark, word in read_address(href, place) if (number := self.finders[mark](word))])


def places_of_keys() -> defaultdict[Any, int]:
    """The place of each key among those that were asked for, by the first time."""
    return defaultdict(count().__next__)


def names_outwards(names: Sequence[Numbers], parents: Sequence[int], place: int) -> Numbers:
    """The names of an element and of those around it, of the first `FAR_LEVELS`. `names` has those of each, `parents` the next one."""
    found: Numbers = ()
    for _ in range(FAR_LEVELS):
        if place < 0:
            break
        found += names[place]
        place = parents[place]
    return found[:MAX_FAR_NAMES]


def read_words(texts: Sequence[str], numbering: Numbering) -> tuple[Integers, Sizes]:
    """The lists of the first words of each text, of the last words of longer ones, and of the pairs of each.

    Returned are the numbers of all lists, and the size of each. All texts are read at once: by itself each took 9 µs.
    """
    parts = split_texts(texts)
    words = [EDGE]
    for part in parts:
        words += with_zeros(part)
        words.append(EDGE)
    numbers = numbering.of_words(words)
    known = numbers != 0
    roles = np.frombuffer(b"".join([ROLES[len(part)] for part in parts]), dtype=np.uint8) * known[:-1]
    first = (roles & FIRST_ROLE).nonzero()[0]
    last = (roles & LAST_ROLE).nonzero()[0]
    pair = ((roles & PAIR_ROLE) * known[1:]).nonzero()[0]
    pairs = numbering.of_pairs(numbers.take(pair), numbers.take(pair + 1))
    found = pairs.nonzero()[0]
    text = np.repeat(np.arange(len(parts)), [len(part) + 1 for part in parts])
    sizes = [np.bincount(text.take(places), minlength=len(parts)) for places in (first, last, pair.take(found))]
    return np.concatenate([numbers.take(first), numbers.take(last), pairs.take(found)]), np.concatenate(sizes)


FIRST_ROLE, LAST_ROLE, PAIR_ROLE = 1, 2, 4
"""A word is among the first words, or the last; or it and the next word are a pair that is read."""


def roles_of(size: int) -> bytes:
    """The roles of the edge before a text, and of each of its words.

    >>> list(roles_of(2))
    [4, 5, 5]
    """
    return bytes(
        FIRST_ROLE * (0 < rank <= FIRST_WORDS)
        | LAST_ROLE * (size > FIRST_WORDS and rank > size - LAST_WORDS)
        | PAIR_ROLE * (rank <= FIRST_PAIRS or rank >= size - LAST_PAIRS)
        for rank in range(size + 1)
    )


ROLES: Final = tuple(map(roles_of, range(MAX_WORDS + 1)))
"""The roles in a text of so many words."""


def split_texts(texts: Iterable[str]) -> list[Sequence[str]]:
    """The folded words of each text, of a long one the first and the last; pairs of letters in scripts without spaces.

    >>> split_texts(["In 2024, Ada", "天気予報"])
    [('in', '2024', 'ada'), ['天気', '気予', '予報']]
    """
    words = [fold(text) if text.isascii() else split_unspaced(text) for text in texts]
    return [own if len(own) <= MAX_WORDS else (*own[: FIRST_WORDS + 1], *own[-LAST_WORDS:]) for own in words]


def split_unspaced(text: str) -> Sequence[str]:
    """The folded words of a text; pairs of letters if its script has no spaces."""
    words, start = fold(text), text[:UNSPACED_WITHIN_CHARS]
    if not (scripts.UNSPACED.search(start) and UNSPACED.search(start)):
        return words
    return [part for word in words for part in (letter_pairs(word) if UNSPACED.search(word) else [word])]


def with_zeros(words: Sequence[str]) -> Sequence[str]:
    """Words with zeros for the digits of those that begin with one.

    >>> with_zeros(("in", "2024", "covid19", "3d")), with_zeros(("up",))
    (['in', '0000', 'covid19', '0d'], ('up',))
    """
    if "".join(words).isalpha():  # three in four texts; the words of the others are looked at one by one
        return words
    return [word if word.isalpha() else zeros_of(word) for word in words]


def zeros_of(word: str) -> str:
    """A word with zeros for its digits if it begins with one."""
    if word.isdecimal():
        return "0" * len(word)
    return DIGIT.sub("0", word) if word[0].isdigit() else word


def letter_pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


class BlockLinks(NamedTuple):
    """The links of a block: all text in links, and the distinct addresses."""

    text: str
    distinct: list[str]


def read_address(href: str, place: Place) -> tuple[MarkedWord, ...]:
    """The tokens of an address: within the site its depth, whether its section is the page's, and words; else its host.

    >>> read_address("https://news.example/city/wall", Place("news.example", "city"))
    (('h:', 'own2'), ('h:', 'same'), ('p:', 'city'), ('p:', 'wall'))
    >>> read_address("#top", Place("news.example", "city"))
    (('h:', '#'),)
    >>> read_address("https://shop.example/?utm_source=a", Place("news.example", "city"))
    (('x:', 'shop.example'), ('h:', 'foreign'), ('h:', 'track'))
    """
    if href.startswith("#"):
        return ((ADDRESS, "#"),)
    scheme, host, parts, query = split_address(href)
    if scheme in ("mailto", "tel"):
        return ((ADDRESS, scheme),)
    tracked: tuple[MarkedWord, ...] = ((ADDRESS, "track"),) if query and any(mark in query for mark in TRACKING) else ()
    if host not in ("", place.host) or scheme not in PAGE_SCHEMES:
        return (*foreign_address(host), *tracked)
    same = len(parts) > 1 and parts[0] == place.section
    return (
        (ADDRESS, f"own{min(len(parts), MAX_PATH_PARTS)}"),
        (ADDRESS, "same" if same else "other"),
        *[(PATH, word) for word in first_names(" ".join(parts[:2]), MAX_PATH_WORDS)],
        *tracked,
    )


def foreign_address(host: str) -> tuple[MarkedWord, ...]:
    labels = host.lower().removeprefix("www.").split(".")
    tokens = (HOST, ".".join(labels[-2:])), (ADDRESS, "foreign")
    return (*tokens, (HOST, f"{labels[0]}.")) if len(labels) > 2 else tokens


def split_address(href: str) -> Address:
    """Scheme, host, parts of the path and query. Unlike urllib's it never raises, and takes a third of the time.

    Remembered, since the features of a page's links ask for the same addresses as their tokens.

    >>> split_address("https://a.example/x/y?q=1#z"), split_address("//a.example"), split_address("MAILTO:desk@a.example")
    (('https', 'a.example', ('x', 'y'), 'q=1'), ('', 'a.example', (), ''), ('mailto', '', ('desk@a.example',), ''))
    """
    return known_address(href) if len(href) <= MAX_SPLIT_CHARS else read_parts(href)


def read_parts(href: str) -> Address:
    """The parts of an address, for `split_address`."""
    rest, _, _ = href.partition("#")
    rest, _, query = rest.partition("?")
    scheme, colon, after = rest.partition(":")
    if colon and scheme.isalpha():
        scheme, rest = scheme.lower(), after
    else:
        scheme = ""
    host = ""
    if rest.startswith("//"):
        host, _, rest = rest[2:].partition("/")
    return scheme, host, tuple(filter(None, rest.split("/"))), query


known_address: Final = lru_cache(maxsize=MAX_SPLIT)(read_parts)
