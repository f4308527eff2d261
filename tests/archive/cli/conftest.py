"""The archive that the reading commands are tried on, and worker processes that commands share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store.archive import Archive
from tests.support.visits import BODY, START, article, hours, removal, visit
from tests.support.warm_workers import warm_workers


@pytest.fixture(autouse=True, scope="module")
def share_workers() -> Iterator[None]:
    """Commands of a module share their worker processes."""
    with warm_workers():
        yield


@pytest.fixture
def path(tmp_path: Path, template: Path) -> Path:
    """An archive of two articles, one with two revisions and a removal."""
    return Path(shutil.copy(template, tmp_path / "archive.db"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that `path` copies, built once."""
    file = tmp_path_factory.mktemp("template") / "archive.db"
    other = article(
        "The mill on the Tamar burned down on Sunday night, the brigade said.",
        url="https://post.example/mill",
        title="Mill burns",
    )
    with Archive.open(file, create=True) as archive:
        run = archive.start_run(at=START, sources="sources.toml")
        archive.save(visit(article(), removals=(removal(),), body=b"<html>raw \xe9</html>"), run=run, at=START)
        archive.save(
            visit(article(*BODY, "One paragraph more."), removals=(removal(),), body=b"<html>raw \xe9</html>"),
            run=run,
            at=hours(1),
        )
        archive.save(visit(other, url="https://post.example/mill", source="post"), run=run, at=START)
        archive.finish_run(run, at=hours(2), counts={"new": 2, "revised": 1})
    return file
