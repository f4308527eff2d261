"""A query as it was typed or pasted, with the signs that the syntax knows."""

from __future__ import annotations

from typing import Final

from scraper.text.invisible import INVISIBLE

QUOTES: Final = dict.fromkeys(map(ord, "“”„‟«»"), '"')
"""Typographic quotation marks, which phones and word processors write: they hold words side by side as plain ones do."""


def typed_text(text: str) -> str:
    """The text with plain quotation marks, and without the invisible characters that no article in the archive has.

    >>> typed_text("“tide wall” wa\\u00adll")
    '"tide wall" wall'
    """
    return text if text.isascii() else INVISIBLE.sub("", text).translate(QUOTES)
