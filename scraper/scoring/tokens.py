"""The tokens of a block: its words, the names of the elements around it, what the addresses of its links say.

A token is a string, or a pair of two strings: two words in a row, or a mark and a word (`MARKS`). Tokens are looked up in
a vocabulary. The reader caches by text alone: many blocks of a page occur on other pages of its site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Final, NamedTuple, TypeAlias

from scraper.blocks.model import PageBlock, PageBlocks
from scraper.text import scripts
from scraper.text.patterns import lazy_pattern
from scraper.text.words import CACHED_TEXTS, fold, name_words
from scraper.urls.links import PAGE_SCHEMES

Token: TypeAlias = str | tuple[str, str]
LookUp: TypeAlias = Callable[[Token], int | None]
"""The number of a token, above 0; None or 0 for an unknown one."""

FIRST, LAST, LINKED, NAME, TAG, ADDRESS, PATH, HOST = MARKS = ("^", "$", "a:", "n:", "t:", "h:", "p:", "x:")

UNSPACED: Final = lazy_pattern(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uac00-\ud7af]")
"""Letters of scripts whose words are taken as pairs of letters."""
UNSPACED_WITHIN_CHARS: Final = 60
DIGIT: Final = lazy_pattern(r"\d")
FIRST_WORDS, LAST_WORDS, LINKED_WORDS = 24, 12, 8
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


FIELDS: Final = (
    Field("first_words", FIRST_WORDS),
    Field("last_words", LAST_WORDS),
    Field("word_pairs", FIRST_PAIRS + LAST_PAIRS + 2),
    Field("linked_words", LINKED_WORDS),
    Field("near_names", 2 * (1 + MAX_NAMES)),
    Field("far_names", MAX_FAR_NAMES),
    Field("link_addresses", MAX_LINKS * (MAX_PATH_WORDS + 3)),
)


Numbers: TypeAlias = tuple[int, ...]
"""Numbers of tokens. Tuples, since thousands are cached: the garbage collector does not track tuples of numbers."""
NOTHING: Final[Numbers] = ()


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


class TokenReader:
    """Reads the tokens of blocks as numbers, field by field, without unknown ones."""

    def __init__(self, look_up: LookUp) -> None:
        self.look_up = look_up
        self.read_words = lru_cache(maxsize=CACHED_TEXTS)(self._words)
        self.read_names = lru_cache(maxsize=CACHED_TEXTS)(self._names)
        self.read_linked = lru_cache(maxsize=CACHED_TEXTS)(self._linked)
        self.read_address = lru_cache(maxsize=CACHED_TEXTS)(self._address)

    def read(self, page: PageBlocks, links: Sequence[BlockLinks | None], place: Place) -> list[Numbers]:
        """The numbers of each block's tokens: as many lists for a block as there are `FIELDS`, block after block."""
        around = self.names_around(page)
        found: list[Numbers] = []
        for block, own in zip(page.blocks, links, strict=True):
            found += self.read_words(block.text)
            if own:
                addresses = self.addresses(own.distinct[:MAX_LINKS], place)
                found += (self.read_linked(own.text), *around[block.container], addresses)
            else:
                found += (NOTHING, *around[block.container], NOTHING)
        return found

    def addresses(self, hrefs: Sequence[str], place: Place) -> Numbers:
        """What a block's first addresses say."""
        if len(hrefs) == 1:
            return self.read_address(hrefs[0], place)
        return tuple([number for href in hrefs for number in self.read_address(href, place)])

    def _known(self, tokens: Iterable[Token]) -> Numbers:
        return tuple(filter(None, map(self.look_up, tokens)))

    def _words(self, text: str) -> tuple[Numbers, Numbers, Numbers]:
        """First words, last words of a longer text, and pairs with the first and the last word."""
        words = split_words(text)
        pairs = list(pairwise(words))
        if len(pairs) > FIRST_PAIRS + LAST_PAIRS:
            pairs[FIRST_PAIRS:-LAST_PAIRS] = []
        if words:
            pairs += [(FIRST, words[0]), (LAST, words[-1])]
        return (
            self._known(words[:FIRST_WORDS]),
            self._known(words[-LAST_WORDS:]) if len(words) > FIRST_WORDS else NOTHING,
            self._known(pairs),
        )

    def _names(self, tag: str, names: str) -> Numbers:
        return self._known([(TAG, tag), *zip(repeat(NAME), name_words(names)[:MAX_NAMES], strict=False)])

    def _linked(self, text: str) -> Numbers:
        return self._known(zip(repeat(LINKED), fold(text)[:LINKED_WORDS], strict=False))

    def _address(self, href: str, place: Place) -> Numbers:
        return self._known(read_address(href, place)[-1])

    def names_around(self, page: PageBlocks) -> dict[int, tuple[Numbers, Numbers]]:
        """For each element with a block: the names of the two nearest elements, and of those further out."""
        found: dict[int, tuple[Numbers, Numbers]] = {}
        far: dict[int, Numbers] = {-1: NOTHING}
        for block in page.blocks:
            if block.container in found:
                continue
            own = page.containers[block.container]
            near = self.read_names(own.tag, own.names)
            outer = own.parent
            if outer >= 0:
                around = page.containers[outer]
                near, outer = near + self.read_names(around.tag, around.names), around.parent
            if outer not in far:
                far[outer] = self.names_outwards(page, outer)
            found[block.container] = near, far[outer]
        return found

    def names_outwards(self, page: PageBlocks, place: int) -> Numbers:
        """The names of the elements from `place` outwards."""
        found: Numbers = ()
        for _ in range(FAR_LEVELS):
            if place < 0:
                break
            container = page.containers[place]
            found += self.read_names(container.tag, container.names)
            place = container.parent
        return found[:MAX_FAR_NAMES]


def split_words(text: str) -> tuple[str, ...]:
    """Folded words, with digits as 0; pairs of letters in scripts without spaces. Of a long text the first and last words.

    >>> split_words("In 2024, Ada"), split_words("天気予報")
    (('in', '0000', 'ada'), ('天気', '気予', '予報'))
    """
    words = fold(text)
    start = text[:UNSPACED_WITHIN_CHARS]
    if not text.isascii() and scripts.UNSPACED.search(start) and UNSPACED.search(start):
        words = tuple([part for word in words for part in (letter_pairs(word) if UNSPACED.search(word) else [word])])
    if len(words) > FIRST_WORDS + LAST_WORDS:
        words = words[: FIRST_WORDS + 1] + words[-LAST_WORDS:]
    if not DIGIT.search(text):
        return words
    return tuple([DIGIT.sub("0", word) if word[:1].isdigit() else word for word in words])


def letter_pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


class BlockLinks(NamedTuple):
    """The links of a block: text and address of each, all text in links, and the distinct addresses."""

    pieces: list[tuple[str, str]]
    text: str
    distinct: list[str]


def links_of(block: PageBlock) -> BlockLinks | None:
    """The links of a block; None if it has none."""
    if not block.link_chars:
        return None
    pieces = [(text, style.href) for text, style in block.pieces if style.href]
    if len(pieces) == 1:
        return BlockLinks(pieces, pieces[0][0], [pieces[0][1]])
    return BlockLinks(pieces, " ".join([text for text, _ in pieces]), list(dict.fromkeys([href for _, href in pieces])))


Address: TypeAlias = tuple[bool, bool, bool, tuple[Token, ...]]
"""What a link's address says: whether it leads to another page of the site, to the section of the page, to the top of the
site; and its tokens. A plain tuple, as `Numbers` are."""


@lru_cache(maxsize=CACHED_TEXTS)
def read_address(href: str, place: Place) -> Address:
    """What an address says. Its tokens: within the site its depth, whether its section is the page's, and words; else its host.

    >>> read_address("https://news.example/city/wall", Place("news.example", "city"))[-1]
    (('h:', 'own2'), ('h:', 'same'), ('p:', 'city'), ('p:', 'wall'))
    >>> read_address("#top", Place("news.example", "city"))
    (False, False, False, (('h:', '#'),))
    >>> read_address("https://shop.example/?utm_source=a", Place("news.example", "city"))[-1]
    (('x:', 'shop.example'), ('h:', 'foreign'), ('h:', 'track'))
    """
    if href.startswith("#"):
        return False, False, False, ((ADDRESS, "#"),)
    scheme, host, parts, query = split_address(href)
    if scheme in ("mailto", "tel"):
        return False, False, False, ((ADDRESS, scheme),)
    tracked: tuple[Token, ...] = ((ADDRESS, "track"),) if any(mark in query for mark in TRACKING) else ()
    if host not in ("", place.host) or scheme not in PAGE_SCHEMES:
        return False, False, False, (*foreign_address(host), *tracked)
    same = len(parts) > 1 and parts[0] == place.section
    tokens = (
        (ADDRESS, f"own{min(len(parts), MAX_PATH_PARTS)}"),
        (ADDRESS, "same" if same else "other"),
        *zip(repeat(PATH), name_words(" ".join(parts[:2]))[:MAX_PATH_WORDS], strict=False),
    )
    return True, same, not parts, (*tokens, *tracked)


def foreign_address(host: str) -> tuple[Token, ...]:
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
