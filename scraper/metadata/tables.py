"""Reads the tables of this room: rows of words by language, each with examples on either side.

`date_labels.toml` has words before dates that are not the date of publication, `not_names.toml` texts in the place of a
name that name nobody. The head of each file explains its keys. Both are read once, at first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from scraper.text import tables

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; the head of its file explains the keys."""

    id: str
    why: str
    hit: tuple[Any, ...]
    miss: tuple[str, ...]
    form: str = ""
    pattern: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def all_words(self) -> tuple[str, ...]:
        """The words of all languages, longest first, without repeats."""
        return tuple(
            sorted({word for words in self.words.values() for word in words}, key=lambda word: (-len(word), word))
        )


@cache
def read_table(name: str) -> tuple[Row, ...]:
    """The rows of a table of this folder. Raises `TypeError` for a row with a missing or unknown key."""
    return parse_rows(tables.read_table(FOLDER / name).values)


def parse_rows(values: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows of a table."""
    return tuple(Row(**row | {"hit": tuple(row["hit"]), "miss": tuple(row["miss"])}) for row in values["row"])


def holder_of(words: Iterable[str]) -> Callable[[str], bool]:
    """A function that tells whether one of the words occurs in a text, perhaps as a part of others.

    Most texts have none, and then need no search for a pattern of the words, which takes longer and 2 ms to compile.

    >>> holds = holder_of(["all posts"])
    >>> holds("See All \\n Posts"), holds("Posts")
    (True, False)
    """
    folded = tuple({" ".join(word.casefold().split()) for word in words})

    def holds(text: str) -> bool:
        return any(map(" ".join(text.casefold().split()).__contains__, folded))

    return holds


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; a space stands for any white space."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
