"""Finds patterns that backtrack without end, by searching them in hostile texts; run as a separate program.

`re` has no time limit. So each search runs under a CPU timer whose signal ends the process. The last line of its output
is then the number of the pattern that took too long. Input: JSON `[[pattern, examples, length], …]`.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Final

MAX_SEARCH_SECONDS: Final = 0.25
"""CPU time of one search; a pattern without nested repeats needs some microseconds."""

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
"""Endings that make a match fail at the last character, after all repeats."""

WORD: Final = re.compile(r"[^\W\d_]{2,}")
SYMBOL: Final = re.compile(r"[^\w\\^$*+?{}\[\]|()]")
MAX_STARTS: Final = 8
"""Beginnings of texts that are tried for one pattern."""
MAX_UNITS: Final = 40
"""Repeated parts that are tried for one pattern."""


def probes(pattern: str, examples: Sequence[str], length: int) -> Iterator[str]:
    """Texts to search: the examples, and texts of `length` characters.

    The latter are the start of an example, one part repeated, and an ending that does not match.
    """
    yield from (example[:length] for example in examples)
    own = [*SYMBOL.findall(pattern), *(word + space for word in WORD.findall(pattern) for space in ("", " "))]
    units = list(dict.fromkeys([*UNITS, *own]))[:MAX_UNITS]
    openings = [example[: match.end()] for example in examples for match in re.finditer(r"\s", example)]
    starts = list(dict.fromkeys(["", *examples, *openings]))[:MAX_STARTS]
    for start in starts:
        for unit in units:
            free_chars = max(length - len(start), 0)
            for end in ENDS:
                yield (start + unit * (free_chars // len(unit) + 1))[: length - len(end)] + end


def main() -> None:
    """Search every pattern of the input; print the number of each before its searches."""
    for number, (pattern, examples, length) in enumerate(json.load(sys.stdin)):
        print(number, flush=True)
        compiled = re.compile(pattern, re.IGNORECASE)
        for probe in probes(pattern, examples, length):
            signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SEARCH_SECONDS)
            compiled.search(probe)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print("done", flush=True)


if __name__ == "__main__":
    main()
