"""Groups of a robots.txt (RFC 9309, 2.2): its lines as fields and values, and the lines that apply to one client.

Protego matches paths. Which lines it gets is decided here, because a group is named by product tokens: `Cuttings/0.1` and
`Cuttings bot` name the client `Cuttings`; `C` and `CuttingsPro` do not. Any bytes are accepted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from scraper.urls.canonical import QUERY_UNSAFE, encode

MAX_BYTES: Final = 500 * 1024
"""Size limit of a file; longer files are cut. RFC 9309, 2.5 requires at least this."""
MAX_LINE_BYTES: Final = 8 * 2_083 - 1
"""Size limit of a line; longer lines are cut. Google's parser cuts at the same length."""
FIELDS: Final = {
    "user-agent": ("user-agent", "useragent", "user agent"),
    "disallow": ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
    "allow": ("allow",),
    "sitemap": ("sitemap", "site-map", "site map"),
    "crawl-delay": ("crawl-delay", "crawldelay", "crawl delay"),
}
"""Spellings of each field that site owners use. A field may go on after its spelling, as in `Sitemaps:`."""
RULES: Final = frozenset({"allow", "disallow"})
"""Fields that end the names of a group. Lines of all other fields may stand between the names."""
BYTE_ORDER_MARK: Final = re.compile(rb"\xef?\xbb?\xbf?")
"""The byte order mark of UTF-8, of which some files have lost a part."""
WIDE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LINE_END: Final = re.compile(rb"\r\n?|\n")
LINE: Final = re.compile(
    r"\s*(?:" + "|".join(f"(?P<f{n}>{'|'.join(names)})" for n, names in enumerate(FIELDS.values())) + r")[^\s:]*"
    r"(?:\s*:(?P<value>.*)|\s+(?P<word>\S+)\s*)",
    re.IGNORECASE | re.DOTALL,
)
"""A line without its comment. The colon may be missing before a single word."""
TOKEN_START: Final = re.compile(r"[A-Za-z_-]*")
"""A product token at the start of a user agent (RFC 9309, 2.2.1)."""


class Line(NamedTuple):
    """One line that is understood: a key of `FIELDS`, and its value without comment and outer spaces."""

    field: str
    value: str


def parse_lines(body: bytes) -> tuple[Line, ...]:
    """Return the lines of a file that are understood, in order."""
    body = body[:MAX_BYTES]
    if body.startswith(WIDE_MARKS):
        body = body.decode("utf-16", "replace").encode()
    body = body[BYTE_ORDER_MARK.match(body).end() :]  # type: ignore[union-attr]  # it matches the empty string
    return tuple(line for raw in LINE_END.split(body) if (line := parse_line(raw[:MAX_LINE_BYTES])))


def parse_line(raw: bytes) -> Line | None:
    """Return a line; None if its field is unknown.

    >>> parse_line(b"Disalow : /a b # private"), parse_line(b"user-agent Cuttings"), parse_line(b"Noindex: /a")
    (Line(field='disallow', value='/a b'), Line(field='user-agent', value='Cuttings'), None)
    """
    text = raw.decode("utf-8", "replace").partition("#")[0]
    found = LINE.fullmatch(text)
    if found is None:
        return None
    field = next(field for n, field in enumerate(FIELDS) if found[f"f{n}"])
    return Line(field, (found["value"] or found["word"] or "").strip())


def parse_groups(lines: Iterable[Line], agent: str) -> str | None:
    """Return the rules for a client as the text of one group for everyone, which Protego reads; None if no group names the
    client. `agent` is a product token, or `*` for the groups of everyone.

    Groups of one name count as one. `Crawl-delay` applies to the names above it only: it often stands between two names,
    where it ends no group.
    """
    name = agent.lower()
    rules: list[str] = []
    is_known = is_named = is_after_rules = False
    for field, value in lines:
        if field == "user-agent":
            is_named = (is_named and not is_after_rules) or names(value, name)
            is_known = is_known or is_named
            is_after_rules = False
            continue
        is_after_rules = is_after_rules or field in RULES
        if is_named:
            rules.extend(clean_line(field, value))
    return "\n".join(("User-agent: *", *rules)) if is_known else None


def names(value: str, name: str) -> bool:
    """Whether a user-agent value names a client, given in lower case: by its product token, or by its first word (`*`, or a
    name with digits).

    >>> [names(value, "cuttings") for value in ("Cuttings/0.1", "CUTTINGS bot", "C", "CuttingsPro", "*")]
    [True, True, False, False, False]
    >>> names("News24 (+https://news.test)", "news24")
    True
    """
    token = TOKEN_START.match(value)[0]  # type: ignore[index]  # it matches the empty string
    return name != "" and name in (token.lower(), *value.lower().split(maxsplit=1)[:1])


def clean_line(field: str, value: str) -> Iterator[str]:
    """Yield a line as Protego shall read it, if it has an effect: a path is in the form of a normalized URL.

    >>> [*clean_line("disallow", "/Ä*%7e$"), *clean_line("allow", "shop")]
    ['disallow: /%C3%84*~$']
    """
    if field in RULES and value.startswith(("/", "*")):
        yield f"{field}: {encode(value, QUERY_UNSAFE)}"
    elif field == "crawl-delay" and value.isascii() and value.isprintable():
        yield f"{field}: {value}"
