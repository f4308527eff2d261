"""Serves the newsroom on loopback: one small HTTP/1.1 server per site, each on its own port.

The servers behave like news sites: gzip, ETag and Last-Modified with 304, robots.txt, a page that fails at first. Requests
are logged in `NewsroomServer.requests`. The servers stop at the end of the context. Connections, threads and the log are
bounded.
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
"""Open connections to one site. A further connection is closed without an answer."""
IDLE_SECONDS: Final = 10.0
"""Time after which a silent connection is closed."""
MAX_LOGGED_REQUESTS: Final = 10_000
"""Requests in the log; older ones are dropped."""
MIN_GZIP_BYTES: Final = 400
"""Gzip does not make a shorter body smaller."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request and the status of its answer."""

    site: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Content:
    """The content at a path. `modified` is None for content without a date."""

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

    def __init__(self, site: Site, newsroom: NewsroomServer) -> None:
        self.site = site
        self.newsroom = newsroom
        self.free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.open: set[socket.socket] = set()
        self.failed: Counter[str] = Counter()
        super().__init__((LOOPBACK, 0), RequestHandler)

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
        """Ignores a client that leaves early, and prints any other error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Closes the connections that clients left open."""
        for connection in tuple(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def content(self, path: str) -> Content | None:
        """The content at a path on the current visit."""
        site, visit = self.site, self.newsroom.visit
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
        """The story at a path, if it is published."""
        return next(
            (story for story in self.site.at_visit(self.newsroom.visit) if story_path(self.site, story) == path), None
        )

    def fails(self, path: str) -> bool:
        """Whether this request is answered with 500, and counts it if so."""
        story = self.story(path)
        if story is None or self.failed[path] >= story.fails_first:
            return False
        self.failed[path] += 1
        return True


class RequestHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Newsroom"
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
        """Whether the client has this content (RFC 9110, 13.2.2: If-None-Match takes precedence over If-Modified-Since)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            return headers.get("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        if since is None or content.modified is None or "Last-Modified" not in headers:
            return False
        with suppress(ValueError):
            return content.modified <= parsedate_to_datetime(since)
        return False

    def reply(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        """Sends and logs one answer, compressed if the client accepts gzip."""
        if len(body) > MIN_GZIP_BYTES and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            headers = {**headers, "Content-Encoding": "gzip"}
        self.server.newsroom.requests.append(LoggedRequest(self.server.site.key, self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: `NewsroomServer.requests` is the log."""


def validators_of(content: Content) -> dict[str, str]:
    """The validators for a client's next request."""
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
class NewsroomServer:
    """The newsroom while it is served. The sites show the state of `visit`; raise it between two runs."""

    visit: int = 1
    servers: dict[str, SiteServer] = field(default_factory=dict)
    requests: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=MAX_LOGGED_REQUESTS))

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
def serve_newsroom() -> Iterator[NewsroomServer]:
    """The newsroom on loopback, each site on a free port, until the block ends."""
    newsroom = NewsroomServer()
    with ExitStack() as stack:
        for site in load_newsroom():
            server = stack.enter_context(SiteServer(site, newsroom))
            newsroom.servers[site.key] = server
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"newsroom {site.key}")
            thread.start()
            stack.callback(stop, server, thread)
        yield newsroom


def stop(server: SiteServer, thread: threading.Thread) -> None:
    """Accepts no more connections, and closes open ones."""
    server.shutdown()
    thread.join()
    server.close_connections()
