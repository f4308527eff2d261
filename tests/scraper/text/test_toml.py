"""TOML that people write, and TOML that is made to be slow."""

from __future__ import annotations

import time
import tomllib

import pytest

from scraper.text.toml import MAX_KEY_PARTS, parse_toml

DEEP = "[" * 5000
REFUSED = {
    "nested arrays": (f"a = {DEEP}", "nested too deeply"),
    "nested tables": ("a = " + "{b = " * 5000, "nested too deeply"),
    "a long key": ("\n" + "a." * MAX_KEY_PARTS + "a = 1", "line 2"),
    "a long quoted key": ("\"a\".'b'." * MAX_KEY_PARTS + "a = 1", "100 parts"),
    "a long key with spaces": ("a . " * MAX_KEY_PARTS + "a = 1", "100 parts"),
    "a long number": ("a = " + "1" * 5000, "too many digits"),
    "no TOML": ("a = ?", "line 1"),
    "a text without a closing quote": ("a = 1\nb = 'x\nc = 1", r"^a text has no closing quote; add it \(at line 2"),
    "a text without a closing quote at the end": ('a = "x', r"^a text has no closing quote; add it \(at line 1"),
    "a list without a closing bracket": ("a = [1\n\nb = 1", r"^a list lacks .* \(at line 1"),
    "a text without quotes": ("a = x", "put a text in straight quotes"),
    "a backslash": ('a = "\\d"', "use single quotes"),
    "two keys": ("a = 1\na = 2", r"second time; remove one \(at line 2"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_text_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match=message):
        parse_toml(text)


def test_a_shorter_key_and_a_text_with_as_many_dots_are_read() -> None:
    key = ".".join("a" * (MAX_KEY_PARTS - 1))
    value = "".join(f"a{number}, b. " for number in range(2 * MAX_KEY_PARTS))
    assert parse_toml(f'{key} = 1\nb = "{value}"')["b"] == value


@pytest.mark.parametrize("part", ["1.", "a .", '"a".', ".", "a", '"'])
def test_a_long_line_is_refused_at_once(part: str) -> None:
    started = time.process_time()
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(part * (200_000 // len(part)))
    assert time.process_time() - started < 1
