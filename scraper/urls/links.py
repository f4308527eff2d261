"""Whether a link stays on its site. Takes links as pages write them, relative or absolute; nothing here raises."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

PAGE_SCHEMES: Final = frozenset({"", "http", "https"})
"""Schemes of links to pages; a relative link has none."""


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
