"""Datasette's own pages of an archive: tables, searches in them, links to our pages."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from archive.schema.migrations import MIGRATIONS
from archive.store.archive import Archive
from archive.web.table_settings import TABLES as TABLE_SETTINGS
from tests.support.gallery import MORE, SCRIPT

QUERIES = [
    "harbour",
    '"',
    "don't",
    "c++",
    "hello, world",
    "100%",
    "-",
    "NEAR(",
    "",
    " ",
    "site:",
    "since:x",
    "\x00",
    "-a",
    "AND OR NOT",
    "港",
]
TABLES = [
    "articles",
    "recent",
    "changes",
    "boilerplate",
    "health",
    "removals",
    "revisions",
    "links",
    "pages",
    "runs",
    "events",
]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_view_opens(live: httpx.Client, path: Path, table: str) -> None:
    answer = live.get(f"/my+news/{table}")
    assert answer.status_code == 200
    assert TABLE_SETTINGS[table]["title"] in answer.text


def test_metadata_names_only_tables_that_exist(path: Path) -> None:
    with Archive.open(path) as archive:
        there = {*archive.db.table_names(), *archive.db.view_names()}
    assert set(TABLE_SETTINGS) <= there
    assert MIGRATIONS.migrations_table in there


@pytest.mark.parametrize("table", ["articles", "recent"])
def test_a_table_search_finds_the_articles_with_a_word(live: httpx.Client, table: str) -> None:
    rows = live.get(
        f"/my+news/{table}.json", params={"_search": "trawler site:herald.example", "_shape": "array"}
    ).json()
    assert rows == []  # a table knows no sites: these are words
    rows = live.get(f"/my+news/{table}.json", params={"_search": "fishermen", "_shape": "array"}).json()
    assert sorted(row["id"] for row in rows) == [1, 2]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("page", ["/-/search?q=", "/my+news/search?query=", "/my+news/articles?_search="])
def test_every_search_accepts_any_text(live: httpx.Client, page: str, query: str) -> None:
    name = page.partition("?")[2].rstrip("=")
    assert live.get(page.partition("?")[0], params={name: query}).status_code == 200


def test_the_search_query_marks_the_found_words(live: httpx.Client) -> None:
    first = live.get("/my+news/search.json", params={"query": "fishermen", "_shape": "array"}).json()[0]
    assert "[Fishermen]" in first["snippet"]


def test_stored_markup_is_shown_as_text_in_tables(live: httpx.Client) -> None:
    page = live.get("/my+news/articles").text
    assert SCRIPT not in page
    assert "&lt;script&gt;alert" in page


def test_facets_count_sites(live: httpx.Client) -> None:
    facets = live.get("/my+news/articles.json").json()["facet_results"]
    assert {result["value"]: result["count"] for result in facets["site"]["results"]}["post.example"] == MORE


def test_lists_in_a_table_are_shown_as_plain_text(live: httpx.Client) -> None:
    page = live.get("/my+news/articles?_size=max&_col=authors").text
    assert "Ada Quill, José Ríos" in page
    assert ">[]<" not in page


def test_a_title_in_a_table_links_to_the_article_s_page(live: httpx.Client) -> None:
    assert 'href="/-/article/1"' in live.get("/my+news/recent?_size=max").text


def test_an_archive_opens_in_a_datasette_without_our_plugin(path: Path) -> None:
    line = [sys.executable, "-m", "datasette", "serve", str(path), "--get", "/my+news/recent.json?_shape=array&_size=1"]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "DATASETTE_LOAD_PLUGINS": ""}
    )
    assert (done.returncode, done.stdout[:5]) == (0, '[{"id')


SAME: list[tuple[str, str]] = [
    ("/my+news", "newest articles"),
    ("/my+news/articles", "One row per article"),
    ("/my+news/removals", "The ledger"),
    ("/my+news/search?query=fishermen", "Best hits first"),
]


@pytest.mark.parametrize(("address_", "text"), SAME)
def test_plain_datasette_shows_tables_as_serve_does(live: httpx.Client, path: Path, address_: str, text: str) -> None:
    alone = plain_datasette(path, address_)
    assert text in alone
    assert parts(alone) == parts(live.get(address_).text)


def test_plain_datasette_keeps_what_its_user_set(path: Path) -> None:
    settings = json.loads(plain_datasette(path, "/-/settings.json", "--setting", "default_page_size", "7"))
    assert (settings["default_page_size"], settings["truncate_cells_html"]) == (7, 120)


def test_beside_another_database_datasette_keeps_its_settings(path: Path, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other.db").close()
    beside = plain_datasette(path, "/-/settings.json", str(tmp_path / "other.db"))
    assert json.loads(beside)["default_page_size"] == 100
    assert json.loads(plain_datasette(path, "/-/settings.json"))["default_page_size"] == 50
    assert "Newest publication first" in plain_datasette(path, "/my+news/recent", str(tmp_path / "other.db"))


def plain_datasette(path: Path, address_: str, *more: str) -> str:
    """What `datasette FILE` answers, with the plugin found by its entry point."""
    line = [sys.executable, "-m", "datasette", "serve", str(path), "--get", address_, *more]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stdout


def parts(page: str) -> list[str]:
    """The parts of a page that settings change: titles, facets, cells, names of tables, stylesheets."""
    page = re.sub(r"http://[^/]+/", "/", page)
    return re.findall(
        r"<title>.*?</title>|<h[1-3].*?</h[1-3]>|<td.*?</td>|<li>.*?</li>|<link rel=.stylesheet[^>]*>", page, re.DOTALL
    )
