"""The tokens of a block: its words, the names of the elements around it, what the addresses of its links say.

Tokens are looked up in a vocabulary, those of a field for all blocks of a page at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar

import numpy as np

from scraper.blocks.columns import columns_of, container_columns_of
from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import positions_of
from scraper.scoring.token_lists import Sizes, TokenLists
from scraper.scoring.vocabulary import (
    ADDRESS,
    EDGE,
    HOST,
    LINKED,
    NAME,
    PATH,
    TAG,
    Integers,
    MarkedWord,
    Numbering,
)
from scraper.text import scripts
from scraper.text.patterns import lazy_pattern
from scraper.text.words import fold, split_names
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
ELEMENT_MARKS: Final = (TAG, *[NAME] * MAX_NAMES)
MAX_LINKS: Final = 3
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

K = TypeVar("K")


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

    `numbers` and `sizes` are those of all lists (see `TokenLists`). `lists` has for each block the places of its lists, one
    for each of the `FIELDS`.
    """

    numbers: Integers
    sizes: Sizes
    lists: Sizes

    @property
    def counts(self) -> Sizes:
        """How many tokens each block has in each field."""
        return self.sizes.take(self.lists)


class FieldTokens(NamedTuple):
    """The tokens of some fields: lists, and a row for each field with the place of each block's list."""

    lists: TokenLists
    rows: Sizes


class TokenReader:
    """Reads the tokens of blocks as numbers, field by field, without unknown ones.

    A field is read for all blocks of a page at once, and nothing is kept for other pages: half of a page's names and
    addresses are new, and to keep them, and to drop older ones, took longer than to read all.
    """

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering

    def read(self, page: PageBlocks, links: Sequence[BlockLinks | None], place: Place) -> PageTokens:
        """The tokens of each block. `links` has the links of each."""
        fields = (self.words(page), self.linked(links), *self.names_around(page), self.addresses(links, place))
        ends = np.cumsum([len(lists.sizes) for lists, _ in fields])
        starts = (0, *ends.tolist())
        return PageTokens(
            numbers=np.concatenate([lists.numbers for lists, _ in fields]),
            sizes=np.concatenate([lists.sizes for lists, _ in fields]),
            lists=np.concatenate([rows + start for (_, rows), start in zip(fields, starts, strict=False)]).T,
        )

    def words(self, page: PageBlocks) -> FieldTokens:
        """The first and the last words, and pairs of words."""
        texts = Places[str]()
        own = np.array([texts[text] for text in columns_of(page).text])
        numbers, sizes = read_words(list(texts), self.numbering)
        return FieldTokens(TokenLists(numbers, sizes), own + len(texts) * np.arange(WORD_FIELDS)[:, None])

    def linked(self, links: Sequence[BlockLinks | None]) -> FieldTokens:
        """The first words of the text in links."""
        texts = Places[str]()
        rows = np.array([[texts[own.text if own else ""] for own in links]])
        words = [fold(text)[:LINKED_WORDS] for text in texts]
        return FieldTokens(self.lists_of(repeat(LINKED), chain.from_iterable(words), map(len, words)), rows)

    def names_around(self, page: PageBlocks) -> tuple[FieldTokens, FieldTokens]:
        """The names of the two nearest elements, and of those further out."""
        at, containers = positions_of(page), container_columns_of(page)
        elements = Places[tuple[str, str]]()
        kinds = np.array([*map(elements.__getitem__, zip(containers.tags, containers.names, strict=True)), -1])
        outer = np.array((*containers.parents, -1))  # the last value is that of no element, -1
        near = kinds.take([at.container, outer.take(at.container)])
        levels = [np.where(at.parent > 0, at.grandparent, -1)]
        for _ in range(FAR_LEVELS - 1):
            levels.append(outer.take(levels[-1]))
        names = self.names_of(elements)
        return join_names(names, near, MAX_NEAR_NAMES), join_names(names, kinds.take(levels), MAX_FAR_NAMES)

    def names_of(self, elements: Iterable[tuple[str, str]]) -> TokenLists:
        """The tag of each element, and the words of its names."""
        words = [(tag, *split_names(names)[:MAX_NAMES]) for tag, names in elements]
        marks = chain.from_iterable([ELEMENT_MARKS[: len(own)] for own in words])
        return self.lists_of(marks, chain.from_iterable(words), map(len, words))

    def addresses(self, links: Sequence[BlockLinks | None], place: Place) -> FieldTokens:
        """What the first addresses say. The last list is that of blocks without links."""
        firsts = [own.distinct[:MAX_LINKS] for own in links if own]
        hrefs = Places[str]()
        flat = [hrefs[href] for own in firsts for href in own]
        rows = np.full((len(firsts) + 1, MAX_LINKS), -1)
        rows[np.arange(MAX_LINKS) < np.array([[len(own)] for own in (*firsts, ())])] = flat
        tokens = [read_address(href, place) for href in hrefs]
        marked = list(chain.from_iterable(tokens))
        told = self.lists_of(map(itemgetter(0), marked), map(itemgetter(1), marked), map(len, tokens))
        has_links = np.array([own is not None for own in links])
        own_rows = np.where(has_links, np.cumsum(has_links) - 1, len(firsts))
        return FieldTokens(told.joined(rows, MAX_ADDRESS_TOKENS), own_rows[None])

    def lists_of(self, marks: Iterable[str], words: Iterable[str], sizes: Iterable[int]) -> TokenLists:
        """The lists of marked words, so many of them in each."""
        numbers = self.numbering.of_marked(marks, words)
        return TokenLists(numbers, np.fromiter(sizes, dtype=np.intp)).without_unknown()


class Places(dict[K, int]):
    """The place of each key among those that were asked for, by the first time."""

    def __missing__(self, key: K) -> int:
        place = self[key] = len(self)
        return place


def join_names(names: TokenLists, rows: Sizes, most: int) -> FieldTokens:
    """The names around each block, given the places of its elements' own. Read once for blocks that have the same ones."""
    chains = Places[tuple[int, ...]]()
    own = np.array([[chains[elements] for elements in zip(*rows.tolist(), strict=True)]])
    return FieldTokens(names.joined(np.array(list(chains)), most), own)


def read_words(texts: Sequence[str], numbering: Numbering) -> tuple[Integers, Sizes]:
    """The lists of the first words of each text, of the last words of longer ones, and of the pairs of each.

    Returned are the numbers of all lists, and the size of each. All texts are read at once: by itself each took 9 µs.
    """
    parts = split_texts(texts)
    words = [EDGE]
    for part in parts:
        words += part
        words.append(EDGE)
    numbers = numbering.of_words([DIGIT.sub("0", word) if word[0].isdigit() else word for word in words])
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
        *zip(repeat(PATH), split_names(" ".join(parts[:2]))[:MAX_PATH_WORDS], strict=False),
        *tracked,
    )


def foreign_address(host: str) -> tuple[MarkedWord, ...]:
    labels = host.lower().removeprefix("www.").split(".")
    tokens = (HOST, ".".join(labels[-2:])), (ADDRESS, "foreign")
    return (*tokens, (HOST, f"{labels[0]}.")) if len(labels) > 2 else tokens


def split_address(href: str) -> tuple[str, str, list[str], str]:
    """Scheme, host, parts of the path and query. Unlike urllib's it never raises, and takes a third of the time.

    >>> split_address("https://a.example/x/y?q=1#z"), split_address("//a.example"), split_address("MAILTO:desk@a.example")
    (('https', 'a.example', ['x', 'y'], 'q=1'), ('', 'a.example', [], ''), ('mailto', '', ['desk@a.example'], ''))
    """
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
    return scheme, host, list(filter(None, rest.split("/"))), query
