"""The templates of the pages, with the filters that write numbers, days and times for people."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment
from markupsafe import Markup

from archive.monitoring.failures import LABELS, REQUESTED
from archive.output.inline_html import is_safe
from archive.output.templates import environment
from archive.web.plots import day_plot, long_day, share_bar, spark_bars, spark_line
from archive.web.words import KIND_NAMES, TEXT_KINDS, language_name, month_name
from scraper.text.patterns import lazy_pattern

if TYPE_CHECKING:
    from archive.web.search import SearchRequest

FOLDER: Final = Path(__file__).parent
STYLESHEET: Final = FOLDER / "cuttings.css"
TABLES: Final = FOLDER / "tables.css"
"""Stylesheet for Datasette's own pages of an archive."""

ADDRESS_PIECES: Final = lazy_pattern(r"[^/._?&=+#~]*[/._?&=+#~]+|[^/._?&=+#~]+")
"""Pieces of an address, each with the signs at its end. At a hyphen browsers break by themselves."""
MADE_BY: Final = {"reextract": "extracted again by newer rules", "restore": "block restored by a reader"}
"""Revisions that no publisher made, by origin."""


@cache
def templates() -> Environment:
    """The templates of the pages, read once per process."""
    env = environment(FOLDER / "templates")
    env.filters |= {
        "day": day,
        "moment": moment,
        "thousands": thousands,
        "kind_name": lambda kind: KIND_NAMES.get(kind, kind),
        "text_kind": lambda kind: TEXT_KINDS.get(kind, kind),
        "language_name": language_name,
        "month_name": month_name,
        "made_by": lambda origin: MADE_BY.get(origin, origin),
        "failure": lambda kind: LABELS.get(kind, kind),
        "asked": lambda kind: REQUESTED.get(kind, kind),
        "shortened": shortened,
        "host": host,
        "bare": bare,
        "breakable": breakable,
        "plural": plural,
    }
    env.globals |= {
        "day_plot": day_plot,
        "share_bar": share_bar,
        "spark_bars": spark_bars,
        "spark_line": spark_line,
        "safe_address": lambda address: address if is_safe(address) else "",
        "parameters": parameters,
        "search_address": search_address,
        "stylesheet": stylesheet_name(STYLESHEET),
    }
    return env


def render(template: str, **values: Any) -> str:
    """A page."""
    return templates().get_template(template).render(**values)


@cache
def stylesheet_name(path: Path) -> str:
    """A stylesheet's name with a hash of its content, so that browsers may cache it without limit."""
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}.css"


def day(text: str | None) -> str:
    """The day of an ISO 8601 time as people write it, with the year.

    >>> day("2016-12-13T23:06:00Z"), day(None), day("soon")
    ('13 Dec 2016', '', 'soon')
    """
    if not text:
        return ""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return long_day(found)


def moment(text: str | None) -> str:
    """An ISO 8601 time in UTC as people write it, to the minute.

    >>> moment("2016-12-13T23:06:00Z")
    '13 Dec 2016, 23:06 UTC'
    """
    return f"{day(text)}, {text[11:16]} UTC" if text and len(text) > 15 else day(text)


def thousands(number: int) -> str:
    """The number with thousands separators.

    >>> thousands(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def plural(number: int, word: str, words: str = "") -> str:
    """The number and its noun, in the singular or plural.

    >>> plural(1, "block"), plural(1200, "reply", "replies")
    ('1 block', '1,200 replies')
    """
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def shortened(text: str, most: int) -> str:
    """The start of the text, cut between words.

    >>> shortened("one two three", 9)
    'one two…'
    """
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[:most]
    return (head[: head.rfind(" ")] if " " in head[most // 2 :] else head).rstrip() + "…"


def parameters(**values: str | int) -> str:
    """A query string of the values that are not empty, with its question mark.

    >>> parameters(q="a b", site="")
    '?q=a+b'
    """
    given = {name: value for name, value in values.items() if value not in ("", None)}
    return f"?{urlencode(given, errors='replace')}" if given else ""


def search_address(asked: SearchRequest, **changes: str | int) -> str:
    """The query string of a search with other parameters; its first page, unless `page` is one of them."""
    order = {"order": asked.order if asked.order != "rank" else ""}
    return parameters(**{**asked.parameters, **order, **changes})


def host(address: str) -> str:
    """The host of an address, for people.

    >>> host("https://www.herald.example:8000/ingrid.jpg"), host("mailto:a@b.example")
    ('herald.example', 'another place')
    """
    try:
        found = urlsplit(address).hostname or ""
    except ValueError:
        found = ""
    return found.removeprefix("www.") or "another place"


def bare(address: str) -> str:
    """The address without its scheme.

    >>> bare("https://www.herald.example/a")
    'herald.example/a'
    """
    return address.partition("://")[2].removeprefix("www.") or address


def breakable(address: str) -> Markup:
    """The address as HTML that a browser breaks after its signs, not within words.

    >>> breakable("https://herald.example/a_b?c=1&d")
    Markup('https://<wbr>herald.<wbr>example/<wbr>a_<wbr>b?<wbr>c=<wbr>1&amp;<wbr>d')
    """
    return Markup("<wbr>").join(ADDRESS_PIECES.findall(address))
