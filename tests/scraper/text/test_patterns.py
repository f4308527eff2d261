"""Patterns that are compiled at first use are valid, and do what compiled patterns do."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest

from scraper.text.patterns import METHODS, _LazyPattern, lazy_pattern
from tests.support import ROOT
from tests.test_imports import modules


def patterns_in(value: object) -> Iterator[_LazyPattern]:
    """The lazy patterns in a value of a module."""
    if isinstance(value, _LazyPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from patterns_in(one)
    elif isinstance(value, dict):
        yield from patterns_in(list(value.values()))


LAZY = {
    f"{name}.{key}": list(patterns_in(value))
    for name, file in modules().items()
    if file.is_relative_to(ROOT / "scraper") and "lazy_pattern" in file.read_text(encoding="utf-8")
    for key, value in vars(importlib.import_module(name)).items()
}


@pytest.mark.parametrize("name", [name for name, found in LAZY.items() if found])
def test_a_pattern_of_a_module_is_valid(name: str) -> None:
    for one in LAZY[name]:
        re.compile(one.pattern, one.flags)


def test_a_pattern_is_compiled_by_its_first_call_and_only_then() -> None:
    wrong = lazy_pattern("(tide")
    assert wrong.pattern == "(tide"
    with pytest.raises(re.error):
        wrong.search("tide")


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_that_of_the_compiled_pattern(method: str) -> None:
    args = ("-", "Ebb tide, ebb") if method.startswith("sub") else ("Ebb tide, ebb",)
    lazy, compiled = (
        getattr(one, method)(*args) for one in (lazy_pattern("ebb", re.IGNORECASE), re.compile("ebb", re.IGNORECASE))
    )
    if method == "finditer":
        lazy, compiled = list(lazy), list(compiled)
    assert re.sub("0x[0-9a-f]+", "", repr(lazy)) == re.sub("0x[0-9a-f]+", "", repr(compiled))


def test_it_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError, match="groups"):
        _ = lazy_pattern("ebb").groups
