"""Measures CPU, memory and time of a command and its child processes. Reads `/proc`, so it runs on Linux only."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.1
"""Seconds between two measurements. The peak of the main process is the kernel's own, so it misses nothing."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and bytes at the peak. `main` is the process that was started, `tree` includes all its descendants."""

    code: int
    output: str
    seconds: float
    main_cpu: float
    tree_cpu: float
    main_rss: int
    tree_rss: int


@dataclass(frozen=True, slots=True)
class Kill:
    """A signal that a process gets `after` seconds from its start, or from the moment at which `ready` says so.

    With `group`, its whole process group gets the signal.
    """

    after: float
    number: signal.Signals = signal.SIGKILL
    group: bool = False
    ready: Callable[[], bool] = lambda: True

    def send(self, pid: int) -> None:
        """Send it to the leader of a group, or to the group."""
        (os.killpg if self.group else os.kill)(pid, self.number)


CHILD_SECONDS: Final = 30.0
"""Seconds that child processes may outlive the command."""


def watch(
    command: Sequence[str],
    *,
    max_seconds: float,
    kill: Kill | None = None,
    cwd: Path | None = None,
    child_seconds: float = CHILD_SECONDS,
) -> Cost:
    """The cost of a command, which is the leader of a process group of its own. Its children must end by themselves.

    Raises `TimeoutError` if the command runs for more than `max_seconds`, or a child for `child_seconds` longer.
    """
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=cwd, start_new_session=True) as process:
        try:
            main_rss, tree_rss, main_cpu, family = follow(process, started, max_seconds=max_seconds, kill=kill)
        finally:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        await_end(family, max_seconds=child_seconds)
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
    process: subprocess.Popen[str], started: float, *, max_seconds: float, kill: Kill | None
) -> tuple[int, int, float, set[int]]:
    """Peak memory of a process and of its tree, its CPU seconds, and its descendants, at its end."""
    main_rss = tree_rss = 0
    main_cpu = 0.0
    family: set[int] = set()
    waited_from: float | None = None
    while not is_over(process.pid):
        spent = time.monotonic() - started
        if kill is not None and waited_from is None and kill.ready():
            waited_from = spent if spent > POLL_SECONDS else 0.0
        if kill is not None and waited_from is not None and spent - waited_from >= kill.after:
            family.update(descendants(process.pid))
            kill.send(process.pid)
            kill = None
        if spent > max_seconds:
            raise TimeoutError(f"{process.args!r} ran for more than {max_seconds:g} s")
        below = descendants(process.pid)
        family.update(below)
        main_rss = max(main_rss, peak_rss(process.pid))
        tree_rss = max(tree_rss, sum(map(rss, (process.pid, *below))))
        main_cpu = cpu(process.pid) or main_cpu
        time.sleep(POLL_SECONDS)
    return main_rss, tree_rss, cpu(process.pid) or main_cpu, family


def await_end(family: set[int], *, max_seconds: float) -> None:
    """Wait until all processes have ended. Raises `TimeoutError`."""
    give_up = time.monotonic() + max_seconds
    while left := [pid for pid in family if not is_over(pid)]:
        if time.monotonic() > give_up:
            raise TimeoutError(f"processes {left} outlived their parent by {max_seconds:g} s")
        time.sleep(POLL_SECONDS)


def descendants(pid: int) -> list[int]:
    """All descendants of a process."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_over(pid: int) -> bool:
    """Whether a process has ended, even if nobody has waited for it."""
    return stat(pid)[:1] in ([], ["Z"], ["X"])


def stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on (proc(5)); none when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu(pid: int) -> float:
    """Seconds of CPU of a process without its children, in user and system mode; 0 if it has ended."""
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICK if fields else 0.0


def rss(pid: int) -> int:
    """Resident bytes of a process now; pages that processes share count in each."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def peak_rss(pid: int) -> int:
    """Peak of the resident bytes of a process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
