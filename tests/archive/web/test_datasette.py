"""The archive in the real Datasette: in its own ASGI client, and served on loopback."""

from __future__ import annotations

import base64
import builtins
import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest

from archive.schema.migrations import MIGRATIONS
from archive.store.archive import Archive
from archive.store.columns import iso
from archive.web.health import read_health
from archive.web.server import Place, address, guard, make_datasette, metadata, opens, serve
from scraper.errors import ArchiveError, ConfigError
from tests.support.gallery import MORE, PROMO, SCRIPT, build
from tests.support.visits import BODY, START, article, hours, visit

Database = pytest.importorskip("datasette.database").Database

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
PAGES = [
    "/",
    "/-/search?q=harbour",
    "/-/search",
    "/-/article/1?removed=1",
    "/-/article/1/changes/2",
    "/-/article/3",
    "/-/boilerplate",
    "/-/health",
]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that nobody writes to."""
    return build(tmp_path_factory.mktemp("datasette") / "my news.db")


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Its address, as long as it is served."""
    code = "import sys; from pathlib import Path; from archive.web.server import *\n"
    code += "serve(Path(sys.argv[1]), Place(port=0), ready=lambda url: print(url, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(10)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def live(path: Path) -> Iterator[httpx.Client]:
    """A client of the archive as `serve` serves it."""
    with serving(path) as url, httpx.Client(base_url=url, trust_env=False, timeout=20, follow_redirects=True) as client:
        yield client


def ask(
    path: Path, address: str, *, place: Place | None = None, host: str = "127.0.0.1", beside: Path | None = None
) -> httpx.Response:
    """The answer of a server at that place, to a request that names that host; another database may be served beside."""
    place = place or Place()

    async def request() -> httpx.Response:
        app = guard(datasette.app(), place)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(address, headers={"host": host}, follow_redirects=True)

    datasette = make_datasette(path, is_open=place.is_open)
    if beside:
        datasette.add_database(Database(datasette, path=str(beside), is_mutable=True), name="other")
    try:
        return anyio.run(request)
    finally:  # Datasette leaves its threads and connections to the end of the process
        datasette.executor.shutdown()
        for database in datasette.databases.values():
            for connection in getattr(database, "_all_file_connections", ()):
                connection.close()


# --- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_view_opens(live: httpx.Client, path: Path, table: str) -> None:
    answer = live.get(f"/my+news/{table}")
    assert answer.status_code == 200
    assert metadata(path)["databases"]["my news"]["tables"][table]["title"] in answer.text


def test_metadata_names_only_tables_that_exist(path: Path) -> None:
    with Archive.open(path) as archive:
        there = {*archive.db.table_names(), *archive.db.view_names()}
    assert set(metadata(path)["databases"]["my news"]["tables"]) <= there
    assert MIGRATIONS.migrations_table in there


@pytest.mark.parametrize("table", ["articles", "recent"])
def test_a_table_search_finds_a_word_and_only_what_has_it(live: httpx.Client, table: str) -> None:
    rows = live.get(
        f"/my+news/{table}.json", params={"_search": "trawler site:herald.example", "_shape": "array"}
    ).json()
    assert rows == []  # a table knows no sites: these are words
    rows = live.get(f"/my+news/{table}.json", params={"_search": "fishermen", "_shape": "array"}).json()
    assert sorted(row["id"] for row in rows) == [1, 2]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("page", ["/-/search?q=", "/my+news/search?query=", "/my+news/articles?_search="])
def test_every_search_takes_any_text(live: httpx.Client, page: str, query: str) -> None:
    name = page.partition("?")[2].rstrip("=")
    assert live.get(page.partition("?")[0], params={name: query}).status_code == 200


def test_the_query_for_tables_marks_what_it_found(live: httpx.Client) -> None:
    first = live.get("/my+news/search.json", params={"query": "fishermen", "_shape": "array"}).json()[0]
    assert "[Fishermen]" in first["snippet"]


def test_stored_markup_is_shown_as_text_in_tables(live: httpx.Client) -> None:
    page = live.get("/my+news/articles").text
    assert SCRIPT not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("name", ["archive", "my news", "a.b", "a~b", "Köln", "50%", "a'b"])
def test_the_address_is_spelt_as_datasette_spells_it(name: str) -> None:
    from datasette.utils import tilde_encode

    assert address(Path(f"{name}.db")) == f"/{tilde_encode(name)}"


def test_facets_count_sites(live: httpx.Client) -> None:
    facets = live.get("/my+news/articles.json").json()["facet_results"]
    assert {result["value"]: result["count"] for result in facets["site"]["results"]}["post.example"] == MORE


def test_lists_in_a_table_read_as_people_write_them(live: httpx.Client) -> None:
    page = live.get("/my+news/articles?_size=max&_col=authors").text
    assert "Ada Quill, José Ríos" in page
    assert ">[]<" not in page


def test_a_title_in_a_table_leads_to_the_article_s_page(live: httpx.Client) -> None:
    assert 'href="/-/article/1"' in live.get("/my+news/recent?_size=max").text


def test_the_file_opens_in_a_datasette_with_nothing_of_ours(path: Path) -> None:
    line = [sys.executable, "-m", "datasette", "serve", str(path), "--get", "/my+news/recent.json?_shape=array&_size=1"]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "DATASETTE_LOAD_PLUGINS": ""}
    )
    assert (done.returncode, done.stdout[:5]) == (0, '[{"id')


# --- our pages ----------------------------------------------------------------------------------------------------


def test_the_front_page_shows_what_is_new_by_day_site_and_kind(live: httpx.Client) -> None:
    page = live.get("/").text
    assert f"Mill burns, report {MORE - 1}" in page
    assert 'aria-label="Articles per day, ' in page
    assert re.search(rf"post\.example</a></th>.*>{MORE}</td>", page)
    assert re.search(rf"newsletter sign-ups</a></th>.*>{MORE + 2}</td>", page)
    assert "/-/article/1/changes/2" in page


def test_an_article_shows_every_kind_of_block(live: httpx.Client) -> None:
    page = live.get("/-/article/1?revision=1").text
    for part in (
        '<a href="https://port.example/vote" rel="noopener noreferrer">port authority</a>',
        "<h2>What it costs</h2>",
        '<li class="depth-2">A new quay</li>',
        '<th scope="col">Payer</th><th scope="col">Crowns</th>',
        '<th scope="row">County</th><td>5,500,000</td>',
        "<blockquote><p>We waited two winters for this.</p></blockquote>",
        '<pre tabindex="0"><code>for ship in harbour:\n    wait(ship)</code></pre>',
        '<a href="https://social.example/p/1"',
        'aria-label="Correction"><p>An earlier version misstated the cost.</p>',
        '<a href="https://herald.example/ingrid.jpg"',
        "Per Aas",
        "By</span> Ada Quill, José Ríos",
        "This is revision 1",
    ):
        assert part in page
    assert page.count("The trawler Ingrid on the sandbank.") == 1  # a caption is in the ledger too


def test_no_page_loads_anything_but_its_stylesheet_and_icon(live: httpx.Client) -> None:
    for address_ in PAGES:
        page = live.get(address_).text
        loaded = re.findall(r"<(?:link|img|script|iframe|video|audio|source|object|embed)\b[^>]*>", page)
        assert [re.sub(r"-\w{12}\.css", ".css", tag) for tag in loaded] == [
            '<link rel="stylesheet" href="/-/cuttings/cuttings.css">',
            '<link rel="icon" href="/favicon.ico">',
        ]
        assert " style=" not in page


def test_removed_blocks_stand_in_place_with_rule_kind_and_reason(live: httpx.Client) -> None:
    page = live.get("/-/article/1?revision=1&removed=1").text
    assert 'id="removed" checked' in page
    assert "checked" not in live.get("/-/article/1?revision=1").text
    order = [page.index(text) for text in (BODY[1], "What it costs", "Read our other harbour stories", BODY[2])]
    assert order == sorted(order)
    assert page.index(f"<del>{PROMO}</del>") < page.index(BODY[1])
    assert "<b>newsletter</b> <span>an invitation to sign up</span> <code>newsletter.signup.en</code>" in page
    assert "a rule that is not built in</span> <code>mine.harbour</code>" in page


def test_an_article_leads_to_its_history_and_its_copies(live: httpx.Client) -> None:
    page = live.get("/-/article/1").text
    assert "/-/article/1/changes/2" in page
    assert "/-/article/2" in page
    assert "A worse text was rejected" in page
    assert '<article class="reading" lang="ar" dir="rtl">' in live.get("/-/article/4").text


def test_differences_are_marked_in_words_too(live: httpx.Client) -> None:
    page = live.get("/-/article/1/changes/2").text
    assert '<del><span class="unseen">[removed: </span>eleven<span class="unseen">]</span></del>' in page
    assert '<ins><span class="unseen">[added: </span>twelve<span class="unseen">]</span></ins>' in page
    assert "<ins>Nobody had expected it.</ins>" in page
    assert '<ins><span class="unseen">[added: </span> in May' in page


@pytest.mark.parametrize(
    "address_",
    [
        "/-/article/999",
        "/-/article/0",
        "/-/article/" + "9" * 18,
        "/-/article/1?revision=9",
        "/-/article/1/changes/1",
        "/-/article/1/changes/7",
        "/-/cuttings/other.css",
    ],
)
def test_what_is_not_there_is_said_so(live: httpx.Client, address_: str) -> None:
    answer = live.get(address_)
    assert answer.status_code == 404
    assert "my news.db" not in answer.text  # no path of this machine


def test_a_search_marks_words_counts_sites_and_orders_by_date(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "mill", "order": "date"}).text
    assert f"{MORE} articles" in page
    assert "<mark>mill</mark>" in page
    titles = re.findall(r"report (\d+)</a></h3>", page)
    assert titles == [str(number) for number in range(MORE - 1, MORE - 21, -1)]
    assert "<mark>" in live.get("/-/search", params={"q": "author:quill fishermen site:herald.example"}).text


def test_a_search_that_finds_nothing_offers_one_that_does(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"q": "dreged fishermen", "until": "2026-12-01"}).text
    assert 'Did you mean <a href="/-/search?q=dredged+fishermen&amp;until=2026-12-01">dredged fishermen</a>?' in page
    assert "Did you mean" not in live.get("/-/search", params={"q": "xqzw"}).text


def test_leafing_through_a_search_shows_each_hit_once(live: httpx.Client) -> None:
    for order in ("rank", "date"):
        seen: list[str] = []
        for number in (1, 2, 3, 4):
            seen += re.findall(
                r"report (\d+)</a></h3>",
                live.get("/-/search", params={"q": "mill", "order": order, "page": str(number)}).text,
            )
        assert sorted(map(int, seen)) == list(range(MORE))


def test_without_words_a_search_page_lists_what_is_newest(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"site": "post.example", "since": "2026-11-17", "until": "2026-11-17"}).text
    assert re.findall(r"report (\d+)</a></h3>", page) == ["44", "43", "42"]


def test_the_dates_of_a_search_can_be_months_and_years(live: httpx.Client) -> None:
    page = live.get("/-/search", params={"since": "2026-11", "until": "2026"}).text
    assert 'value="2026-11-01"' in page
    assert 'value="2026-12-31"' in page


@pytest.mark.parametrize(
    "values",
    [
        {"page": "-1"},
        {"page": "x"},
        {"page": "9" * 30},
        {"since": "soon"},
        {"until": "2026-99-99"},
        {"order": "odd"},
        {"since": "0001-01-01", "until": "9999-12-31"},
    ],
)
def test_a_search_page_passes_over_what_cannot_be_meant(live: httpx.Client, values: dict[str, str]) -> None:
    assert live.get("/-/search", params={"q": "mill", **values}).status_code == 200


def test_boilerplate_is_counted_and_filtered_by_site_and_kind(live: httpx.Client) -> None:
    page = live.get("/-/boilerplate").text
    assert re.search(rf"<b>{MORE}</b> <span>articles</span>", page)
    assert "/-/article/49?removed=1" in page
    assert PROMO in live.get("/-/boilerplate", params={"site": "post.example", "kind": "newsletter"}).text
    assert PROMO not in live.get("/-/boilerplate", params={"site": "post.example", "kind": "ad"}).text
    assert live.get("/-/boilerplate", params={"site": SCRIPT, "kind": SCRIPT}).status_code == 200


def test_health_shows_what_came_what_fails_and_how_whole_it_is(live: httpx.Client) -> None:
    page = live.get("/-/health").text
    row = page[page.index(">post</a>") :]
    row = row[: row.index("</tr>")]
    assert f"Last 2 runs: {MORE} articles archived, 2 failed; in the last run 0 and 2" in row
    assert "2 links" in row
    assert "timeout 1" in row
    assert re.search(r'With author" class="number">0%', row)


def test_health_tells_of_the_last_scrape_whatever_ran_after_it(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        assert read_health(archive).last_run is None
        scraped = archive.start_run(at=START, sources="sources.toml")
        archive.finish_run(scraped, at=hours(1), counts={})
        for later in ("restore", "reextract"):
            archive.finish_run(archive.start_run(at=hours(2), sources=later), at=hours(3), counts={})
        assert read_health(archive).last_run == (iso(START), iso(hours(1)))
        archive.start_run(at=hours(4), sources="sources.toml")
        assert read_health(archive).last_run == (iso(hours(4)), None)


def test_only_what_changed_is_told_of_changes(live: httpx.Client, path: Path) -> None:
    page = " ".join(live.get("/-/article/1/changes/2").text.split())
    assert re.search(
        r"UTC\. (\d paragraphs? (edited|added|removed)|\d (edited|added|removed)|, )*; the headline changed\.</p>", page
    ), page[:2000]
    assert not re.search(r"\b0 (paragraphs|edited|added|removed)", page)


# --- what nobody may do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address_", PAGES)
def test_our_pages_allow_no_script_and_show_markup_as_text(live: httpx.Client, address_: str) -> None:
    answer = live.get(address_)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text
    assert not re.search(r"(?:href|src|cite|action)=\"(?!/|https?:)", answer.text.replace('href="#main"', ""))
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', answer.text))


@pytest.mark.parametrize("address_", ["/my+news", "/my+news/articles", "/my+news/articles/3", "/my+news?sql=select+1"])
def test_datasette_s_pages_of_an_archive_have_our_stylesheet_over_theirs(live: httpx.Client, address_: str) -> None:
    (name,) = re.findall(r'href="(/-/cuttings/tables-[0-9a-f]{12}\.css)"', live.get(address_).text)
    answer = live.get(name)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in answer.text
    assert live.get("/-/cuttings/tables.css").status_code == 404


def test_tables_that_no_reader_asks_for_are_out_of_the_way(live: httpx.Client) -> None:
    tables = {table["name"]: table["hidden"] for table in live.get("/my+news.json").json()["tables"]}
    shown = {name for name, hidden in tables.items() if not hidden}
    assert shown == {
        "alarms",
        "articles",
        "events",
        "hosts",
        "links",
        "near",
        "pages",
        "removals",
        "restores",
        "revisions",
        "runs",
        "vitals",
    }


def test_no_table_is_opened_in_an_order_that_all_of_it_must_be_read_for(live: httpx.Client, path: Path) -> None:
    with Archive.open(path) as archive:
        for table, about in metadata(path)["databases"][path.stem]["tables"].items():
            if "sort_desc" in about:
                plan = " ".join(
                    row[3]
                    for row in archive.db.conn.execute(
                        f"EXPLAIN QUERY PLAN SELECT * FROM {table} ORDER BY {about['sort_desc']} DESC LIMIT 51"
                    )
                )
                assert "TEMP B-TREE" not in plan, table


@pytest.mark.parametrize(
    "address_", ["/my+news", "/my+news/articles", "/my+news/articles/3", "/my+news?sql=select+1", "/nothing"]
)
def test_datasette_s_pages_run_its_own_scripts_and_no_other(live: httpx.Client, address_: str) -> None:
    answer = live.get(address_)
    policy = re.search(r"script-src ([^;]*)", answer.headers["content-security-policy"])
    assert policy is not None
    assert "unsafe" not in policy[1]
    for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy[1]


@pytest.mark.parametrize(
    "sql", ["select zeroblob(900000000)", "select hex(zeroblob(12000000))", "select zeroblob(15000000) from articles"]
)
def test_a_query_that_would_take_much_memory_is_refused(live: httpx.Client, sql: str) -> None:
    answer = live.get("/my+news.json", params={"sql": sql})
    assert answer.status_code == 400
    assert not answer.json()["ok"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_what_reads_is_answered(live: httpx.Client, method: str) -> None:
    assert live.request(method, "/-/search").status_code == 405


@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.evil.example", "192.0.2.1", "", "localhost.evil.example:8001"]
)
def test_another_host_name_is_refused(path: Path, host: str) -> None:
    assert ask(path, "/my+news.json", host=host).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1", "[::1]:8001"])
def test_names_of_this_machine_are_answered(path: Path, host: str) -> None:
    assert ask(path, "/my+news.json", host=host).status_code == 200


def test_a_server_open_to_a_network_answers_to_addresses_and_given_names_and_takes_no_sql(path: Path) -> None:
    place = Place("0.0.0.0", names=("Archive.example",))
    assert [
        ask(path, "/-/search", place=place, host=host).status_code
        for host in ("192.0.2.1:8001", "archive.example", "rebound.example")
    ] == [200, 200, 421]
    assert ask(path, "/my+news.json?sql=select+1", place=place).status_code == 403
    assert "without a password" in " ".join(opens(path, place))
    assert not opens(path, Place())


def test_only_addresses_of_this_machine_are_not_open() -> None:
    hosts = ("127.0.0.1", "127.0.1.7", "localhost", "::1", "0.0.0.0", "::", "192.0.2.1", "archive.example")
    assert [Place(host).is_open for host in hosts] == [False] * 4 + [True] * 4


# --- beside other databases ----------------------------------------------------------------------------------------


def test_other_databases_in_the_same_datasette_are_left_as_they_are(path: Path, tmp_path: Path) -> None:
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


def test_two_archives_have_no_front_page_in_common(path: Path, tmp_path: Path) -> None:
    second = build(tmp_path / "second.db")
    answer = ask(path, "/", beside=second)
    assert answer.status_code == 200
    assert 'href="/other"' in answer.text
    assert ask(path, "/-/search", beside=second).status_code == 404


# --- serving ------------------------------------------------------------------------------------------------------


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


def test_pages_open_while_a_run_writes_and_neither_waits(tmp_path: Path) -> None:
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


def test_a_port_in_use_is_said_so(live: httpx.Client, path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(path, Place(port=live.base_url.port or 0))
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(path, Place("no-such-host.invalid"))
