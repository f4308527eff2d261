"""The health page: sources that no run fetched, and addresses that are longer than a line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archive.monitoring.failures import FailedLink
from archive.web.health import Health, RunOfSource, SourceHealth
from archive.web.templates import breakable, render
from tests.support.visits import START

COMMON: dict[str, Any] = {
    "here": "health", "base": "/", "database": "/x", "tables": {"links": "/x"}, "name": "x", "feeds": [], "token": "", "said": "",
}  # fmt: skip


def page(*sources: SourceHealth, failing: tuple[FailedLink, ...] = ()) -> str:
    return render("health.html", found=Health(sources, (), None, failing), **COMMON)


def test_a_source_that_no_run_fetched_is_no_fault() -> None:
    shown = page(SourceHealth("import", newest="2026-11-20T06:00:00Z"))
    assert "not fetched in the last runs" in shown
    assert "flag bad" not in shown


def test_a_source_that_no_longer_answers_is_a_fault() -> None:
    silent = RunOfSource(run=1, started_at="2026-11-20T06:00:00Z", came=0, failed=2, answered=0)
    assert '<span class="flag bad">none in the last runs' in page(SourceHealth("post", runs=[silent]))


@pytest.mark.parametrize(
    ("address", "pieces"),
    [
        ("https://post.example/a/b", ["https://", "post.", "example/", "a/", "b"]),
        ("post.example/a_long_name.html?x=1&y=2#z", ["post.", "example/", "a_", "long_", "name.", "html?", "x=", "1&", "y=", "2#", "z"]),
        ("https://post.example/a-b/…", ["https://", "post.", "example/", "a-b/", "…"]),
        ("word", ["word"]),
        ("", []),
    ],
)  # fmt: skip
def test_an_address_breaks_after_its_signs(address: str, pieces: list[str]) -> None:
    assert str(breakable(address)).replace("&amp;", "&").split("<wbr>") == (pieces or [""])


def test_a_failing_address_breaks_after_its_signs_and_is_escaped() -> None:
    link = FailedLink("https://post.example/a/<b>_c", "post", "status", 503, "", START, None)
    shown = page(SourceHealth("post", failures=[("status", 1)]), failing=(link,))
    assert "https://<wbr>post.<wbr>example/<wbr>a/<wbr>&lt;b&gt;_<wbr>c" in re.sub(r"\s+", " ", shown)
