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

from archive.cli.exit_codes import print_error
from archive.output.article import document, markdown_of, text_of, to_json
from archive.output.explain_text import as_rows, explain_lines, explain_summary
from scraper.errors import InputError
from scraper.extraction.explain import Explanation, explain, explain_text
from scraper.extraction.extract import extract, extract_scored
from scraper.extraction.plain_text import extract_text
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.throttle import RetryPolicy
from scraper.html.encoding import decode
from scraper.rules.ruleset import RuleSet
from scraper.types import Extraction, Page

InputKind = Literal["auto", "html", "text"]
Form = Literal["text", "markdown", "json", "html"]
"""How to print a document; `html` is for explaining."""

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
class CleanRequest:
    """One call of `clean`: what to read, as what, and how to print it."""

    target: str
    kind: InputKind = "auto"
    form: Form = "text"
    explain: bool = False
    allow_private: bool = False
    allow_hosts: tuple[str, ...] = ()
    output: Path | None = None


def print_clean(asked: CleanRequest, rules: RuleSet) -> bool:
    """Prints what a document holds; returns whether it holds an article. Raises `InputError`, `FetchError`."""
    given = read_target(asked)
    if asked.explain:
        explanation = explain_document(given, rules)
        extraction = explanation.extraction
        write_lines(asked, explained(asked, explanation, rules))
        click.echo(explain_summary(explanation), err=True)
    else:
        extraction = extract_document(given, rules)
        write_lines(asked, rendered(asked, extraction))
    if extraction.article is None:
        evidence = "; ".join(extraction.quality.evidence)
        print_error(
            f"{name_of(asked.target)}: no article text found: {extraction.quality.verdict}{f' ({evidence})' if evidence else ''}"
        )
    return extraction.article is not None


def write_lines(asked: CleanRequest, lines: list[str]) -> None:
    """Prints lines, or writes them to the file asked for."""
    if asked.output:
        asked.output.write_text(
            "".join(f"{click.unstyle(line)}\n" for line in lines), encoding="utf-8", errors="replace"
        )
        return
    for line in lines:
        click.echo(line, color=False if os.environ.get("NO_COLOR") else None)


def rendered(asked: CleanRequest, extraction: Extraction) -> list[str]:
    """What to print of an extraction."""
    if asked.form == "json":
        return [to_json(document(extraction, url=url_of(asked)), indent=1)]
    if extraction.article is None:
        return []
    return [text_of(extraction.article) if asked.form == "text" else markdown_of(extraction.article)]


def explained(asked: CleanRequest, explanation: Explanation, rules: RuleSet) -> list[str]:
    """What to print of an explanation."""
    if asked.form == "html":
        from archive.output.explain_html import explain_page  # Jinja2 takes a tenth of a second to import

        return [explain_page(explanation, rules.rules, source=name_of(asked.target))]
    if asked.form == "json":
        return [to_json({**document(explanation.extraction, url=url_of(asked)), **as_rows(explanation)}, indent=1)]
    return explain_lines(explanation, terminal=sys.stdout.isatty() and asked.output is None)


def url_of(asked: CleanRequest) -> str:
    """The address of what was asked for; an empty string when it has none."""
    return asked.target if is_address(asked.target) else ""


@dataclass(frozen=True, slots=True)
class Document:
    """A page, and whether it is HTML or text that was scraped with its boilerplate."""

    page: Page
    kind: Literal["html", "text"]


def read_target(asked: CleanRequest) -> Document:
    """The document in a file, on standard input or at an address."""
    if is_address(asked.target):
        return Document(asyncio.run(fetch_page(asked)), "html")
    if asked.target == "-" and sys.stdin.isatty():
        click.echo("reading from the terminal; end with Ctrl-D", err=True)
    body = read_input(asked.target)
    return Document(local_page(body), detect(body) if asked.kind == "auto" else asked.kind)


def extract_document(given: Document, rules: RuleSet) -> Extraction:
    """What a document holds."""
    if given.kind == "html":
        return extract(given.page, rules)
    return extract_text(decode(given.page), rules, url=given.page.url)


def explain_document(given: Document, rules: RuleSet) -> Explanation:
    """What a document holds, and why."""
    if given.kind == "html":
        return explain(extract_scored(given.page, rules))
    return explain_text(extract_text(decode(given.page), rules, url=given.page.url))


async def fetch_page(asked: CleanRequest) -> Page:
    """The page at the address asked for. Raises `FetchError`, at once: there is somebody waiting who can ask again."""
    settings = Settings(
        delay=0.0, allow_private=asked.allow_private, allow_hosts=asked.allow_hosts, retry_policy=RetryPolicy(retries=0)
    )
    async with Fetcher(settings, clock=lambda: datetime.now(UTC)) as fetcher:
        return await fetcher.fetch(asked.target)


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
