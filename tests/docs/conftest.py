"""Worker processes that the examples share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.warm_workers import warm_workers


@pytest.fixture(autouse=True, scope="module")
def share_workers() -> Iterator[None]:
    with warm_workers():
        yield
