"""Tags with more attributes than a parser can bear, cut short before it is parsed: it compares each with all before.

50,000 on one tag take Lexbor from 7 to 40 s, lxml 20 s. What is cut are attributes alone, none of them text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

MIN_LONG_TAG_CHARS: Final = 30_000
"""Signs without a `>` from which a tag's attributes are counted. Data in a script or in one attribute may be as long."""
MAX_ATTRIBUTES: Final = 1_000
"""Attributes of one tag that are kept; real ones stay below 60."""

ATTRIBUTE: Final = re.compile(r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
TAG_NAME: Final = re.compile(r"<[a-zA-Z][^\s/>]*")


def holds_wide_tag(body: bytes) -> bool:
    """Whether bytes hold a tag that `limit_attributes` would cut."""
    return any(map(is_wide, long_stretches(body)))


def long_stretches(body: bytes) -> Iterator[bytes]:
    """What stands without a `>` for `MIN_LONG_TAG_CHARS` bytes or more: half of all pages have one, most of them data.

    Each holds one of the windows of half its length that are looked through, so most bytes are not looked at.
    """
    window, at = MIN_LONG_TAG_CHARS // 2, 0
    while at + window <= len(body):
        if body.find(b">", at, at + window) >= 0:
            at += window
            continue
        start, end = body.rfind(b">", 0, at) + 1, body.find(b">", at + window)
        at = end if end >= 0 else len(body)
        if at - start >= MIN_LONG_TAG_CHARS:
            yield body[start:at]


def is_wide(piece: bytes) -> bool:
    """Whether the tag that a long stretch ends with, if it does, has too many attributes."""
    tag = piece[max(piece.rfind(b"<"), 0) :]
    if not tag.startswith(b"<") or len(tag) < MAX_ATTRIBUTES:
        return False
    text = tag.decode("utf-8", "replace")
    return len(shortened(text)) < len(text)


def limit_attributes(markup: str) -> str:
    """The same markup, no tag with more than `MAX_ATTRIBUTES`.

    >>> limit_attributes("<p class=a>One")
    '<p class=a>One'
    >>> len(limit_attributes("<p " + "a=b " * 50_000 + ">One")) < 10_000
    True
    """
    if len(markup) < MIN_LONG_TAG_CHARS:
        return markup
    return ">".join([piece if len(piece) < MIN_LONG_TAG_CHARS else shortened(piece) for piece in markup.split(">")])


def shortened(piece: str) -> str:
    """What stands before a `>`, the tag that it ends with cut after `MAX_ATTRIBUTES`."""
    name = TAG_NAME.match(piece, max(piece.rfind("<"), 0))
    if name is None:
        return piece
    last = next(islice(ATTRIBUTE.finditer(piece, name.end()), MAX_ATTRIBUTES, None), None)
    return piece if last is None else piece[: last.start()]
