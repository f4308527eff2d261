"""A site with its source list for scrape runs, and stored pages with a further rule for re-extractions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.store.archive import Archive
from tests.support.loopback import Server
from tests.support.news_server import news_server, publish
from tests.support.reextraction import PROMO, RULE, fetched, harbour_page, text_of
from tests.support.scraping import SHIPS
from tests.support.visits import START
from tests.support.warm_workers import warm_workers


@pytest.fixture(autouse=True, scope="module")
def share_workers() -> Iterator[None]:
    """Runs of a module share their worker processes."""
    with warm_workers():
        yield


@pytest.fixture
def site() -> Iterator[Server]:
    with news_server({}) as server:
        publish(server, **SHIPS)
        yield server


@pytest.fixture
def folder(tmp_path: Path, site: Server) -> Path:
    """A folder with a source list for the site."""
    (tmp_path / "sources.toml").write_text(
        f'[defaults]\nuser_agent = "test"\n[[source]]\nname = "ships"\nkind = "feed"\nurl = "{site.base}/feed.xml"\n'
    )
    return tmp_path


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "almanac.toml"
    path.write_text(RULE)
    return path


@pytest.fixture
def paper(archive: Archive) -> Archive:
    """Three articles, each with the promo in its text."""
    for number in range(1, 4):
        assert archive.save(fetched(harbour_page(number)), run=1, at=START) in {"new", "duplicate"}
        assert PROMO in text_of(archive, number)
    return archive
