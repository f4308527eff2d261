"""Serves the newsroom on loopback: one small HTTP/1.1 server a site, each with a port of its own.

It answers as news sites do: gzip, ETag and Last-Modified with 304, robots.txt, a page that fails before it works. What
was asked is kept in `Newsstand.asked`. It stops with its context manager; connections, threads and the log are bounded.
"""

from __future__ import annotations

import gzip
import socket
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from archive.newsroom.articles import Site, Story, load_newsroom
from archive.newsroom.pages import article_page, modified_at, source_bodies, story_path

LOOPBACK: Final = "127.0.0.1"
MAX_CONNECTIONS: Final = 32
"""Open connections of one site; one more is closed unanswered."""
IDLE_SECONDS: Final = 10.0
"""How long a connection may say nothing."""
LOGGED: Final = 10_000
WORTH_PACKING: Final = 400
"""Bytes under which gzip gains nothing."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request, and the status it was answered with."""

    site: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Content:
    """What lies at a path. `modified` is None for what has no date."""

    media_type: str
    body: bytes
    modified: datetime | None = None
    validators: str = "both"

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:20]}"'


class SiteServer(ThreadingHTTPServer):
    """One site on one port."""

    daemon_threads = False  # so that closing waits for the last answer
    request_queue_size = 64

    def __init__(self, site: Site, stand: Newsstand) -> None:
        self.site = site
        self.stand = stand
        self.free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.open: set[socket.socket] = set()
        self.failed: Counter[str] = Counter()
        super().__init__((LOOPBACK, 0), Answer)

    @property
    def base(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self.free.acquire(blocking=False):
            self.close_request(request)
            return
        self.open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open.discard(request)
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is none of our business; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Ends the connections that clients left open."""
        for connection in tuple(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def content(self, path: str) -> Content | None:
        """What lies at a path on the current visit."""
        site, visit = self.site, self.stand.visit
        if path == "/robots.txt":
            return Content("text/plain", site.robots.substitute(base=self.base).lstrip().encode())
        if path == "/":
            return Content("text/html", front_page(site).encode(site.encoding))
        if listed := source_bodies(site, base=self.base, visit=visit).get(path):
            return Content(*listed, modified=max(modified_at(story, visit) for story in site.at_visit(visit)))
        if story := self.story(path):
            page = article_page(site, story, base=self.base, visit=visit)
            return Content("text/html", page, modified_at(story, visit), site.validators)
        return None

    def story(self, path: str) -> Story | None:
        """The story at a path, if it is out."""
        return next(
            (story for story in self.site.at_visit(self.stand.visit) if story_path(self.site, story) == path), None
        )

    def fails(self, path: str) -> bool:
        """Whether this request is one of those that a story answers with 500; counts it."""
        story = self.story(path)
        if story is None or self.failed[path] >= story.fails_first:
            return False
        self.failed[path] += 1
        return True


class Answer(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Newsstand"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # a small answer in two writes would wait 40 ms for an ACK
    server: SiteServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.server.fails(path):
            self.reply(HTTPStatus.INTERNAL_SERVER_ERROR, b"The press is jammed.", {"Content-Type": "text/plain"})
            return
        content = self.server.content(path)
        if content is None:
            self.reply(HTTPStatus.NOT_FOUND, b"Not found.", {"Content-Type": "text/plain"})
            return
        headers = validators_of(content)
        if self.is_known(headers, content):
            self.reply(HTTPStatus.NOT_MODIFIED, b"", headers)
            return
        self.reply(
            HTTPStatus.OK, content.body, {"Content-Type": content.media_type, "Vary": "Accept-Encoding", **headers}
        )

    def is_known(self, headers: dict[str, str], content: Content) -> bool:
        """Whether the client has this very content (RFC 9110, 13.2.2: If-None-Match outweighs If-Modified-Since)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return headers.get("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        if since is None or content.modified is None or "Last-Modified" not in headers:
            return False
        with suppress(ValueError):
            return content.modified <= parsedate_to_datetime(since)
        return False

    def reply(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        """Sends one answer, packed where the client takes it, and notes it."""
        if len(body) > WORTH_PACKING and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            headers = {**headers, "Content-Encoding": "gzip"}
        self.server.stand.asked.append(LoggedRequest(self.server.site.key, self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `asked` is the log."""


def validators_of(content: Content) -> dict[str, str]:
    """The headers by which a client may ask again."""
    headers: dict[str, str] = {}
    if content.validators in {"etag", "both"}:
        headers["ETag"] = content.etag
    if content.modified is not None and content.validators in {"modified", "both"}:
        headers["Last-Modified"] = format_datetime(content.modified.astimezone(UTC), usegmt=True)
    return headers


def front_page(site: Site) -> str:
    """A site's front page: its name."""
    return f'<!doctype html><html lang="{site.language}"><title>{escape(site.name)}</title><h1>{escape(site.name)}</h1></html>'


@dataclass(slots=True)
class Newsstand:
    """The newsroom as it is being served. `visit` is which visit the sites show; raise it between two runs."""

    visit: int = 1
    servers: dict[str, SiteServer] = field(default_factory=dict)
    asked: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=LOGGED))

    def url(self, site: str, slug: str) -> str:
        """The address of a story."""
        server = self.servers[site]
        story = next(story for story in server.site.stories if story.slug == slug)
        return server.base + story_path(server.site, story)

    def source_list(self) -> str:
        """The source list that reads the whole newsroom, as TOML."""
        lines = ["[defaults]", "delay = 0", ""]
        for key, server in self.servers.items():
            lines += ["[[source]]", f'name = "{key}"', f'kind = "{server.site.source_kind}"']
            lines += [f'url = "{server.base}{server.site.source_path}"', ""]
        return "\n".join(lines)

    def write_source_list(self, path: Path) -> Path:
        """Writes the source list; returns its path."""
        path.write_text(self.source_list(), encoding="utf-8")
        return path


@contextmanager
def serve_newsroom() -> Iterator[Newsstand]:
    """The newsroom on loopback, each site on a free port, until the block ends."""
    stand = Newsstand()
    with ExitStack() as stack:
        for site in load_newsroom():
            server = stack.enter_context(SiteServer(site, stand))
            stand.servers[site.key] = server
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"newsstand {site.key}")
            thread.start()
            stack.callback(stop, server, thread)
        yield stand


def stop(server: SiteServer, thread: threading.Thread) -> None:
    """Takes no more connections and ends those that are open."""
    server.shutdown()
    thread.join()
    server.hang_up()
