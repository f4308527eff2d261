"""httpx's client, without what it does on its own: redirects, cookies, logins, and the environment's settings."""

from __future__ import annotations

import ssl
from functools import cache
from http.cookiejar import CookieJar
from typing import Any

import httpx


class NoCookies(CookieJar):
    """A cookie jar that stays empty: one page's cookies are not sent with the next, nor their header parsed."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Store nothing."""


def new_client(transport: httpx.AsyncBaseTransport, *, connect_timeout: float) -> httpx.AsyncClient:
    """Return a client that sends each request as it is and leaves redirects to the caller.

    Only the time to connect is limited, in seconds: the caller limits the whole exchange.
    """
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        cookies=NoCookies(),
        event_hooks={"response": [keep_fields]},
        timeout=httpx.Timeout(None, connect=connect_timeout),
    )


async def keep_fields(response: httpx.Response) -> None:
    """Move the header fields of a response, names in lower case, to `extensions["fields"]`, and remove its Location.

    httpx parses the Location even of a redirect that it does not follow, and fails if it is no URL.
    """
    response.extensions["fields"] = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in response.headers.raw
    )
    response.headers.pop("location", None)


@cache
def default_tls() -> ssl.SSLContext:
    """Return httpx's TLS settings, which verify with certifi's roots. They take 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)
