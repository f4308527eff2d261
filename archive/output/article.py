"""An article as plain text, and small helpers for printed values.

Text may be printed on a terminal, so control characters, which could move the cursor, are dropped.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from archive.output.text_choice import DEFAULT, TextChoice
from scraper.text.patterns import lazy_pattern

if TYPE_CHECKING:
    from scraper.types import Article

CONTROL: Final = lazy_pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls except tab and newline, and the marks that change the direction of text."""


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with the moment's own offset, `Z` for UTC; None for None.

    >>> iso(datetime(2016, 12, 13, 23, 6, tzinfo=UTC))
    '2016-12-13T23:06:00Z'
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


def printable(text: str) -> str:
    """The text without control characters.

    >>> printable("a\\x1b[31mb\\tc")
    'a[31mb\\tc'
    """
    return CONTROL.sub("", text)


def in_bytes(number: int) -> str:
    """A size for people, in megabytes from 0.1 MB on, else in kilobytes rounded up.

    >>> in_bytes(43_210), in_bytes(712_000)
    ('44 kB', '0.7 MB')
    """
    return f"{number / 1_000_000:.1f} MB" if number >= 100_000 else f"{-(-number // 1000)} kB"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """The value as JSON with readable letters; all letters are escaped if one cannot be encoded (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def text_of(article: Article, choice: TextChoice = DEFAULT) -> str:
    """Title, blank line, text. `clean` reads the default back to the same article."""
    return printable(article.text_of(choice.kinds(article, title=True)))


def counted(number: int, noun: str) -> str:
    """The number and its noun, in the singular or plural.

    >>> counted(1, "link"), counted(2000, "link")
    ('1 link', '2,000 links')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """The text with spaces for line breaks."""
    return " ".join(text.splitlines())
