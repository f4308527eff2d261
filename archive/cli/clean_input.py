"""The document that `clean` gets: from a file, standard input or a URL, as HTML or as text.

Fails with `InputError` for anything that is not a document (missing, empty, binary, too large), and with `FetchError` for
a URL that cannot be fetched.
"""

from __future__ import annotations

import re
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, Literal

import click

from scraper.errors import InputError
from scraper.text.binary import holds_data
from scraper.text.patterns import lazy_pattern
from scraper.types import Page

InputKind = Literal["auto", "html", "text"]

MAX_BYTES: Final = 20_000_000
"""The cap of a fetched page. A longer file is not read to its end."""
SNIFFED_BYTES: Final = 65_536
"""The beginning of a document, enough to tell HTML from text."""
ADDRESS: Final = lazy_pattern(r"https?://", re.IGNORECASE)
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
"""First bytes of files that people pass by mistake, for a helpful message."""

MARKUP: Final = lazy_pattern(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|[a-z][a-z0-9:-]*[\s>/])"
    rb"|</(?:p|div|span|a|body|html|head|title|article|section|main|script|style|h[1-6]|ul|li|td|table|em|strong|b|i)\s*>"
    rb"|<(?:p|br|div|body|html|article)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""A document that begins with a tag, or contains a tag that only HTML has."""


@dataclass(frozen=True, slots=True)
class Document:
    """A page, and whether it is HTML or scraped text with its boilerplate."""

    page: Page
    kind: Literal["html", "text"]


def read_target(
    target: str, kind: InputKind, *, url: str = "", allow_private: bool = False, allow_hosts: tuple[str, ...] = ()
) -> Document:
    """The document in a file, on standard input (`-`) or at a URL. `url` is the address of one that is not fetched."""
    if is_address(target):
        import asyncio

        return Document(asyncio.run(fetch_page(target, allow_private=allow_private, allow_hosts=allow_hosts)), "html")
    if target == "-" and sys.stdin.isatty():
        click.echo("reading from the terminal; press Ctrl-D to end", err=True)
    return read_local(target, kind, url=url)


def read_local(target: str, kind: InputKind, *, url: str = "") -> Document:
    """The document in a file or on standard input."""
    body = read_input(target)
    return Document(local_page(body, url=url), detect(body) if kind == "auto" else kind)


async def fetch_page(url: str, *, allow_private: bool, allow_hosts: tuple[str, ...]) -> Page:
    """The page at a URL. Raises `FetchError` without a retry, because a person waits and can run the command again."""
    from scraper.fetch.client import Fetcher, Settings
    from scraper.fetch.throttle import RetryPolicy

    settings = Settings(
        delay=0.0, allow_private=allow_private, allow_hosts=allow_hosts, retry_policy=RetryPolicy(retries=0)
    )
    async with Fetcher(settings, clock=lambda: datetime.now(UTC)) as fetcher:
        return await fetcher.fetch(url)


def target_name(target: str) -> str:
    """The name of a target in a message."""
    return "standard input" if target == "-" else target


def is_address(target: str) -> bool:
    """Whether the target is a URL, not a file."""
    return bool(ADDRESS.match(target))


def read_input(target: str, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises `InputError`; never reads more than `limit` + 1 bytes."""
    name = target_name(target)
    try:
        if target == "-":
            return read_document(sys.stdin.buffer, name=name, limit=limit)
        with Path(target).open("rb") as file:
            return read_document(file, name=name, limit=limit)
    except OSError as exc:
        raise InputError(
            f"{name}: {exc.strerror or exc}; pass an HTML or text file, a URL, or - for standard input"
        ) from exc
    except ValueError as exc:  # a NUL in the name
        raise InputError(f"{name!r}: {exc}") from exc


def read_document(stream: IO[bytes], *, name: str, limit: int) -> bytes:
    """The bytes of a stream that holds a document. The beginning is checked before the rest is read."""
    start = stream.read(SNIFFED_BYTES)
    check_text(start, name=name)
    body = start + stream.read(limit + 1 - len(start))
    if len(body) > limit:
        raise InputError(f"{name}: larger than {limit // 1_000_000} MB; pass a single article")
    if not body.strip():
        raise InputError(f"{name}: empty; pass a page or a text")
    check_text(body, name=name)
    return body


def check_text(body: bytes, *, name: str) -> None:
    """Raises `InputError` when the bytes are those of a binary file."""
    for signature, what in SIGNATURES.items():
        if body.startswith(signature):
            raise InputError(f"{name}: this is {what}, not HTML or text")
    if holds_data(body):
        raise InputError(
            f"{name}: this is a binary file (it contains NUL bytes and other control characters), not HTML or text"
        )


def detect(body: bytes) -> Literal["html", "text"]:
    """The kind of a document, judged by its beginning.

    >>> detect(b"<p>One.</p>"), detect(b"One < two, and <em> stays.")
    ('html', 'text')
    """
    start = body[:SNIFFED_BYTES].replace(b"\0", b"").removeprefix(BOM_UTF16_LE).removeprefix(BOM_UTF16_BE)
    return "html" if MARKUP.search(start) else "text"


def local_page(body: bytes, *, url: str = "", charset: str = "") -> Page:
    """A page that was not fetched: it is as old as this moment at least, so a later date in it is not believed.

    `charset`, when known, takes the place of the server's.
    """
    headers = (("content-type", f"text/html; charset={charset}"),) if charset else ()
    return Page(url=url, final_url=url, status=200, headers=headers, body=body, fetched_at=datetime.now(UTC))
