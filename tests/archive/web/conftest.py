"""One archive and one server for the tests of the pages. Nobody writes to the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.datasette_app import serving
from tests.support.gallery import build


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that nobody writes to. Without Datasette, tests that use it are skipped."""
    pytest.importorskip("datasette")
    return build(tmp_path_factory.mktemp("datasette") / "my news.db")


@pytest.fixture(scope="session")
def live(path: Path) -> Iterator[httpx.Client]:
    """A client of the archive as `serve` serves it."""
    with serving(path) as url, httpx.Client(base_url=url, trust_env=False, timeout=20, follow_redirects=True) as client:
        yield client
