"""Every error Cuttings raises on purpose.

::

    CuttingsError
    ├── ConfigError            a source list, a setting or a rule file is wrong: names file and place
    │   └── RuleError          a rule row is wrong: names file and rule id
    ├── InputError             a document cannot be read: missing, empty, binary, too large
    ├── ParseError             bytes that were to be a feed, a sitemap or a rule list are not one
    ├── FetchError             a URL could not be had: carries url, kind (see FETCH_KINDS), status
    ├── ExtractError           extraction of one page overran its deadline or its process died
    └── ArchiveError           the archive cannot be used: carries path
        └── LockedError        another run holds the archive's lock

A crawl turns `FetchError` and `ExtractError` into values with their URL; everything else propagates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FETCH_KINDS: Final[dict[str, str]] = {
    "url": "the address is not a valid http or https URL",
    "dns": "the host name did not resolve",
    "refused": "the connection was refused, reset or closed early",
    "timeout": "the server took longer than the deadline",
    "tls": "the TLS connection could not be verified",
    "private-address": "the address is private or loopback (--allow-private opens it)",
    "robots": "robots.txt disallows it",
    "redirects": "too many redirects, or a redirect to nowhere",
    "status": "the server answered with an error status",
    "type": "the content is not what was asked for (HTML, a feed, a sitemap)",
    "too-large": "the body or its headers exceed the cap",
    "truncated": "the body ended before it was complete",
    "decode": "the body's encoding is broken, chained or was not offered",
    "parse": "the bytes are not a feed or sitemap that can be read",
    "protocol": "the server did not speak valid HTTP",
    "proxy": "the proxy gave no connection",
    "render": "the browser could not draw the page, or would not ask for a part of it",
    "paused": "the host asked to be left alone for a while, or keeps failing",
    "extract-timeout": "extraction took longer than its deadline",
    "extract-crashed": "the extracting process died",
    "reserved": "the page asks not to be archived or mined, and its source honours that",
    "no-article": "the page holds no article text",
}
"""Kinds of failure, with what each means: one vocabulary for errors, the frontier and `status`."""

UNREACHABLE_KINDS: Final = frozenset(
    {"dns", "refused", "timeout", "tls", "private-address", "protocol", "proxy", "paused"}
)
"""Kinds of failed fetch in which no server answered."""


class CuttingsError(Exception):
    """Root of all errors raised on purpose."""


class ConfigError(CuttingsError):
    """A source list, setting or rule file that cannot be used; the message names file and place."""


class RuleError(ConfigError):
    """A rule that cannot be used. `rule` is its id, or its place in the file when it has none."""

    def __init__(self, message: str, *, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


class InputError(CuttingsError):
    """A document that cannot be read."""


class ParseError(CuttingsError):
    """Bytes that are not what they were said to be."""


class FetchError(CuttingsError):
    """A URL that could not be had. `kind` is a key of `FETCH_KINDS`; `status` is 0 when no answer came.

    `retry_after` is how many seconds the host asked to be left alone, 0 when it did not say.
    """

    def __init__(self, url: str, kind: str, detail: str = "", *, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(f"{url}: {detail or FETCH_KINDS[kind]}")
        self.url = url
        self.kind = kind
        self.detail = detail or FETCH_KINDS[kind]
        self.status = status
        self.retry_after = retry_after

    def of(self, url: str) -> FetchError:
        """The same failure, of another address: that which was asked for."""
        if url == self.url:
            return self
        same = FetchError(url, self.kind, self.detail, status=self.status, retry_after=self.retry_after)
        same.__cause__ = self.__cause__
        return same

    def __reduce__(self) -> tuple[Callable[..., FetchError], tuple[object, ...]]:
        """How it is pickled: an exception would be made again from its message alone."""
        return remade, (self.url, self.kind, self.detail, self.status, self.retry_after)


def remade(url: str, kind: str, detail: str, status: int, retry_after: float) -> FetchError:
    """A `FetchError` that came through a pickle."""
    return FetchError(url, kind, detail, status=status, retry_after=retry_after)


class ExtractError(CuttingsError):
    """One page whose extraction was given up. `kind` is `extract-timeout` or `extract-crashed`."""

    def __init__(self, url: str, kind: str, detail: str = "") -> None:
        super().__init__(f"{url}: {detail or FETCH_KINDS[kind]}")
        self.url = url
        self.kind = kind
        self.detail = detail or FETCH_KINDS[kind]

    def __reduce__(self) -> tuple[type[ExtractError], tuple[str, str, str]]:
        """How it is pickled."""
        return ExtractError, (self.url, self.kind, self.detail)


class ArchiveError(CuttingsError):
    """An archive that cannot be used: not ours, damaged, read-only, newer, or on a full disk."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class DamageError(ArchiveError):
    """An archive whose file is damaged: nothing is to be written to it any more."""


class LockedError(ArchiveError):
    """Another run holds the archive's lock."""
