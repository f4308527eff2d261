"""Parses credit lines ("The Associated Press and Courtney Kube contributed") into names of people and agencies."""

from __future__ import annotations

import re
from typing import Final

from scraper.metadata.bylines import AND, unique
from scraper.text.patterns import lazy_pattern


def split_contributors(text: str) -> tuple[str, ...]:
    """People and agencies in a credit line, in order, without jobs and places.

    >>> split_contributors("The Associated Press, Jane Doe and Courtney Kube")
    ('The Associated Press', 'Jane Doe', 'Courtney Kube')
    >>> split_contributors("Harrow reported from Saltport. Wire writers Dee Lund in Salem and Bo Ek")
    ('Dee Lund', 'Bo Ek')
    """
    text = _SENTENCE.split(text)[-1]
    parts = (_WRITES_FROM.sub("", _WRITER.sub("", part)).strip(" .;:") for part in _JOINED.split(text))
    return unique(part for part in parts if len(part) > 1)


_SENTENCE: Final = lazy_pattern(r"(?<=[^\W\d_A-Z]{3})\.\s+(?=[^\W\d_a-z])")
_WRITER: Final = lazy_pattern(
    r"^(?:[\w.'’-]+ ){0,4}(?:writers?|reporters?|journalists?|correspondents?|editors?|producers?|photographers?) (?=[^\W\d_a-z])"
)
_WRITES_FROM: Final = lazy_pattern(r" in (?=[^\W\d_a-z])[^,;&]*$")
_JOINED: Final = lazy_pattern(rf"\s*(?:[,;&/]|\b(?:{'|'.join(AND)}|y|e)\b)\s+", re.IGNORECASE)
