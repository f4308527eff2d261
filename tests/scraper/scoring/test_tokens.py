"""Tokens of blocks: words, names of elements, addresses of links."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.columns import columns_of
from scraper.blocks.reader import read_blocks
from scraper.scoring.link_features import ANCHOR, SECTION, TOP, WITHIN, links_of, target_of
from scraper.scoring.tokens import (
    FAR_LEVELS,
    FIELDS,
    MAX_FAR_NAMES,
    MAX_SPLIT_CHARS,
    Place,
    TokenReader,
    known_address,
    names_outwards,
    read_words,
    split_address,
    split_texts,
)
from scraper.scoring.vocabulary import Token, Vocabulary
from scraper.text.words import first_names, split_names
from tests.support.token_numbers import TokenNumbers

PLACE = Place("news.example", "city")


def tokens_of(html: str, known: Sequence[Token] | None = None) -> list[dict[str, list[Token]]]:
    """The tokens of each block by field; of a vocabulary, if there is one."""
    numbers = TokenNumbers() if known is None else Vocabulary.of(known)
    page = read_blocks(LexborHTMLParser(html))
    found = TokenReader(numbers).read(page, links_of(columns_of(page)).by_block, PLACE)
    tokens = numbers.met if isinstance(numbers, TokenNumbers) else known or []
    named = [tokens[number - 1] for number in found.numbers.tolist()]
    ends = found.sizes.cumsum().tolist()
    lists = [named[end - size : end] for end, size in zip(ends, found.sizes.tolist(), strict=True)]
    return [{field.name: lists[n] for field, n in zip(FIELDS, row, strict=True)} for row in found.lists.tolist()]


def test_a_block_has_words_pairs_names_and_addresses() -> None:
    (block,) = tokens_of(
        '<div class="newsBox"><p id="lead-text">Sign up <a href="/city/wall">for 20 news</a></p></div>'
    )
    assert block["first_words"] == ["sign", "up", "for", "00", "news"]
    assert block["last_words"] == []
    assert block["word_pairs"] == [
        ("^", "sign"), ("sign", "up"), ("up", "for"), ("for", "00"), ("00", "news"), ("$", "news"),
    ]  # fmt: skip
    assert block["linked_words"] == [("a:", "for"), ("a:", "20"), ("a:", "news")]
    assert block["near_names"] == [
        ("t:", "p"),
        ("n:", "lead"),
        ("n:", "text"),
        ("t:", "div"),
        ("n:", "news"),
        ("n:", "box"),
    ]
    assert block["far_names"][0] == ("t:", "body")
    assert block["link_addresses"] == [("h:", "own2"), ("h:", "same"), ("p:", "city"), ("p:", "wall")]


def test_unknown_tokens_are_left_out_and_a_block_without_links_has_none_of_theirs() -> None:
    (block,) = tokens_of("<p>Sign up now</p>", ["up", ("t:", "p"), ("up", "now")])
    assert {name: tokens for name, tokens in block.items() if tokens} == {
        "first_words": ["up"],
        "near_names": [("t:", "p")],
    }


def test_no_field_is_wider_than_it_says() -> None:
    names = " ".join(f"name{letter}part" for letter in "abcdefghij")
    links = "".join(
        f'<a href="https://www.sub.host{n}.example/?utm_source=a">link {n} with words</a> ' for n in range(30)
    )
    html = "".join(f'<div class="{names}">' for _ in range(12)) + f"<p>{links}</p>"
    (block,) = tokens_of(html)
    for field in FIELDS:
        assert len(block[field.name]) <= field.width
    assert len(block["far_names"]) == len(block["far_names"][:18]) == 18


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ".join(f"w{'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}" for n in range(36)), 36),
        (" ".join(f"w{'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}" for n in range(37)), 37),
        (" ".join(f"w{'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}" for n in range(38)), 37),
    ],
)
def test_of_a_long_text_the_first_and_the_last_words_are_read(text: str, words: int) -> None:
    (found,) = split_texts([text])
    assert len(found) == words
    assert (found[0], found[-1]) == (text.split()[0], text.split()[-1])


def test_scripts_without_spaces_are_read_by_pairs_of_letters_and_digits_as_zeros() -> None:
    assert words_of("東京タワー 2024年", "first_words") == ["東京", "京タ", "タワ", "ワー", "00", "00", "00", "0年"]
    assert words_of("Москва ٢٠٢٤ covid19 3d", "first_words") == ["москва", "0000", "covid19", "0d"]


def words_of(text: str, field: str) -> list[Token]:
    (block,) = tokens_of(f"<p>{text}</p>")
    return block[field]


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=60), max_size=6))
def test_texts_read_at_once_have_the_words_and_pairs_of_each(texts: list[list[str]]) -> None:
    numbers = TokenNumbers()
    found, sizes = read_words([" ".join(words) for words in texts], numbers)
    lists = np.split(np.array([str(numbers.met[number - 1]) for number in found]), np.cumsum(sizes)[:-1])
    assert [own.tolist() for own in lists] == [
        [str(token) for token in own] for field in zip(*map(plain_words, texts), strict=True) for own in field
    ] or not texts


def plain_words(words: list[str]) -> tuple[list[Token], list[Token], list[Token]]:
    """The first and last words of a text, and the pairs of its words."""
    pairs: list[Token] = [*pairwise(words)]
    if len(pairs) > 24:
        pairs[14:-10] = []
    edges: list[list[Token]] = [[("^", words[0])], [("$", words[-1])]] if words else [[], []]
    return [*words[:24]], [*words[-12:]] if len(words) > 24 else [], [*edges[0], *pairs, *edges[1]]


def test_a_vocabulary_finds_its_tokens_and_no_others() -> None:
    tokens: list[Token] = ["up", ("sign", "up"), "sign", ("^", "sign"), ("$", "up"), ("a:", "up"), ("n:", "sign")]
    known = Vocabulary.of(tokens)
    words = known.of_words(["|", "sign", "up", "|", "now", "sign"])
    assert words.tolist() == [-1, 3, 1, -1, 0, 3]
    assert known.of_pairs(words[:-1], words[1:]).tolist() == [4, 2, 5, 0, 0]
    assert [known.finder(mark)(word) for mark, word in (("a:", "up"), ("a:", "sign"), ("n:", "sign"), ("p:", "up"))] == [
        6, None, 7, None
    ]  # fmt: skip
    assert list(known.tokens()) == tokens
    assert known.of_words([]).tolist() == known.of_pairs(words[:0], words[:0]).tolist() == []
    with pytest.raises(ValueError, match="more than 46,338 tokens"):
        Vocabulary.of(map(str, range(46_339)))
    assert Vocabulary.of([]).of_pairs(words[:1], words[:1]).tolist() == [0]


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("/city/wall", WITHIN | SECTION),
        ("/city", WITHIN),
        ("https://news.example/", WITHIN | TOP),
        ("https://news.example", WITHIN | TOP),
        ("/sport/cup", WITHIN),
        ("?page=2", WITHIN | TOP),
        ("https://other.example/city/wall", 0),
        ("mailto:desk@news.example", 0),
        ("tel:123", 0),
        ("#top", ANCHOR),
        ("javascript:void(0)", 0),
        ("http://[", 0),
    ],
)
def test_an_address_says_where_it_leads(href: str, target: int) -> None:
    assert target_of(href, PLACE) == target


@pytest.mark.parametrize("href", ["", "#", "//", "://x", "https:", "a:b:c", "//[::1", "?#", "\x00", "//a/b//c///"])
def test_no_address_is_too_strange_to_split(href: str) -> None:
    scheme, host, parts, query = split_address(href)
    assert "/" not in host
    assert all(parts)
    assert scheme == scheme.lower()
    assert "#" not in query


@given(st.text("abcdefghABCDEFGH- ", max_size=200), st.integers(1, 5))
def test_the_first_names_are_those_of_all(names: str, most: int) -> None:
    assert first_names(names, most) == split_names(names)[:most]


def test_only_short_addresses_are_remembered() -> None:
    known_address.cache_clear()
    for chars in (MAX_SPLIT_CHARS, MAX_SPLIT_CHARS + 1):
        address = "https://a.example/x/".ljust(chars, "y")
        assert split_address(address) == split_address(address)
        assert split_address(address)[:2] == ("https", "a.example")
    assert known_address.cache_info()[-1] == 1


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (-1, ()),  # no element
        (0, (1,)),
        (2, (3, 4, 1)),  # from the inner one outwards; 1 stands beside 2
        (1, (2, 1)),
    ],
)
def test_names_outwards_are_those_of_an_element_and_of_those_around_it(place: int, found: tuple[int, ...]) -> None:
    assert names_outwards([(1,), (2,), (3, 4)], [-1, 0, 0], place) == found


def test_names_outwards_end_at_a_level_and_at_a_number_of_names() -> None:
    depth = FAR_LEVELS + 3
    parents = range(-1, depth - 1)
    assert names_outwards([(level,) for level in range(depth)], parents, depth - 1) == (8, 7, 6, 5, 4, 3)
    many = names_outwards([(1, 2, 3, 4)] * depth, parents, depth - 1)
    assert many == (1, 2, 3, 4) * 4 + (1, 2)
    assert len(many) == MAX_FAR_NAMES
