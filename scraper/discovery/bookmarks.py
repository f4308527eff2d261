"""Bookmarks in HTML: the Netscape format that browsers export, and the pages that Pocket and Instapaper exported.

The format has no standard, and most files leave its tags open: parsers of HTML repair them into other folders, and
html.parser takes minutes for some. So the few tags of the format are read one by one: a list opens a folder, a heading before
a list names the folder, and the next item ends an open link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final

LISTS: Final = frozenset({"dl", "ul", "ol"})
ITEMS: Final = frozenset({"dt", "dd", "li", "hr"})
DATES: Final = ("add_date", "time_added")
"""Attributes of a link that hold its date of saving, in seconds since 1970: of browsers, of Pocket."""
TAG: Final = re.compile(
    r"""<(?P<end>/?)(?P<name>dl|ul|ol|dt|dd|li|hr|h[1-6]|a)(?P<attributes>(?:[\s/]+(?:[^\s/>=<]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s<>"'][^\s<>]*))?)?)*+)\s*>""",
    re.IGNORECASE,
)
"""A tag of the format. An attribute outside of quotes holds no `<`, so that an open tag ends the search."""
ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s/>=<]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s<>"'][^\s<>]*)))?"""
)
OTHER_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
MAX_FOLDERS: Final = 100
"""Limit on nested folders whose names are kept."""
SIGN: Final = re.compile(
    r"<!doctype\s+netscape-bookmark|\b(?:add_date|time_added)\s*=|<title>\s*instapaper", re.IGNORECASE
)
"""A text that only files of bookmarks have."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One saved link as a file spells it. `saved` and `tags` are read by `reading_lists`; `folders` is outermost first."""

    url: str
    title: str = ""
    saved: object = ""
    tags: object = ""
    folders: tuple[str, ...] = ()


@dataclass(slots=True)
class OpenText:
    """The text of a link or heading whose end tag has not come yet."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(unescape(OTHER_TAG.sub("", "".join(self.parts))).split())


def is_bookmarks(text: str) -> bool:
    """Whether a text of tags is a file of bookmarks."""
    return SIGN.search(text) is not None


def parse_bookmarks(text: str) -> tuple[Bookmark, ...]:
    """The bookmarks of a file, in order. Never fails."""
    reader = BookmarkReader()
    text = without_comments(text)
    at = 0
    for tag in TAG.finditer(text):
        reader.add_text(text[at : tag.start()])
        at = tag.end()
        if tag["end"]:
            reader.end_tag(tag["name"].lower())
        else:
            reader.start_tag(tag["name"].lower(), tag["attributes"])
    reader.add_text(text[at:])
    reader.end_text()
    return tuple(reader.found)


def without_comments(text: str) -> str:
    """The text without its comments; an open comment is none."""
    parts = []
    while (start := text.find("<!--")) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[:start])
        text = text[end + 3 :]
    return "".join([*parts, text])


def read_attributes(text: str) -> dict[str, str]:
    """The attributes of a tag by their names in small letters."""
    found: dict[str, str] = {}
    for one in ATTRIBUTE.finditer(text):
        value = next((one[group] for group in ("double", "single", "bare") if one[group] is not None), "")
        found.setdefault(one["name"].lower(), unescape(value))
    return found


class BookmarkReader:
    """Collects links with the folders around them."""

    def __init__(self) -> None:
        self.found: list[Bookmark] = []
        self.folders: list[str] = []
        self.heading = OpenText("")
        self.open: OpenText | None = None

    def start_tag(self, tag: str, attributes: str) -> None:
        """Take up a start tag."""
        self.end_text()
        if tag in LISTS:
            is_title = tag == "dl" and self.heading.tag == "h1"  # "Bookmarks", above the whole file
            self.folders.append("" if is_title else self.heading.text)
            self.heading = OpenText("")
        elif tag not in ITEMS:
            self.open = OpenText(tag, read_attributes(attributes))

    def end_tag(self, tag: str) -> None:
        """Take up an end tag."""
        if tag in LISTS or (self.open and tag == self.open.tag):
            self.end_text()
        if tag in LISTS and self.folders:
            self.folders.pop()
            self.heading = OpenText("")

    def add_text(self, text: str) -> None:
        """Add text to the open heading or link."""
        if self.open:
            self.open.parts.append(text)

    def end_text(self) -> None:
        """Take up the open heading or link."""
        ended, self.open = self.open, None
        if ended and ended.tag != "a":
            self.heading = ended
        elif ended and ended.attributes.get("href"):
            own = ended.attributes
            saved = next((own[name] for name in DATES if own.get(name)), "")
            folders = tuple(filter(None, self.folders[:MAX_FOLDERS]))
            self.found.append(Bookmark(own["href"].strip(), ended.text, saved, own.get("tags", ""), folders))
