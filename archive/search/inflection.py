"""Inflected forms of a word in languages other than English: German "Seilbahnen" finds "Seilbahn".

The index has stems of English alone. Of a word's stem in each language of the archive, the forms that some article has
are looked up among the words of the index: so no article is indexed twice, and only forms that exist are searched.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, takewhile
from typing import Any, Final

from sqlite_utils import Database

from archive.search.match import Forms, no_forms
from archive.store.distinct import distinct

STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's stemmers by language."""
MIN_STEM_CHARS: Final = 3
"""A shorter stem begins too many words."""
MIN_WORD_CHARS: Final = 4
"""Shorter words have hardly any inflected forms."""
CHANGED_ENDING: Final = 1
"""Letters at a stem's end that its forms may write otherwise: French "national", "nationaux"."""
MAX_ENDING: Final = 5
"""A form is longer than the word by fewer letters."""
MAX_WORDS: Final = 1000
"""Words of the index with a stem's beginning that are looked through."""
MAX_FORMS: Final = 60
"""Forms of one word that are searched."""
MAX_INFLECTED: Final = 12
"""Words of a query of which other forms are looked up."""

WORDS: Final = "SELECT term FROM article_words WHERE term >= ? AND term < ? LIMIT ?"


def forms_in(db: Database) -> Forms:
    """Finds the forms of a word that the archive's articles have, in their languages other than English.

    Use it for one query: it looks each word up once, and no more words than `MAX_INFLECTED`.
    """
    found = {language.partition("-")[0].lower() for language in distinct(db.conn, "language")}
    names = sorted({STEMMERS[language] for language in found & STEMMERS.keys()})
    known: dict[str, tuple[str, ...]] = {}

    def forms(word: str) -> tuple[str, ...]:
        if word not in known:
            is_inflected = word.isalpha() and len(word) >= MIN_WORD_CHARS and len(known) < MAX_INFLECTED
            known[word] = tuple(islice(forms_of(db, word, names), MAX_FORMS)) if is_inflected else ()
        return known[word]

    return forms if names else no_forms


def forms_of(db: Database, word: str, languages: Sequence[str]) -> Iterator[str]:
    """The word's stems in these languages (Snowball's names), and the words of the index that have one of them."""
    stems = {language: stem for language in languages if len(stem := stem_of(word.lower(), language)) >= MIN_STEM_CHARS}
    ways: dict[str, list[str]] = {}
    for language, stem in stems.items():
        start = "".join(
            ours for ours, _ in takewhile(lambda pair: pair[0] == pair[1], zip(stem, bare(word), strict=False))
        )
        if len(start) >= MIN_STEM_CHARS:
            ways.setdefault(start[: max(MIN_STEM_CHARS, len(start) - CHANGED_ENDING)], []).append(language)
    found = dict.fromkeys(stems.values())
    for start, those in ways.items():
        for (other,) in db.conn.execute(WORDS, (start, start + "\U0010ffff", MAX_WORDS)):
            if len(other) < len(word) + MAX_ENDING and any(stem_of(other, one) == stems[one] for one in those):
                found[other] = None
    found.pop(word.lower(), None)
    yield from found


@lru_cache(maxsize=20_000)
def stem_of(word: str, language: str) -> str:
    """The stem of a word without accents, since the index has none.

    >>> stem_of("seilbahnen", "german"), stem_of("häuser", "german"), stem_of("hauser", "german")
    ('seilbahn', 'haus', 'haus')
    """
    return bare(stemmer(language).stemWord(word))


@cache
def stemmer(language: str) -> Any:
    import snowballstemmer  # loads its stemmers of all languages: 0.01 s

    return snowballstemmer.stemmer(language)


def bare(text: str) -> str:
    """The text in lower case without accents, as the index has it.

    >>> bare("Élèves"), bare("Straße")
    ('eleves', 'straße')
    """
    parts = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(letter for letter in parts if not unicodedata.combining(letter)))
