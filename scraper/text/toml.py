"""Reads TOML that people write, as `tomllib` does, without what makes `tomllib` slow or breaks it.

`tomllib` recurses at each nested array or table, and its time grows with the square of the parts of a dotted key: 100 kB of
`a.a.a…` took 3 s.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

MAX_KEY_PARTS: Final = 100
"""Largest number of parts of a dotted key; keys of ours have two."""
LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]+\s*\.\s*|\"[^\"\n]*\"\s*\.\s*|'[^'\n]*'\s*\.\s*){{{MAX_KEY_PARTS}}}")


def parse_toml(text: str) -> dict[str, Any]:
    """The values of a TOML text. Raises `tomllib.TOMLDecodeError`.

    >>> parse_toml("[a]\\nb = 1")
    {'a': {'b': 1}}
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") >= MAX_KEY_PARTS and LONG_KEY.search(line):
            raise tomllib.TOMLDecodeError(f"a key has more than {MAX_KEY_PARTS} parts (at line {number}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as exc:
        raise tomllib.TOMLDecodeError("the tables are nested too deeply") from exc
    except ValueError as exc:
        if isinstance(exc, tomllib.TOMLDecodeError):
            raise
        raise tomllib.TOMLDecodeError("a number has too many digits") from exc  # beyond `sys.get_int_max_str_digits`
