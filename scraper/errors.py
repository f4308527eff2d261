"""All errors that Cuttings raises on purpose.

::

    CuttingsError
    ├── ConfigError            a source list, a setting or a rule file is wrong: names file and place
    │   └── RuleError          a rule row is wrong: names file and rule id
    ├── InputError             a document cannot be read: missing, empty, binary, too large
    ├── ParseError             bytes are not the feed, sitemap or rule list that they should be
    ├── FetchError             a URL could not be fetched: carries url, kind (see FETCH_KINDS), status
    ├── ExtractError           extraction of one page overran its deadline, or its process died
    └── ArchiveError           the archive cannot be used: carries path
        └── LockedError        another run holds the archive's lock

A crawl turns `FetchError` and `ExtractError` into values with their URL; everything else propagates.
`LIBRARY_FAILURES` says which kind of `FetchError` each exception of the HTTP libraries becomes.
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
    "type": "the content does not have the requested type (HTML, a feed, a sitemap)",
    "too-large": "the body or its headers exceed the cap",
    "truncated": "the body ended before it was complete",
    "decode": "the body's encoding is broken, chained or was not offered",
    "parse": "the bytes are not a feed or sitemap that can be read",
    "protocol": "the server did not speak valid HTTP",
    "proxy": "the proxy gave no connection",
    "render": "the browser could not render the page, or refused a request of the page",
    "paused": "the host asked for a pause, or keeps failing",
    "extract-timeout": "extraction took longer than its deadline",
    "extract-crashed": "the extracting process died",
    "reserved": "the page asks not to be archived or mined, and its source honours that",
    "no-article": "the page holds no article text",
}
"""Kinds of failure with their meaning: the vocabulary of errors, the links table and `status`."""

LIBRARY_FAILURES: Final[dict[str, str]] = {
    f"{package}.{name}": kind
    for kind, package, names in (
        ("url", "httpx", "InvalidURL UnsupportedProtocol"),
        ("url", "httpcore", "UnsupportedProtocol"),
        ("url", "idna", "IDNAError IDNABidiError InvalidCodepoint InvalidCodepointContext"),
        ("dns", "socket", "gaierror herror"),
        ("refused", "builtins", "OSError"),
        ("refused", "httpx", "NetworkError ConnectError ReadError WriteError CloseError"),
        ("refused", "httpcore", "NetworkError ConnectError ReadError WriteError ConnectionNotAvailable"),
        ("timeout", "builtins", "TimeoutError"),
        ("timeout", "httpx", "TimeoutException ConnectTimeout ReadTimeout WriteTimeout PoolTimeout"),
        ("timeout", "httpcore", "TimeoutException ConnectTimeout ReadTimeout WriteTimeout PoolTimeout"),
        ("tls", "ssl", "SSLError SSLCertVerificationError SSLEOFError SSLSyscallError SSLZeroReturnError"),
        ("tls", "ssl", "SSLWantReadError SSLWantWriteError"),
        ("redirects", "httpx", "TooManyRedirects"),
        ("status", "httpx", "HTTPStatusError"),
        ("decode", "httpx", "DecodingError"),
        ("too-large", "h2", "DenialOfServiceError"),  # more header bytes than it accepts
        ("too-large", "hpack", "OversizedHeaderListError"),
        ("truncated", "h2", "InvalidBodyLengthError"),
        ("proxy", "httpx", "ProxyError"),
        ("proxy", "httpcore", "ProxyError"),
        ("protocol", "httpx", "HTTPError RequestError TransportError CookieConflict"),
        ("protocol", "httpx", "ProtocolError LocalProtocolError RemoteProtocolError"),
        ("protocol", "httpx", "StreamError StreamClosed StreamConsumed RequestNotRead ResponseNotRead"),
        ("protocol", "httpcore", "ProtocolError LocalProtocolError RemoteProtocolError"),
        ("protocol", "h11", "ProtocolError LocalProtocolError RemoteProtocolError"),
        ("protocol", "h2", "H2Error ProtocolError RFC1122Error FlowControlError FrameDataMissingError"),
        ("protocol", "h2", "FrameTooLargeError InvalidSettingsValueError NoAvailableStreamIDError NoSuchStreamError"),
        ("protocol", "h2", "StreamClosedError StreamIDTooLowError TooManyStreamsError UnsupportedFrameError"),
        ("protocol", "hpack", "HPACKError HPACKDecodingError InvalidTableIndex InvalidTableIndexError"),
        ("protocol", "hpack", "InvalidTableSizeError"),
        ("protocol", "hyperframe", "HyperframeError InvalidDataError InvalidFrameError InvalidPaddingError"),
        ("protocol", "hyperframe", "UnknownFrameError"),
    )
    for name in names.split()
}
"""Kind of failure for each exception of httpx, its parts, TLS and the resolver; `fetch.failures` applies it."""

UNREACHABLE_KINDS: Final = frozenset(
    {"dns", "refused", "timeout", "tls", "private-address", "protocol", "proxy", "paused"}
)
"""Kinds of failed fetch in which no server answered."""
TOO_MANY_REQUESTS: Final = 429
"""The one 4xx status that says nothing about the page (RFC 6585, 4)."""
SERVER_ERROR: Final = 500
"""First of the statuses in which the server failed (RFC 9110, 15.6)."""


class CuttingsError(Exception):
    """The root of all errors raised on purpose."""


class ConfigError(CuttingsError):
    """A source list, a setting or a rule file that cannot be used; each of its `faults` names file and place."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class RuleError(ConfigError):
    """A rule that cannot be used. `rule` is its id, or its place in the file if it has no id."""

    def __init__(self, message: str, *, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


class InputError(CuttingsError):
    """A document that cannot be read."""


class ParseError(CuttingsError):
    """Bytes that are not of the expected format."""


class FetchError(CuttingsError):
    """A URL that could not be fetched. `kind` is a key of `FETCH_KINDS`; `status` is 0 if no answer came.

    `retry_after` is the number of seconds that the host asked to wait; 0 if it did not say.
    """

    def __init__(self, url: str, kind: str, detail: str = "", *, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(f"{url}: {detail or FETCH_KINDS[kind]}")
        self.url = url
        self.kind = kind
        self.detail = detail or FETCH_KINDS[kind]
        self.status = status
        self.retry_after = retry_after

    @property
    def is_refusal(self) -> bool:
        """Whether the server refused this URL for good: a retry gives the same answer."""
        return self.kind == "status" and 0 < self.status < SERVER_ERROR and self.status != TOO_MANY_REQUESTS

    def for_url(self, url: str) -> FetchError:
        """This failure under another URL: the URL that was requested, before redirects."""
        if url == self.url:
            return self
        same = FetchError(url, self.kind, self.detail, status=self.status, retry_after=self.retry_after)
        same.__cause__ = self.__cause__
        return same

    def __reduce__(self) -> tuple[Callable[..., FetchError], tuple[object, ...]]:
        """Pickles with all attributes: an exception keeps only its message otherwise."""
        return rebuild_fetch_error, (self.url, self.kind, self.detail, self.status, self.retry_after)


def rebuild_fetch_error(url: str, kind: str, detail: str, status: int, retry_after: float) -> FetchError:
    """A `FetchError` from the values in its pickle."""
    return FetchError(url, kind, detail, status=status, retry_after=retry_after)


class ExtractError(CuttingsError):
    """A page whose extraction was stopped. `kind` is `extract-timeout` or `extract-crashed`."""

    def __init__(self, url: str, kind: str, detail: str = "") -> None:
        super().__init__(f"{url}: {detail or FETCH_KINDS[kind]}")
        self.url = url
        self.kind = kind
        self.detail = detail or FETCH_KINDS[kind]

    def __reduce__(self) -> tuple[type[ExtractError], tuple[str, str, str]]:
        """Pickles with all attributes, like `FetchError`."""
        return ExtractError, (self.url, self.kind, self.detail)


class ArchiveError(CuttingsError):
    """An archive that cannot be used: not ours, damaged, read-only, newer than this version, or on a full disk."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class DamageError(ArchiveError):
    """An archive whose file is damaged: nothing may be written to it."""


class LockedError(ArchiveError):
    """Another run holds the archive's lock."""
