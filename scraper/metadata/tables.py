"""Reads the tables of this room: rows of words by language, each with examples on either side.

`date_labels.toml` has words before dates that are not the date of publication, `not_names.toml` texts in the place of a
name that name nobody. The head of each file explains its keys. Both are read once, at first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
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


HEAD_CHARS: Final = 3
"""Characters of a word by which a text is looked over; a text has fewer such pieces than a table has words."""


class Words:
    """Words to look for in texts, by their first characters. Case and the length of white space do not matter.

    Most texts have none, and then need no search for a pattern of the words, which takes longer and 2 ms to compile.
    """

    __slots__ = ("by_head", "heads", "short")

    def __init__(self, words: Iterable[str]) -> None:
        folded = dict.fromkeys(map(fold_spaces, words))
        self.short = tuple(word for word in folded if len(word) < HEAD_CHARS)
        self.by_head: dict[str, list[str]] = {}
        for word in folded:
            if len(word) >= HEAD_CHARS:
                self.by_head.setdefault(word[:HEAD_CHARS], []).append(word)
        self.heads = frozenset(self.by_head)

    def within(self, text: str) -> Words:
        """Those that occur in a text, perhaps as a part of others."""
        return Words(self._found_in(text))

    def any_in(self, text: str) -> bool:
        """Whether one occurs in a text, perhaps as a part of others.

        >>> Words(["all posts"]).any_in("See All \\n Posts"), Words(["all posts"]).any_in("Posts")
        (True, False)
        """
        return any(self._found_in(text))

    def _found_in(self, text: str) -> Iterator[str]:
        if not self.heads and not self.short:
            return
        folded = fold_spaces(text)
        pieces = [folded[at : at + HEAD_CHARS] for at in range(len(folded))]
        likely = (self.by_head[head] for head in self.heads.intersection(pieces))
        yield from filter(folded.__contains__, chain(self.short, *likely))


def fold_spaces(text: str) -> str:
    """The text case folded, white space as one space."""
    return " ".join(text.casefold().split())


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; a space stands for any white space."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
