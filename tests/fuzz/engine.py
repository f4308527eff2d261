"""Runs one target under atheris: `python -m tests.fuzz.engine NAME WORK SECONDS`.

WORK is a folder: `corpus/` grows by inputs that reach new code, `found/` gets the inputs of findings. Exits with 0 if
nothing was found in so many seconds.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["scraper", "archive", "feedparser", "protego", "w3lib", "tomllib", "warcio"]):
    from tests.fuzz import targets

MAX_MEMORY_MB: Final = 2000
REPEATED_SHARE: Final = 0.03
"""Share of mutations that repeat a part of the input up to the largest size: time that grows with the square shows there."""


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """An input changed by libFuzzer, or a part of it again and again."""
    chance = random.Random(seed)
    if data and chance.random() < REPEATED_SHARE:
        start = chance.randrange(len(data))
        part = data[start : start + chance.choice((1, 2, 5, 20, 100))]
        return (data[:start] + part * (max_size // len(part)))[:max_size]
    return atheris.Mutate(data, max_size)  # type: ignore[no-any-return]


def run_timed(target: targets.Target, data: bytes) -> None:
    """Run a target on an input. Raises what the parser must not raise, and `TimeoutError` if it takes too long."""
    started = time.process_time()
    target(data)
    if (seconds := time.process_time() - started) > targets.MAX_SECONDS:
        raise TimeoutError(f"{len(data):,} bytes took {seconds:.1f} s")


def write_words(target: targets.Target, file: Path) -> None:
    """Write the words of a target as a dictionary of libFuzzer."""
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words)
    file.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")


def main() -> None:
    name, work, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    target = targets.TARGETS[name]
    for folder in ("corpus", "found"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    write_words(target, work / "words.dict")
    options = [
        f"-dict={work / 'words.dict'}", f"-artifact_prefix={work / 'found'}/", f"-max_total_time={seconds}", f"-max_len={targets.MAX_INPUT_BYTES}",
        f"-rss_limit_mb={MAX_MEMORY_MB}", f"-timeout={20 * targets.MAX_SECONDS}", "-report_slow_units=1000", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup(
        [sys.argv[0], *options, str(work / "corpus"), str(targets.SEEDS / name)],
        lambda data: run_timed(target, data),
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
