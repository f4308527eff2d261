"""Runs a command to its end, or for a time, and says what it and its children cost. Reads `/proc`: Linux only."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EVERY: Final = 0.1
"""Seconds between two looks; the main process's peak is the kernel's own and misses nothing."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and bytes at the peak. `main` is the process that was started, `tree` it and all below it."""

    code: int
    output: str
    seconds: float
    main_cpu: float
    tree_cpu: float
    main_rss: int
    tree_rss: int


@dataclass(frozen=True, slots=True)
class Blow:
    """A signal that a process gets so many seconds after its start."""

    after: float
    number: signal.Signals = signal.SIGKILL


def watch(command: Sequence[str], *, most: float, blow: Blow | None = None, cwd: Path | None = None) -> Cost:
    """What a command cost. A blow hits it alone, as a crash or an operator would, and its children are seen to end.

    Raises `TimeoutError` when it is not over after `most` seconds, or its children are not soon after it.
    """
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=cwd, start_new_session=True) as process:
        try:
            main_rss, tree_rss, main_cpu, family = follow(process, started, most=most, blow=blow)
        finally:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        await_end(family, most=30.0)
        assert process.stdout is not None
        return Cost(
            process.returncode,
            process.stdout.read(),
            seconds,
            main_cpu,
            usage.ru_utime + usage.ru_stime,
            main_rss,
            tree_rss,
        )


def follow(
    process: subprocess.Popen[str], started: float, *, most: float, blow: Blow | None
) -> tuple[int, int, float, set[int]]:
    """The peaks of a process until it ends, the CPU seconds it took, and every process below it."""
    main_rss = tree_rss = 0
    main_cpu = 0.0
    family: set[int] = set()
    while not is_over(process.pid):
        spent = time.monotonic() - started
        if blow is not None and spent >= blow.after:
            process.send_signal(blow.number)
            blow = None
        if spent > most:
            raise TimeoutError(f"{process.args!r} ran for more than {most:g} s")
        below = descendants(process.pid)
        family.update(below)
        main_rss = max(main_rss, peak_rss(process.pid))
        tree_rss = max(tree_rss, sum(map(rss, (process.pid, *below))))
        main_cpu = cpu(process.pid) or main_cpu
        time.sleep(EVERY)
    return main_rss, tree_rss, cpu(process.pid) or main_cpu, family


def await_end(family: set[int], *, most: float) -> None:
    """Waits until none of the processes is left. Raises `TimeoutError`."""
    give_up = time.monotonic() + most
    while left := [pid for pid in family if not is_over(pid)]:
        if time.monotonic() > give_up:
            raise TimeoutError(f"processes {left} outlived their parent by {most:g} s")
        time.sleep(EVERY)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_over(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    return stat(pid)[:1] in ([], ["Z"], ["X"])


def stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on (proc(5)); none when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu(pid: int) -> float:
    """Seconds of CPU that a process took itself, in user and system mode; 0 when it is gone."""
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICK if fields else 0.0


def rss(pid: int) -> int:
    """Resident bytes of a process now; pages that processes share count in each."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def peak_rss(pid: int) -> int:
    """Most resident bytes that a process ever had."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
