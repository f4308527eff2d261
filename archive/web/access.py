"""Who may change the archive in the pages: the person who started the server on this machine.

`serve` makes a secret and prints an address with it. Whoever opens the address gets a cookie. A change needs the cookie, and a token
in the form that only a page with the cookie has, so that no other site can send it (OWASP, cross-site request forgery: double
submit of two values that are derived from one secret). Without the cookie every page is read-only, and so is a server that is open
to a network, and plain Datasette.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from datasette.utils.asgi import Request

MAX_FORM_BYTES: Final = 100_000
"""Size of a form that is read."""
FORM_TYPE: Final = "application/x-www-form-urlencoded"
PREFIX: Final = "/-/feedback/"
"""Paths of changes, which may be posted to."""


@dataclass(frozen=True, slots=True)
class Access:
    """The secret of one server process."""

    secret: str

    @property
    def cookie_name(self) -> str:
        """A name of its own for each process: cookies do not tell ports apart (RFC 6265, 8.5)."""
        return f"cuttings-{self._derived('name')[:12]}"

    @property
    def cookie(self) -> str:
        return self._derived("cookie")

    @property
    def token(self) -> str:
        """The token of forms."""
        return self._derived("form")

    def _derived(self, use: str) -> str:
        return hmac.new(self.secret.encode(), use.encode(), hashlib.sha256).hexdigest()

    def opened_by(self, secret: str) -> bool:
        """Whether this is the secret of the printed address."""
        return hmac.compare_digest(secret.encode(), self.secret.encode())

    def admits(self, request: Request) -> bool:
        """Whether a request has the cookie."""
        return hmac.compare_digest(request.cookies.get(self.cookie_name, "").encode(), self.cookie.encode())

    def allows(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether a posted form may change the archive. A browser that says where a form came from must name this server."""
        return (
            self.admits(request)
            and hmac.compare_digest(form.get("token", "").encode(), self.token.encode())
            and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        )


def new_access() -> Access:
    """Access with a new secret."""
    return Access(secrets.token_urlsafe(24))


def access_of(datasette: Any) -> Access | None:
    """The access of this server; None if its pages are read-only."""
    return getattr(datasette, "cuttings_access", None)


def form_token(datasette: Any, request: Request) -> str:
    """The token for the forms of a page; empty if the reader may not change the archive."""
    access = access_of(datasette)
    return access.token if access and access.admits(request) else ""


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a posted form, the last value of each; None for a body that is no form, or that is too large."""
    length = request.headers.get("content-length", "")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        return None
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_FORM_BYTES:
        return None
    return dict(await request.post_vars())
