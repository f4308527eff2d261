"""The archive in Datasette for tests: served in a process, or asked within this one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from archive.web.server import Place, guard, make_datasette

PAGES = [
    "/",
    "/-/search?q=harbour",
    "/-/search",
    "/-/article/1?removed=1",
    "/-/article/1/changes/2",
    "/-/article/3",
    "/-/boilerplate",
    "/-/health",
]
"""An address of each kind of page."""


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Serve the archive; gives the address."""
    with serving_to_owner(path) as (url, _):
        yield url


@contextmanager
def serving_to_owner(path: Path) -> Iterator[tuple[str, str]]:
    """Serve the archive; gives the address, and the one that allows changes."""
    code = "import sys; from pathlib import Path; from archive.web.server import *\n"
    code += "serve(Path(sys.argv[1]), Place(port=0), ready=lambda url, own: print(url, own, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url, own = process.stdout.readline().split()
        yield url, own
        os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(10)
        finally:
            process.kill()


def ask(
    path: Path, address: str, *, place: Place | None = None, host: str = "127.0.0.1", beside: Path | None = None
) -> httpx.Response:
    """The answer to a request that names this host. `beside` is another database in the same Datasette."""
    from datasette.database import Database

    place = place or Place()

    async def request() -> httpx.Response:
        app = guard(datasette.app(), place)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(address, headers={"host": host}, follow_redirects=True)

    datasette = make_datasette(path, is_open=place.is_open)
    if beside:
        datasette.add_database(Database(datasette, path=str(beside), is_mutable=True), name="other")
    try:
        return asyncio.run(request())
    finally:  # Datasette leaves its threads and connections to the end of the process
        datasette.executor.shutdown()
        for database in datasette.databases.values():
            for connection in getattr(database, "_all_file_connections", ()):
                connection.close()
