"""Texts of neighbouring inline elements: where a space is missing between two, and how raised and lowered signs are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from scraper.blocks.model import Style
from scraper.html.encoding import UNSAFE
from scraper.html.limits import MAX_BLOCKS
from scraper.text.invisible import INVISIBLE
from scraper.text.patterns import lazy_pattern

BREAK: Final = "\u2028"
"""The piece that a `<br>` gives."""
PARAGRAPH_BREAK: Final = lazy_pattern(rf"{BREAK}\s*{BREAK}[\s{BREAK}]*")

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
    Seam(r"\d{2}$", r"\d{2}", ("14,000", "15,000"), ("0", "5")),
    Seam(r"\d{2}$", f"[{UPPER}]{{2}}", ("15:59", "TIDE turns"), ("3", "DX")),
    Seam(f"[{LOWER}]{{3}}$", f"[{UPPER}]{{2}}", ("Harbour", "SEE all"), ("i", "OS")),
    Seam(f"[{UPPER}]{{3}}$", f"[{UPPER}][{LOWER}]{{2}}", ("NEWS", "Home"), ("Mc", "Donald")),
    Seam(f"[{LOWER}]{{2}}[.!?]$", f"[{UPPER}]", ("It rose.", "We left"), ("p.", "M.")),
    Seam(f"[{LOWER}]{{2}}:$", f"[{UPPER}][{LOWER}]{{2}}", ("Length:", "Two miles"), ("localhost:", "8080")),
    Seam(f"[{LOWER}]{{2}}$", r"[€£$¥₹]\d", ("Cod", "€12"), ("US", "$12")),
)
"""Forms of texts that are glued without a space between them. Nothing parts two lower-case letters: "un" and "loaded" in
two elements are one word, as is a large initial and the rest of its word."""

CURRENCIES: Final = frozenset("€£$¥₹")
PAIRS: Final = tuple((lazy_pattern(seam.before), lazy_pattern(seam.after)) for seam in SEAMS)


def is_glued(before: str, after: str) -> bool:
    """Whether a space is missing between the texts of two elements side by side.

    >>> is_glued("Solva", "2:45 a.m."), is_glued("H", "2"), is_glued("W", "ord")
    (True, False, False)
    """
    if not (after[:1].isdecimal() or after[:1].isupper() or after[:1] in CURRENCIES):
        return False  # no row is for these
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
    "sup": lazy_pattern(r"[\d+\-−=()n,–\s]*\d[\d+\-−=()n,–\s]*|n"),
    "sub": lazy_pattern(r"[\d+\-−=(),–\s]*\d[\d+\-−=(),–\s]*"),
}


def in_script(text: str, tag: str) -> str:
    """A text as it is written raised (`sup`) or lowered (`sub`), if it is a number; any other text is left as it is.

    >>> "10" + in_script("3", "sup"), "CO" + in_script("2", "sub"), "1" + in_script("st", "sup")
    ('10³', 'CO₂', '1st')
    """
    if len(text) > MAX_SCRIPT_CHARS or not CHANGEABLE[tag].fullmatch(text):
        return text
    return text.translate(SCRIPTS[tag])


def normalise(text: str) -> str:
    """The text with white space folded and without invisible and unsafe characters; a `<br>` is a newline.

    >>> normalise(" a \\u00a0 b\\u200b" + BREAK + " c ")
    'a b\\nc'
    """
    text = text.strip()
    if "  " not in text and text.isprintable():
        return text  # most blocks: a printable text has no white space but spaces, and no invisible character
    if BREAK in text:
        return "\n".join([line for line in map(normalise, text.split(BREAK)) if line])
    folded = " ".join(text.split())
    if folded.isprintable():  # nearly always true; then no character is invisible or unsafe
        return folded
    return " ".join(UNSAFE.sub("\ufffd", INVISIBLE.sub("", folded)).split())


def listing(text: str) -> str:
    """The text of a listing with its spaces and lines."""
    return text.replace(BREAK, "\n").replace("\u00a0", " ").strip("\n")


SAFE_LINK: Final = lazy_pattern(r"(?:https?://|mailto:|/|#|\.{0,2}/|\?|[^:]*$)", re.IGNORECASE)
COMMON_LINK_STARTS: Final = ("https://", "http://", "/", "#")
"""Starts of nearly all safe links; comparing them is faster than the pattern."""


def link_address(href: str | None) -> str | None:
    """The address that a link leads to; None if it leads nowhere: an anchor without an address, or one that runs a script.

    >>> link_address(" /tide "), link_address("#tide"), link_address("javascript:void(0)"), link_address(None)
    ('/tide', '#tide', None, None)
    """
    href = (href or "").strip()
    return href if href.startswith(COMMON_LINK_STARTS) or (href and SAFE_LINK.match(href)) else None


def split_paragraphs(raw: str, pieces: Sequence[tuple[str, Style]]) -> Sequence[Sequence[tuple[str, Style]]]:
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
