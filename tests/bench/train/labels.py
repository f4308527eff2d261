"""Labels of text blocks, read from the two places that hold them, and their alignment with blocks as they are read today."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from csv import DictReader
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np

from scraper.scoring.network import LABELS
from scraper.text.words import fold

NO_LABEL: Final = -1
DOUBT_WEIGHT: Final = 0.35
"""Weight of a label that its reader doubted."""
MIN_SHARE: Final = 0.5
"""Share of a text's words that must come from one labelled block; the share is the weight of its label."""
MAX_END_CHARS: Final = 24
LINE: Final = re.compile(r"\s*(\d+)(?:-(\d+))?\s+(\w+)\s*")
NUMBERS: Final = re.compile(r"(\d+)(?:-(\d+))?")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labelled blocks of a page, in page order. `file` is the page's path without ending in truth-dev, if it is there.

    `keys` tell the blocks apart: all their words (`has_words`), else the first, the last and their number.
    """

    keys: tuple[Key, ...]
    labels: tuple[str, ...]
    doubted: tuple[bool, ...]
    has_words: bool = False
    file: Path | None = None


def ends_of(words: Key) -> Key:
    """The first and the last of a text's words, and their number: what the project keeps of a text.

    >>> ends_of(("by", "ada", "example", "staff")), ends_of(())
    (('by', 'staff', '4'), ('', '', '0'))
    """
    first, last = (words[0], words[-1]) if words else ("", "")
    return first[:MAX_END_CHARS], last[:MAX_END_CHARS], str(len(words))


def load_labels(corpus: Path) -> dict[tuple[str, str], Labelled]:
    """All labelled pages by corpus and id. A page of truth-dev counts as labelled there."""
    own = {
        ("wcxb-dev", page): labelled
        for page, labelled in parse_rows(
            (Path(__file__).parent.parent / "labels" / "wcxb-dev.tsv").open(encoding="utf-8")
        )
    }
    return own | dict(load_truth(file) for file in sorted((corpus / "truth-dev").glob("*.id")))


def parse_rows(lines: Iterable[str]) -> list[tuple[str, Labelled]]:
    """Pages by id from the lines of a file of tests/bench/labels."""
    pages: dict[str, list[tuple[Key, str, bool]]] = {}
    for row in DictReader(lines, delimiter="\t", quoting=3):
        key = row["first"], row["last"], row["words"]
        pages.setdefault(row["page"], []).append((key, row["label"], row["doubt"] == "?"))
    return [(page, Labelled(*map(tuple, zip(*rows, strict=True)))) for page, rows in pages.items()]


def load_truth(file: Path) -> tuple[tuple[str, str], Labelled]:
    """A page of truth-dev by the path of its `.id`."""
    identity = json.loads(file.read_text(encoding="utf-8"))
    base = file.with_suffix("")
    blocks = [json.loads(line) for line in base.with_suffix(".blocks.jsonl").open(encoding="utf-8")]
    labels, doubted = parse_labels(base.with_suffix(".labels.txt").read_text(encoding="utf-8"))
    return (identity["corpus"], identity["id"]), Labelled(
        keys=tuple(fold(block["text"]) for block in blocks),
        labels=tuple(labels.get(block["n"], "") for block in blocks),
        doubted=tuple(block["n"] in doubted for block in blocks),
        has_words=True,
        file=base,
    )


def parse_labels(text: str) -> tuple[dict[int, str], set[int]]:
    """The label of each block number, and the numbers in doubt.

    >>> parse_labels("0-1 nav\\n2 body\\n# doubt: 1 (a menu?)")
    ({0: 'nav', 1: 'nav', 2: 'body'}, {1})
    """
    labels: dict[int, str] = {}
    doubted: set[int] = set()
    for line in text.splitlines():
        if match := LINE.fullmatch(line):
            labels |= dict.fromkeys(range(int(match[1]), int(match[2] or match[1]) + 1), match[3])
        elif line.startswith("# doubt"):
            for first, last in NUMBERS.findall(line.partition("(")[0]):
                doubted |= set(range(int(first), int(last or first) + 1))
    return labels, doubted


def assign(labelled: Labelled, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """For each of a page's texts the number of its label, or `NO_LABEL`, and the weight of this label."""
    numbers = np.full(len(texts), NO_LABEL)
    weights = np.ones(len(texts), dtype=np.float32)
    words = [fold(text) for text in texts]
    found = align_words(labelled.keys, words) if labelled.has_words else align_ends(labelled.keys, words)
    for place, (source, share) in enumerate(found):
        if source < 0 or labelled.labels[source] not in LABELS:
            continue
        numbers[place] = LABELS.index(labelled.labels[source])
        weights[place] = (DOUBT_WEIGHT if labelled.doubted[source] else 1.0) * share
    return numbers, weights


def align_ends(old: Sequence[Key], new: Sequence[Key]) -> list[tuple[int, float]]:
    """For each new text the number of the old block with the same ends, or -1, and 1.0.

    >>> align_ends([("a", "b", "2"), ("c", "d", "5")], [("a", "b"), ("x", "y"), ("c", "e")])
    [(0, 1.0), (-1, 1.0), (-1, 1.0)]
    """
    found = [(-1, 1.0)] * len(new)
    matcher = SequenceMatcher(None, old, [ends_of(words) for words in new], autojunk=False)
    for first, start, size in matcher.get_matching_blocks():
        found[start : start + size] = [(first + step, 1.0) for step in range(size)]
    return found


def align_words(old: Sequence[Key], new: Sequence[Key]) -> list[tuple[int, float]]:
    """For each new text the number of the old block that most of its words come from, or -1, and the share of its words.

    Texts that are the same in both are found first; between them words are compared. A share below `MIN_SHARE` is none.

    >>> align_words([("one", "two"), ("three",), ("four", "five")], [("one", "two"), ("three", "four", "five"), ("six",)])
    [(0, 1.0), (2, 0.6666666666666666), (-1, 1.0)]
    """
    found = [(-1, 1.0)] * len(new)
    for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found[start:stop] = [(first + step, 1.0) for step in range(stop - start)]
        elif kind == "replace":
            found[start:stop] = align_gap(old, new[start:stop], first, last)
    return found


def align_gap(old: Sequence[Key], new: Sequence[Key], first: int, last: int) -> list[tuple[int, float]]:
    """The same for new texts in the place of the old blocks `first` to `last`."""
    sources = [number for number in range(first, last) for _ in old[number]]
    words = [word for number in range(first, last) for word in old[number]]
    targets = [place for place, own in enumerate(new) for _ in own]
    counts = [Counter[int]() for _ in new]
    own_words = [word for own in new for word in own]
    for at, to, size in SequenceMatcher(None, words, own_words, autojunk=False).get_matching_blocks():
        for step in range(size):
            counts[targets[to + step]][sources[at + step]] += 1
    found = []
    for own, count in zip(new, counts, strict=True):
        source, most = count.most_common(1)[0] if count else (-1, 0)
        share = most / len(own) if own else 0.0
        found.append((source, share) if share >= MIN_SHARE else (-1, 1.0))
    return found
