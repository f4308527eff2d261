"""Fixtures that several tests share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from archive.store.archive import Archive
from tests.support.visits import START

settings.register_profile(
    "cuttings", deadline=None
)  # the first example loads what others have loaded: time proves nothing
settings.load_profile("cuttings")


@pytest.fixture(scope="session")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive without a run, for tests to copy: a copy costs a tenth of what a new archive costs."""
    path = tmp_path_factory.mktemp("empty") / "a.db"
    Archive.open(path, create=True).close()
    return path


@pytest.fixture
def archive(tmp_path: Path, empty_archive: Path) -> Iterator[Archive]:
    """An archive in a file of its own, its first run begun."""
    with Archive.open(shutil.copy(empty_archive, tmp_path / "a.db")) as archive:
        archive.start_run(at=START, sources="sources.toml")
        yield archive
