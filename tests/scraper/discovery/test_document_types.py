"""Entities in the document type of a feed: harmful ones are refused at once, in every encoding."""

from __future__ import annotations

import contextlib
import time

import pytest

from scraper.discovery.document_types import MAX_ENTITY_BYTES, check_entities
from scraper.discovery.feeds import parse_feed
from scraper.discovery.links import LinkContext
from scraper.errors import ParseError

CONTEXT = LinkContext("s", "https://news.test/feed.xml")
ITEM = "<rss version='2.0'><channel><item><title>{}</title><link>/a</link></item></channel></rss>"
NESTED = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
LAUGHS = f"<!DOCTYPE rss [<!ENTITY l0 'lol'>{NESTED}]>{ITEM.format('&l9;')}"
LONG = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>{ITEM.format("&a;" * 5_000)}'
BOMBS = {
    "nested": LAUGHS.encode(),
    "long": LONG.encode(),
    "of a parameter": f"<!DOCTYPE r [<!ENTITY % a '<!ENTITY b \"x\">'> %a;]>{ITEM.format('&b;')}".encode(),
    "malformed": f"<!DOCTYPE r [<!ENTITY a>]>{ITEM.format('')}".encode(),
    "behind an element in a comment": b"<!-- <x --><?p <y ?>" + LAUGHS.encode(),
    "behind another document type": b"<!DOCTYPE rss>" + LAUGHS.encode(),
    "behind a sign in a name": LAUGHS.replace("rss [", "rss SYSTEM 'a>[' [", 1).encode(),
    "behind a byte order mark": b"\xef\xbb\xbf" + LAUGHS.encode(),
    "UTF-16": LAUGHS.encode("utf-16"),
    "UTF-16 without a mark": LAUGHS.encode("utf-16-be"),
    "UTF-7": b"<?xml version='1.0' encoding='UTF-7'?>" + LAUGHS.replace("<!", "+ADwAIQ-").encode(),
    "UTF-7 with a mark": b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-7'?>" + ITEM.format("x").encode(),
    "UTF-7, spelt otherwise": b"<?xml version='1.0'encoding = \"utf 7\"?>" + LAUGHS.replace("<!", "+ADwAIQ-").encode(),
    "escapes": b"<?xml version='1.0' encoding='unicode_escape'?>" + LAUGHS.replace("<!", "\\x3c!").encode(),
    "EBCDIC": f"<?xml version='1.0' encoding='cp037'?>{LAUGHS}".encode("cp037"),
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_harmful_entities_are_refused_at_once(body: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(ParseError, match=r"entities|encoding"):
        parse_feed(body, CONTEXT)
    assert time.perf_counter() - start < 0.5


def entity(value: str) -> bytes:
    return f"<!DOCTYPE rss [<!ENTITY a '{value}'>]>{ITEM.format('x')}".encode()


@pytest.mark.parametrize(
    ("value", "harmless"),
    [
        ("x" * MAX_ENTITY_BYTES, True), ("x" * (MAX_ENTITY_BYTES + 1), False), ("&#160;", True), ("&b;", False), ("%b;", False), ("", True),
    ],
)  # fmt: skip
def test_an_entity_is_harmless_if_it_is_a_character(value: str, harmless: bool) -> None:
    if harmless:
        assert len(parse_feed(entity(value), CONTEXT).links) == 1
    else:
        with pytest.raises(ParseError):
            parse_feed(entity(value), CONTEXT)


QUOTED = ITEM.format(f"<![CDATA[{LAUGHS[:200]}]]>").encode()
FINE = {
    "quoted in an article": QUOTED,
    "a document type without entities": b"<!DOCTYPE rss>" + ITEM.format("x").encode(),
    "an unknown encoding": b"<?xml version='1.0' encoding='none-such'?>" + ITEM.format("x&nbsp;").encode(),
    "Latin-1": b"<?xml version='1.0' encoding='ISO-8859-1'?>" + ITEM.format("\xe9").encode("latin-1"),
    "UTF-16": ("<?xml version='1.0' encoding='utf-16'?>" + ITEM.format("x")).encode("utf-16"),
    "UTF-16 in name only": b"<?xml version='1.0' encoding='UTF_16'?>" + ITEM.format("x").encode(),
}


@pytest.mark.parametrize("body", FINE.values(), ids=FINE)
def test_other_feeds_are_read(body: bytes) -> None:
    assert len(parse_feed(body, CONTEXT).links) == 1


@pytest.mark.parametrize(
    "piece", [b"<!", b"<?", b"<!--", b"<!DOCTYPE ", b"<!DOCTYPE r [<!ENTITY a '", b"<?xml encoding='"]
)
def test_long_documents_are_checked_in_time(piece: bytes) -> None:
    body = piece * (5_000_000 // len(piece))
    start = time.perf_counter()
    with contextlib.suppress(ParseError):
        check_entities(body, "feed")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf", b"", b" \n"], ids=["a byte order mark", "nothing", "a line"])
def test_a_feed_without_a_word_is_none(body: bytes) -> None:
    with pytest.raises(ParseError, match="not a feed"):
        parse_feed(body, CONTEXT)
