"""The archive in the real Datasette: in its own ASGI client, and served on loopback."""

from __future__ import annotations

import builtins
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from archive.datasette import address, local_only, make_datasette, metadata, serve
from archive.schema import migrations
from archive.store import Archive
from scraper.errors import ArchiveError, ConfigError
from tests.archiving import BODY, START, article, hours, removal, visit

pytest.importorskip("datasette")

QUERIES = ["harbour", '"', "don't", "c++", "hello, world", "100%", "-", "NEAR(", "", " "]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "my news.db"
    with Archive.open(file, create=True) as archive:
        run = archive.start_run(at=START, sources="sources.toml")
        archive.save(visit(article(), removals=(removal(),)), run=run, at=START)
        archive.save(visit(article(*BODY, "One paragraph more.")), run=run, at=hours(1))
        nasty = article(
            "<script>alert(1)</script> is what the page said.", url="https://evil.example/x", title="<b>x</b>"
        )
        archive.save(visit(nasty, url="https://evil.example/x"), run=run, at=START)
        archive.finish_run(run, at=hours(2), counts={"new": 2})
    return file


def get(path: Path, address: str, **parameters: str) -> httpx.Response:
    """Datasette's answer, asked through the same guard that `serve` puts before it."""

    async def ask() -> httpx.Response:
        datasette = make_datasette(path)
        await datasette.invoke_startup()
        try:
            transport = httpx.ASGITransport(local_only(datasette.app()))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(address, params=parameters, follow_redirects=True)
        finally:
            close(datasette)

    return anyio.run(ask)


def close(datasette: Any) -> None:
    """Close its threads and connections, which Datasette leaves to the end of the process."""
    datasette.executor.shutdown()
    for database in datasette.databases.values():
        for connection in getattr(database, "_all_file_connections", ()):
            connection.close()


@pytest.mark.parametrize(
    "table",
    [
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
    ],
)
def test_every_table_and_view_opens(path: Path, table: str) -> None:
    answer = get(path, f"/my+news/{table}")
    assert answer.status_code == 200
    assert metadata(path)["databases"]["my news"]["tables"][table]["title"] in answer.text


def test_metadata_names_only_tables_that_exist(path: Path) -> None:
    with Archive.open(path) as archive:
        there = {*archive.db.table_names(), *archive.db.view_names()}
    assert set(metadata(path)["databases"]["my news"]["tables"]) <= there
    assert migrations.migrations_table in there


def test_the_front_page_leads_to_the_newest_articles(path: Path) -> None:
    assert 'href="/my+news/recent"' in get(path, "/").text
    assert "Harbour to be dredged" in get(path, "/my+news/recent").text


@pytest.mark.parametrize("table", ["articles", "recent"])
def test_a_table_search_finds_a_word_and_only_what_has_it(path: Path, table: str) -> None:
    rows = get(path, f"/my+news/{table}.json", _search="trawlers", _shape="array").json()
    assert [row["title"] for row in rows] == ["Harbour to be dredged"]


@pytest.mark.parametrize("query", QUERIES)
def test_the_search_page_takes_any_text(path: Path, query: str) -> None:
    assert get(path, "/my+news/search", query=query).status_code == 200


def test_the_search_page_marks_what_it_found(path: Path) -> None:
    (row,) = get(path, "/my+news/search.json", query="fishermen", _shape="array").json()
    assert "[Fishermen]" in row["snippet"]


def test_stored_markup_is_shown_as_text(path: Path) -> None:
    page = get(path, "/my+news/articles").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("name", ["archive", "my news", "a.b", "a~b", "Köln", "50%", "a'b"])
def test_the_address_is_spelt_as_datasette_spells_it(name: str) -> None:
    from datasette.utils import tilde_encode

    assert address(Path(f"{name}.db")) == f"/{tilde_encode(name)}"


def test_facets_count_sites(path: Path) -> None:
    facets = get(path, "/my+news/articles.json").json()["facet_results"]
    assert {result["value"]: result["count"] for result in facets["site"]["results"]} == {
        "herald.example": 1,
        "evil.example": 1,
    }


def test_another_host_name_is_refused(path: Path) -> None:
    assert get(path, "http://rebound.example/my+news.json").status_code == 421
    assert get(path, "http://localhost:8001/my+news.json").status_code == 200


def test_without_the_extra_the_error_names_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("datasette"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"cuttings\[datasette\]"):
        make_datasette(path)


def test_what_is_no_archive_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        serve(tmp_path / "missing.db")


@pytest.fixture
def served(path: Path) -> Iterator[str]:
    code = "import sys; from pathlib import Path; from archive.datasette import serve\n"
    code += "serve(Path(sys.argv[1]), port=0, ready=lambda url: print(url, flush=True))"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(10)
        finally:
            process.kill()


def test_it_is_served_on_loopback_while_a_run_writes(served: str, path: Path) -> None:
    assert served.startswith("http://127.0.0.1:")
    assert served.endswith("/recent")
    with Archive.open(path) as archive, httpx.Client(trust_env=False, timeout=20) as client:
        run = archive.start_run(at=hours(3), sources="more")
        archive.db.conn.execute("BEGIN IMMEDIATE")
        assert client.get(served).status_code == 200
        archive.db.conn.execute("ROLLBACK")
        late = article(
            "A third text, archived while Datasette was reading.", url="https://herald.example/3", title="Third"
        )
        archive.save(visit(late, url="https://herald.example/3"), run=run, at=hours(3))
        assert "Third" in client.get(served).text


def test_a_port_in_use_is_said_so(served: str, path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(path, port=int(served.split(":")[2].split("/")[0]))


def test_an_article_s_page_shows_its_text_and_escapes_it(served: str, path: Path) -> None:
    with Archive.open(path) as archive:
        run = archive.start_run(at=hours(3), sources="more")
        late = article("First paragraph <script>alert(1)</script>.\n\nSecond & last.", url="https://herald.example/9", title="A <b>bold</b> title")
        archive.save(visit(late, url="https://herald.example/9"), run=run, at=hours(3))
        number = archive.article("https://herald.example/9").id
    page = httpx.get(served.removesuffix("recent") + f"articles/{number}", trust_env=False, timeout=20).text
    assert "<h1>A &lt;b&gt;bold&lt;/b&gt; title</h1>" in page
    assert "First paragraph &lt;script&gt;alert(1)&lt;/script&gt;.\n\nSecond &amp; last." in page
    assert "in revisions</a>" in page
