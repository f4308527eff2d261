"""Suggestions ("did you mean"): for a query that finds nothing, a corrected query that finds something.

A word that no article has is tried in every spelling that is one slip away: a letter missing, added, wrong, or two
swapped; or two words written as one. The index is searched for each of some 500 spellings, 20 µs each. So no word list is
needed, and the suggestion is a word as people write it, not its stem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from archive.search.fulltext import count_hits
from archive.search.inflection import bare
from archive.search.query_syntax import Query, parse_query
from archive.store.connection import archive_errors
from scraper.text.scripts import UNSPACED

if TYPE_CHECKING:
    from archive.store.archive import Archive

WORD_LENGTHS: Final = range(3, 25)
"""Letters of a word that is corrected. Every short word is one slip away from many others."""

OPERATORS: Final = frozenset({"AND", "OR", "NOT", "NEAR"})
"""Operators of other search engines, which are not slips."""

MAX_WORDS: Final = 3
"""Words of a query that are corrected."""

MAX_COUNTED_ARTICLES: Final = 1000
"""Maximum number of articles counted for a spelling."""

MAX_SPELLINGS: Final = 8
"""Most frequent spellings that are compared. The best has the query's other words beside it in most articles."""

ALPHABETS: Final = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ", "αβγδεζηθικλμνξοπρστυφχψως")
"""Letters of each script, without accents, as the index stores them."""

_TEXTS: Final = """
SELECT title || ' ' || authors || ' ' || text FROM articles
WHERE id IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? LIMIT 5)"""
_HAS: Final = "SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ? LIMIT ?)"


def suggest(archive: Archive, text: str) -> str | None:
    """The query with its unknown words corrected; None if no corrected query finds anything."""
    with archive_errors(archive.path):
        return suggestion(archive.db, text)


def suggestion(db: Database, text: str) -> str | None:
    """The suggestion of `suggest`, over any connection to an archive."""
    unknown = [word for word in dict.fromkeys(_words(parse_query(text))) if not _having(db, word, 1)]
    for word in unknown[:MAX_WORDS]:
        counted = [(_having(db, spelling, MAX_COUNTED_ARTICLES), spelling) for spelling in spellings(word.lower())]
        likely = sorted((pair for pair in counted if pair[0]), reverse=True, key=lambda pair: pair[0])
        written = islice((pair for pair in likely if _is_written(db, pair[1])), MAX_SPELLINGS)
        changed = [
            (re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", spelling, text, count=1), count) for count, spelling in written
        ]
        text = max(changed, key=lambda pair: (*_fit(db, parse_query(pair[0])), pair[1]), default=("", 0))[0]
        if not text:
            return None
    return text if unknown and count_hits(db, parse_query(text), most=1) else None


def spellings(word: str) -> Iterator[str]:
    """The word with one slip corrected, or split in two; each spelling once.

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
    """Wanted words that can be corrected."""
    for term in query.terms:
        for word in term.text.split():
            if word.isalpha() and len(word) in WORD_LENGTHS and word not in OPERATORS and not UNSPACED.search(word):
                yield word


def _fit(db: Database, query: Query) -> tuple[int, int]:
    """Number of articles with the query's words side by side, and number of hits.

    For "tide wal", the words side by side make "tide wall" win over "tide was".
    """
    return _having(db, " ".join(_words(query)), MAX_COUNTED_ARTICLES), count_hits(db, query, most=MAX_COUNTED_ARTICLES)


def _is_written(db: Database, words: str) -> bool:
    """Whether an article has exactly these words. To the index, "ited" is a form of "it"."""
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(words.split()) + r"(?!\w)")
    texts = db.conn.execute(_TEXTS, (f'"{words}"',)).fetchall()
    return any(pattern.search(bare(text)) for (text,) in texts)


def _having(db: Database, words: str, most: int) -> int:
    """Number of articles with the words side by side, counted up to `most`."""
    return int(db.conn.execute(_HAS, (f'"{words}"', most)).fetchone()[0])
