"""A worker process: it takes tasks from a socket, and answers each. The process that starts it is `worker_pool`'s.

It starts for each run and after each hostile page, so this module imports no asyncio, no subprocess and nothing of the pool:
that takes 40 ms of CPU.
"""

from __future__ import annotations

import gc
import importlib
import logging
import math
import os
import pickle
import resource
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from scraper.discovery.links import Listing
    from scraper.errors import ParseError
    from scraper.extraction.page_rest import Rest
    from scraper.types import Extraction, Page, Source

MAX_CALLS: Final = 5_000
"""Calls after which a worker is replaced, to free memory that the parsers leak."""
MAX_RESIDENT_BYTES: Final = 700 << 20
"""Peak resident memory above which a worker is replaced after its call."""
MAX_DATA_BYTES: Final = 3 << 30
"""Memory that a worker may allocate; beyond that the call fails, not the machine."""
GRACE_SECONDS: Final = 5
"""Time past its deadline after which a worker without a parent ends itself."""
LENGTH_BYTES: Final = 8
"""Size of the length in front of each value."""
MAX_JOINED_BYTES: Final = 65_536
"""Size of a value that is sent in one piece with its length: the other side wakes up once."""
GARBAGE_THRESHOLD: Final = 50_000
"""New objects after which garbage is looked for. A page leaves none, and its thousands of objects are looked through each time."""


def send_frame(sock: socket.socket, value: object) -> None:
    """Send a value, preceded by its length. Raises `OSError`, or any exception of pickling."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    length = len(data).to_bytes(LENGTH_BYTES, "big")
    if len(data) <= MAX_JOINED_BYTES:
        sock.sendall(length + data)
    else:
        sock.sendall(length)
        sock.sendall(data)


def receive_frame(sock: socket.socket, give_up: float = math.inf) -> Any:
    """Return the next value. `give_up` is a `time.monotonic` time; without it the socket must be a blocking one.

    Raises `TimeoutError`, and `EOFError` at the end.
    """
    return pickle.loads(receive(sock, int.from_bytes(receive(sock, LENGTH_BYTES, give_up), "big"), give_up))


def receive(sock: socket.socket, size: int, give_up: float) -> bytearray:
    """Return exactly `size` bytes."""
    data = bytearray(size)
    view = memoryview(data)
    got = 0
    while got < size:
        if give_up != math.inf:
            sock.settimeout(max(0.001, give_up - time.monotonic()))  # zero would mean "do not block"
        count = sock.recv_into(view[got:], 0, socket.MSG_WAITALL)  # in one call, where the socket blocks
        if count == 0:
            raise EOFError
        got += count
    return data


def serve(fd: int) -> None:
    """Main loop of a worker process: serve tasks until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)  # trafilatura logs each odd page, and cron mails each line
    with socket.socket(fileno=fd) as sock:
        try:
            error = make_ready((receive_frame(sock), None))
            gc.freeze()
            gc.set_threshold(GARBAGE_THRESHOLD)
            resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
            send_frame(sock, error)
            serve_tasks(sock)
        except (EOFError, OSError):
            os._exit(0)


def make_ready(item: tuple[Sequence[str], tuple[Path, ...] | None]) -> str:
    """Import modules and load rules, so that no page pays for that second. Return an error message or an empty string.

    No garbage is looked for meanwhile: what is loaded stays.
    """
    modules, rules_paths = item
    gc.disable()
    try:
        for module in modules:
            importlib.import_module(module)
        if rules_paths is not None:
            rules_at(rules_paths)
            gc.freeze()
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    finally:
        gc.enable()
    return ""


def serve_tasks(sock: socket.socket) -> None:
    """Answer each `(task, item, deadline)` with `(ok, value, retire)`, until the socket is closed."""
    max_resident = max(MAX_RESIDENT_BYTES, peak_bytes())  # on Linux a new program inherits its parent's peak
    for count in range(1, sys.maxsize):
        task, item, deadline = receive_frame(sock)
        signal.alarm(math.ceil(deadline) + GRACE_SECONDS)
        try:
            answer: tuple[bool, Any] = True, task(item)
        except Exception as exc:
            answer = False, f"{type(exc).__name__}: {exc}"[:500]
        signal.alarm(0)
        retire = count >= MAX_CALLS or peak_bytes() > max_resident
        send_frame(sock, (*answer, retire))
        del task, item, answer


def peak_bytes() -> int:
    """Return the peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def parse_listing(item: tuple[Source, Page]) -> Listing | ParseError:
    """Task of a crawl: the links of a feed, sitemap or section page. So the caller loads no parser of feeds."""
    from scraper.discovery.parse import parse_links

    return parse_links(item)


def extract_page(item: tuple[Page, tuple[Path, ...]]) -> Extraction:
    """Task of `ExtractPool.extract`: the extraction of a page, its chrome packed. So the caller neither loads nor packs it."""
    from scraper.chrome import with_packed_chrome
    from scraper.extraction.extract import extract

    page, paths = item
    return with_packed_chrome(extract(page, rules_at(paths)))


def find_rest_by_rules(item: tuple[Page, tuple[Path, ...]]) -> Rest:
    """Task of `ExtractPool.find_rest`: the rest of a page's article, by the rules of its site too."""
    from scraper.extraction.page_rest import find_rest

    page, paths = item
    return find_rest(page, rules_at(paths))


@cache
def rules_at(paths: tuple[Path, ...]) -> Any:
    """Return the rules, loaded once per process."""
    from scraper.extraction.rule_check import load_checked

    return load_checked(*paths)
