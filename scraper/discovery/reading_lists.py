"""Reading lists that other programs export: bookmarks, Pocket, Instapaper, wallabag. Bytes in, values out.

The format is recognised by content. A table in CSV needs a header with a column of addresses; `COLUMNS` says which names
the columns have in which program, and the same names are those of JSON's keys. Links that are no web address are counted.
"""

from __future__ import annotations

import csv
import io
import json
import re
from ast import literal_eval
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scraper.discovery.bookmarks import Bookmark, is_bookmarks, parse_bookmarks
from scraper.discovery.links import one_line, without_surrogates
from scraper.discovery.saved_json import entries, json_of
from scraper.discovery.saved_link import MAX_TAGS, SavedLink, merged
from scraper.discovery.times import parse_time
from scraper.errors import ParseError
from scraper.html.encoding import read_bytes
from scraper.urls.variants import canonical_or_empty, page_key

MAX_LIST_BYTES: Final = 500_000_000
"""Limit on a file: wallabag puts the articles' texts into it."""
MAX_FIELD_CHARS: Final = 10_000_000
"""Limit on a cell of a CSV file. Instapaper's hold passages that the reader marked."""
MAX_TAG_CHARS: Final = 200
MAX_LIST_CHARS: Final = 10_000
"""Limit on a list of tags as Python writes it: its parser takes much memory."""

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "url": ("url", "given_url", "href", "link", "address", "uri"),
    "title": ("title", "name"),
    "saved": (
        "time_added", "timestamp", "created_at", "created", "date_added", "saved date", "savedat", "createdat", "dateadded", "time",
    ),
    "tags": ("tags", "document tags", "labels", "tag_names"),
    "folder": ("folder", "status", "location"),
}  # fmt: skip
"""Field → names that it has, the first that is there counts: Pocket `time_added`, Instapaper `timestamp`, wallabag
`created_at`, Raindrop `created`, linkding `date_added`, Readwise `saved date`, Omnivore `savedAt`, Karakeep `createdAt`, Firefox
`dateAdded`, Pinboard `time`.
"""
DELIMITERS: Final = ",;\t"
FORMAT_NAMES: Final = "bookmarks (HTML), Pocket or Instapaper (CSV), wallabag (JSON), or one address a line"

FIRST_SAVED: Final = datetime(1990, 1, 1, tzinfo=UTC)
LAST_SAVED: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are no dates of saving: files write 0 for "unknown"."""
EPOCH_UNITS: Final = (1, 1_000, 1_000_000)
"""Parts of a second in which programs count from 1970."""
WEBKIT_EPOCH_SECONDS: Final = 11_644_473_600
"""Seconds from 1601 to 1970: Chrome counts millionths of a second from 1601."""
EPOCH: Final = re.compile(r"\d{1,17}(?:\.\d*)?")
ADDRESS_LINE: Final = re.compile(
    r"\s*(?:[-*+]\s+(?:\[[ x]\]\s+)?)?(?:(?P<alone>https?://\S+)\s*|<(?P<marked>https?://[^\s<>]+)>\s*"
    r"|<?(?P<titled>https?://[^\s<>,;\"]+)>?\s+(?P<title>[^\t]*)"
    r"|\[(?P<name>.*)\]\((?P<named>https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)\s*)",
    re.IGNORECASE,
)
"""An address, its title behind it or not; as an item of a list or as a link in Markdown too. An address with a comma before
words is a row of a table: `https://a.example/1,One title`."""


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The links of one file, each page once, and how many entries repeat another or hold no web address."""

    format: str
    links: tuple[SavedLink, ...]
    duplicates: int = 0
    not_web: int = 0


def parse_reading_list(body: bytes) -> ReadingList:
    """The links of a file. Raises `ParseError` for bytes of no known format."""
    if len(body) > MAX_LIST_BYTES:
        raise ParseError(f"the reading list exceeds {MAX_LIST_BYTES:,} bytes")
    text = read_bytes(body, "").lstrip("\ufeff")
    start = text.lstrip()[:1]
    if not start:
        raise ParseError(f"the file is empty; give {FORMAT_NAMES}")
    if start == "<":
        if not is_bookmarks(text):
            raise ParseError(f"no reading list: {wrong_markup(text)}")
        return collect("bookmarks", parse_bookmarks(text))
    if start == "{" or (start == "[" and not ADDRESS_LINE.fullmatch(text.lstrip().split("\n", 1)[0])):
        return collect("JSON", rows_as_bookmarks(parse_json_rows(text)))
    if (lines := address_lines(text)) is not None:
        return collect("addresses", lines)
    return collect("CSV", rows_as_bookmarks(parse_csv_rows(text)))


def wrong_markup(text: str) -> str:
    """What a file of tags is, for a message."""
    if re.search(r"<opml\b", text[:2_000], re.IGNORECASE):
        return "an OPML file holds feeds; add them with `cuttings sources import`"
    return f"the HTML holds no dates of saving; give {FORMAT_NAMES}"


def collect(format_name: str, bookmarks: Iterable[Bookmark]) -> ReadingList:
    """The list of these bookmarks. Several entries of one page become one: the first date of saving, and all tags."""
    found: dict[str, SavedLink] = {}
    duplicates = not_web = 0
    for bookmark in bookmarks:
        link = saved_link(bookmark)
        if link is None:
            not_web += 1
            continue
        key = page_key(link.url)
        duplicates += key in found
        found[key] = merged(found[key], link) if key in found else link
    return ReadingList(format_name, tuple(found.values()), duplicates, not_web)


def saved_link(bookmark: Bookmark) -> SavedLink | None:
    """A bookmark's values; None if it leads to no web page."""
    url = canonical_or_empty(bookmark.url.strip())
    if not url:
        return None
    title = one_line(bookmark.title)
    folder = one_line(" \u2013 ".join(bookmark.folders))
    return SavedLink(
        url, "" if title == bookmark.url else title, parse_saved(bookmark.saved), parse_tags(bookmark.tags), folder
    )


def parse_saved(value: object) -> datetime | None:
    """The time that a file gives, in UTC: seconds since 1970, or parts of seconds, or ISO 8601; Chrome's since 1601.

    >>> parse_saved("1546300800"), parse_saved(1546300800000) == parse_saved("2019-01-01T01:00:00+0100"), parse_saved("0")
    (datetime.datetime(2019, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), True, None)
    """
    text = str(value.get("date", "") if isinstance(value, Mapping) else value).strip()  # an object: old wallabag
    if EPOCH.fullmatch(text):
        times = (
            datetime.fromtimestamp(float(text) / unit, UTC)
            for unit in EPOCH_UNITS
            if float(text) / unit < LAST_SAVED.timestamp()
        )
        found = next(times, None)
        if found is None and (seconds := float(text) / 1_000_000 - WEBKIT_EPOCH_SECONDS) < LAST_SAVED.timestamp():
            found = datetime.fromtimestamp(seconds, UTC)
    else:
        found = parse_time(text)
    return found if found and FIRST_SAVED <= found < LAST_SAVED else None


def parse_tags(value: object) -> tuple[str, ...]:
    """Tags of a list, of its JSON, or of a text: separated by `|` (Pocket) or by commas.

    >>> parse_tags("sea|long reads"), parse_tags('["a", "b"]'), parse_tags([{"label": "a"}, {"slug": "b"}]), parse_tags("a, b, a")
    (('sea', 'long reads'), ('a', 'b'), ('a', 'b'), ('a', 'b'))
    """
    if isinstance(value, str):
        value = split_tags(value)
    if not isinstance(value, list):
        return ()
    names = (one_line(tag_name(tag))[:MAX_TAG_CHARS].strip() for tag in value)
    return tuple(dict.fromkeys(filter(None, names)))[:MAX_TAGS]


def split_tags(text: str) -> list[Any]:
    """The parts of a text of tags, which may be a list as JSON or Python writes it (Readwise)."""
    if text.lstrip().startswith("["):
        for parse in (json.loads, literal_eval) if len(text) <= MAX_LIST_CHARS else (json.loads,):
            try:
                listed = parse(text.strip())
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(listed, list):
                return listed
    return list(text.split("|" if "|" in text else ","))


def tag_name(tag: object) -> str:
    """The name of a tag: a text, or an object that has one."""
    if isinstance(tag, Mapping):
        return next((str(tag[key]) for key in ("label", "name", "title", "slug") if tag.get(key)), "")
    return tag if isinstance(tag, str) else ""


def address_lines(text: str) -> list[Bookmark] | None:
    """The lines of a text that holds nothing but addresses, with titles or without; None for another text."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = [ADDRESS_LINE.fullmatch(line) for line in lines]
    if not found or not all(found):
        return None
    rows = [match.groupdict("") for match in found if match]
    return [
        Bookmark(row["alone"] or row["marked"] or row["titled"] or row["named"], (row["title"] or row["name"]).strip())
        for row in rows
    ]


def rows_as_bookmarks(rows: Iterable[Mapping[str, object]]) -> Iterator[Bookmark]:
    """Rows as bookmarks, by the names of `COLUMNS`."""
    for row in rows:
        own = {name: next((row[key] for key in keys if row.get(key)), "") for name, keys in COLUMNS.items()}
        folder = own["folder"]
        if not folder and "is_archived" in row:  # wallabag
            folder = "archive" if row["is_archived"] in {1, "1"} else "unread"
        if "toread" in row and "extended" in row:  # Pinboard: the title is `description`, a space parts two tags
            own |= {"title": row.get("description") or "", "tags": str(own["tags"]).split()}
        yield Bookmark(str(own["url"]), str(own["title"]), own["saved"], own["tags"], (str(folder),))


def parse_json_rows(text: str) -> Iterator[Mapping[str, object]]:
    """The entries of a JSON file, see `saved_json`. Raises `ParseError`."""
    try:
        found = json_of(text)
    except (ValueError, RecursionError) as exc:
        raise ParseError(f"the JSON cannot be read: {exc}; export the list again") from exc
    rows = list(entries(found, COLUMNS["url"]))
    if not rows and found:
        raise ParseError(f"no reading list: the JSON holds no entries with an address; give {FORMAT_NAMES}")
    return iter(rows)


def parse_csv_rows(text: str) -> Iterator[Mapping[str, object]]:
    """The rows of a CSV file by the names in its header, in lower case. Raises `ParseError`."""
    csv.field_size_limit(MAX_FIELD_CHARS)  # of the process; nothing else here reads CSV
    first = text.lstrip("\r\n").split("\n", 1)[0]
    for delimiter in DELIMITERS:
        header = [cell.strip().strip('"').lower() for cell in first.split(delimiter)]
        if not set(COLUMNS["url"]).isdisjoint(header):
            return csv_rows(text, header, delimiter)
    raise ParseError(f"no reading list: no column of the first line is called url; give {FORMAT_NAMES}")


def csv_rows(text: str, header: list[str], delimiter: str) -> Iterator[Mapping[str, object]]:
    """The rows below the header."""
    reader = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter)
    try:
        next(reader, None)
        for cells in reader:
            if any(cells):
                yield dict(zip(header, map(without_surrogates, cells), strict=False))
    except csv.Error as exc:
        raise ParseError(f"line {reader.line_num:,} of the CSV cannot be read: {exc}; correct the line") from exc
