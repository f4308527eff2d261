"""Faults of a source list as TOML. tomllib stops at the first; further ones are found in the text without the faulty lines."""

from __future__ import annotations

import tomllib
from typing import Final

from scraper.errors import ConfigError
from scraper.text.patterns import lazy_pattern
from scraper.text.toml import SYNTAX_PLACE, parse_toml

PLACEHOLDERS: Final = {
    "name": "? {}",
    "kind": "urls",
    "url": "https://example.org/",
}
"""Values that stand for faulty ones while further faults are looked for."""
MAX_SYNTAX_FAULTS: Final = 20
"""Faulty lines of one list that are reported."""
KEY_LINE: Final = lazy_pattern(r"^\s*[\"']?(?P<key>[\w-]+)[\"']?\s*=")
REPEATED: Final = "the key stands here for the second time"
MANY_LINES: Final = lazy_pattern(r"\"\"\"|'''|[\[{,]\s*(?:#.*)?$")
"""A line that begins a text, a list or a table of many lines."""


def mend_syntax(text: str, origin: str) -> tuple[str, list[str]]:
    """Return the text with each faulty line replaced, so that it is TOML, and the faults.

    Raises `ConfigError` with the faults so far, if one spoils more than its own line.
    """
    lines, faults = text.replace("\r\n", "\n").split("\n"), []
    while True:
        mended = "\n".join(lines)
        try:
            parse_toml(mended)
        except tomllib.TOMLDecodeError as exc:
            found = SYNTAX_PLACE.match(str(exc))
            what, number = (found["what"], int(found["line"])) if found else (str(exc), len(lines))
            line = lines[number - 1] if lines else ""
            key = KEY_LINE.match(line)
            label = f"{key['key']!r}: " if key else ""
            faults.append(f"{origin}: line {number}: {label}{what}")
            is_repeated = what.startswith(REPEATED)
            if key is None or not (is_repeated or is_faulty_alone(line)) or len(faults) >= MAX_SYNTAX_FAULTS:
                raise ConfigError(*faults) from exc
            lines[number - 1] = "" if is_repeated else replacement(key["key"], len(faults))
        else:
            return mended, faults


def is_faulty_alone(line: str) -> bool:
    """Return whether a line is no TOML by itself, and begins nothing of many lines: then the other lines can be read."""
    try:
        parse_toml(line)
    except tomllib.TOMLDecodeError:
        return not MANY_LINES.search(line)
    return False


def replacement(key: str, number: int) -> str:
    """Return a line with a value that is valid, if the key is needed, or an empty one."""
    return f'{key} = "{PLACEHOLDERS[key].format(f"fault {number}")}"' if key in PLACEHOLDERS else ""
