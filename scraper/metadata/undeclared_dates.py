"""Finds the date of a page that neither declares one nor shows one beside its headline.

Elements and lines that look like a date of publication come first, then the declared change, then a guess by htmldate.
A guess counts only if its day is written somewhere in the page: htmldate fills a missing day or month from the clock or
with 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.encoding import replace_unsafe
from scraper.metadata.facts import Facts
from scraper.metadata.headline_lines import MAX_DATE_LINE_CHARS, MAX_LINE_CHARS, without_other_dates
from scraper.text.dates import LAST_YEAR, MAX_AHEAD, read_date
from scraper.text.patterns import lazy_pattern

MAX_DATED_ELEMENTS: Final = 40
"""Elements named after dates that are read."""
MAX_DATED_CHARS: Final = 300
"""Longest text of an element named after dates."""
MAX_LINES: Final = 4000
"""Lines of a page that are searched for a date."""
MAX_GUESS_CHARS: Final = 250_000
"""Longest markup that htmldate reads. Measured: up to 0.5 s for pages made to be slow, 3 ms for a usual page."""
MAX_YEARS: Final = 200
"""Places of a year in the markup at which the day of a guess is looked for."""
DATE_ALONE: Final = lazy_pattern(r"^\D{0,24}\d[\w .:,/|·-]{5,40}$")
"""A line with a date, perhaps a label and a time, and hardly anything else."""
DATED_SELECTOR: Final = 'time,[class*="date" i],[class*="publi" i],[class*="time" i],[class*="meta" i],[id*="date" i],[class*="datum" i],date'
PUBLISHED_WORDS: Final = lazy_pattern(
    r"\b(?:posted|published|submitted|written|veröffentlicht|publiziert|erstellt|geschrieben|verfasst|eingestellt|publié|"
    r"posté|rédigé|mis en ligne|publicad[oa]|escrito|pubblicat[oa]|scritto|postado|geplaatst|gepubliceerd|geschreven|"
    r"opublikowan[oey]|dodan[oey]|napisan[oey]|publicerad|publisert|udgivet|julkaistu|publikováno|vydáno|опубликован\w*|"
    r"добавлен\w*|yayın\w*|diterbitkan|diposting)\b|发布|發布|發佈|掲載|投稿|公開|게시|등록|입력",
    re.IGNORECASE,
)
"""Words that mark a date of publication."""
_NUMBERS: Final = lazy_pattern(r"\d+([-/._])\d+\1\d+")
"""A date in numbers, or a file name that looks like one."""
BANNERS: Final = '[id^="wm-ipp"]'
"""Elements that a web archive adds to its copies: they name the days of its snapshots."""


def find_undeclared(facts: Facts, *, modified: datetime | None) -> datetime | None:
    """The date of an element or a line that looks like one of publication, else that of the change, else a guess."""
    return _dated_element(facts) or _dated_line(facts) or modified or guess_date(facts)


def _dated_element(facts: Facts) -> datetime | None:
    """The first date in an element that is named after dates."""
    for node in facts.tree.css(DATED_SELECTOR)[:MAX_DATED_ELEMENTS]:
        when = node.attributes.get("datetime")
        text = when or node.text(separator=" ")
        if len(text) < MAX_DATED_CHARS and not _is_other(node):
            found = facts.moment(text) if when else facts.shown_moment(without_other_dates(" ".join(text.split())))
            if found:
                return found
    return None


def _is_other(node: LexborNode) -> bool:
    """Whether the text around an element says that its date is not of publication: "Accepted: <time>"."""
    around = " ".join(node.parent.text(separator=" ").split()) if node.parent is not None else ""
    if len(around) > MAX_LINE_CHARS:
        return False
    rest = without_other_dates(around)
    return rest != around and " ".join(node.text(separator=" ").split()) not in rest


def _dated_line(facts: Facts) -> datetime | None:
    """The first date in a short line with a word of publication, else in a line that is little more than a date."""
    lines = [line for line in _lines(facts) if any(map(str.isdigit, line))]
    labelled = (line for line in lines if len(line) <= MAX_DATE_LINE_CHARS and PUBLISHED_WORDS.search(line))
    for line in (*labelled, *filter(DATE_ALONE.match, lines)):
        if found := facts.shown_moment(without_other_dates(line)):
            return found
    return None


def _lines(facts: Facts) -> Iterator[str]:
    """Lines of the page's text, without those of a web archive's banner."""
    body = facts.tree.body
    lines = body.text(separator="\n").split("\n")[:MAX_LINES] if body is not None else []
    banner = {line for node in facts.tree.css(BANNERS) for line in node.text(separator="\n").split("\n")}
    return (line.strip() for line in lines if line not in banner)


def guess_date(facts: Facts) -> datetime | None:
    """The day that htmldate finds in the page, if the page writes it out; None if it finds none, or the page is long.

    Imported at first use: htmldate takes half a second to import, and few pages need it. Its slower search is not used: it
    gave copyright years on 66 of 89 pages without a date, and loads the months of 200 languages first.
    """
    markup = replace_unsafe(facts.tree.html or "")
    if not markup or len(markup) > MAX_GUESS_CHARS:
        return None
    from htmldate import find_date
    from lxml.etree import LxmlError

    last = facts.latest - MAX_AHEAD if facts.latest else datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
    try:
        found = find_date(markup, original_date=True, extensive_search=False, max_date=last.replace(tzinfo=None))
    except (LxmlError, ValueError, OverflowError, RecursionError):
        return None
    day = date.fromisoformat(found) if found else None
    if day is None or not is_written(day, markup) or day in _other_days(facts):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _other_days(facts: Facts) -> set[date]:
    """The days that the page names by a label of `date_labels.toml`, as of something other than its publication."""
    labelled = (line for line in _lines(facts) if len(line) <= MAX_LINE_CHARS and without_other_dates(line) != line)
    return {found.date() for line in labelled if (found := facts.shown_moment(line))}


def is_written(day: date, markup: str) -> bool:
    """Whether a text names a day in full, in numbers or in words. A file such as /2023/02/7.jpg names none.

    >>> is_written(date(2021, 5, 3), "Ausgabe vom 3. Mai 2021"), is_written(date(2021, 5, 3), "/2021/05/")
    (True, False)
    """
    year, number, month = f"{day.year}", f"0?{day.day}", f"0?{day.month}"
    forms = (f"{day:%Y[-/._]?%m[-/._]?%d}", f"{number}[-/.]{month}[-/.]{year}", f"{month}[-/.]{number}[-/.]{year}")
    if re.search(rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)", markup):
        return True
    places = list(re.finditer(rf"(?<!\d){year}(?!\d)", markup))[:MAX_YEARS]
    around = (markup[max(0, place.start() - 30) : place.end() + 20] for place in places)
    return any(found.date() == day for text in around if (found := read_date(_NUMBERS.sub(" ", text))))
