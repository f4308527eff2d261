"""Front matter, read back by two YAML parsers: PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from archive.output.article import one_line
from archive.output.front_matter import front_matter
from archive.output.markdown import markdown_of
from archive.output.text_choice import TextChoice
from tests.support.visits import article

WITH_FACTS = TextChoice(front_matter=True)
READERS: dict[str, Callable[[str], Any]] = {
    "1.1": yaml.safe_load,
    "1.2": lambda text: YAML(typ="safe", pure=True).load(text),
}
TRAPS = (
    "no", "null", "~", "", " ", "1_000", "0o7", "0x1F", "12:30:45", "2026-11-05", "1e3", ".inf", "---", "- a", "# b", "a: b",
    "a #b", "'q'", '"q"', "\\n", "{a}", "[a]", "&a", "*a", "!!str a", "%a", "@a", "`a`", "|", ">", "a\tb", "🚢 Zoë", "\u2028x",
    "\x85", "\ufeff", "\x7f", "x" * 500 + " y", "<<", "=",
)  # fmt: skip
"""Texts that a YAML parser reads as something else when they stand alone."""


@pytest.mark.parametrize("version", READERS)
@pytest.mark.parametrize("trap", TRAPS)
def test_a_text_that_yaml_would_read_otherwise_is_read_back(trap: str, version: str) -> None:
    shown = front_matter(
        replace(article(title=trap, authors=(trap, "Ann Lee"), tags=(trap,)), url=trap, canonical_url="")
    )
    facts = READERS[version](shown[4:-4])
    assert (facts["title"], facts["authors"], facts["tags"]) == (one_line(trap), [trap, "Ann Lee"], [trap])
    assert facts.get("url", "") == trap


@settings(deadline=None, max_examples=60)
@given(title=st.text(), names=st.lists(st.text(), max_size=3))
def test_any_text_is_read_back_by_both_versions(title: str, names: list[str]) -> None:
    shown = front_matter(article(title=title, authors=tuple(names), tags=tuple(names)))
    for reader in READERS.values():
        facts = reader(shown[4:-4])
        assert (facts["title"], facts["authors"], facts["tags"]) == (one_line(title), names, names)


@pytest.mark.parametrize("version", READERS)
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 5, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 5, 7, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
    ids=["utc", "offset"],
)
def test_a_date_is_a_date_for_both(at: datetime, version: str) -> None:
    found = READERS[version](front_matter(article(published=at))[4:-4])["date"]
    assert isinstance(found, datetime)
    assert (found if found.tzinfo else found.replace(tzinfo=UTC)) == at


def test_what_is_not_known_has_no_key_and_lists_are_always_there() -> None:
    shown = front_matter(replace(article(title="", authors=(), published=None, tags=()), url="", canonical_url=""))
    assert yaml.safe_load(shown[4:-4]) == {"title": "", "authors": [], "tags": []}


def test_a_page_without_an_address_has_the_one_that_it_calls_its_own() -> None:
    shown = front_matter(replace(article(), url="", canonical_url="https://bay.example/own"))
    assert yaml.safe_load(shown[4:-4])["url"] == "https://bay.example/own"


def test_the_text_follows_without_the_title_and_the_line_of_authors() -> None:
    found = article("One paragraph.", title="A title", authors=("Ann Lee",))
    shown = markdown_of(found, WITH_FACTS)
    assert yaml.safe_load(shown.split("---\n")[1])["title"] == "A title"
    assert shown.endswith("---\n\nOne paragraph.")
    with_title = markdown_of(found, TextChoice(frozenset({"title"}), front_matter=True))
    assert with_title.endswith("---\n\n# A title\n\nOne paragraph.")
