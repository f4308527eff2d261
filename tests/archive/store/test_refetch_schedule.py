"""Retry policy: the time of the next try for each kind of failure. `test_links` tests refetches in an archive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from archive.store.refetch_schedule import RETRIES, after_failure
from scraper.errors import FETCH_KINDS
from tests.support.visits import START


def test_every_kind_of_failure_has_a_retry_policy() -> None:
    assert set(RETRIES) == set(FETCH_KINDS)


@pytest.mark.parametrize(
    ("kind", "options", "state", "wait"),
    [
        ("status", {"status": 500, "attempts": 1}, "failed", timedelta(0)),
        ("status", {"status": 500, "attempts": 2}, "failed", timedelta(minutes=15)),
        ("status", {"status": 500, "attempts": 4}, "failed", timedelta(hours=1)),
        ("status", {"status": 404, "attempts": 1}, "gone", None),
        ("status", {"status": 410, "attempts": 1}, "gone", None),
        ("status", {"status": 403, "attempts": 1}, "failed", timedelta(hours=12)),
        ("timeout", {"status": 0, "attempts": 9}, "failed", timedelta(hours=32)),
        ("timeout", {"status": 0, "attempts": 10}, "failed", timedelta(days=2)),
        ("timeout", {"status": 0, "attempts": 11}, "failed", timedelta(days=2)),
        ("timeout", {"status": 0, "attempts": 12}, "gone", None),
        ("no-article", {"status": 404, "attempts": 1}, "failed", timedelta(hours=12)),
    ],
)
def test_a_failed_link_is_retried(kind: str, options: Any, state: str, wait: timedelta | None) -> None:
    assert after_failure(kind, at=START, **options) == (state, None if wait is None else START + wait)
