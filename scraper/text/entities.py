"""Texts that were encoded as HTML once too often: `AT&amp;amp;T` in a page's source, `<em>` in a headline of JSON-LD.

A parser decodes a page once. Publishing software that encodes a headline twice leaves the entity for readers to see.
"""

from __future__ import annotations

import html
import re
from typing import Final

from scraper.text.patterns import lazy_pattern

MAX_ROUNDS: Final = 3
"""Times that a text is decoded; more were not seen."""

_ENTITY: Final = lazy_pattern(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
"""A reference with its semicolon: without one, `&copy=2` of an address and `R&Dept` would be changed."""
_STYLED: Final = lazy_pattern(
    r"<(?P<tag>em|i|b|strong|span|u|s|sup|sub|mark|small|big|q|cite|font|p|h[1-6])\b[^<>]{0,300}>(?P<inside>[^<>]*)</(?P=tag)\s*>",
    re.IGNORECASE,
)
"""Text between the two tags of one inline element."""
_BREAK: Final = lazy_pattern(r"(?:\s*<(?:br|wbr)\s*/?>\s*)+", re.IGNORECASE)
_ABOUT_MARKUP: Final = lazy_pattern(
    r"\b(?:x?html\d?|xml|sgml|jsx|svg|markup languages?|ampersands?|character (?:references?|entit(?:y|ies)))\b"
    r"|<[a-z][a-z0-9]*>\s*(?:tags?|elements?|attributes?|balises?|etiquetas?|elemente?|タグ|要素|标签|标记|태그)\b"
    r"|[\"'`“‘«「](?:&#?\w{1,31};|<\w{1,10}>)[\"'`”’»」]",
    re.IGNORECASE,
)
"""A text about markup, which means its entities and tags as they stand; quotation marks around one say so too."""
_RAISED: Final = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
_LOWERED: Final = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_FORMULA: Final = lazy_pattern(r"[\d+\-−()n]{1,6}")


def decode_entities(text: str) -> str:
    """The text with its entities as characters, however often they were encoded.

    >>> decode_entities("Fish &amp;amp; chips: it&amp;#8217;s back"), decode_entities("https://example.org/?a=1&copy=2")
    ('Fish & chips: it’s back', 'https://example.org/?a=1&copy=2')
    """
    for _ in range(MAX_ROUNDS if "&" in text else 0):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if decoded == text:
            break
        text = decoded
    return text


def strip_encoding(text: str) -> str:
    r"""The words of a line without entities and without tags of style; a line about markup keeps both.

    >>> strip_encoding("<em>Dune</em> &amp;amp; the 10<sup>3</sup> worms")
    'Dune & the 10³ worms'
    >>> strip_encoding("Why &nbsp; breaks your HTML"), strip_encoding("<b> or not <b>")
    ('Why &nbsp; breaks your HTML', '<b> or not <b>')
    """
    if "<" not in text and not _ENTITY.search(text):  # most ampersands begin no entity
        return text
    if _ABOUT_MARKUP.search(text):
        return text
    text = decode_entities(text)
    for _ in range(MAX_ROUNDS if "<" in text else 0):
        text = _BREAK.sub(" ", _STYLED.sub(_inside, text))
    return text


def _inside(match: re.Match[str]) -> str:
    """The text of a styled piece; a raised or lowered number keeps its place by its characters."""
    tag, inside = match["tag"].lower(), match["inside"]
    if tag in {"sup", "sub"} and _FORMULA.fullmatch(inside):
        return inside.translate(_RAISED if tag == "sup" else _LOWERED)
    return inside if tag not in {"p", "h1", "h2", "h3", "h4", "h5", "h6"} else f" {inside} "
