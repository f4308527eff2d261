"""Addresses as readers type and copy them: without a scheme, with tracking parameters, with or without `www.` or a last slash."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import urlsplit, urlunsplit

from scraper.errors import FetchError
from scraper.urls.canonical import canonicalize


def meant_addresses(text: str) -> Iterator[str]:
    """The addresses that a text may mean, the text itself first; that one alone if it is no address.

    >>> list(meant_addresses("herald.example/1?utm_source=x"))[1:4]
    ['https://herald.example/1', 'https://herald.example/1/', 'https://www.herald.example/1']
    """
    yield text
    scheme, sign, rest = text.strip().partition("://")
    schemes = ("http", "https") if scheme.lower() == "http" else ("https", "http")
    try:
        found = urlsplit(canonicalize(f"{schemes[0]}://{rest if sign else text.strip()}"))
    except FetchError:
        return
    host = found.netloc.removeprefix("www.")
    hosts = (found.netloc, f"www.{host}" if host == found.netloc else host)
    bare = found.path.rstrip("/")
    paths = dict.fromkeys((found.path, bare if found.path.endswith("/") else f"{bare}/"))
    for one, netloc, path in product(schemes, hosts, paths):
        yield urlunsplit((one, netloc, path or "/", found.query, ""))
