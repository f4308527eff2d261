"""Tags with more attributes than a parser can bear, cut short before it is parsed: it compares each with all before.

50,000 on one tag take Lexbor from 7 to 40 s, lxml 20 s. What is cut are attributes alone, none of them text.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

import numpy as np

LONG_TAG: Final = 30_000
"""Signs without a `>` from which a tag's attributes are counted. Data in a script or in one attribute may be as long."""
MOST_ATTRIBUTES: Final = 1_000
"""Attributes of one tag that are kept; real ones stay below 60."""

ATTRIBUTE: Final = re.compile(r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
TAG_NAME: Final = re.compile(r"<[a-zA-Z][^\s/>]*")


def holds_wide_tag(body: bytes) -> bool:
    """Whether bytes hold a tag that `limit_attributes` would cut. Long stretches without a `>` are common, most of them data."""
    if len(body) < LONG_TAG:
        return False
    ends = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == ord(">"))
    starts = np.concatenate([[0], ends + 1])
    sizes = np.append(ends, len(body)) - starts
    long = sizes >= LONG_TAG
    return any(is_wide(body[start : start + size]) for start, size in zip(starts[long].tolist(), sizes[long].tolist(), strict=True))


def is_wide(piece: bytes) -> bool:
    """Whether the tag that a long stretch ends with, if it does, has too many attributes."""
    tag = piece[max(piece.rfind(b"<"), 0) :]
    if not tag.startswith(b"<") or len(tag) < MOST_ATTRIBUTES:
        return False
    text = tag.decode("utf-8", "replace")
    return len(shortened(text)) < len(text)


def limit_attributes(markup: str) -> str:
    """The same markup, no tag with more than `MOST_ATTRIBUTES`.

    >>> limit_attributes("<p class=a>One")
    '<p class=a>One'
    >>> len(limit_attributes("<p " + "a=b " * 50_000 + ">One")) < 10_000
    True
    """
    if len(markup) < LONG_TAG:
        return markup
    return ">".join([piece if len(piece) < LONG_TAG else shortened(piece) for piece in markup.split(">")])


def shortened(piece: str) -> str:
    """What stands before a `>`, the tag that it ends with cut after `MOST_ATTRIBUTES`."""
    name = TAG_NAME.match(piece, max(piece.rfind("<"), 0))
    if name is None:
        return piece
    last = next(islice(ATTRIBUTE.finditer(piece, name.end()), MOST_ATTRIBUTES, None), None)
    return piece if last is None else piece[: last.start()]
