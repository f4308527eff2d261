"""Fixtures that several tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store.archive import Archive
from tests.support.visits import START


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive in a real file, its first run begun."""
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        archive.start_run(at=START, sources="sources.toml")
        yield archive
