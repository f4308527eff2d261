"""Entities that a document type declares: refused before a parser sees them, because a few hundred bytes can expand to gigabytes.

An entity that stands for a character (`<!ENTITY nbsp "&#160;">`) or for a file, which nothing loads, is harmless: older feeds
declare those of HTML. All of this also holds for UTF-16; encodings in which other bytes mean `<` are refused.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from scraper.errors import ParseError

MAX_ENTITY_BYTES: Final = 10
"""Longest harmless value, `&#x1F4F0;` and a little more: a reference is hardly shorter."""
ENTITY: Final = re.compile(rb"<!ENTITY")
HARMLESS: Final = re.compile(
    rb"<!ENTITY\s+(?:%%\s*)?[^\s%%'\"<>&]+\s+(?:(?:SYSTEM|PUBLIC)\s|(?P<quote>['\"])(?:&#|[^&%%'\"]){0,%d}(?P=quote))"
    % MAX_ENTITY_BYTES
)
PROLOG: Final = re.compile(rb"<(?:(?P<comment>!--)|(?P<instruction>\?)|(?P<type>!DOCTYPE\s)|[A-Za-z])", re.IGNORECASE)
"""What stands before the first element, or begins it."""
ENDS: Final = {"comment": b"-->", "instruction": b"?>"}
DECLARED_ENCODING: Final = re.compile(rb"<\?[^>]{0,300}?encoding\s*=\s*['\"]([^'\"<>]{1,40})['\"]")
PROBE: Final = rb"<a+ADw-\x3c\u003c&>"
"""Bytes that read as themselves in every encoding in which no other bytes can mean `<`."""
WIDE: Final = re.compile(r"\s*utf[-_ ]?(?:16|32)", re.IGNORECASE)
EBCDIC: Final = b"\x4c\x6f\xa7\x94"
"""`<?xm` on mainframes."""


def check_entities(body: bytes, document_type: str) -> None:
    """Raise `ParseError` for XML that declares entities other than harmless ones, or that may hide them."""
    check_encoding(body, document_type)
    plain = body.replace(b"\0", b"")  # UTF-16 and UTF-32 become ASCII
    start = find_document_type(plain)
    if start < 0:
        return
    for found in ENTITY.finditer(plain, start):
        if not HARMLESS.match(plain, found.start()):
            raise ParseError(f"not a {document_type}: it declares entities")


def find_document_type(body: bytes) -> int:
    """Return where a document type begins; -1 if none stands before the first element."""
    at = 0
    while found := PROLOG.search(body, at):
        if found.lastgroup == "type":
            return found.start()
        end = ENDS.get(found.lastgroup or "")
        at = body.find(end, found.end()) if end else -1
        if at < 0:
            return -1
    return -1


def declares_wide(body: bytes) -> bool:
    """Whether a document's declaration names UTF-16 or UTF-32.

    >>> declares_wide(b"<?xml version='1.0' encoding='UTF_16'?>"), declares_wide(b"<?xml encoding='utf-8'?>")
    (True, False)
    """
    declared = DECLARED_ENCODING.match(body)
    return declared is not None and WIDE.match(declared[1].decode("latin-1")) is not None


def check_encoding(body: bytes, document_type: str) -> None:
    """Raise `ParseError` for an encoding in which markup can be written in other bytes, such as UTF-7."""
    declared = DECLARED_ENCODING.match(body.removeprefix(codecs.BOM_UTF8).lstrip())
    name = declared[1].decode("latin-1") if declared else "EBCDIC" if body.startswith(EBCDIC) else "utf-8"
    try:
        is_plain = WIDE.match(name) is not None or PROBE.decode(name) == PROBE.decode()
    except LookupError:
        is_plain = name != "EBCDIC"
    except (ValueError, RuntimeError):
        is_plain = False
    if not is_plain:
        raise ParseError(f"not a {document_type}: its encoding {name} can hide markup")
