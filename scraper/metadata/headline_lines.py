"""The lines around a page's headline, where readers find the author and the date.

The lines are used if metadata names none, and to check the declared date against the one that readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from selectolax.lexbor import LexborNode

from scraper.html.nodes import INLINE, SKIPPED
from scraper.text.dates import parse_date, read_date

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

_PUBLISHED: Final = ("datepublished", "publishdate", "published", "release-date")
UPDATED: Final = re.compile(
    r"\b(?:updat\w*|modified|revised|last review\w*|reviewed|edited|aktualisiert\w*|geändert|stand|mis à jour|modifié|actualizad[oa]|modificad[oa]|aggiornat[oa]|"
    r"atualizad[oa]|bijgewerkt|gewijzigd|aktualizacja|zaktualizowano|uppdatera\w*|oppdatert|opdateret|päivitetty|güncelle\w*|обновлен\w*|изменен\w*|"
    r"ažurirano|aktualizov\w*|frissítve|actualizat)\b|更新|수정|업데이트",
    re.IGNORECASE,
)
"""Words that mark a date of change, not of publication."""


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


def shown_dates(lines: list[Line], *, language: str) -> list[ShownDate]:
    """Dates in short lines, in order. A label on a line of its own ("Last updated") applies to the next line."""
    found: list[ShownDate] = []
    label = False
    for line in lines:
        if len(line.text) > MAX_LINE_CHARS:
            label = False
            continue
        updated = bool(UPDATED.search(line.text))
        moment = _moment_of(line, language)
        if moment:
            changed = (updated or label) and not _published_first(line.text)
            found.append(ShownDate(moment, changed, line.marked and not changed))
        label = updated and not moment
    return found


def _moment_of(line: Line, language: str) -> datetime | None:
    """The moment in a line: the machine-readable one, unless the text names another day or adds the zone."""
    stated = parse_date(line.when, language=language) if line.when else None
    read = read_date(line.text, language=language) if stated or len(line.text) <= MAX_DATE_LINE_CHARS else None
    if stated is None or read is None:
        return stated or read
    other_day = abs(read - stated) > MAX_DATE_APART
    return read if other_day or (read == stated and read.utcoffset()) else stated


def _published_first(text: str) -> bool:
    """Whether a line names the date of publication before the date of change."""
    change = UPDATED.search(text)
    return change is not None and any(char.isdigit() for char in text[: change.start()])


def _following(start: LexborNode) -> Iterator[LexborNode]:
    """Nodes after `start` in document order, without its own subtree and without skipped elements."""
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
