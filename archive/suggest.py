"""Did you mean: for a query that finds nothing, one that finds something.

Each word that no article has is spelled in every other way that is one slip away (a letter too few, too many, wrong, or
two swapped) or parted in two, and the index is asked for each: some 500 questions of 20 µs. No list of words is
needed, and what is offered is a word as people write it, not its stem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from archive.connect import archive_errors
from archive.query import Query, parse_query
from archive.search import count_hits
from scraper.rules import UNSPACED

if TYPE_CHECKING:
    from archive.store import Archive

LENGTHS: Final = range(4, 25)
"""Letters of a word that is spelled anew: of a shorter one everything is a neighbour."""

MOST_WORDS: Final = 3
"""Words of a query that are spelled anew."""

COUNTED: Final = 1000
"""Articles up to which a spelling's are counted; the spelling that most have is offered."""

ALPHABETS: Final = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ", "αβγδεζηθικλμνξοπρστυφχψως")
"""The index knows letters without their accents."""

_HAS: Final = "SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"


def suggest(archive: Archive, text: str) -> str | None:
    """The query with the words that no article has spelled otherwise; None when that finds nothing either."""
    with archive_errors(archive.path):
        return suggestion(archive.db, text)


def suggestion(db: Database, text: str) -> str | None:
    """As `suggest`, over any connection to an archive."""
    unknown = [word for word in dict.fromkeys(_words(parse_query(text))) if not _having(db, word, 1)]
    for word in unknown[:MOST_WORDS]:
        best = max(((_having(db, spelling, COUNTED), spelling) for spelling in spellings(word.lower())), default=(0, ""))
        if not best[0]:
            return None
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", best[1], text, count=1)
    return text if unknown and count_hits(db, parse_query(text), most=1) else None


def spellings(word: str) -> Iterator[str]:
    """The word with one slip undone, and parted in two, each once.

    >>> "harbour" in spellings("harbuor"), "tide wall" in spellings("tidewall"), "raqqa" in spellings("raqa")
    (True, True, True)
    """
    letters = next((alphabet for alphabet in ALPHABETS if word[0] in alphabet), "".join(sorted(set(word))))
    found: dict[str, None] = {}
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if len(head) > 1 and len(tail) > 1:
            found[f"{head} {tail}"] = None
        if len(tail) > 1:
            found[head + tail[1] + tail[0] + tail[2:]] = None
        if tail:
            found[head + tail[1:]] = None
            found.update(dict.fromkeys(head + letter + tail[1:] for letter in letters))
        found.update(dict.fromkeys(head + letter + tail for letter in letters))
    found.pop(word, None)
    yield from found


def _words(query: Query) -> Iterator[str]:
    """Wanted words that can be spelled otherwise."""
    for term in query.wanted:
        for word in term.text.split():
            if word.isalpha() and len(word) in LENGTHS and not UNSPACED.search(word):
                yield word


def _having(db: Database, words: str, most: int) -> int:
    """How many articles have the words side by side, counted up to `most`."""
    return int(db.conn.execute(_HAS, (f'"{words}"', most)).fetchone()[0])
