"""Serving an archive: beside other databases, during a run, and what is not served."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from archive.store.archive import Archive
from archive.web.server import Place, make_datasette, serve
from scraper.errors import ArchiveError, ConfigError
from scraper.extras import install_command
from tests.support.datasette_app import PAGES, ask, serving
from tests.support.extras import hide_package
from tests.support.gallery import build
from tests.support.visits import START, article, hours, visit


def test_other_databases_in_the_same_datasette_stay_unchanged(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as conn:
        conn.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, authors TEXT)")
        conn.execute("INSERT INTO articles VALUES (1, 'Theirs', '[1, 2]')")
    conn.close()
    page = ask(path, "/other/articles", beside=other).text
    assert "Theirs" in page
    assert "/-/article/1" not in page
    assert "[1, 2]" in page
    wide = "select " + ", ".join(f"{number} as c{number}" for number in range(150))
    assert ask(path, f"/other.json?sql={quote(wide)}", beside=other).status_code == 200
    assert ask(path, "/my+news/recent", beside=other).text.count("/-/article/1") > 0


def test_two_archives_get_datasette_s_index(path: Path, tmp_path: Path) -> None:
    second = build(tmp_path / "second.db")
    answer = ask(path, "/", beside=second)
    assert answer.status_code == 200
    assert 'href="/other"' in answer.text
    assert ask(path, "/-/search", beside=second).status_code == 404


def test_without_datasette_the_error_names_the_extra(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_package(monkeypatch, "datasette")
    with pytest.raises(ConfigError, match=re.escape(install_command("datasette"))):
        make_datasette(path)


def test_a_file_that_is_no_archive_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        serve(tmp_path / "missing.db")


def test_pages_open_while_a_run_writes(tmp_path: Path) -> None:
    path = build(tmp_path / "a.db")
    with (
        serving(path) as url,
        Archive.open(path) as archive,
        httpx.Client(base_url=url, trust_env=False, timeout=20) as client,
    ):
        assert url.startswith("http://127.0.0.1:")
        run = archive.start_run(at=hours(48), sources="more")
        archive.db.conn.execute("BEGIN IMMEDIATE")
        assert [client.get(page).status_code for page in PAGES] == [200] * len(PAGES)
        archive.db.conn.execute("ROLLBACK")
        late = article(
            "A third text, archived while Datasette was reading.",
            url="https://herald.example/3",
            title="Third",
            published=START.replace(day=21),
        )
        archive.save(visit(late, url="https://herald.example/3"), run=run, at=hours(48))
        assert "Third" in client.get("/").text


def test_a_port_in_use_is_an_error(live: httpx.Client, path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(path, Place(port=live.base_url.port or 0))
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(path, Place("no-such-host.invalid"))
