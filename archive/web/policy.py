"""Security headers of every answer, and which requests are answered.

Our own pages allow no script and no inline style. Datasette's pages have inline scripts: exactly these are allowed, by
the hashes of its templates, so that markup from an article cannot run there either.
Datasette answers any Host header. A foreign page that points a name at 127.0.0.1 could then read the archive through
the user's browser (DNS rebinding). So other names than this machine's are refused.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from pathlib import Path
from typing import Any, Final

import datasette

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

STRICT: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of our own pages."""

INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)

HEADERS: Final = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",  # a site must not learn of the archive from a followed link
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def datasette_policy(templates: Path) -> str:
    """The policy for Datasette's own pages, from the templates in this folder."""
    scripts = {
        script for file in sorted(templates.glob("*.html")) for script in inline_scripts(file.read_text("utf-8"))
    }
    hashes = " ".join(
        sorted(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts)
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def inline_scripts(template: str) -> Iterable[str]:
    """The inline scripts of a template as rendered. The only variable one is a switch, so both its values are given."""
    for script in INLINE_SCRIPT.findall(template):
        if "{{ datasette_allow_facet }}" in script:
            yield from (script.replace("{{ datasette_allow_facet }}", value) for value in ("true", "false"))
        elif "{{" not in script and "{%" not in script:
            yield script


def with_headers(app: App) -> App:
    """The app with our headers in its answers. An answer without a Content-Security-Policy gets Datasette's."""
    policy = datasette_policy(Path(datasette.__file__).with_name("templates"))

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message.get("headers", [])}
                more = {b"content-security-policy": policy.encode(), **HEADERS}
                added = [(name, value) for name, value in more.items() if name not in there]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        await app(scope, receive, send_with_headers)

    return guarded


def read_only(app: App, *, but: str = "") -> App:
    """The app for reading requests; others are refused. With `but`, forms may be posted to the paths that begin so."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        is_form = but and scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(but)
        if scope["type"] == "http" and scope["method"] not in METHODS and not is_form:
            await refuse(send, 405, "This server is read-only: use GET or HEAD.")
            return
        await app(scope, receive, send)

    return guarded


def named(app: App, allowed: Callable[[str], bool], *, answers_to: str) -> App:
    """The app for requests with an allowed Host header; others are refused."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not allowed(host_of(scope)):
            await refuse(send, 421, f"This server answers only to {answers_to}.")
            return
        await app(scope, receive, send)

    return guarded


def host_of(scope: Message) -> str:
    """The host named by a request, without port and brackets; empty if there is none, or several."""
    values = [value.decode("latin-1").strip().lower() for name, value in scope["headers"] if name == b"host"]
    if len(values) != 1:
        return ""
    host = re.sub(r":\d*$", "", values[0]) if values[0].count(":") == 1 or "]" in values[0] else values[0]
    return host.strip("[]")


def is_loopback_name(host: str) -> bool:
    """Whether the name always means this machine."""
    return host in LOOPBACK


def open_names(names: Collection[str]) -> Callable[[str], bool]:
    """The hosts that an open server answers to: IP addresses, this machine's name, and the given names.

    A foreign page can point its own name at this server, but no name looks like an IP address.
    """
    machine = socket.gethostname().lower()
    known = {
        *LOOPBACK,
        machine,
        machine.partition(".")[0],
        f"{machine.partition('.')[0]}.local",
        *(name.lower() for name in names),
    }
    return lambda host: host in known or is_address(host)


def is_address(host: str) -> bool:
    """Whether the host is written as an IP address.

    >>> is_address("192.0.2.7"), is_address("fe80::1"), is_address("example.org")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def refuse(send: Send, status: int, why: str) -> None:
    """Answer with one line of text."""
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8")]}
    )
    await send({"type": "http.response.body", "body": why.encode() + b"\n"})
