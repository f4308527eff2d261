"""Tokens of blocks: words, names of elements, addresses of links."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.reader import read_blocks
from scraper.scoring.tokens import FIELDS, Place, Token, TokenReader, links_of, read_address, split_address, split_words

PLACE = Place("news.example", "city")


def tokens_of(html: str, known: set[Token] | None = None) -> list[dict[str, list[Token]]]:
    """The tokens of each block by field; of a vocabulary, if there is one."""
    numbers: dict[Token, int] = {}

    def look_up(token: Token) -> int | None:
        return numbers.setdefault(token, len(numbers) + 1) if known is None or token in known else None

    page = read_blocks(LexborHTMLParser(html))
    rows = TokenReader(look_up).read(page, [links_of(block) for block in page.blocks], PLACE)
    by_number = {number: token for token, number in numbers.items()}
    named = [[by_number[number] for number in row] for row in rows]
    size = len(FIELDS)
    return [{field.name: named[at + place] for place, field in enumerate(FIELDS)} for at in range(0, len(named), size)]


def test_a_block_has_words_pairs_names_and_addresses() -> None:
    (block,) = tokens_of(
        '<div class="newsBox"><p id="lead-text">Sign up <a href="/city/wall">for 20 news</a></p></div>'
    )
    assert block["first_words"] == ["sign", "up", "for", "00", "news"]
    assert block["last_words"] == []
    assert block["word_pairs"] == [
        ("sign", "up"), ("up", "for"), ("for", "00"), ("00", "news"), ("^", "sign"), ("$", "news"),
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
    (block,) = tokens_of("<p>Sign up now</p>", {"up", ("t:", "p")})
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
    found = split_words(text)
    assert len(found) == words
    assert (found[0], found[-1]) == (text.split()[0], text.split()[-1])


def test_scripts_without_spaces_are_read_by_pairs_of_letters() -> None:
    assert split_words("東京タワー 2024年") == ("東京", "京タ", "タワ", "ワー", "00", "00", "00", "0年")
    assert split_words("Москва сегодня") == ("москва", "сегодня")


@pytest.mark.parametrize(
    ("href", "within", "same", "top"),
    [
        ("/city/wall", True, True, False),
        ("https://news.example/", True, False, True),
        ("https://news.example", True, False, True),
        ("/sport/cup", True, False, False),
        ("?page=2", True, False, True),
        ("https://other.example/city/wall", False, False, False),
        ("mailto:desk@news.example", False, False, False),
        ("#top", False, False, False),
        ("javascript:void(0)", False, False, False),
        ("http://[", False, False, False),
    ],
)
def test_an_address_says_where_it_leads(href: str, within: bool, same: bool, top: bool) -> None:
    assert read_address(href, PLACE)[:3] == (within, same, top)


@pytest.mark.parametrize("href", ["", "#", "//", "://x", "https:", "a:b:c", "//[::1", "?#", "\x00", "//a/b//c///"])
def test_no_address_is_too_strange_to_split(href: str) -> None:
    scheme, host, parts, query = split_address(href)
    assert "/" not in host
    assert all(parts)
    assert scheme == scheme.lower()
    assert "#" not in query
