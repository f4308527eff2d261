"""Requests that the server refuses: scripts, writing requests, foreign host names, expensive queries."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import httpx
import pytest

from archive.store.archive import Archive
from archive.web.server import Place, opens
from archive.web.table_settings import TABLES
from tests.support.datasette_app import PAGES, ask


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
def test_datasette_s_pages_of_an_archive_have_our_stylesheet(live: httpx.Client, address_: str) -> None:
    (name,) = re.findall(r'href="(/-/cuttings/tables-[0-9a-f]{12}\.css)"', live.get(address_).text)
    answer = live.get(name)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in answer.text
    assert live.get("/-/cuttings/tables.css").status_code == 404


def test_internal_tables_are_hidden(live: httpx.Client) -> None:
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
        "reader_notes",
        "reader_tags",
        "removals",
        "restores",
        "revisions",
        "runs",
        "saved",
        "searches",
        "stars",
        "vitals",
    }


def test_no_table_opens_in_an_order_that_reads_all_of_it(live: httpx.Client, path: Path) -> None:
    with Archive.open(path) as archive:
        for table, about in TABLES.items():
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
def test_datasette_s_pages_run_only_datasette_s_scripts(live: httpx.Client, address_: str) -> None:
    answer = live.get(address_)
    policy = re.search(r"script-src ([^;]*)", answer.headers["content-security-policy"])
    assert policy is not None
    assert "unsafe" not in policy[1]
    for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy[1]


@pytest.mark.parametrize(
    "sql", ["select zeroblob(900000000)", "select hex(zeroblob(12000000))", "select zeroblob(15000000) from articles"]
)
def test_a_query_that_needs_too_much_memory_is_refused(live: httpx.Client, sql: str) -> None:
    answer = live.get("/my+news.json", params={"sql": sql})
    assert answer.status_code == 400
    assert not answer.json()["ok"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_requests_are_answered(live: httpx.Client, method: str) -> None:
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


def test_only_addresses_of_this_machine_are_private() -> None:
    hosts = ("127.0.0.1", "127.0.1.7", "localhost", "::1", "0.0.0.0", "::", "192.0.2.1", "archive.example")
    assert [Place(host).is_open for host in hosts] == [False] * 4 + [True] * 4
