"""Fuzzes the parsers one after another and prints a line for each. Exits with 1 if there is a finding.

    python -m tests.fuzz [NAME …] [--seconds 120]

Needs the extra `fuzz`. Writes to `build/fuzz/NAME/`: inputs that reach new code, which the next run starts from, and under
`found/` the inputs of findings. A finding stays as a seed, under a name that says what was wrong, once it is mended.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from tests.fuzz.targets import MAX_SECONDS, TARGETS
from tests.support import ROOT

WORK: Final = ROOT / "build" / "fuzz"
EXTRA_SECONDS: Final = 60 + 20 * MAX_SECONDS
"""Time that a target may take beyond its own: loading, and the last input."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of fuzzing one target; `fault` is the last line of what went wrong."""

    name: str
    executions: int
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.name:9} {self.executions:>9,} inputs  {self.fault or 'nothing found'}"


def fuzz(name: str, seconds: int) -> Outcome:
    """Fuzz one target in a process of its own."""
    command = [sys.executable, "-m", "tests.fuzz.engine", name, str(WORK / name), str(seconds)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=seconds + EXTRA_SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(name, 0, "the process did not end")
    (WORK / name).mkdir(parents=True, exist_ok=True)
    (WORK / name / "log.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return Outcome(name, count_executions(done.stderr), fault_of(done))


def count_executions(log: str) -> int:
    """The number of inputs in libFuzzer's final statistics.

    >>> count_executions("stat::number_of_executed_units: 1234")
    1234
    """
    found = re.search(r"number_of_executed_units:\s*(\d+)", log)
    return int(found[1]) if found else 0


def fault_of(done: subprocess.CompletedProcess[str]) -> str:
    """The error of a process that failed, and the file that holds the input; empty if it found nothing."""
    if done.returncode == 0:
        return ""
    lines = (done.stdout + done.stderr).splitlines()
    errors = [line.strip() for line in lines if re.match(r"\w[\w.]*(?:Error|Exception|Interrupt)\b", line)]
    files = re.findall(r"written to (\S+)", done.stderr)
    return " · ".join([*errors[-1:], *files[-1:]] or [f"exit code {done.returncode}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"targets to fuzz, of {', '.join(TARGETS)}; all by default"
    )
    parser.add_argument("--seconds", type=int, default=120, help="time for all targets together")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - TARGETS.keys()):
        parser.error(f"{', '.join(unknown)}: no such target; choose among {', '.join(TARGETS)}")
    names = args.names or list(TARGETS)
    failed = False
    for name in names:
        outcome = fuzz(name, max(1, args.seconds // len(names)))
        print(outcome, flush=True)
        failed |= bool(outcome.fault)
    sys.exit(failed)


if __name__ == "__main__":
    main()
