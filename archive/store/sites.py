"""Site of an address, and the one meaning of `--site` in every command and page.

A reader names a site by its host, by an address on it, or by what the site calls itself. A host includes its subdomains
and any port; a leading `www.` is ignored, and an international name may be written either way. A name must be complete;
case does not matter.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from archive.store.columns import plain
from archive.store.distinct import distinct
from scraper.errors import FetchError
from scraper.text.patterns import lazy_pattern
from scraper.urls.canonical import host_matches, site_of

_PORT: Final = lazy_pattern(r":\d+$")


@dataclass(frozen=True, slots=True)
class SiteFilter:
    """Requested hosts and site names of an archive's articles. An article is selected by either."""

    asked: tuple[str, ...]
    hosts: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether the archive has an article of these sites."""
        return bool(self.hosts or self.names)

    def condition(self, prefix: str = "") -> tuple[str, dict[str, str]]:
        """SQL over `articles` and its named parameters, each name beginning with `prefix`."""
        sql = (
            f"(articles.host IN (SELECT value FROM json_each(:{prefix}hosts))"
            f" OR articles.site IN (SELECT value FROM json_each(:{prefix}names)))"
        )
        return sql, {f"{prefix}hosts": json.dumps(self.hosts), f"{prefix}names": json.dumps(self.names)}

    def includes(self, url: str) -> bool:
        """Whether the address is on a requested host, even if the archive has no article of this host."""
        return _is_asked_host(site_name(url), self.asked)


def resolve_sites(conn: sqlite3.Connection, asked: Iterable[str]) -> SiteFilter:
    """Hosts and names of the archive that these texts mean. SQLite's errors propagate."""
    texts = tuple(form for text in asked for form in _forms(_folded(text)))
    hosts = tuple(host for host in distinct(conn, "host") if _is_asked_host(host, texts))
    return SiteFilter(texts, hosts, tuple(name for name in distinct(conn, "site") if _folded(name) in texts))


def count_hosts(conn: sqlite3.Connection) -> int:
    """The number of hosts that the archive has articles of. SQLite's errors propagate."""
    return len(distinct(conn, "host"))


def site_name(url: str) -> str:
    """The host of an address without www., its port when that is not the default; empty if the address has none.

    >>> site_name("https://www.herald.example/1"), site_name("")
    ('herald.example', '')
    """
    try:
        return site_of(url)
    except FetchError:
        return ""


def _folded(text: str) -> str:
    """The text as names are compared: in any case, however its accents are encoded."""
    return unicodedata.normalize("NFC", plain(text)).casefold()


def _forms(text: str) -> Iterator[str]:
    """The text itself, and the host that it spells as an address or in letters beyond ASCII.

    >>> list(_forms("https://www.herald.example/1")), list(_forms("müller.example")), list(_forms("the herald"))
    (['https://www.herald.example/1', 'herald.example'], ['müller.example', 'xn--mller-kva.example'], ['the herald'])
    """
    yield text
    host = "" if " " in text else site_name(text if "://" in text else f"https://{text}")
    if host and host != text:
        yield host


def _is_asked_host(host: str, asked: Iterable[str]) -> bool:
    """Whether a host, with its port or without, is one of these or below one.

    >>> _is_asked_host("news.herald.example:8000", ["www.herald.example"]), _is_asked_host("coast.example", ["ast.example"])
    (True, False)
    """
    own = (host, _PORT.sub("", host))
    return any(host_matches(spelling, text.removeprefix("www.")) for text in asked for spelling in own)
