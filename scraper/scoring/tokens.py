"""The tokens of a block: its words, the names of the elements around it, what the addresses of its links say.

Tokens are looked up in a vocabulary. Words are read for all blocks of a page at once, each text once; names and addresses
are cached, since many occur on other pages of the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from scraper.blocks.model import Container, PageBlocks
from scraper.blocks.positions import positions_of
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
    Numbers,
)
from scraper.text import scripts
from scraper.text.patterns import lazy_pattern
from scraper.text.words import CACHED_TEXTS, fold, name_words
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
MAX_FAR_NAMES: Final = 18
MAX_LINKS: Final = 3
MAX_PATH_PARTS, MAX_PATH_WORDS = 4, 3
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
    Field("near_names", 2 * (1 + MAX_NAMES)),
    Field("far_names", MAX_FAR_NAMES),
    Field("link_addresses", MAX_LINKS * (MAX_PATH_WORDS + 3)),
)
NOTHING: Final[Numbers] = ()

Sizes: TypeAlias = NDArray[np.intp]
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

    `numbers` has those of all lists one after another, `sizes` how many each list has. `lists` has for each block the
    places of its lists, one for each of the `FIELDS`.
    """

    numbers: Integers
    sizes: Sizes
    lists: Sizes

    @property
    def counts(self) -> Sizes:
        """How many tokens each block has in each field."""
        return self.sizes.take(self.lists)


class TokenReader:
    """Reads the tokens of blocks as numbers, field by field, without unknown ones."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.read_names = lru_cache(maxsize=CACHED_TEXTS)(self._names)
        self.read_linked = lru_cache(maxsize=CACHED_TEXTS)(self._linked)
        self.read_address = lru_cache(maxsize=CACHED_TEXTS)(self._address)

    def read(self, page: PageBlocks, links: Sequence[BlockLinks | None], place: Place) -> PageTokens:
        """The tokens of each block. `links` has the links of each."""
        texts = Places[str]()
        in_texts = np.array([texts[block.text] for block in page.blocks])
        words, sizes = read_words(list(texts), self.numbering)
        others = Places[Numbers]()
        rows = [
            [others[self.read_linked(own.text) if own else NOTHING] for own in links],
            *self.names_around(page, others),
            [others[self.addresses(own.distinct[:MAX_LINKS], place) if own else NOTHING] for own in links],
        ]
        lists = [*(in_texts + len(texts) * np.arange(WORD_FIELDS)[:, None]), *(np.array(rows) + len(sizes))]
        return PageTokens(
            numbers=np.concatenate([words, np.fromiter(chain.from_iterable(others), dtype=np.int32)]),
            sizes=np.concatenate([sizes, np.fromiter(map(len, others), dtype=np.intp)]),
            lists=np.stack(lists, axis=1),
        )

    def addresses(self, hrefs: Sequence[str], place: Place) -> Numbers:
        """What a block's first addresses say."""
        if len(hrefs) == 1:
            return self.read_address(hrefs[0], place)
        return tuple([number for href in hrefs for number in self.read_address(href, place)])

    def _names(self, tag: str, names: str) -> Numbers:
        return self.numbering.of_marked([(TAG, tag), *zip(repeat(NAME), name_words(names)[:MAX_NAMES], strict=False)])

    def _linked(self, text: str) -> Numbers:
        return self.numbering.of_marked(zip(repeat(LINKED), fold(text)[:LINKED_WORDS], strict=False))

    def _address(self, href: str, place: Place) -> Numbers:
        return self.numbering.of_marked(read_address(href, place))

    def names_around(self, page: PageBlocks, lists: Places[Numbers]) -> tuple[list[int], list[int]]:
        """For each block the names of the two nearest elements, and of those further out.

        Read once for blocks of the same shape (see `Positions`), or with the same grandparent.
        """
        at = positions_of(page)
        names = NamesOfElements(page.containers, self.read_names)
        shapes = np.where(at.container > 0, at.shape, -1).tolist()  # the outermost element has none around it
        outers = np.where(at.parent > 0, at.grandparent, -1).tolist()
        elements = dict(zip(shapes, at.container.tolist(), strict=True))
        near = {shape: lists[names.outwards(place, 2)] for shape, place in elements.items()}
        far = {place: lists[names.outwards(place, FAR_LEVELS)[:MAX_FAR_NAMES]] for place in dict.fromkeys(outers)}
        return [near[shape] for shape in shapes], [far[place] for place in outers]


class Places(dict[K, int]):
    """The place of each key among those that were asked for, by the first time."""

    def __missing__(self, key: K) -> int:
        place = self[key] = len(self)
        return place


class NamesOfElements(dict[int, Numbers]):
    """The names of each element of a page, read when they are first asked for."""

    def __init__(self, containers: Sequence[Container], read_names: Callable[[str, str], Numbers]) -> None:
        self.containers = containers
        self.read_names = read_names

    def __missing__(self, place: int) -> Numbers:
        container = self.containers[place]
        names = self[place] = self.read_names(container.tag, container.names)
        return names

    def outwards(self, place: int, levels: int) -> Numbers:
        """The names of so many elements from `place` outwards."""
        found: Numbers = ()
        while place >= 0 and levels:
            found += self[place]
            place = self.containers[place].parent
            levels -= 1
        return found


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
        *zip(repeat(PATH), name_words(" ".join(parts[:2]))[:MAX_PATH_WORDS], strict=False),
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
