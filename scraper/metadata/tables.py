"""Reads the tables of this room: rows of words by language, each with examples on either side.

`date_labels.toml` has words before dates that are not the date of publication, `not_names.toml` texts in the place of a
name that name nobody. The head of each file explains its keys. Both are read once, at first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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


class Words(tuple[str, ...]):
    """Words to look for in texts, case folded, white space as one space.

    Most texts have none, and then need no search for a pattern of the words, which takes longer and 2 ms to compile.
    """

    __slots__ = ()

    def within(self, text: str) -> Words:
        """Those that occur in a text, perhaps as a part of others."""
        return Words(filter(fold_spaces(text).__contains__, self))

    def any_in(self, text: str) -> bool:
        """Whether one occurs in a text, perhaps as a part of others.

        >>> as_words(["all posts"]).any_in("See All \\n Posts"), as_words(["all posts"]).any_in("Posts")
        (True, False)
        """
        return bool(self) and any(map(fold_spaces(text).__contains__, self))


def as_words(words: Iterable[str]) -> Words:
    """The words in the form in which texts are searched for them."""
    return Words(dict.fromkeys(map(fold_spaces, words)))


def fold_spaces(text: str) -> str:
    """The text case folded, white space as one space."""
    return " ".join(text.casefold().split())


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; a space stands for any white space."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
