"""Failed links in words for people."""

from __future__ import annotations

from archive.monitoring.failures import LABELS
from scraper.errors import FETCH_KINDS


def test_every_kind_of_failure_has_a_short_name() -> None:
    assert LABELS.keys() == FETCH_KINDS.keys()
