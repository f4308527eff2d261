"""The lines around a page's headline, where readers find the author and the date.

The lines are used if metadata names none, and to check the declared date against the one that readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import INLINE, SKIPPED
from scraper.metadata.facts import Facts
from scraper.metadata.tables import Words, any_of, read_table
from scraper.text.months import MONTHS
from scraper.text.patterns import lazy_pattern

MAX_NODES: Final = 200
"""Nodes around the headline that are visited."""
MAX_LINES: Final = 18
"""Lines after a headline that are read."""
MAX_DATE_APART: Final = timedelta(days=2)
"""Difference of a machine-readable date and the text beside it; beyond, the text is right."""
MAX_DATE_LINE_CHARS: Final = 100
"""A longer line with a date in words is a caption or a sentence."""
MAX_LINE_CHARS: Final = 160
"""A longer line is prose; a date in it belongs to the story."""

_SKIPPED: Final = SKIPPED | {"nav", "figure", "picture", "form", "-comment"}
"""Elements whose text is never a line beside the headline."""
_INLINE: Final = INLINE | {"date"}
"""Elements that do not end a line. `date` is not HTML, but some pages use it like `time`."""

_DIGIT: Final = lazy_pattern(r"\d")
_PUBLISHED: Final = ("datepublished", "publishdate", "published", "release-date")
UPDATED: Final = lazy_pattern(
    r"\b(?:updat\w*|modified|revised|last review\w*|reviewed|edited|aktualisiert\w*|geändert|stand|mis à jour|modifié|actualizad[oa]|modificad[oa]|aggiornat[oa]|"
    r"atualizad[oa]|bijgewerkt|gewijzigd|aktualizacja|zaktualizowano|uppdatera\w*|oppdatert|opdateret|päivitetty|güncelle\w*|обновлен\w*|изменен\w*|"
    r"ažurirano|aktualizov\w*|frissítve|actualizat)\b|更新|수정|업데이트",
    re.IGNORECASE,
)
"""Words that mark a date of change, not of publication."""

_ROWS: Final = read_table("date_labels.toml")
_OTHER: Final = any_of(word for row in _ROWS if row.form != "story" for word in row.all_words)
_STORY: Final = any_of(word for row in _ROWS if row.form == "story" for word in row.all_words)
_JOINER: Final = "on|at|am|den|le|el|em|il|op|dnia|del|dne"
_OTHER_DATE: Final = lazy_pattern(
    rf"(?:(?:^|(?<=[|•·/;,.()\[\]、，。；：:])|(?<=\d\s)|(?<=\s[–—-]\s))\s*(?:{_OTHER})"
    rf"(?:\s*[:：]\s*(?=\D{{0,24}}\d)|\s*(?:\b(?:{_JOINER})\b)?\s*(?=\d|(?:{any_of(MONTHS)})\b))"
    rf"|\b(?:{_STORY})\s+(?:(?:{_JOINER})\s+)?(?=\d|(?:{any_of(MONTHS)})\b))"
    r"(?:.{0,40}?(?:19|20)\d\d(?:\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,2})?|.*$)",
    re.IGNORECASE,
)
"""A date with a label of `date_labels.toml`."""
_LABELS: Final = Words(word for row in _ROWS for word in row.all_words)
_OTHER_LABEL: Final = lazy_pattern(rf"\W*(?:{_OTHER})(?:\s(?:{_JOINER}))?\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text near the headline.

    `when` is its machine-readable moment, if any. `marked`: its markup names it the date of publication.
    """

    text: str
    when: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A date that readers see. `updated`: its label names a change; `marked`: its markup names the publication."""

    moment: datetime
    updated: bool = False
    marked: bool = False


def lines_after(heading: LexborNode) -> list[Line]:
    """Lines after a headline in document order, up to the second long paragraph."""
    lines: list[Line] = []
    long_lines = 0
    for line in _join(_following(heading)):
        lines.append(line)
        long_lines += len(line.text) > MAX_LINE_CHARS
        if long_lines >= 2 or len(lines) >= MAX_LINES:
            break
    return lines


def lines_before(heading: LexborNode) -> list[Line]:
    """The few lines before a headline inside its own container, nearest first."""
    found: list[Line] = []
    node: LexborNode | None = heading
    for _ in range(3):
        sibling = node.prev if node is not None else None
        while sibling is not None and len(found) < 4:
            if sibling.tag not in _SKIPPED:
                found.extend(line for line in _join(_subtree(sibling)) if len(line.text) <= MAX_LINE_CHARS)
            sibling = sibling.prev
        node = node.parent if node is not None else None
        if len(found) >= 4 or node is None or node.tag in {"body", "html", "main", "article"}:
            break
    return found[:6]


def shown_dates(facts: Facts, lines: list[Line]) -> list[ShownDate]:
    """Dates in short lines, in order, without those of `date_labels.toml`.

    A label on a line of its own ("Last updated", "Accepted") applies to the next line.
    """
    found: list[ShownDate] = []
    near = _near_dates(lines)
    labels = _LABELS.within("\n".join(compress((line.text for line in lines), near)))
    above, other = "", False
    for whole, is_near in zip(lines, near, strict=True):
        if not is_near:
            above, other = "", False
            continue
        line = _without_other_dates(whole, labels)
        moment = None if other else _moment_of(facts, line)
        other = labels.any_in(line.text) and bool(_OTHER_LABEL.fullmatch(line.text))
        if moment:
            updated = UPDATED.search(line.text) or UPDATED.search(above)
            changed = updated is not None and not _published_first(line.text)
            found.append(ShownDate(moment, changed, line.marked and not changed))
        above = "" if moment else line.text
    return found


def _near_dates(lines: list[Line]) -> list[bool]:
    """For each line whether it is short, and it or the line below it may hold a date: no other line tells anything."""
    short = [len(line.text) <= MAX_LINE_CHARS for line in lines]
    dated = [fits and bool(line.when or _DIGIT.search(line.text)) for line, fits in zip(lines, short, strict=True)]
    return [fits and (own or below) for fits, own, below in zip(short, dated, [*dated[1:], False], strict=False)]


def _without_other_dates(line: Line, labels: Words) -> Line:
    """The line without dates that its labels say are not of publication; unchanged if markup says that they are."""
    rest = line.text if line.marked else without_other_dates(line.text, labels)
    return line if rest == line.text else Line(rest)


def without_other_dates(text: str, labels: Words = _LABELS) -> str:
    """The text without dates that are labelled as of something other than publication. `labels` are all that it may have.

    >>> without_other_dates("Received 3 May 2022; Accepted: 16 December 2022; Published: 2 January 2023")
    ';; Published: 2 January 2023'
    """
    return _OTHER_DATE.sub("", text) if labels.any_in(text) else text


def _moment_of(facts: Facts, line: Line) -> datetime | None:
    """The moment in a line: the machine-readable one, unless the text names another day or adds the zone."""
    stated = facts.moment(line.when) if line.when else None
    read = facts.shown_moment(line.text) if stated or len(line.text) <= MAX_DATE_LINE_CHARS else None
    if stated is None or read is None:
        return stated or read
    other_day = abs(read - stated) > MAX_DATE_APART or _is_local_day(read, stated)
    return read if other_day or (read == stated and read.utcoffset()) else stated


def _is_local_day(read: datetime, stated: datetime) -> bool:
    """Whether readers see the day before or after that of a time in UTC: the day where the page was written."""
    is_day = not (read.hour or read.minute)
    is_utc = not stated.utcoffset() and bool(stated.hour or stated.minute)
    return is_day and is_utc and abs(read.date() - stated.date()) == timedelta(days=1)


def _published_first(text: str) -> bool:
    """Whether a line names the date of publication before the date of change."""
    change = UPDATED.search(text)
    return change is not None and any(char.isdigit() for char in text[: change.start()])


def _following(start: LexborNode) -> Iterator[LexborNode]:
    """Nodes after `start` in document order, without its own subtree and without skipped elements."""
    node, descend = start, False
    for _ in range(MAX_NODES):
        found = node.child if descend else None
        while found is None:
            found = node.next
            if found is None:
                above = node.parent
                if above is None:
                    return
                node = above
        node, descend = found, found.tag not in _SKIPPED
        if descend:
            yield node


def _subtree(top: LexborNode) -> Iterator[LexborNode]:
    """A node and its descendants in document order, at most `MAX_NODES`."""
    stack = [top]
    for _ in range(MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if node.tag in _SKIPPED:
            continue
        yield node
        children: list[LexborNode] = []
        child = node.child
        while child is not None and len(children) < MAX_NODES:
            children.append(child)
            child = child.next
        stack.extend(reversed(children))


def _join(nodes: Iterator[LexborNode]) -> Iterator[Line]:
    """Lines made of text nodes: a block element ends a line."""
    parts: list[str] = []
    when, marked = "", False
    for node in nodes:
        tag = node.tag or ""
        if tag == "-text":
            parts.append(node.text_content or "")
            continue
        if tag not in _INLINE:
            text = " ".join("".join(parts).split())
            if text:
                yield Line(text, when, marked)
            parts, when, marked = [], "", False
        elif parts:
            parts.append(" ")
        if tag == "time":
            attributes = node.attributes
            marked = marked or (not when and _is_marked(node))
            when = when or attributes.get("datetime") or ""
    text = " ".join("".join(parts).split())
    if text:
        yield Line(text, when, marked)


def _is_marked(node: LexborNode) -> bool:
    """Whether the names of a <time> or of its parent mean the date of publication, not of change."""
    own, above = node.attributes, node.parent.attributes if node.parent is not None else {}
    names = " ".join(
        attributes.get(key) or "" for attributes in (own, above) for key in ("itemprop", "class", "data-testid", "id")
    ).lower()
    return (
        ("pubdate" in own or any(word in names for word in _PUBLISHED))
        and "modif" not in names
        and "updat" not in names
    )
