"""Search: ranking, filters, and that any text is a valid query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.search.fulltext import match_expression, search
from archive.search.spelling import suggest
from archive.store.archive import Archive
from scraper.errors import InputError
from tests.support.visits import START, article, save, visit

ARTICLES = [
    ("https://herald.example/1", "Ferry runs aground", "The ferry hit a sandbank. Divers don't expect damage.", 1),
    ("https://herald.example/2", "A long winter", "Ice kept the ferry in port. " + "It was cold. " * 40, 2),
    ("https://news.herald.example/3", "Compilers", "The talk was on C++ and on Rust, at 100% attendance.", 3),
    ("https://coast.example/4", "Hello, world", 'A greeting, in quotes: "hello, world" it said.', 4),
    ("https://coast.example/5", "El Niño", "Señor Muñoz saw the world say hello to rain.", 5),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("search") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for url, title, text, day in ARTICLES:
            name = "The Coast Daily" if "coast" in url else ""
            found = article(text, site=name, url=url, title=title, published=datetime(2026, 11, day, 12, tzinfo=UTC))
            archive.save(visit(found, url=url), run=run, at=START)
        yield archive


def ids(archive: Archive, query: str, **options: object) -> list[int]:
    return [hit.id for hit in search(archive, query, **options) if not hit.partial]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ferry", [1, 2]),
        ("FERRIES", [1, 2]),
        ("ferry ice", [2]),
        ("ferry OR ice", [1, 2]),
        ("sandbank OR greeting", [1, 4]),
        ("hello sandbank OR greeting", [4]),
        ("OR", []),
        ("ferry OR", []),
        ("(sandbank OR greeting)", [1, 4]),
        ("site:coast.example OR ferry", []),
        ("ferry AND ice", [2]),
        ("ferry NOT ice", [1]),
        ("ferry or ice", []),
        ("sandb*", [1]),
        ("s*", []),
        ("title:comp*", [3]),
        ("title:sandb*", []),
        ('"hit a sandb"*', [1]),
        ("expecting*", [1]),
        ("ferry NEAR sandbank", [1]),
        ("ferry NEAR/2 sandbank", [1]),
        ("ferry NEAR/1 sandbank", []),
        ("NEAR(sandbank ferry, 2)", [1]),
        ("NEAR(sandbank ferry, 1)", []),
        ("title:ferry NEAR sandbank", [1]),
        ("near(ferry)", []),
        ("don't", [1]),
        ("c++", [3]),
        ("100%", [3]),
        ("hello, world", [4, 5]),
        ('"hello, world"', [4]),
        ('"hello, world', [4, 5]),
        ("el nino", [5]),
        ("munoz", [5]),
        ("Quill", [1, 2, 3, 4, 5]),
        ("nothing-like-it", []),
        ("title:ferry", [1]),
        ("ferry*", [1, 2]),
        ("ferry - ice", [2]),
        ('"', []),
        ("+++", []),
        ("''", []),
        ("\0", []),
        ("\ud800", []),
        ("ferry\0ice", [2]),
        ("NEAR(ferry", []),
        ("(", []),
        ("ferry " * 5000, [1, 2]),
    ],
)
def test_a_query_finds(archive: Archive, query: str, expected: list[int]) -> None:
    assert sorted(ids(archive, query)) == expected


def test_a_word_in_the_title_weighs_more_than_in_the_text(archive: Archive) -> None:
    assert ids(archive, "ferry") == [1, 2]
    assert ids(archive, "hello world")[0] == 4


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_text_is_a_query(archive: Archive, query: str) -> None:
    if query.strip():
        assert isinstance(search(archive, query), list)


@settings(deadline=None)
@given(st.text(alphabet="\"*^:(){}+-%' NEAROTD\0\ud800", min_size=1))
def test_any_syntax_is_a_query(archive: Archive, query: str) -> None:
    if query.strip():
        assert isinstance(search(archive, query), list)


@pytest.mark.parametrize("query", ["", " ", "\n\t"])
def test_an_empty_query_is_an_error(query: str) -> None:
    with pytest.raises(InputError, match="empty"):
        match_expression(query)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"site": "herald.example"}, [1, 2, 3]),
        ({"site": "www.HERALD.example"}, [1, 2, 3]),
        ({"site": "the coast daily"}, [4, 5]),
        ({"site": "coast"}, []),
        ({"site": "news.herald.example"}, [3]),
        ({"site": "erald.example"}, []),
        ({"site": "%"}, []),
        ({"since": datetime(2026, 11, 4, 12, tzinfo=UTC)}, [4, 5]),
        ({"until": datetime(2026, 11, 2, 12, tzinfo=UTC)}, [1]),
        ({"site": "coast.example", "since": datetime(2026, 11, 5, tzinfo=UTC)}, [5]),
        ({"limit": 2}, 2),
    ],
)
def test_filters_select_articles(archive: Archive, options: dict[str, object], expected: list[int] | int) -> None:
    found = ids(archive, "quill", **options)
    assert len(found) == expected if isinstance(expected, int) else sorted(found) == expected


def test_a_hit_shows_the_words_in_place(archive: Archive) -> None:
    (hit, *_) = search(archive, "sandbanks", marks=("<", ">"))
    assert "<sandbank>" in hit.snippet
    assert search(archive, "greeting")[0].site == "The Coast Daily"
    assert (hit.title, hit.site, hit.authors) == ("Ferry runs aground", "herald.example", ("Ada Quill", "José Ríos"))
    assert hit.published == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert hit.score > 0


def test_a_long_text_gives_a_short_snippet(archive: Archive) -> None:
    (hit,) = search(archive, "ice")
    assert len(hit.snippet) < 250


def test_fts_accepts_the_match_expression_of_the_doctest(archive: Archive) -> None:
    archive.db.conn.execute("SELECT * FROM articles_fts WHERE articles_fts MATCH ?", (match_expression("don't c++ %"),))


def test_a_revised_text_is_found_by_its_new_words_only(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article("An airship landed.")), run=run, at=START)
        archive.save(visit(article("A balloon landed.")), run=run, at=START)
        assert (ids(archive, "airship"), ids(archive, "balloon")) == ([], [1])


# --- what a query can say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ferry -ice", [1]),
        ('world -"hello, world"', [5]),
        ("ferry -title:ferry", [2]),
        ("site:coast.example", [5, 4]),
        ("quill site:herald.example", [1, 2, 3]),
        ("quill -site:herald.example", [4, 5]),
        ('site:"The Coast Daily" hello', [4, 5]),
        ("SITE:www.coast.example hello", [4, 5]),
        ("site:herald.example site:coast.example ferry OR", []),
        ("author:quill ferry", [1, 2]),
        ('author:"Ada Quill" ferry', [1, 2]),
        ("author:ferry", []),
        ("-author:quill ferry", []),
        ("since:2026-11-04", [5, 4]),
        ("before:2026-11-02", [1]),
        ("since:2026-11-02 before:2026-11-04T00:00 quill", [2, 3]),
        ("since:2026 before:2027 ferry", [1, 2]),
        ("since:2027", []),
        ("since:2026-13-99", []),
        ("since:soon", []),
        ("-ferry", [5, 4, 3]),
        ("-", []),
        ("site:", []),
        ("site:nowhere.example", []),
        ("site:nowhere.example ferry", []),
    ],
)
def test_a_query_can_name_site_author_date_and_unwanted_words(
    archive: Archive, query: str, expected: list[int]
) -> None:
    found = ids(archive, query)
    assert sorted(found) == sorted(expected)
    if expected and expected != sorted(expected):
        assert found == expected  # without words: the newest first


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["site:", "-site:", "author:", "since:", "before:", "-", '"', "a", "ferry", "2026", "%", "東京", "京"]
        )
    )
)
def test_any_mixture_of_filters_is_a_query(archive: Archive, parts: list[str]) -> None:
    for glue in ("", " "):
        if glue.join(parts).strip():
            assert isinstance(search(archive, glue.join(parts)), list)


def test_newer_articles_come_first_when_recent_ones_are_wanted(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for year, title, text in (
            (2021, "Ferry", "The ferry, the old ferry."),
            (2026, "At sea", "The ferry sailed on time."),
        ):
            url = f"https://herald.example/{year}"
            found = article(text, url=url, title=title, published=datetime(year, 11, 19, tzinfo=UTC))
            archive.save(visit(found, url=url), run=run, at=START)
        assert [hit.id for hit in search(archive, "ferry")] == [1, 2]
        (newer, older) = search(archive, "ferry", recent=now)
        assert (newer.id, older.id) == (2, 1)
        assert newer.score > older.score > 0


# --- scripts without spaces ---------------------------------------------------------------------------------------

PARTS = [
    (
        "ja",
        "港の浚渫工事が決まる",
        "ウェストマークの港の浚渫工事は来春に始まると、港湾局が金曜日に発表した。費用は千百万クローネ",
    ),
    ("zh", "市议会批准新桥", "市议会星期二批准了新桥的建设计划。市长表示，工程将于明年春天开始"),
    ("th", "ท่าเรือจะขุดลอก", "การท่าเรือประกาศเมื่อวันศุกร์ว่าจะเริ่มขุดลอกร่องน้ำในฤดูใบไม้ผลิ"),
    ("ko", "항구 준설 결정", "항만청은 금요일에 서울에서 열린 회의에서 준설을 결정했다고 밝혔다"),
    ("en", "Tokyo", "The word 東京 means eastern capital, the guide said."),
]


@pytest.fixture(scope="module")
def unspaced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("unspaced") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for language, title, text in PARTS:
            url = f"https://{language}.example/1"
            archive.save(visit(article(text, url=url, title=title, language=language), url=url), run=run, at=START)
        yield archive


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("浚渫工事は来春", [1]),
        ("港湾局", [1]),
        ("費用", [1]),
        ("港", [1]),
        ("クローネ", [1]),
        ("ーネ", [1]),
        ("ネ", [1]),
        ("决まる", []),
        ("決まる", [1]),
        ("新桥", [2]),
        ("「新桥」", [2]),
        ("批准 市长", [2]),
        ("市长 -星期二", []),
        ("市长 NEAR 批准", [2]),
        ("市长 NEAR 港湾局", []),
        ("新桥 OR 港湾局", [2, 1]),
        ("ท่าเรือ", [3]),
        ("ฤดูใบไม้ผลิ", [3]),
        ("서울", [4]),
        ("준설", [4]),
        ("東京", [5]),
        ("東京 guide", [5]),
        ("東京 of", []),
        ("title:新桥", [2]),
        ("title:星期二", []),
        ("港 site:zh.example", []),
        ("東京 site:en.example since:2026", [5]),
        ("火星", []),
    ],
)
def test_part_of_a_sentence_without_spaces_is_found(unspaced: Archive, query: str, expected: list[int]) -> None:
    assert ids(unspaced, query) == expected


def test_a_hit_without_spaces_shows_its_words_in_place(unspaced: Archive) -> None:
    (hit,) = search(unspaced, "来春", marks=("<", ">"))
    assert "浚渫工事は<来春>に始まる" in hit.snippet
    assert len(hit.snippet) < 150


def test_the_index_without_spaces_follows_every_writer(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article("港湾局が発表した。")), run=run, at=START)
        plain = sqlite3.connect(archive.path)  # as another program would
        plain.execute("UPDATE articles SET text = '市议会批准了新桥。'")
        plain.commit()
        assert (ids(archive, "港湾局"), ids(archive, "市议会")) == ([], [1])
        archive.db.conn.execute("INSERT INTO unspaced_fts (unspaced_fts, rank) VALUES ('integrity-check', 1)")
        plain.execute("DELETE FROM articles")
        plain.commit()
        plain.close()
        assert ids(archive, "市议会") == []


# --- did you mean -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fery", "ferry"),
        ("ferrry sandbank", "ferry sandbank"),
        ("aground frery", "aground ferry"),
        ("sandbenk -ice", "sandbank -ice"),
        ("Greetign", "greeting"),
        ("sandbankdivers", "sandbank divers"),
        ("longwinter", "long winter"),
        ("author:quil ferry", "author:quill ferry"),
        ("title:ferrx", "title:ferry"),
        ("ferry greeting", None),
        ("wrold hello", "world hello"),
        ("ferry OR", None),
        ("zzzzzzzz", None),
        ("ferry zzzzzzzz", None),
        ("xyz", None),
        ("火星", None),
        ("site:nowhere.example", None),
        ("fery site:coast.example", None),
    ],
)
def test_a_query_without_hits_is_corrected(archive: Archive, query: str, expected: str | None) -> None:
    assert ids(archive, query) == []
    assert suggest(archive, query) == expected
    if expected:
        assert ids(archive, expected)


def test_the_suggested_spelling_occurs_beside_the_other_words(archive: Archive) -> None:
    assert ids(archive, "tide wal") == []
    texts = ["It was the tide.", "The tide, it was said, was low.", "A tide wall."]
    for number, text in enumerate(texts):
        url = f"https://a.example/{number}"
        save(archive, visit(article(text, url=url), url=url))
    assert suggest(archive, "tide wal") == "tide wall"


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=30))
def test_a_suggestion_always_finds_something(archive: Archive, query: str) -> None:
    if query.strip() and (other := suggest(archive, query)):
        assert ids(archive, other)
