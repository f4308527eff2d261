"""Values behind the pages: queries, limits, differences between texts, Markdown as HTML."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.monitoring import failures
from archive.output.inline_html import inline_html
from archive.search.conditions import DATE, NO_CONDITION
from archive.store.archive import Archive
from archive.store.distinct import distinct_sql
from archive.store.sites import SiteFilter
from archive.web import article as article_page
from archive.web import boilerplate, front, health, limits, listing, newest
from archive.web import search as search_page
from archive.web.diff import Run, compare, edit, shortened
from archive.web.listing import newest_of
from archive.web.policy import host_of, inline_scripts
from archive.web.templates import render
from scraper.blocks.inline_markdown import inline_markdown
from scraper.blocks.model import Style
from tests.support.gallery import MORE, SCRIPT, build
from tests.support.visits import START, article, save, visit

SITES = SiteFilter(asked=("herald",), hosts=("herald.example",), names=("The Herald",))

QUERIES = {
    "newest": f"{listing.SELECT_LISTED} ORDER BY {DATE} DESC LIMIT :limit",
    "sources to choose from": newest.SOURCES_SQL,
    "one day": front.DAY_SQL,
    "sites": front.SITES_SQL,
    "kinds": front.KINDS_SQL,
    "edited": front.EDITED_SQL,
    "all, by date": search_page.browse_sql(NO_CONDITION),
    "a site, by date": search_page.browse_sql(newest_of(SITES, most=10)),
    "boilerplate": boilerplate.LEDGER,
    "boilerplate of a site": boilerplate.ledger_query(SITES)[0],
    "sources": distinct_sql("source", "links"),
    **{f"each {column}": distinct_sql(column, "articles") for column in ("host", "language", "site")},
    "runs of sources": health.TALLIES_SQL,
    "failures": failures._COUNTS,
    "failing links of a source": failures._OF_SOURCE,
    "newest of a source": health.SAMPLE_SQL,
    "share removed": health.REMOVED_SQL,
    "removals": article_page.REMOVALS_SQL,
    "revision": article_page.REVISION_SQL,
    "history": article_page.HISTORY_SQL,
    "addresses": article_page.ADDRESSES_SQL,
    "copies": article_page.COPIES_SQL,
    "near": article_page.NEAR_SQL,
}
WALKS = re.compile(r"^SCAN (?:articles|revisions|links|pages|removals|tallies|aliases|events|near|runs|vitals)$")
"""A table that is read row by row."""
NEWEST_OF_THE_LEDGER = (
    "FROM current_removals ORDER BY id DESC LIMIT :ledger",
    "FROM removals ORDER BY id DESC LIMIT :most",
)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("values") / "gallery.db")


# --- queries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUERIES)
def test_no_page_reads_a_whole_table(gallery: Path, name: str) -> None:
    sql = QUERIES[name]
    named = {name: "[]" if name == "hosts" else "1" for name in re.findall(r":(\w+)", sql)}
    with Archive.open(gallery) as archive:
        plan = [
            row[3] for row in archive.db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", named or ("1",) * sql.count("?"))
        ]
    walked = [step for step in plan if WALKS.match(step)]
    assert plan
    assert walked == [] or (set(walked) == {"SCAN removals"} and any(part in sql for part in NEWEST_OF_THE_LEDGER))


def test_the_plot_ends_today_or_at_the_newest_article(archive: Archive) -> None:
    assert front.read_days(archive, last=date(2026, 11, 20))[-1].day == date(2026, 11, 20)  # none at all
    save(archive, visit(article(published=datetime(2026, 11, 18, tzinfo=UTC))))
    save(
        archive,
        visit(
            article("Of the far future.", url="https://herald.example/9", published=datetime(2099, 1, 1, tzinfo=UTC)),
            url="https://herald.example/9",
        ),
    )
    days = front.read_days(archive, last=date(2026, 11, 20))
    assert (len(days), days[-1].day, sum(day.articles for day in days)) == (30, date(2026, 11, 20), 1)
    assert front.read_days(archive, last=date(2027, 6, 1))[-1] == front.Day(date(2026, 11, 18), 1)


def test_a_page_says_if_a_count_took_too_long(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (front, search_page, boilerplate, health):
        monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    monkeypatch.setattr(limits, "CLOCK_STEPS", 1)
    common: dict[str, Any] = {
        "base": "/",
        "database": "/x",
        "tables": dict.fromkeys(("articles", "removals", "links", "runs"), "/x"),
        "name": "x",
        "feeds": [],
        "token": "",
        "said": "",
    }
    with Archive.open(gallery) as archive:
        page = render("front.html", here="front", front=front.read_front(archive, now=START), **common)
        assert page.count("Counting took too long") == 3  # days, sites, kinds
        assert "Looking these up took too long" in page
        asked = search_page.parse_request({"q": "mill"})
        assert "took too long" in render(
            "search.html", here="search", found=search_page.read_search(archive, asked), asked=asked, **common
        )
        assert "took too long" in render(
            "boilerplate.html", here="boilerplate", found=boilerplate.read_boilerplate(archive), **common
        )
        assert "took too long" in render("health.html", here="health", found=health.read_health(archive), **common)
        assert archive.db.conn.execute("SELECT count(*) FROM articles").fetchone() == (
            MORE + 4,
        )  # the clock is off again


def test_an_empty_archive_has_pages_too(archive: Archive) -> None:
    found = front.read_front(archive, now=START)
    assert found.newest is not None
    assert (found.newest.entries, found.sites, found.articles, found.kinds) == ((), (), 0, ())
    assert boilerplate.read_boilerplate(archive).rows == ()
    assert health.read_health(archive).sources == ()
    assert search_page.read_search(archive, search_page.SearchRequest()).hits == ()


def test_health_shows_open_alarms_only(archive: Archive) -> None:
    insert = "INSERT INTO alarms (source, kind, run_id, raised_at, seen_at, detail, closed_at) VALUES (?, 'emptied', 1, ?, ?, 'No text any more', ?)"
    for source, closed in (("herald", None), ("coast", "2026-11-21T06:00:00Z")):
        archive.db.conn.execute(insert, (source, "2026-11-20T06:00:00Z", "2026-11-20T07:00:00Z", closed))
    assert [alarm.source for alarm in health.read_health(archive).alarms] == ["herald"]


# --- bounds -------------------------------------------------------------------------------------------------------


def test_an_answer_beyond_the_limit_is_refused() -> None:
    conn = sqlite3.connect(":memory:")
    limits.limit_connection(conn)
    conn.row_factory = limits.AnswerLimit(1000)
    assert len(conn.execute("SELECT zeroblob(900)").fetchall()) == 1
    assert len(conn.execute("SELECT zeroblob(900)").fetchall()) == 1  # another answer
    with pytest.raises(sqlite3.OperationalError, match="ask for fewer"):
        conn.execute("SELECT zeroblob(600) UNION ALL SELECT zeroblob(600)").fetchall()
    conn.close()


@pytest.mark.parametrize(
    "sql", ["SELECT zeroblob(17000000)", "SELECT " + ", ".join("1" * 101), "ATTACH ':memory:' AS other"]
)
def test_a_query_beyond_a_connection_s_limits_is_an_error(sql: str) -> None:
    conn = sqlite3.connect(":memory:")
    limits.limit_connection(conn)
    with pytest.raises((sqlite3.DataError, sqlite3.OperationalError)):
        conn.execute(sql)
    conn.close()


# --- differences --------------------------------------------------------------------------------------------------

LONG = "The council voted for the wall on Tuesday night, after eleven years of studies."


@pytest.mark.parametrize(
    ("before", "after", "signs"),
    [
        (["a b c d"], ["a b c d"], ["same"]),
        ([LONG], [LONG.replace("eleven", "twelve")], ["edited"]),
        ([LONG], ["Nothing of it is the same any longer."], ["removed", "added"]),
        ([LONG, "End."], ["End."], ["removed", "same"]),
        (["End."], [LONG, "End."], ["added", "same"]),
        ([], [LONG], ["added"]),
        ([LONG, "Gone for good, entirely."], ["New before it all.", LONG + " Again."], ["added", "edited", "removed"]),
    ],
)
def test_paragraphs_are_compared(before: list[str], after: list[str], signs: list[str]) -> None:
    assert [change.sign for change in compare(before, after)] == signs


def test_a_rewritten_clause_reads_in_one_piece() -> None:
    change = edit(
        "driven in March, and the work is long. Four gates", "driven in June, because the barge is broken. Four gates"
    )
    assert change.runs == (
        Run("same", "driven in "),
        Run("removed", "March, and the work is long"),
        Run("added", "June, because the barge is broken"),
        Run("same", ". Four gates"),
    )


@given(st.lists(st.text(max_size=40), max_size=5), st.lists(st.text(max_size=40), max_size=5))
def test_the_differences_contain_both_texts(before: list[str], after: list[str]) -> None:
    changes = list(compare(before, after))
    for wanted, text in (("removed", before), ("added", after)):
        read = [
            "".join(run.text for run in change.runs if run.sign in {"same", wanted})
            for change in changes
            if change.sign in {"same", "edited", wanted}
        ]
        assert read == text


def test_unchanged_paragraphs_far_from_a_change_are_left_out() -> None:
    texts = [f"Paragraph {number}" for number in range(9)]
    shown = list(shortened(list(compare(texts, [*texts[:4], "Something new and other", *texts[4:]]))))
    assert [(change.sign, change.number) for change in shown] == [
        ("skipped", 3),
        ("same", 0),
        ("added", 0),
        ("same", 0),
        ("skipped", 4),
    ]


# --- Markdown, policy ---------------------------------------------------------------------------------------------

STYLES = st.builds(
    Style,
    bold=st.booleans(),
    italic=st.booleans(),
    href=st.sampled_from(["", "https://example.org/a_(b)", "javascript:x", "/r", "mailto:a@b.example"]),
)


@given(st.lists(st.tuples(st.text("ab *_[]()<>&\"'`\\#!", min_size=1, max_size=8), STYLES), max_size=5))
def test_inline_markdown_becomes_safe_html(pieces: list[tuple[str, Style]]) -> None:
    html = str(inline_html(inline_markdown(pieces, base="https://example.org/")))
    tags = re.findall(r"<[^>]*>", html)
    assert all(
        re.fullmatch(
            r'</?(?:em|strong|code)>|<br>|</a>|<a href="(?:https://|mailto:)[^"<>]*" rel="noopener noreferrer">', tag
        )
        for tag in tags
    )


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT,
        "[a](javascript:alert(1))",
        "[a](//evil.example)",
        '[a](https://x.example" onclick="1)',
        "![a](https://x.example/i.png)",
        "*" * 5000,
        "[" * 5000,
        "\\" * 5000,
    ],
)
def test_foreign_markdown_cannot_run_or_take_long(text: str) -> None:
    html = str(inline_html(text))
    assert not re.search(r"<(?!/?(?:em|strong|code|a|br)\b)", html)
    assert not re.search(r"<a [^>]*(?:javascript|onclick)", html)


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        (["127.0.0.1:80"], "127.0.0.1"),
        (["[::1]:80"], "::1"),
        (["LOCALHOST"], "localhost"),
        ([], ""),
        (["a", "b"], ""),
        (["a:b:80"], "a:b:80"),
    ],
)
def test_a_request_names_one_host(hosts: list[str], found: str) -> None:
    assert host_of({"headers": [(b"host", host.encode()) for host in hosts]}) == found


def test_only_constant_scripts_are_allowed() -> None:
    template = "<script>a()</script><script>X = {{ datasette_allow_facet }};</script><script>b({{ value }})</script>"
    assert list(inline_scripts(template)) == ["a()", "X = true;", "X = false;"]
