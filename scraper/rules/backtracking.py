"""Searches patterns in texts made to hurt them; run as a program, in a process that may die of it.

`re` cannot be told to give up. So each search runs under a timer of CPU time whose signal ends the process: the last
line of its output is then the number of the pattern that ran away. Input: JSON `[[pattern, examples, length], …]`.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Final

LIMIT: Final = 0.25
"""Seconds of CPU that one search may take; a pattern without nested repeats needs some microseconds."""

UNITS: Final = (
    "a",
    "A",
    "a ",
    "Aa ",
    "Aa Bb, ",
    "1",
    "1 ",
    "12/",
    " ",
    ". ",
    ", ",
    "-",
    "/",
    "( ",
    "\n",
    "é ",
    "見",
    "И ",
)
ENDS: Final = ("!", "\n\u00a7")
"""What makes a match that has swallowed all repeats fail at the last character."""

WORD: Final = re.compile(r"[^\W\d_]{2,}")
SIGN: Final = re.compile(r"[^\w\\^$*+?{}\[\]|()]")
MAX_HEADS: Final = 8
MAX_UNITS: Final = 40


def probes(pattern: str, examples: Sequence[str], length: int) -> Iterator[str]:
    """The examples, and texts of `length` characters: how an example begins, then one thing over and over, a mismatch."""
    yield from (example[:length] for example in examples)
    own = [*SIGN.findall(pattern), *(word + space for word in WORD.findall(pattern) for space in ("", " "))]
    units = list(dict.fromkeys([*UNITS, *own]))[:MAX_UNITS]
    starts = [example[: match.end()] for example in examples for match in re.finditer(r"\s", example)]
    heads = list(dict.fromkeys(["", *examples, *starts]))[:MAX_HEADS]
    for head in heads:
        for unit in units:
            room = max(length - len(head), 0)
            for end in ENDS:
                yield (head + unit * (room // len(unit) + 1))[: length - len(end)] + end


def main() -> None:
    for number, (pattern, examples, length) in enumerate(json.load(sys.stdin)):
        print(number, flush=True)
        compiled = re.compile(pattern, re.IGNORECASE)
        for probe in probes(pattern, examples, length):
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            compiled.search(probe)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print("done", flush=True)


if __name__ == "__main__":
    main()
