"""Workers that all tests of the archive share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.warm_workers import warm_workers


@pytest.fixture(scope="session", autouse=True)
def _shared_workers() -> Iterator[None]:
    with warm_workers():
        yield
