"""Drops excess attributes of a tag before parsing: a parser compares each attribute with all before it.

50,000 attributes on one tag take Lexbor 7 to 40 s, lxml 20 s. No text is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from scraper.text.patterns import lazy_pattern

MIN_LONG_TAG_CHARS: Final = 30_000
"""Characters without a `>` from which attributes are counted. A script's data or one attribute may be as long."""
MAX_ATTRIBUTES: Final = 1_000
"""Attributes of one tag that are kept; real tags have fewer than 60."""

ATTRIBUTE: Final = lazy_pattern(r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
TAG_NAME: Final = lazy_pattern(r"<[a-zA-Z][^\s/>]*")


def holds_wide_tag(body: bytes) -> bool:
    """Whether markup has a tag that `limit_attributes` would change."""
    return any(map(ends_in_wide_tag, long_runs(body)))


def long_runs(body: bytes) -> Iterator[bytes]:
    """Runs of `MIN_LONG_TAG_CHARS` bytes or more without a `>`. Half of all pages have one, mostly data in a script.

    Windows of half that length are searched: each long run contains a whole window, and most bytes are skipped.
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


def ends_in_wide_tag(piece: bytes) -> bool:
    """Whether a run of bytes ends in a tag with too many attributes."""
    tag = piece[max(piece.rfind(b"<"), 0) :]
    if not tag.startswith(b"<") or len(tag) < MAX_ATTRIBUTES:
        return False
    text = tag.decode("utf-8", "replace")
    return len(drop_excess(text)) < len(text)


def limit_attributes(markup: str) -> str:
    """The markup with at most `MAX_ATTRIBUTES` attributes on each tag.

    >>> limit_attributes("<p class=a>One")
    '<p class=a>One'
    >>> len(limit_attributes("<p " + "a=b " * 50_000 + ">One")) < 10_000
    True
    """
    if len(markup) < MIN_LONG_TAG_CHARS:
        return markup
    return ">".join([piece if len(piece) < MIN_LONG_TAG_CHARS else drop_excess(piece) for piece in markup.split(">")])


def drop_excess(piece: str) -> str:
    """The markup before a `>` without the attributes of its last tag above `MAX_ATTRIBUTES`."""
    name = TAG_NAME.match(piece, max(piece.rfind("<"), 0))
    if name is None:
        return piece
    last = next(islice(ATTRIBUTE.finditer(piece, name.end()), MAX_ATTRIBUTES, None), None)
    return piece if last is None else piece[: last.start()]
