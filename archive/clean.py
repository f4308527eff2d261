"""Strips one document: from a file, standard input or an address to what `clean` prints. No archive is touched.

Fails with `InputError` for what is no document (missing, empty, binary, too large), `FetchError` for an address.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, Literal

import click

from archive.exits import complain
from archive.explain import explain_lines, explain_summary, page_blocks
from archive.render import document, markdown_of, text_of, to_json
from scraper.decode import decode
from scraper.errors import InputError
from scraper.extract import extract, extract_text
from scraper.fetch import Fetcher, Settings
from scraper.rules import RuleSet
from scraper.types import Extraction, Page

InputKind = Literal["auto", "html", "text"]
Form = Literal["text", "markdown", "json"]

MAX_BYTES: Final = 20_000_000
"""As much as a fetched page may have; a longer file is not read to its end."""

SNIFFED: Final = 65_536
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a page that was not fetched was fetched: extraction has no clock."""

ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
SIGNATURES: Final[dict[bytes, str]] = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1f\x8b": "gzip; decompress it first",
    b"\x28\xb5\x2f\xfd": "zstd; decompress it first",
    b"BZh": "bzip2; decompress it first",
    b"\xfd7zXZ": "xz; decompress it first",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "an SQLite database",
}
"""First bytes of what people pass by mistake, for a message that helps."""

WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16 and UTF-32, the only texts in which a NUL byte is no sign of a binary."""

MARKUP: Final = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|[a-z][a-z0-9:-]*[\s>/])"
    rb"|</(?:p|div|span|a|body|html|head|title|article|section|main|script|style|h[1-6]|ul|li|td|table|em|strong|b|i)\s*>"
    rb"|<(?:p|br|div|body|html|article)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""A document that begins with a tag or has one that only HTML has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of `clean`: what to read, as what, and how to print it."""

    target: str
    kind: InputKind = "auto"
    form: Form = "text"
    explain: bool = False
    allow_private: bool = False


def print_clean(asked: Asked, rules: RuleSet) -> bool:
    """Prints what a document holds; returns whether it holds an article. Raises `InputError`, `FetchError`."""
    extraction = clean_target(asked, rules)
    for line in rendered(asked, extraction):
        click.echo(line, color=False if os.environ.get("NO_COLOR") else None)
    if asked.explain:
        click.echo(explain_summary(extraction), err=True)
    if extraction.article is None:
        evidence = "; ".join(extraction.quality.evidence)
        complain(f"{name_of(asked.target)}: no article text found: {extraction.quality.verdict}{f' ({evidence})' if evidence else ''}")
    return extraction.article is not None


def rendered(asked: Asked, extraction: Extraction) -> list[str]:
    """What to print of an extraction."""
    if asked.form == "json":
        blocks = {"blocks": [shown.as_dict() for shown in page_blocks(extraction)]} if asked.explain else {}
        url = asked.target if is_address(asked.target) else ""
        return [to_json({**document(extraction, url=url), **blocks}, indent=1)]
    if asked.explain:
        return explain_lines(extraction, terminal=sys.stdout.isatty())
    if extraction.article is None:
        return []
    return [text_of(extraction.article) if asked.form == "text" else markdown_of(extraction.article)]


def clean_target(asked: Asked, rules: RuleSet) -> Extraction:
    """The extraction of a file, standard input or an address."""
    if is_address(asked.target):
        return extract(asyncio.run(fetch_page(asked.target, allow_private=asked.allow_private)), rules)
    if asked.target == "-" and sys.stdin.isatty():
        click.echo("reading from the terminal; end with Ctrl-D", err=True)
    return clean_bytes(read_input(asked.target), rules, kind=asked.kind)


async def fetch_page(url: str, *, allow_private: bool) -> Page:
    """The page at an address. Raises `FetchError`."""
    async with Fetcher(Settings(delay=0.0, allow_private=allow_private), clock=lambda: datetime.now(UTC)) as fetcher:
        return await fetcher.fetch(url)


def name_of(target: str) -> str:
    """What to call a target in a message."""
    return "standard input" if target == "-" else target


def is_address(target: str) -> bool:
    """Whether what was asked for is a URL, not a file."""
    return bool(ADDRESS.match(target))


def read_input(target: str, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises `InputError`; never reads more than `limit` + 1 bytes."""
    name = name_of(target)
    try:
        if target == "-":
            return read_document(sys.stdin.buffer, name=name, limit=limit)
        with Path(target).open("rb") as file:
            return read_document(file, name=name, limit=limit)
    except OSError as exc:
        raise InputError(f"{name}: {exc.strerror or exc}") from exc
    except ValueError as exc:  # a NUL in the name
        raise InputError(f"{name!r}: {exc}") from exc


def read_document(stream: IO[bytes], *, name: str, limit: int) -> bytes:
    """The bytes of a stream that holds a document. Its beginning is looked at before the rest is read."""
    start = stream.read(SNIFFED)
    check_text(start, name=name)
    body = start + stream.read(limit + 1 - len(start))
    if len(body) > limit:
        raise InputError(f"{name}: larger than {limit // 1_000_000} MB, which no article is")
    if not body.strip():
        raise InputError(f"{name}: empty")
    check_text(body, name=name)
    return body


def check_text(body: bytes, *, name: str) -> None:
    """Raises `InputError` when the bytes are those of a binary file."""
    for signature, what in SIGNATURES.items():
        if body.startswith(signature):
            raise InputError(f"{name}: this is {what}, not HTML or text")
    if b"\0" in body and not body.startswith(WIDE_MARKS):
        raise InputError(f"{name}: this is a binary file (it holds NUL bytes), not HTML or text")


def detect(body: bytes) -> Literal["html", "text"]:
    """What a document is, by its beginning.

    >>> detect(b"<p>One.</p>"), detect(b"One < two, and <em> stays.")
    ('html', 'text')
    """
    start = body[:SNIFFED].replace(b"\0", b"").removeprefix(WIDE_MARKS[0]).removeprefix(WIDE_MARKS[1])
    return "html" if MARKUP.search(start) else "text"


def local_page(body: bytes, *, url: str = "", charset: str = "") -> Page:
    """A page that came from no server. `charset`, when known, stands where a server would have named it."""
    headers = (("content-type", f"text/html; charset={charset}"),) if charset else ()
    return Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=NEVER)


def clean_bytes(body: bytes, rules: RuleSet, *, kind: InputKind = "auto", url: str = "") -> Extraction:
    """What a document's bytes hold, as HTML or as text that was scraped with its boilerplate."""
    page = local_page(body, url=url)
    if (detect(body) if kind == "auto" else kind) == "html":
        return extract(page, rules)
    return extract_text(decode(page), rules, url=url)
