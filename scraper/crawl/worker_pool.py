"""Worker processes that can be killed: work on one hostile page must cost that page and nothing else.

A parser stuck in C cannot be cancelled from a thread, and one killed process breaks a whole `ProcessPoolExecutor`.
Here each worker is a fresh interpreter at the other end of a socket, used by one thread at a time: a call that overruns
its deadline kills the process, a replacement starts, and the next call goes on. Plain `subprocess` rather than
`multiprocessing`, so that a caller's main module is never imported again and a daemonic process can use it too.

A task is a function of one argument that can be imported by name. Failure is `ExtractError`: `extract-timeout` or
`extract-crashed` (the process died, or the task raised; the detail says which).
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import math
import os
import pickle
import queue
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from scraper.errors import FETCH_KINDS, ExtractError
from scraper.types import Extraction, Page

T = TypeVar("T")
R = TypeVar("R")

DEADLINE: Final = 20.0
"""Seconds that one page may take."""
START_DEADLINE: Final = 120.0
"""Seconds that an interpreter may take to start and import, on a machine that is busy."""
CALLS: Final = 5_000
"""Calls after which a worker is replaced, so that what the parsers leak is given back."""
FAT: Final = 700 << 20
"""Peak resident bytes above which a worker is replaced after its call."""
MEMORY: Final = 3 << 30
"""Bytes of data that a worker may allocate; past it the call fails instead of the machine."""
GRACE: Final = 5
"""Seconds past its deadline at which an orphan, which nobody is left to kill, ends itself."""
LENGTH: Final = 8
PRELOAD: Final = ("scraper.discovery.parse",)
EXTRACTION: Final = ("scraper.extraction.extract",)
BOOT: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from scraper.crawl.worker_pool import serve; serve(int(sys.argv[1]))"


def send_frame(sock: socket.socket, value: object) -> None:
    """Sends a value, its length first. Raises `OSError`, or whatever its pickling raises."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    sock.sendall(len(data).to_bytes(LENGTH, "big"))
    sock.sendall(data)


def receive_frame(sock: socket.socket, give_up: float = math.inf) -> Any:
    """The next value. `give_up` is a `time.monotonic` time. Raises `TimeoutError`, and `EOFError` at the end."""
    return pickle.loads(receive(sock, int.from_bytes(receive(sock, LENGTH, give_up), "big"), give_up))


def receive(sock: socket.socket, size: int, give_up: float) -> bytearray:
    """Exactly `size` bytes."""
    data = bytearray(size)
    view = memoryview(data)
    got = 0
    while got < size:
        sock.settimeout(seconds_until(give_up))
        count = sock.recv_into(view[got:])
        if count == 0:
            raise EOFError
        got += count
    return data


def seconds_until(give_up: float) -> float | None:
    """Seconds left, never zero (which would mean "do not block"); None without a limit."""
    return None if give_up == math.inf else max(0.001, give_up - time.monotonic())


def serve(fd: int) -> None:
    """A worker's life: answers calls until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)  # trafilatura logs each odd page; cron mails each line
    with socket.socket(fileno=fd) as sock:
        try:
            complaint = make_ready((receive_frame(sock), None))
            gc.freeze()
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            send_frame(sock, complaint)
            serve_tasks(sock)
        except (EOFError, OSError):
            os._exit(0)


def make_ready(item: tuple[Sequence[str], tuple[Path, ...] | None]) -> str:
    """Imports modules and loads rules, which takes a second that no page is to pay. Returns what went wrong, or nothing."""
    modules, rules_paths = item
    try:
        for module in modules:
            importlib.import_module(module)
        if rules_paths is not None:
            rules_at(rules_paths)
            gc.freeze()
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    return ""


def serve_tasks(sock: socket.socket) -> None:
    """Answers `(task, item, deadline)` with `(ok, value, retire)`, for ever."""
    fat = max(FAT, peak())  # Linux starts a new program's peak at that of the process it came from
    for count in range(1, sys.maxsize):
        task, item, deadline = receive_frame(sock)
        signal.alarm(math.ceil(deadline) + GRACE)
        try:
            answer: tuple[bool, Any] = True, task(item)
        except Exception as exc:
            answer = False, f"{type(exc).__name__}: {exc}"[:500]
        signal.alarm(0)
        retire = count >= CALLS or peak() > fat
        send_frame(sock, (*answer, retire))
        del task, item, answer


def peak() -> int:
    """Most bytes that this process has had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Worker:
    """One process. Not for two threads at a time. Starts with its first call; is replaced in place when it had to be killed."""

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, preload: Sequence[str] = (), rules_paths: tuple[Path, ...] | None = None) -> None:
        self.preload = tuple(preload)
        self.rules_paths = rules_paths
        self.closed = False

    def start(self) -> None:
        """Starts the process and returns at once; the next call waits for it."""
        self.sock, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C on the terminal is the parent's affair
            )
        self.ready = self.has_rules = False

    def call(self, task: Callable[[T], R], item: T, deadline: float, *, without_rules: bool = False) -> R:
        """What `task(item)` returns, within `deadline` seconds; a `without_rules` task needs no rules. Raises `ExtractError`."""
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
            raise ExtractError(url, "extract-timeout", f"took longer than {deadline:g} s") from exc
        except (EOFError, OSError) as exc:
            how = self.replace(patience=1.0)
            raise ExtractError(url, "extract-crashed", f"{FETCH_KINDS['extract-crashed']} ({how})") from exc
        if retire:
            self.replace()
        if not ok:
            raise ExtractError(url, "extract-crashed", value)
        return value  # type: ignore[no-any-return]

    def await_ready(self) -> None:
        """Waits for a new process to have imported what it needs. Raises `ImportError`: no page is to blame for that."""
        if self.process is None:
            self.start()
        if self.ready:
            return
        self.sock.settimeout(START_DEADLINE)
        send_frame(self.sock, self.preload)
        self.check_start(receive_frame(self.sock, time.monotonic() + START_DEADLINE))
        self.ready = True

    def await_rules(self, rules_paths: tuple[Path, ...]) -> None:
        """Waits for a process to have loaded what extraction needs, once. Raises `ImportError`."""
        if self.has_rules:
            return
        self.sock.settimeout(START_DEADLINE)
        send_frame(self.sock, (make_ready, (EXTRACTION, rules_paths), START_DEADLINE))
        _, complaint, _ = receive_frame(self.sock, time.monotonic() + START_DEADLINE)
        self.check_start(complaint)
        self.has_rules = True

    def check_start(self, complaint: str) -> None:
        """Raises `ImportError` when a process has something to complain of."""
        if complaint:
            self.replace()
            raise ImportError(f"a worker could not start: {complaint}")

    def replace(self, patience: float = 0.0) -> str:
        """Kills the process and starts another, unless closed. Returns how the old one ended."""
        how = self.kill(patience)
        if not self.closed:
            self.start()
        return how

    def close(self) -> None:
        """Ends the process for good; a call that waits on it fails at once."""
        self.closed = True
        if self.process is not None:
            self.process.kill()

    def kill(self, patience: float = 0.0) -> str:
        """Ends the process, which has `patience` seconds to end by itself. Returns how it ended."""
        if self.process is None:
            return "never started"
        self.sock.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.process.kill()
        code = self.process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class ExtractPool:
    """`jobs` workers behind as many threads. `rules_paths` are rule files and folders beside the built-in ones.

    Before its first call a worker imports `preload` and, if it `need_rules` and the call is not a light one, loads them.
    """

    def __init__(
        self,
        jobs: int,
        *,
        deadline: float = DEADLINE,
        rules_paths: Sequence[Path] = (),
        preload: Sequence[str] = PRELOAD,
        need_rules: bool = True,
        whole: frozenset[str] = frozenset(),
    ) -> None:
        self.jobs = max(1, jobs)
        self.deadline = deadline
        self.rules_paths = tuple(rules_paths)
        self.whole = whole
        self.workers = [Worker(preload, self.rules_paths if need_rules else None) for _ in range(self.jobs)]
        self.idle: queue.LifoQueue[Worker] = queue.LifoQueue()  # the last used first: no more start than are needed
        for worker in self.workers:
            self.idle.put(worker)
        self.threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="worker")
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def extract(self, page: Page) -> Extraction:
        """The page's extraction, its chrome left out: four fifths of a page's blocks, 1 ms to send, kept by nobody.

        Pages at the addresses in `whole` keep theirs. Raises `ExtractError`.
        """
        task = extract_all if {page.url, page.final_url} & self.whole else extract_page
        try:
            return await self.run(task, (page, self.rules_paths))
        except ExtractError as exc:
            raise ExtractError(page.url, exc.kind, exc.detail) from exc

    async def run(self, task: Callable[[T], R], item: T, *, without_rules: bool = False) -> R:
        """What `task(item)` returns in a worker; a `without_rules` task needs no rules. Raises `ExtractError`."""
        return await asyncio.wrap_future(self.submit(task, item, without_rules=without_rules))

    def map_ordered(self, task: Callable[[T], R], items: Iterable[T], window: int = 0) -> Iterator[R | ExtractError]:
        """What `task` returns for each item, in order, or the `ExtractError` in its place.

        At most `window` items are taken ahead (0: four for each worker), so memory stays flat on endless input.
        """
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self.submit(task, item))
            if len(waiting) >= (window or 4 * self.jobs):
                yield outcome_of(waiting.popleft())
        while waiting:
            yield outcome_of(waiting.popleft())

    def submit(self, task: Callable[[T], R], item: T, *, without_rules: bool = False) -> Future[R]:
        """The call's future; items wait without limit, so bound what you submit."""
        return self.threads.submit(self.call, task, item, without_rules)

    def call(self, task: Callable[[T], R], item: T, without_rules: bool) -> R:
        """`Worker.call` on a worker that is free."""
        worker = self.idle.get()
        try:
            return worker.call(task, item, self.deadline, without_rules=without_rules)
        finally:
            self.idle.put(worker)

    def close(self) -> None:
        """Ends every worker, busy or not."""
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
    """A call's value, or its error as a value."""
    try:
        return future.result()
    except ExtractError as exc:
        return exc


def extract_all(item: tuple[Page, tuple[Path, ...]]) -> Extraction:
    """The extraction of a page, its chrome among it."""
    from scraper.extraction.extract import extract

    page, paths = item
    return extract(page, rules_at(paths))


def extract_page(item: tuple[Page, tuple[Path, ...]]) -> Extraction:
    """The task of `ExtractPool.extract`: a page and the paths of further rules."""
    return replace(extract_all(item), chrome=())


@cache
def rules_at(paths: tuple[Path, ...]) -> Any:
    """The rules to use, loaded once a process."""
    from scraper.extraction.rule_check import load_checked

    return load_checked(*paths)
