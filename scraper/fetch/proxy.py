"""An explicit HTTP proxy, with or without a name and password. The environment's proxy variables are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scraper.errors import ConfigError

if TYPE_CHECKING:
    import httpx  # costs 0.1 s, which reading a source list need not take


def parse_proxy(url: str) -> httpx.Proxy | None:
    """Return the proxy at a URL, None for an empty one. The proxy may have any address. Raises `ConfigError`.

    >>> parse_proxy("http://user:a%40b@proxy.test:3128").auth
    ('user', 'a@b')
    """
    if not url:
        return None
    check_proxy(url)
    import httpx

    try:
        return httpx.Proxy(url)
    except httpx.InvalidURL:
        raise not_a_proxy(url) from None


def check_proxy(url: str) -> None:
    """Raise `ConfigError` unless a URL names a proxy."""
    try:
        parts = urlsplit(url)
        port = 80 if parts.port is None else parts.port
    except ValueError:
        raise not_a_proxy(url) from None  # the cause may show the password
    if (
        parts.scheme != "http"
        or not parts.hostname
        or not port
        or parts.path.strip("/")
        or parts.query
        or not (url.isascii() and url.isprintable())
    ):
        raise not_a_proxy(url)


def not_a_proxy(url: str) -> ConfigError:
    """Return the error for a URL that names no proxy."""
    return ConfigError(
        f"the proxy {hide(url)!r} is not a proxy URL; write http://HOST:PORT or http://NAME:PASSWORD@HOST:PORT"
    )


def hide(url: str) -> str:
    """Return a URL without its name and password."""
    head, found, tail = url.rpartition("@")
    scheme, mark, _ = head.partition("//")
    return f"{scheme if mark else ''}{mark}…@{tail}" if found else url
