"""Differences of two revisions: paragraph by paragraph, and word by word within an edited paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, Literal

from archive.output.article import printable
from archive.store.archive import Archive
from archive.store.decisions import paragraphs
from archive.store.records import select
from scraper.errors import InputError

_WORDS: Final = re.compile(r"\s+|[\w'’-]+|[^\w\s]")
MIN_SIMILARITY: Final = 0.4
"""Share of common words from which two paragraphs count as one edited paragraph."""
MAX_WORDS: Final = 3000
"""Longer paragraphs are not matched word by word: the time grows with the product of their lengths."""
MAX_JOINED_CHARS: Final = 3
"""Length of an unchanged word between two changes that joins them: "the", "is", a comma."""
CONTEXT_PARAGRAPHS: Final = 1
"""Unchanged paragraphs shown on each side of a change."""

Sign = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words that are the same, added or removed."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph. `edited` has runs of several signs; `skipped` stands for `number` unchanged paragraphs."""

    sign: Literal["same", "added", "removed", "edited", "skipped"]
    runs: tuple[Run, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Edition:
    """Title and text of one revision; `origin` is what made it (`m004_ledger.ORIGINS`)."""

    number: int
    seen_at: str
    title: str
    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of one article. `title` is None if the headline is the same."""

    before: Edition
    after: Edition
    language: str
    title: Change | None
    changes: tuple[Change, ...]
    added: int
    removed: int
    edited: int
    newest: int


EDITION_SQL: Final = "SELECT number, seen_at, title, text, origin FROM revisions WHERE article_id = ? AND number = ?"


def read_comparison(archive: Archive, article: int, *, number: int, against: int | None = None) -> Comparison:
    """A revision compared with an earlier one, by default the one before. Raises `InputError` if one is missing."""
    found = archive.db.conn.execute("SELECT language, revision FROM articles WHERE id = ?", (article,)).fetchone()
    if found is None:
        raise InputError(f"no article {article}")
    before, after = (read_edition(archive, article, wanted) for wanted in (against or number - 1, number))
    changes = tuple(compare(paragraphs(printable(before.text)), paragraphs(printable(after.text))))
    title = edit(before.title, after.title) if before.title != after.title else None
    signs = [change.sign for change in changes]
    return Comparison(
        before,
        after,
        found[0],
        title,
        tuple(shortened(changes)),
        signs.count("added"),
        signs.count("removed"),
        signs.count("edited"),
        found[1],
    )


def read_edition(archive: Archive, article: int, number: int) -> Edition:
    """One revision. Raises `InputError` if there is none."""
    row = next(select(archive.db, EDITION_SQL, (article, number)), None)
    if row is None:
        raise InputError(f"article {article} has no revision {number}")
    return Edition(**row)


def compare(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Each paragraph of both, in reading order.

    >>> [change.sign for change in compare(["It rained.", "The end."], ["It rained hard.", "New.", "The end."])]
    ['edited', 'added', 'same']
    """
    for tag, start, stop, new_start, new_stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Change("same", (Run("same", text),)) for text in before[start:stop])
        else:
            yield from paired(before[start:stop], after[new_start:new_stop])


def paired(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Changes of one place in the text: similar paragraphs are edited, others removed or added."""
    for gone, come in pairs(old, new):
        if gone is not None and come is not None:
            yield edit(gone, come)
        elif gone is not None:
            yield Change("removed", (Run("removed", gone),))
        elif come is not None:
            yield Change("added", (Run("added", come),))


def pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Each old paragraph with the next similar new one; None for a paragraph without a partner."""
    at = 0
    for gone in old:
        match = next((place for place in range(at, min(at + 20, len(new))) if alike(gone, new[place])), None)
        if match is None:
            yield gone, None
            continue
        yield from zip_longest((), new[at:match])
        yield gone, new[match]
        at = match + 1
    yield from zip_longest((), new[at:])


def alike(one: str, other: str) -> bool:
    """Whether two paragraphs have enough common words to be one edited paragraph."""
    left, right = one.split(), other.split()
    if max(len(left), len(right)) > MAX_WORDS:
        return False
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.quick_ratio() >= MIN_SIMILARITY and matcher.ratio() >= MIN_SIMILARITY


def edit(before: str, after: str) -> Change:
    """The change from one text to another, word by word."""
    left, right = words(before), words(after)
    runs: list[Run] = []
    for tag, start, stop, new_start, new_stop in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run("same", "".join(left[start:stop])))
            continue
        runs.extend(
            Run(sign, text) for sign, text in sided("".join(left[start:stop]), "".join(right[new_start:new_stop]))
        )
    return Change("edited", tuple(merged(runs)))


def sided(gone: str, come: str) -> Iterator[tuple[Sign, str]]:
    """The removed text, then the added text."""
    if gone:
        yield "removed", gone
    if come:
        yield "added", come


def merged(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs, with changes around a short unchanged word joined: a rewritten clause then reads in one piece."""
    gone = come = ""
    for place, run in enumerate(runs):
        between = bool(gone or come) and place + 1 < len(runs) and len(run.text.strip()) <= MAX_JOINED_CHARS
        if run.sign == "same" and not between:
            yield from (Run(sign, text) for sign, text in sided(gone, come))
            gone = come = ""
            yield run
        else:
            gone += run.text if run.sign != "added" else ""
            come += run.text if run.sign != "removed" else ""
    yield from (Run(sign, text) for sign, text in sided(gone, come))


def words(text: str) -> list[str]:
    """Words, spaces and punctuation of a text."""
    return _WORDS.findall(text)


def shortened(changes: Sequence[Change]) -> Iterator[Change]:
    """The changes with the unchanged paragraphs next to them; other unchanged paragraphs as one `skipped`."""
    near = {
        place + step
        for place, change in enumerate(changes)
        if change.sign != "same"
        for step in range(-CONTEXT_PARAGRAPHS, CONTEXT_PARAGRAPHS + 1)
    }
    skipped = 0
    for place, change in enumerate(changes):
        if place not in near:
            skipped += 1
            continue
        if skipped:
            yield Change("skipped", (), skipped)
        skipped = 0
        yield change
    if skipped:
        yield Change("skipped", (), skipped)
