"""Texts of neighbouring inline elements: where a space is missing between two, and how raised and lowered signs are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from scraper.blocks.model import Style
from scraper.html.limits import MAX_BLOCKS

BREAK: Final = "\u2028"
"""The piece that a `<br>` gives."""
PARAGRAPH_BREAK: Final = re.compile(rf"{BREAK}\s*{BREAK}[\s{BREAK}]*")

UPPER: Final = "A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮŽĞİŞŐŰА-ЯЁІЇЄҐΑ-Ω"
LOWER: Final = "a-zß-öø-ÿąćęłńśźżčďěňřšťůžğışőűа-яёіїєґα-ω"
MAX_SEAM_CHARS: Final = 4
"""Characters on either side of a seam that its row looks at."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Two texts, one in each of two elements side by side, that a page sets apart by style alone.

    `before` matches the end of the first text, `after` the beginning of the second. `glued` is such a pair, `whole` a word
    that a page cuts in two.
    """

    before: str
    after: str
    glued: tuple[str, str]
    whole: tuple[str, str]


SEAMS: Final = (
    Seam(r"[^\W\d_]{3}$", r"\d", ("Solva", "2:45 a.m."), ("H", "2")),
    Seam(r"\d$", f"[{UPPER}][{LOWER}]{{2}}", ("12:05", "Vote is taken"), ("4", "K")),
    Seam(f"[{LOWER}]{{3}}$", f"[{UPPER}][{LOWER}]{{2}}", ("Harbour", "Council"), ("You", "Tube")),
    Seam(f"[{LOWER}]{{2}}[.!?]$", f"[{UPPER}]", ("It rose.", "We left"), ("p.", "M.")),
)
"""Forms of texts that are glued without a space between them. Nothing parts two lower-case letters: "un" and "loaded" in
two elements are one word, as is a large initial and the rest of its word."""

PAIRS: Final = tuple((re.compile(seam.before), re.compile(seam.after)) for seam in SEAMS)


def is_glued(before: str, after: str) -> bool:
    """Whether a space is missing between the texts of two elements side by side.

    >>> is_glued("Solva", "2:45 a.m."), is_glued("H", "2"), is_glued("W", "ord")
    (True, False, False)
    """
    end, start = before[-MAX_SEAM_CHARS:], after[:MAX_SEAM_CHARS]
    return any(first.search(end) and second.match(start) for first, second in PAIRS)


RAISED: Final = dict(zip(map(ord, "0123456789+-−=()n"), "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))
LOWERED: Final = dict(zip(map(ord, "0123456789+-−=()"), "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
"""Signs that Unicode has in a raised and in a lowered form. Of letters it has but a few: "1st" stays."""
SCRIPTS: Final[Mapping[str, Mapping[int, str]]] = {"sup": RAISED, "sub": LOWERED}
"""The forms of signs in an element, by its tag."""
MAX_SCRIPT_CHARS: Final = 12
"""A longer raised text is a remark in small print."""
CHANGEABLE: Final = {
    "sup": re.compile(r"[\d+\-−=()n,–\s]*\d[\d+\-−=()n,–\s]*|n"),
    "sub": re.compile(r"[\d+\-−=(),–\s]*\d[\d+\-−=(),–\s]*"),
}


def in_script(text: str, tag: str) -> str:
    """A text as it is written raised (`sup`) or lowered (`sub`), if it is a number; any other text is left as it is.

    >>> "10" + in_script("3", "sup"), "CO" + in_script("2", "sub"), "1" + in_script("st", "sup")
    ('10³', 'CO₂', '1st')
    """
    if len(text) > MAX_SCRIPT_CHARS or not CHANGEABLE[tag].fullmatch(text):
        return text
    return text.translate(SCRIPTS[tag])


def split_paragraphs(raw: str, pieces: list[tuple[str, Style]]) -> list[list[tuple[str, Style]]]:
    """Runs of text (`raw` together) split at double line breaks, by which old pages separate paragraphs."""
    cuts = [match.span() for match in islice(PARAGRAPH_BREAK.finditer(raw), MAX_BLOCKS)]
    if not cuts:
        return [pieces]
    parts: list[list[tuple[str, Style]]] = [[]]
    at = cut = 0
    for text, style in pieces:
        begin, end = at, at + len(text)
        while begin < end and cut < len(cuts) and cuts[cut][0] < end:
            stop, resume = cuts[cut]
            if stop > begin:
                parts[-1].append((text[begin - at : stop - at], style))
            if parts[-1]:
                parts.append([])
            begin = resume
            if resume > end:
                break  # the break continues in the next run
            cut += 1
        if begin < end:
            parts[-1].append((text[begin - at :], style))
        at = end
    return [part for part in parts if part]


LINE_NUMBERS: Final = re.compile(
    r"(?:^|[\s_-])(?:ln|lnt|lno|lineno\w*|linenos?|line-?_?num(?:ber)?s?(?:-rows)?|ln-num(?:ber)?s?|ln-n|gutter|blob-num)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Class words of the column or the element that numbers the lines of a listing."""
NUMBERS: Final = re.compile(r"\s*\d{1,6}(?:\s+\d{1,6})*[.:|]?\s*")


def is_line_number(text: str, names: str) -> bool:
    """Whether a text numbers the lines of a listing: its element is named so, and it holds numbers that count up.

    >>> is_line_number("1", "ln"), is_line_number("9 10 11", "gutter"), is_line_number("42", "hljs-number")
    (True, True, False)
    """
    if not LINE_NUMBERS.search(names) or not NUMBERS.fullmatch(text):
        return False
    found = [int(number) for number in re.findall(r"\d+", text)]
    return all(later == number + 1 for number, later in pairwise(found))
