"""Worker processes that can be killed: a hostile page costs its own extraction and nothing else.

A parser stuck in C cannot be cancelled from a thread, and one killed process breaks a whole `ProcessPoolExecutor`. Here
each worker is a fresh interpreter behind a socket, used by one thread at a time. A call that overruns its deadline
kills the process; a new process starts and serves the next call. Plain `subprocess` is used instead of
`multiprocessing`: the caller's main module is never imported again, and a daemonic process can use the pool too.

A task is a function of one argument that can be imported by name. Failures are `ExtractError`: `extract-timeout` or
`extract-crashed` (the process died or the task raised; the detail says which).
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from scraper.crawl.worker import extract_page, find_rest_by_rules, make_ready, receive_frame, send_frame
from scraper.errors import FETCH_KINDS, ExtractError
from scraper.urls.canonical import host_matches, host_of

if TYPE_CHECKING:
    from scraper.extraction.page_rest import Rest
    from scraper.types import Extraction, Page

T = TypeVar("T")
R = TypeVar("R")

DEADLINE_SECONDS: Final = 20.0
"""Time limit for one page."""
START_DEADLINE_SECONDS: Final = 120.0
"""Time limit for an interpreter to start and import, on a busy machine."""
PRELOAD: Final = ("scraper.discovery.parse",)
"""Modules that every worker imports."""
EXTRACTION: Final = ("scraper.extraction.extract",)
"""Modules that extraction needs besides."""
BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from scraper.crawl.orphan import end_with_parent; end_with_parent(int(sys.argv[3])); "
    "from scraper.crawl.worker import serve; serve(int(sys.argv[1]))"
)
"""Program of a worker: takes the socket's number, the parent's `sys.path` and the parent's process id."""


class Worker:
    """One worker process, for one thread at a time. It starts with its first call and is replaced if it was killed."""

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, preload: Sequence[str] = (), rules_paths: tuple[Path, ...] | None = None) -> None:
        self.preload = tuple(preload)
        self.rules_paths = rules_paths
        self.closed = False

    def start(self) -> None:
        """Start the process, let it import its modules, and return at once; the next call waits for it."""
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), json.dumps(sys.path), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,  # the parent handles Ctrl-C on the terminal
            )
        self.ready = self.has_rules = False
        with suppress(OSError):  # a process that has ended already is noticed by the next call
            send_frame(self.sock, self.preload)

    def call(self, task: Callable[[T], R], item: T, deadline: float, *, without_rules: bool = False) -> R:
        """Return `task(item)`, computed within `deadline` seconds; a `without_rules` task needs no rules. Raises
        `ExtractError`.
        """
        url = str(getattr(item, "url", ""))
        try:
            self.await_ready()
            if self.rules_paths is not None and not without_rules:
                self.await_rules(self.rules_paths)
            give_up = time.monotonic() + deadline
            self.sock.settimeout(deadline)
            send_frame(self.sock, (task, item, deadline))
            ok, value, retire = receive_frame(self.sock, give_up)
        except TimeoutError as exc:
            self.replace()
            raise ExtractError(url, "extract-timeout", f"extraction took longer than {deadline:g} s") from exc
        except (EOFError, OSError) as exc:
            how = self.replace(wait_seconds=1.0)
            raise ExtractError(url, "extract-crashed", f"{FETCH_KINDS['extract-crashed']} ({how})") from exc
        if retire:
            self.replace()
        if not ok:
            raise ExtractError(url, "extract-crashed", value)
        return value  # type: ignore[no-any-return]

    def await_ready(self) -> None:
        """Wait until a new process has imported its modules. Raises `ImportError`, because no page is to blame."""
        if self.process is None:
            self.start()
        if self.ready:
            return
        self.check_start(receive_frame(self.sock, time.monotonic() + START_DEADLINE_SECONDS))
        self.ready = True

    def await_rules(self, rules_paths: tuple[Path, ...]) -> None:
        """Wait until a process has loaded the rules, once. Raises `ImportError`."""
        if self.has_rules:
            return
        self.sock.settimeout(START_DEADLINE_SECONDS)
        send_frame(self.sock, (make_ready, (EXTRACTION, rules_paths), START_DEADLINE_SECONDS))
        _, error, _ = receive_frame(self.sock, time.monotonic() + START_DEADLINE_SECONDS)
        self.check_start(error)
        self.has_rules = True

    def check_start(self, error: str) -> None:
        """Raise `ImportError` if a process reported an error."""
        if error:
            self.replace()
            raise ImportError(f"a worker could not start: {error}")

    def replace(self, wait_seconds: float = 0.0) -> str:
        """Kill the process and start another, unless closed. Return how the old one ended."""
        how = self.kill(wait_seconds)
        if not self.closed:
            self.start()
        return how

    def close(self) -> None:
        """End the process for good; a waiting call fails at once."""
        self.closed = True
        if self.process is not None:
            self.process.kill()

    def kill(self, wait_seconds: float = 0.0) -> str:
        """Wait `wait_seconds` for the process to end, then kill it. Return how it ended."""
        if self.process is None:
            return "never started"
        self.sock.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(wait_seconds)
        self.process.kill()
        code = self.process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class ExtractPool:
    """`jobs` workers behind as many threads. `rules_paths` are rule files and folders besides the built-in rules.

    Before its first call a worker imports `preload`. It loads the rules, if `need_rules`, before its first task that
    needs them.
    """

    def __init__(
        self,
        jobs: int,
        *,
        deadline: float = DEADLINE_SECONDS,
        rules_paths: Sequence[Path] = (),
        preload: Sequence[str] = PRELOAD,
        need_rules: bool = True,
        paged_hosts: Sequence[str] = (),
    ) -> None:
        self.jobs = max(1, jobs)
        self.deadline = deadline
        self.rules_paths = tuple(rules_paths)
        self.paged_hosts = tuple(paged_hosts)
        self.workers = [Worker(preload, self.rules_paths if need_rules else None) for _ in range(self.jobs)]
        self.idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # last used first: no more workers start than needed
        for worker in self.workers:
            self.idle.put(worker)
        self.threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="worker")
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_ahead(self) -> None:
        """Start one worker and return at once, before the first call, while the caller still waits for what it will ask."""
        worker = self.idle.get()
        if worker.process is None:
            worker.start()
        self.idle.put(worker)

    async def extract(self, page: Page) -> Extraction:
        """Return the page's extraction with its chrome packed. Raises `ExtractError`."""
        try:
            return await self.run(extract_page, (page, self.rules_paths))
        except ExtractError as exc:
            raise ExtractError(page.url, exc.kind, exc.detail) from exc

    async def find_rest(self, page: Page) -> Rest:
        """Return the addresses of the rest of a page's article. Raises `ExtractError`."""
        from scraper.extraction.page_rest import find_rest

        if self.names_links(page.final_url):
            return await self.run(find_rest_by_rules, (page, self.rules_paths))
        return await self.run(find_rest, page, without_rules=True)

    def names_links(self, url: str) -> bool:
        """Whether a rule names the links to further pages of this site."""
        return any(host_matches(host_of(url), own) for own in self.paged_hosts)

    async def run(self, task: Callable[[T], R], item: T, *, without_rules: bool = False) -> R:
        """Return `task(item)`, computed in a worker; a `without_rules` task needs no rules. Raises `ExtractError`."""
        from asyncio import wrap_future  # imported by a crawl anyway, and by nothing that only maps

        return await wrap_future(self.submit(task, item, without_rules=without_rules))

    def map_ordered(self, task: Callable[[T], R], items: Iterable[T], window: int = 0) -> Iterator[R | ExtractError]:
        """Yield `task(item)` or its `ExtractError` for each item, in order.

        At most `window` items are taken ahead (0: four per worker), so memory stays flat on endless input.
        """
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self.submit(task, item))
            if len(waiting) >= (window or 4 * self.jobs):
                yield outcome_of(waiting.popleft())
        while waiting:
            yield outcome_of(waiting.popleft())

    def submit(self, task: Callable[[T], R], item: T, *, without_rules: bool = False) -> Future[R]:
        """Return the call's future. Items wait without limit, so callers bound what they submit."""
        return self.threads.submit(self.call, task, item, without_rules)

    def call(self, task: Callable[[T], R], item: T, without_rules: bool) -> R:
        """Run `Worker.call` on a free worker."""
        worker = self.idle.get()
        try:
            return worker.call(task, item, self.deadline, without_rules=without_rules)
        finally:
            self.idle.put(worker)

    def close(self) -> None:
        """End every worker, busy or not."""
        if self.closed:
            return
        self.closed = True
        self.threads.shutdown(wait=False, cancel_futures=True)
        for worker in self.workers:
            worker.close()
        self.threads.shutdown(wait=True)
        for worker in self.workers:
            worker.kill()


def outcome_of(future: Future[Any]) -> Any:
    """Return a call's value, or its error as a value."""
    try:
        return future.result()
    except ExtractError as exc:
        return exc
