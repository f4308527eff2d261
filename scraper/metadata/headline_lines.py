"""The lines that a page shows around its headline: where readers find who wrote the article and when.

Read when metadata is silent, and to check the declared date against the one that readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import INLINE, SKIPPED
from scraper.text.dates import parse_date, read_date

MAX_NODES: Final = 200
MAX_LINES: Final = 18
SAME_MOMENT: Final = timedelta(minutes=2)
RELAUNCH: Final = timedelta(days=1)
REISSUE: Final = timedelta(days=30)
"""An update within this is one of the same article; after it, readers are shown a new edition."""
DATE_LINE: Final = 100
"""Characters; a longer line that holds a date in words is a caption or a sentence."""
MAX_LINE_CHARS: Final = 160
"""Characters; a longer line is prose, in which a date belongs to the story."""

_SKIPPED: Final = SKIPPED | {"nav", "figure", "picture", "form", "-comment"}
"""Elements whose text is no line beside the headline."""
_INLINE: Final = INLINE | {"date"}
"""Elements that do not end a line; `date` is no HTML, but some pages write it like `time`."""

_PUBLISHED: Final = ("datepublished", "publishdate", "published", "release-date")
UPDATED: Final = re.compile(
    r"\b(?:updat\w*|modified|revised|last review\w*|reviewed|edited|aktualisiert\w*|geändert|stand|mis à jour|modifié|actualizad[oa]|modificad[oa]|aggiornat[oa]|"
    r"atualizad[oa]|bijgewerkt|gewijzigd|aktualizacja|zaktualizowano|uppdatera\w*|oppdatert|opdateret|päivitetty|güncelle\w*|обновлен\w*|изменен\w*|"
    r"ažurirano|aktualizov\w*|frissítve|actualizat)\b|更新|수정|업데이트",
    re.IGNORECASE,
)
"""Words that mark a date as one of change, not of publication."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text near the headline.

    `when` is the machine-readable moment inside it, if it has one; `marked` whether its markup calls it the date of publication.
    """

    text: str
    when: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A date that readers see: `updated` when its label says that it is one of change, `marked` when it is markedly one of publication."""

    moment: datetime
    updated: bool = False
    marked: bool = False


def lines_after(heading: LexborNode) -> list[Line]:
    """Lines that follow a headline in document order, up to the first two long paragraphs."""
    lines: list[Line] = []
    long_lines = 0
    for line in _join(_following(heading)):
        lines.append(line)
        long_lines += len(line.text) > MAX_LINE_CHARS
        if long_lines >= 2 or len(lines) >= MAX_LINES:
            break
    return lines


def lines_before(heading: LexborNode) -> list[Line]:
    """The few lines in front of a headline within its own container, nearest first."""
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


def shown_dates(lines: list[Line], *, language: str) -> list[Shown]:
    """Dates in short lines, in order. A label on a line of its own ("Last updated") counts for the next line."""
    found: list[Shown] = []
    label = False
    for line in lines:
        if len(line.text) > MAX_LINE_CHARS:
            label = False
            continue
        updated = bool(UPDATED.search(line.text))
        moment = _moment_of(line, language)
        if moment:
            changed = (updated or label) and not _published_first(line.text)
            found.append(Shown(moment, changed, line.marked and not changed))
        label = updated and not moment
    return found


def _moment_of(line: Line, language: str) -> datetime | None:
    """The moment in a line: the machine-readable one, unless the text says another day or the same moment in its own zone."""
    told = parse_date(line.when, language=language) if line.when else None
    read = read_date(line.text, language=language) if told or len(line.text) <= DATE_LINE else None
    if told is None or read is None:
        return told or read
    other_day = abs(read - told) > timedelta(days=2)
    return read if other_day or (read == told and read.utcoffset()) else told


def _published_first(text: str) -> bool:
    """Whether a line says when it was published before it says when it was changed."""
    change = UPDATED.search(text)
    return change is not None and any(char.isdigit() for char in text[: change.start()])


def _following(start: LexborNode) -> Iterator[LexborNode]:
    """Nodes after `start` in document order, its own subtree and skipped elements left out."""
    node: LexborNode | None = start
    descend = False
    for _ in range(MAX_NODES):
        child = node.child if node is not None and descend else None
        if child is not None:
            node = child
        else:
            while node is not None and node.next is None:
                node = node.parent
            node = node.next if node is not None else None
        if node is None:
            return
        descend = node.tag not in _SKIPPED
        if descend:
            yield node


def _subtree(top: LexborNode) -> Iterator[LexborNode]:
    """A node and what is in it, in document order; bounded."""
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
    """Text nodes joined into lines: a block element ends a line."""
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
    """Whether a <time>'s names or those of its parent say that it holds the date of publication, and not one of change."""
    own, above = node.attributes, node.parent.attributes if node.parent is not None else {}
    names = " ".join(
        attributes.get(key) or "" for attributes in (own, above) for key in ("itemprop", "class", "data-testid", "id")
    ).lower()
    return (
        ("pubdate" in own or any(word in names for word in _PUBLISHED))
        and "modif" not in names
        and "updat" not in names
    )


def settle(declared: datetime | None, shown: list[Shown], *, alone: bool = False) -> datetime | None:
    """The moment of publication, given the declared one and the dates that readers see.

    The declared one stands, with four exceptions: readers see the same moment in the page's own zone; they see an older date
    (metadata of relaunched sites names the day of the relaunch); markup calls another date the one of publication; one
    source `alone` declares it and readers see only a date much later (a guide that is issued anew).
    """
    plain = [item for item in shown if not item.updated]
    first = plain[0] if plain else None
    if declared is None:
        return first.moment if first else shown[0].moment if shown else None
    if alone and shown and min(item.moment for item in shown) - declared > REISSUE:
        return shown[0].moment
    if first is None or first.moment.date() == declared.date():
        return declared
    apart = first.moment - declared
    if abs(apart) < SAME_MOMENT or first.marked or apart < -RELAUNCH:
        return first.moment
    return _in_shown_zone(declared, first.moment) or declared


def _in_shown_zone(declared: datetime, shown: datetime) -> datetime | None:
    """The declared moment at the offset that makes its clock read as shown, when a whole half hour does."""
    if not (shown.hour or shown.minute) or declared.utcoffset() or shown.utcoffset():
        return None
    apart = shown.replace(second=0) - declared.replace(second=0, microsecond=0)
    if apart % timedelta(minutes=30) or not timedelta(hours=-12) <= apart <= timedelta(hours=14):
        return None
    return declared.astimezone(timezone(apart))
