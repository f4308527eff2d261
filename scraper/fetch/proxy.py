"""An explicit HTTP proxy, with or without a name and password. The environment's proxy variables are ignored."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from scraper.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Proxy:
    """The user's proxy. It may have any address. `authorization` is empty or a header value."""

    host: str
    port: int
    authorization: str = ""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers for the proxy itself."""
        return (("Proxy-Authorization", self.authorization),) if self.authorization else ()


def parse_proxy(url: str) -> Proxy | None:
    """Return the proxy at a URL, None for an empty one. Raises `ConfigError`.

    >>> parse_proxy("http://user:a%40b@proxy.test:3128").authorization
    'Basic dXNlcjphQGI='
    """
    if not url:
        return None
    wrong = f"the proxy {hide(url)!r} is not a proxy URL; write http://HOST:PORT or http://NAME:PASSWORD@HOST:PORT"
    try:
        parts = urlsplit(url)
        port = 80 if parts.port is None else parts.port
    except ValueError:
        raise ConfigError(wrong) from None  # the cause may show the password
    if (
        parts.scheme != "http"
        or not parts.hostname
        or not port
        or parts.path.strip("/")
        or parts.query
        or not (url.isascii() and url.isprintable())
    ):
        raise ConfigError(wrong)
    secret = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    token = base64.b64encode(secret.encode()).decode()
    return Proxy(parts.hostname, port, f"Basic {token}" if parts.username else "")


def hide(url: str) -> str:
    """Return a URL without its name and password."""
    head, found, tail = url.rpartition("@")
    scheme, mark, _ = head.partition("//")
    return f"{scheme if mark else ''}{mark}…@{tail}" if found else url
