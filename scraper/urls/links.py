"""Hosts of links, and whether a link stays on its site. Takes links as pages write them; nothing here raises."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

PAGE_SCHEMES: Final = frozenset({"", "http", "https"})
"""Schemes of links to pages; a relative link has none."""


def netloc_of(url: str) -> str:
    """The host and port of a URL; empty if the URL has none or is malformed.

    >>> netloc_of("https://a.example:8000/x"), netloc_of("/x"), netloc_of("http://[")
    ('a.example:8000', '', '')
    """
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def leads_within(href: str | None, host: str) -> bool:
    """Whether a link leads to another page of the site at `host`.

    >>> [leads_within(href, "a.example") for href in ("x?u=http://b.example/", "//a.example/x", "https://a.example")]
    [True, True, True]
    >>> [leads_within(href, "a.example") for href in ("#top", "//b.example/", "mailto:desk@a.example", "http://[")]
    [False, False, False, False]
    """
    if not href or href.startswith("#"):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in PAGE_SCHEMES and parts.netloc in ("", host)
