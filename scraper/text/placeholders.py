"""Texts that stand where a template or a script of the publisher left out the value."""

from __future__ import annotations

import re
from typing import Final

from scraper.text.patterns import lazy_pattern

_STARTS: Final = frozenset("unN[{<$%")
"""First characters of all such texts: most values begin otherwise."""
_PLACEHOLDER: Final = lazy_pattern(
    r"undefined|null|NaN|\[object Object\]|\{\{.{0,200}\}\}|\{%.{0,200}%\}|<%.{0,200}%>|\$\{[^}]{0,200}\}|"
    r"%%\w{1,80}%%|\[\[\s?[\w.:-]{1,80}\s?\]\]",
    re.DOTALL,
)


def is_placeholder(text: str) -> bool:
    """Whether a text is all that a template or a script left of a value.

    >>> [is_placeholder(text) for text in (" {{ page.title }} ", "[[title]]", "Null and void", "[[A harbour]]")]
    [True, True, False, False]
    """
    text = text.strip()
    return text[:1] in _STARTS and _PLACEHOLDER.fullmatch(text) is not None
