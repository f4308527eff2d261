"""Which site an address belongs to, for people: as they name it, and as it is told to them."""

from __future__ import annotations

from scraper.errors import FetchError
from scraper.urls.canonical import host_matches, site_of


def site_name(url: str) -> str:
    """The host of an address without www., its port when that is not the default; empty for what has none.

    >>> site_name("https://www.herald.example/1"), site_name("")
    ('herald.example', '')
    """
    try:
        return site_of(url)
    except FetchError:
        return ""


def is_site(asked: str, url: str, name: str = "") -> bool:
    """Whether an address belongs to the site that someone names: by its host, one above it, or what it calls itself.

    >>> is_site("herald.example", "https://www.herald.example/1"), is_site("The Herald", "https://h.example/", "The Herald")
    (True, True)
    >>> is_site("127.0.0.1", "http://127.0.0.1:8001/x"), is_site("herald.example", "https://coast.example/")
    (True, False)
    """
    wanted, host = asked.casefold().removeprefix("www."), site_name(url)
    if name and asked.casefold() == name.casefold():
        return True
    return host_matches(host, wanted) or host_matches(host.partition(":")[0], wanted)
