"""Worker processes: a hostile page affects only its own extraction."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper.chrome import with_packed_chrome
from scraper.crawl.worker import MAX_CALLS, MAX_RESIDENT_BYTES, serve_tasks
from scraper.crawl.worker_pool import ExtractPool, Worker
from scraper.errors import ExtractError
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules
from scraper.types import Block, Removal
from tests.support.pages import page


def double(number: int) -> int:
    return 2 * number


def pid(_: object) -> int:
    return os.getpid()


def misbehave(how: str) -> str:
    if how == "hang":
        time.sleep(600)
    if how == "segfault":
        ctypes.string_at(0)
    if how == "exit":
        os._exit(3)
    if how == "raise":
        raise RecursionError("too deep")
    if how == "hog":
        bytearray(8 << 30)
    return how


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractPool]:
    with ExtractPool(2, deadline=1.0, preload=(__name__,), need_rules=False) as pool:
        yield pool


@pytest.mark.parametrize(
    ("how", "kind", "detail"),
    [
        ("hang", "extract-timeout", "took longer than 1 s"),
        ("segfault", "extract-crashed", "signal 11"),
        ("exit", "extract-crashed", "exit code 3"),
        ("raise", "extract-crashed", "RecursionError: too deep"),
        ("hog", "extract-crashed", "MemoryError"),
    ],
)
def test_a_failing_call_affects_no_other_call(pool: ExtractPool, how: str, kind: str, detail: str) -> None:
    good, bad, after = pool.map_ordered(misbehave, ["fine", how, "fine too"])
    assert (good, after) == ("fine", "fine too")
    assert isinstance(bad, ExtractError)
    assert bad.kind == kind
    assert detail in bad.detail


def test_a_batch_returns_in_order_and_takes_items_only_as_needed(pool: ExtractPool) -> None:
    taken = []

    def endless() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    answers = list(itertools.islice(pool.map_ordered(double, endless(), window=5), 20))
    assert answers == [2 * number for number in range(20)]
    assert len(taken) <= 25


def test_many_calls_at_once_share_the_workers(pool: ExtractPool) -> None:
    async def run() -> list[int]:
        return await asyncio.gather(*(pool.run(double, number) for number in range(50)))

    assert asyncio.run(run()) == [2 * number for number in range(50)]


def test_an_extraction_timeout_names_the_page() -> None:
    slow = page(b"<p>Some words.</p>" * 20_000, url="http://a.test/")  # takes a second
    with ExtractPool(1, deadline=0.01) as pool, pytest.raises(ExtractError) as caught:
        asyncio.run(pool.extract(slow))
    assert (caught.value.url, caught.value.kind) == ("http://a.test/", "extract-timeout")


def test_a_page_is_extracted_with_its_chrome_packed() -> None:
    menu = b"<header><ul><li><a href=/a>Sport</a></li><li><a href=/b>Weather</a></li></ul></header>"
    tides = b"".join(
        b"<p>The tide came in over the flats at %d, as it does twice a day, and went out by the evening.</p>" % hour
        for hour in range(9)
    )
    tidal = page(menu + b"<article><h1>Tide</h1>" + tides + b"</article>")
    whole = extract(tidal, built_in_rules())
    with ExtractPool(1) as pool:
        extraction = asyncio.run(pool.extract(tidal))
    assert whole.chrome
    assert extraction == with_packed_chrome(whole)


@pytest.mark.parametrize("kind", [Block, Removal])
def test_values_survive_pickling(kind: type[Block | Removal]) -> None:
    value = kind(*(f"{name} {number}" for number, name in enumerate(kind._fields)))
    assert pickle.loads(pickle.dumps(value)) == value


def test_a_worker_that_cannot_import_its_code_raises_import_error() -> None:
    with (
        ExtractPool(1, preload=("scraper.no_such_module",)) as pool,
        pytest.raises(ImportError, match="no_such_module"),
    ):
        asyncio.run(pool.run(double, 1))


def test_a_worker_is_replaced_after_its_number_of_calls() -> None:
    with ExtractPool(1, preload=(), need_rules=False) as pool:
        pids = [*pool.map_ordered(pid, range(MAX_CALLS + 1))]
    assert len(set(pids[:MAX_CALLS])) == 1
    assert pids[MAX_CALLS] != pids[0]


def test_a_worker_of_a_large_process_is_not_replaced() -> None:
    large = b"x" * (MAX_RESIDENT_BYTES + (20 << 20))
    with ExtractPool(1, preload=(), need_rules=False) as pool:
        assert len(set(pool.map_ordered(pid, range(5)))) == 1
    del large


def test_a_worker_that_was_started_ahead_imports_at_once_and_takes_the_first_call(tmp_path: Path) -> None:
    imported = tmp_path / "imported"
    (tmp_path / "slow_start.py").write_text(f"open({str(imported)!r}, 'w').close()")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        with ExtractPool(2, preload=("slow_start",), need_rules=False) as pool:
            pool.start_ahead()
            (started,) = [worker.process for worker in pool.workers if worker.process is not None]
            give_up = time.monotonic() + 60
            while not imported.exists() and time.monotonic() < give_up:
                time.sleep(0.01)
            assert imported.exists()
            assert asyncio.run(pool.run(pid, None)) == started.pid


def test_a_worker_ignores_sigint() -> None:
    worker = Worker()
    try:
        before = worker.call(pid, None, 5)
        os.kill(before, signal.SIGINT)
        assert worker.call(pid, None, 5) == before
    finally:
        worker.kill()


def test_closing_ends_busy_workers_at_once() -> None:
    pool = ExtractPool(1, preload=(), need_rules=False)
    asyncio.run(pool.run(double, 1))
    future = pool.submit(misbehave, "hang")
    while not future.running():
        time.sleep(0.01)
    pool.close()
    assert isinstance(future.exception(timeout=10), ExtractError)
    assert all(worker.process.poll() is not None for worker in pool.workers)


def test_workers_die_with_a_parent_that_is_killed() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_worker_pool, time; from scraper.crawl.worker_pool import Worker\n"
        "print(Worker().call(test_worker_pool.pid, None, 5), flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout as out:
        worker = int(out.readline())
        parent.kill()
    assert gone(worker)


def write_pid_and_sleep(path: Path) -> None:
    """A task that is busy for longer than an orphan may live."""
    path.write_text(str(os.getpid()))
    time.sleep(15)


def test_a_busy_worker_dies_within_three_seconds_of_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_worker_pool; from scraper.crawl.worker_pool import Worker\n"
        "Worker().call(test_worker_pool.write_pid_and_sleep, pathlib.Path(sys.argv[2]), 20)"
    )
    told = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", code, str(Path(__file__).parent), str(told)]) as parent:
        while not (told.exists() and told.read_text()):
            time.sleep(0.05)
        parent.kill()
    assert gone(int(told.read_text()), seconds=3)


def gone(process: int, *, seconds: float = 10) -> bool:
    """Whether a process that is not our child ends in this time (a zombie has ended)."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_worker_sets_an_alarm_that_ends_it_without_a_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from scraper.crawl.worker import receive_frame, send_frame

    armed: list[int] = []
    monkeypatch.setattr(signal, "alarm", armed.append)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(ours, (double, 21, 2.5))
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(EOFError):
            serve_tasks(theirs)
        assert receive_frame(ours)[:2] == (True, 42)
    assert armed == [3 + 5, 0]
