"""The head of a plain text: which line is its headline, and the dates in its stamps.

A text that was scraped with its boilerplate has no markup that marks its title. The caller says which lines are
boilerplate; here lines are judged by their form, and the headline is found by the evidence of `EVIDENCE`, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from scraper.metadata.headline_lines import UPDATED, without_other_dates
from scraper.metadata.tables import read_table
from scraper.rules.thresholds import number
from scraper.text.dates import parse_date
from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import UNSPACED
from scraper.text.sentences import STATEMENT_END
from scraper.text.words import fold

MAX_TITLE_LINE_CHARS: Final = number("MAX_TITLE_LINE_CHARS")
MIN_TITLE_LETTERS: Final = 2
MIN_HEADLINE_WORDS: Final = number("MIN_HEADLINE_WORDS")
UNSPACED_WORD_CHARS: Final = 2
"""Characters that count as a word in scripts without spaces."""
MAX_BYLINE_DISTANCE: Final = 2
"""A byline or a stamp stands among this many lines below the headline; a standfirst may come first."""
MIN_ADDRESS_WORDS: Final = 3
"""Words of an address that say what the headline is: "ferry-sails-again", not "news"."""
MIN_ADDRESS_WORD_CHARS: Final = 3
MIN_ADDRESS_SHARE: Final = 0.6
"""Share of an address's words that are in the headline: addresses leave words out, and are older than some headlines."""
MIN_MENU_NAMES: Final = 2
MIN_MENU_SHARE: Final = 0.5
"""Names of sections in a line that is a menu, and their share of its words."""

LETTERS: Final = lazy_pattern(r"[^\W\d_]")
UNFINISHED: Final = lazy_pattern(r"[:：,，、;；]$|^[a-z]+://\S+$|^\S+@\S+\.\w+$|^www\.\S+$", re.IGNORECASE)
"""A line that announces what follows, or is an address: no headline."""
OUTER_MARKS: Final = lazy_pattern(r"^[\W_]+|[\W_]+$")


def reads_like_headline(line: str) -> bool:
    """Whether a line has the form of a headline: short, with letters, no statement, and nothing that it announces.

    >>> [reads_like_headline(line) for line in ("Will the ferry sail?", "The ferry sails.", "Dear readers,", "5/12")]
    [True, False, False, False]
    """
    return (
        len(line) <= MAX_TITLE_LINE_CHARS
        and len(LETTERS.findall(line)) >= MIN_TITLE_LETTERS
        and not STATEMENT_END.search(line)
        and not UNFINISHED.search(line)
    )


def is_section_name(line: str) -> bool:
    """Whether a line is the name of a section, or a label above a headline, and nothing else.

    >>> is_section_name("| World News |"), is_section_name("World News Day in Oslo")
    (True, False)
    """
    return OUTER_MARKS.sub("", " ".join(line.casefold().split())) in section_names()


def is_menu(line: str) -> bool:
    """Whether a line is a menu: names of sections, and little else.

    >>> is_menu("Home News Sport Weather Jobs More"), is_menu("Food, sport and science meet at sea")
    (True, False)
    """
    words = fold(line)
    names = sum(word in section_names() for word in words)
    return names >= max(MIN_MENU_NAMES, MIN_MENU_SHARE * len(words))


def is_trail(line: str, others: Iterable[str]) -> bool:
    """Whether a line is the way to a page: names of sections before another line's words.

    >>> is_trail("Home News Ferry sails again", ["Ferry sails again"]), is_trail("Why the ferry sails", ["the ferry sails"])
    (True, False)
    """
    words = fold(line)
    ends = {fold(other) for other in others}
    return any(words[place:] in ends for place in range(1, len(words)) if words[place - 1] in section_names())


@cache
def section_names() -> frozenset[str]:
    """All words of `section_names.toml`."""
    return frozenset(word.casefold() for row in read_table("section_names.toml") for word in row.all_words)


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of a text. `known`: a rule knows it as boilerplate; `dated`: it is a byline or a stamp."""

    text: str
    known: bool = False
    dated: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it has as many words as most headlines. A shorter line above another is a label or a section's name."""
        words = fold(self.text)
        chars = sum(len(word) for word in words if UNSPACED.search(word))
        return max(len(words), chars // UNSPACED_WORD_CHARS) >= MIN_HEADLINE_WORDS


@dataclass(frozen=True, slots=True)
class Head:
    """The lines above the first sentence of a text. `places` are those of the lines that read like a headline."""

    lines: Sequence[HeadLine]
    places: Sequence[int]
    url: str = ""

    @property
    def long(self) -> list[int]:
        """The places of the lines that have as many words as most headlines."""
        return [place for place in self.places if self.lines[place].is_long]


def find_headline(lines: Sequence[HeadLine], *, url: str = "") -> int:
    """The place of the headline; -1 for none. A headline needs text below it."""
    unknown = [place for place, line in enumerate(lines) if not line.known]
    sentence = next((place for place in unknown if STATEMENT_END.search(lines[place].text)), len(lines))
    above = [place for place in unknown[:-1] if place < sentence]
    others = [lines[place].text for place in above if lines[place].is_long]
    places = [
        place for place in above if reads_like_headline(lines[place].text) and not is_label(lines[place], others=others)
    ]
    head = Head(lines, places, url)
    return next((place for find in EVIDENCE if (place := find(head)) >= 0), -1)


def find_labels(lines: Sequence[HeadLine], headline: int) -> frozenset[int]:
    """The places of labels, menus and ways to the page above the headline; without one, of those above all else."""
    found = set()
    for place, line in enumerate(lines[: headline if headline >= 0 else -1]):
        if line.known:
            continue
        others = [lines[headline].text] if headline >= 0 else []
        if is_label(line, others=others) or (headline >= 0 and not line.is_long):
            found.add(place)
        elif headline < 0:
            break
    return frozenset(found)


def is_label(line: HeadLine, *, others: Iterable[str]) -> bool:
    """Whether a line only says where the page is, by its form. `others` are lines that may be the headline."""
    return is_section_name(line.text) or is_menu(line.text) or is_trail(line.text, others)


def named_by_address(head: Head) -> int:
    """The line with the most words of the address, if it has most of them."""
    parts = [fold(re.sub(r"[-_]|\.\w+$", " ", part)) for part in urlsplit(head.url).path.split("/")]
    words = {word for word in max(parts, key=len) if len(word) >= MIN_ADDRESS_WORD_CHARS}
    shares = [
        (len(words.intersection(fold(head.lines[place].text))) / max(len(words), 1), -place) for place in head.places
    ]
    share, place = max(shares, default=(0.0, 1))
    return -place if len(words) >= MIN_ADDRESS_WORDS and share >= MIN_ADDRESS_SHARE else -1


def first_of_all(head: Head) -> int:
    """The first line of the text: nothing stands above it."""
    return next((place for place in head.long if place == 0), -1)


def above_byline(head: Head) -> int:
    """The first line with a byline or a stamp close below it."""
    return next(
        (
            place
            for place in head.long
            if any(line.dated for line in head.lines[place + 1 : place + 1 + MAX_BYLINE_DISTANCE])
        ),
        -1,
    )


def first_long(head: Head) -> int:
    """The first line that is as long as most headlines."""
    return next(iter(head.long), -1)


def first_short(head: Head) -> int:
    """The first line: some headlines are short."""
    return next(iter(head.places), -1)


EVIDENCE: Final[tuple[Callable[[Head], int], ...]] = (
    named_by_address, first_of_all, above_byline, first_long, first_short,
)  # fmt: skip


def stamped_dates(stamps: Iterable[str], *, language: str = "") -> tuple[datetime | None, datetime | None]:
    """The moments of publication and of change in lines of stamps, in their order; None for none.

    A line that names a change counts for publication only if no other line has a date.

    >>> [str(moment and moment.date()) for moment in stamped_dates(["Updated 4 May 2024", "3 May 2024, 10:15"])]
    ['2024-05-03', '2024-05-04']
    """
    published: list[datetime] = []
    modified: list[datetime] = []
    for stamp in stamps:
        line = without_other_dates(stamp)
        change = UPDATED.search(line)
        first = line[: change.start()] if change else line
        if moment := parse_date(first, language=language):
            published.append(moment)
        if change and (moment := parse_date(line[change.start() :], language=language)):
            modified.append(moment)
    changed = next(iter(modified), None)
    return next(iter(published), changed), changed
