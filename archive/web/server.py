"""The archive served by Datasette: our pages, and every table with a description.

The server listens on this machine only, unless `--host` says otherwise. Datasette is an extra. `archive.web.policy` says which
requests are answered; `archive.web.limits` bounds what one may cost.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from archive.store.archive import Archive
from scraper.errors import ConfigError
from scraper.extras import install_command

if TYPE_CHECKING:
    from archive.web.access import Access

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Address to serve at. `names` are further host names to answer to if `host` is open to a network."""

    host: str = HOST
    port: int = 8001
    names: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach the server."""
        return self.host not in {"localhost", "::1"} and not self.host.startswith("127.")


def make_datasette(path: Path, *, is_open: bool = False, access: Access | None = None) -> Any:
    """A Datasette on the archive, not yet serving. An open one allows no SQL; one with `access` allows changes in the pages.

    Raises ConfigError without the extra.
    """
    try:
        from datasette.app import Datasette
        from datasette.plugins import pm

        from archive.web import plugin
    except ImportError as exc:
        if (exc.name or "").startswith(("archive", "scraper")):  # a fault of ours, which no installing mends
            raise
        raise ConfigError(f"serve: Datasette is not installed; run {install_command('datasette')}") from exc
    if not pm.is_registered(plugin):
        pm.register(plugin, "cuttings")
    datasette = Datasette(files=[str(path)], settings={"default_allow_sql": not is_open})
    datasette.cuttings_access = access
    return datasette


def guard(app: Any, place: Place) -> Any:
    """The app behind its policy: only reading requests (and forms, on this machine only), only our own host names, policy
    headers on every page.
    """
    from archive.web.access import PREFIX
    from archive.web.policy import is_loopback_name, named, open_names, read_only, with_headers

    app = read_only(with_headers(app), but="" if place.is_open else PREFIX)
    if not place.is_open:
        return named(app, is_loopback_name, answers_to="127.0.0.1 and localhost")
    names = {place.host, *place.names}
    return named(app, open_names(names), answers_to=f"addresses, this machine's name, and {', '.join(sorted(names))}")


def opens(path: Path, place: Place) -> Sequence[str]:
    """Lines that warn what a server open to a network exposes; none for a server on this machine only."""
    if not place.is_open:
        return ()
    return (
        f"{place.host} is open to the network: anyone who reaches it can read all of {path} without a password:",
        "every article and revision, the ledger, the sources with their addresses, and the raw pages.",
        "Nothing can be changed, and SQL queries are off. The default, 127.0.0.1, is reachable from this machine only.",
    )


def serve(path: Path, place: Place | None = None, *, ready: Callable[[str, str], None] = lambda url, own: None) -> None:
    """Serve the archive until interrupted. `ready` gets the address once the port is bound, and the one that allows changes.

    The second is empty for a server that is open to a network. Port 0 picks a free port. Raises ArchiveError, or ConfigError for a missing extra, a port in use, an unknown host.
    """
    place = place or Place()
    Archive.open(path).close()
    datasette = make_datasette(path, is_open=place.is_open)
    if not place.is_open:
        from archive.web.access import new_access

        datasette.cuttings_access = new_access()
    app = guard(datasette.app(), place)
    import uvicorn

    from archive.web.limits import limit_heap

    limit_heap()
    with listen(place) as listener:
        port = listener.getsockname()[1]
        host = {"0.0.0.0": HOST, "::": "::1"}.get(place.host, place.host)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        access = datasette.cuttings_access
        ready(url, f"{url}-/feedback?token={access.secret}" if access else "")
        uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[listener])


def listen(place: Place) -> socket.socket:
    """A socket that listens there. Raises ConfigError."""
    listener = None
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen()
    except OSError as exc:
        if listener:
            listener.close()
        raise ConfigError(
            f"{place.host}:{place.port}: the port cannot be used ({exc.strerror}); pass another --port or --host"
        ) from exc
    return listener
