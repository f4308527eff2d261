"""Hosts with letters beyond ASCII, as DNS and browsers write them (RFC 5891, UTS 46)."""

from __future__ import annotations

from typing import Final

import idna

from scraper.text.patterns import lazy_pattern

JOINERS: Final = lazy_pattern("[\u200c\u200d]")


def encode_international(host: str) -> str:
    """An international host in ASCII. Symbols, which IDNA 2008 left out, are encoded as browsers do (UTS 46).

    Raises `UnicodeError`, as `idna.IDNAError` is one, for letters that no browser accepts in a host.

    >>> encode_international("bücher.example"), encode_international("☃.example")
    ('xn--bcher-kva.example', 'xn--n3h.example')
    """
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.InvalidCodepoint:
        labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
        return ".".join(label if label.isascii() else encode_symbols(label) for label in labels)


def encode_symbols(label: str) -> str:
    """A label with symbols in Punycode (RFC 3492). Raises `IDNAError`."""
    if JOINERS.search(label):
        raise idna.InvalidCodepointContext("a joiner needs letters that it joins")
    idna.check_initial_combiner(label)
    idna.check_bidi(label)
    return "xn--" + label.encode("punycode").decode()
