"""Reading lists of other programs: each format by its content, and what becomes of each entry."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.discovery.reading_lists import MAX_FIELD_CHARS, parse_reading_list, parse_tags
from scraper.discovery.saved_link import SavedLink
from scraper.errors import ParseError

NEW_YEAR = datetime(2019, 1, 1, tzinfo=UTC)

BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><A HREF="https://mirror.example/tide?utm_source=x" ADD_DATE="1546300800" TAGS="sea,long reads">The &amp; tide</A>
    <DD>A note that is no title.
    <DT><H3 ADD_DATE="1546300801">Harbour</H3>
    <DL><p>
        <DT><A HREF="javascript:void(0)" ADD_DATE="1546300800">A button</A>
        <DT><H3>Walls</H3>
        <DL><p>
            <DT><A HREF="https://post.example/wall" ADD_DATE="0">Wall
            <DT><A HREF="https://post.example/gate" ADD_DATE="1546300800000000">Gate</A>
        </DL><p>
        <HR>
        <DT><A HREF="https://post.example/quay">Quay</A>
    </DL><p>
    <DT><A HREF="http://www.mirror.example/tide" ADD_DATE="1546300700" TAGS="tides">Again</A>
</DL><p>
"""

POCKET_CSV = """title,url,time_added,tags,status
"Tide, high",https://mirror.example/tide,1546300800,sea|long reads,unread
https://post.example/wall,https://post.example/wall,1546300800,,archive
"""

INSTAPAPER_CSV = """URL,Title,Selection,Folder,Timestamp,Tags
https://mirror.example/tide,Tide,"a ""marked""
passage",Unread,1546300800,"[""sea"", ""long reads""]"
"""

WALLABAG = [
    {"id": 1, "title": "Tide", "url": "https://mirror.example/tide", "tags": ["sea"], "is_archived": 1,
     "created_at": "2019-01-01T01:00:00+0100", "content": "<p>…</p>"},
    {"id": 2, "title": "Wall", "url": "https://post.example/wall", "tags": [{"label": "walls", "slug": "w"}],
     "is_archived": 0, "created_at": {"date": "2019-01-01 00:00:00.000000", "timezone": "UTC"}},
]  # fmt: skip

TIDE = SavedLink("https://mirror.example/tide", "Tide", NEW_YEAR, ("sea", "long reads"))


def read(text: str) -> list[tuple[str, str, datetime | None, tuple[str, ...], str]]:
    found = parse_reading_list(text.encode())
    return [(link.url, link.title, link.saved_at, link.tags, link.folder) for link in found.links]


def test_bookmarks_with_open_tags_keep_their_folders_dates_and_tags() -> None:
    found = parse_reading_list(BOOKMARKS.encode())
    assert (found.format, found.duplicates, found.not_web) == ("bookmarks", 1, 1)
    earlier = NEW_YEAR.replace(year=2018, month=12, day=31, hour=23, minute=58, second=20)
    assert found.links == (
        SavedLink("https://mirror.example/tide", "The & tide", earlier, ("sea", "long reads", "tides")),
        SavedLink("https://post.example/wall", "Wall", None, (), "Harbour – Walls"),
        SavedLink("https://post.example/gate", "Gate", NEW_YEAR, (), "Harbour – Walls"),
        SavedLink("https://post.example/quay", "Quay", None, (), "Harbour"),
    )


@pytest.mark.parametrize(
    "text",
    [
        BOOKMARKS.replace("</TITLE>", "").replace("</H1>", ""),
        BOOKMARKS.replace("</H3>", "").replace("</A>", "").replace("<p>", ""),
        BOOKMARKS.lower().replace("<dl", "\n<dl").replace("walls", "Walls").replace("harbour", "Harbour"),
        BOOKMARKS.split("</DL>")[0],
        "\ufeff<!-- a comment -->" + BOOKMARKS,
    ],
    ids=["title", "links and headings", "small letters", "cut", "mark"],
)
def test_bookmarks_are_read_whatever_tags_are_missing(text: str) -> None:
    found = read(text)
    assert [row[0] for row in found][:3] == [
        "https://mirror.example/tide",
        "https://post.example/wall",
        "https://post.example/gate",
    ]
    assert found[1][4] == "Harbour – Walls"


def test_the_html_of_pocket_names_its_lists() -> None:
    page = (
        "<html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>"
        '<li><a href="https://mirror.example/tide" time_added="1546300800" tags="sea,long reads">Tide</a></li></ul>'
        '<h1>Read Archive</h1><ul><li><a href="https://post.example/wall" time_added="x" tags="">Wall</a></li></ul>'
    )
    assert read(page) == [
        ("https://mirror.example/tide", "Tide", NEW_YEAR, ("sea", "long reads"), "Unread"),
        ("https://post.example/wall", "Wall", None, (), "Read Archive"),
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("change", [("\n", "\n"), ("\n", "\r\n")], ids=["LF", "CRLF"])
def test_pocket_csv(mark: str, change: tuple[str, str]) -> None:
    assert read(mark + POCKET_CSV.replace(*change)) == [
        ("https://mirror.example/tide", "Tide, high", NEW_YEAR, ("sea", "long reads"), "unread"),
        ("https://post.example/wall", "", NEW_YEAR, (), "archive"),
    ]


def test_instapaper_csv() -> None:
    assert read(INSTAPAPER_CSV) == [(TIDE.url, "Tide", NEW_YEAR, TIDE.tags, "Unread")]


def test_csv_with_semicolons_and_in_utf_16() -> None:
    text = "title;url;time_added;tags;status\nTide;https://mirror.example/tide;1546300800;sea;unread\n"
    assert parse_reading_list(text.encode("utf-16")).links[0].tags == ("sea",)


@pytest.mark.parametrize(
    "wrap",
    [lambda rows: rows, lambda rows: {"page": 1, "_embedded": {"items": rows}}, lambda rows: dict(enumerate(rows))],
    ids=["export", "interface", "version 1"],
)
def test_wallabag_json(wrap: object) -> None:
    assert callable(wrap)
    assert read(json.dumps(wrap(WALLABAG))) == [
        ("https://mirror.example/tide", "Tide", NEW_YEAR, ("sea",), "archive"),
        ("https://post.example/wall", "Wall", NEW_YEAR, ("walls",), "unread"),
    ]


def test_plain_addresses() -> None:
    assert [row[0] for row in read("# mine\nhttps://a.example/1\n\n https://a.example/2#x \n")] == [
        "https://a.example/1",
        "https://a.example/2",
    ]


URL = "https://mirror.example/tide"
OTHERS: dict[str, tuple[object, tuple[str, ...], str]] = {
    "Omnivore": ([{"slug": "t", "title": "Tide", "url": URL, "savedAt": "2019-01-01T00:00:00.000Z", "labels": ["sea"]}], ("sea",), ""),
    "Pinboard": (
        [{"href": URL, "description": "Tide", "extended": "", "time": "2019-01-01T00:00:00Z", "toread": "yes", "tags": "sea walls"}],
        ("sea", "walls"),
        "",
    ),
    "Linkwarden": (
        {"collections": [{"name": "News", "links": [{"url": URL, "name": "Tide", "createdAt": "2019-01-01T00:00:00Z", "tags": [{"name": "sea"}]}]}]},
        ("sea",),
        "News",
    ),
    "Karakeep": (
        {"bookmarks": [{"createdAt": 1546300800, "title": "Tide", "tags": ["sea"], "content": {"type": "link", "url": URL}}]},
        ("sea",),
        "",
    ),
    "Firefox": (
        {"title": "", "children": [{"title": "menu", "children": [{"title": "Tide", "uri": URL, "dateAdded": 1546300800000000, "tags": "sea"}]}]},
        ("sea",),
        "menu",
    ),
    "Chrome": (
        {"roots": {"bar": {"name": "Bar", "children": [{"type": "url", "name": "Tide", "url": URL, "date_added": "13190774400000000"}]}}},
        (),
        "Bar",
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", OTHERS)
def test_json_of_other_programs(program: str) -> None:
    content, tags, folder = OTHERS[program]
    assert read(json.dumps(content)) == [(URL, "Tide", NEW_YEAR, tags, folder)]


def test_json_lines() -> None:
    lines = [json.dumps({"url": f"https://a.example/{number}", "title": f"T{number}"}) for number in (1, 2)]
    assert [row[:2] for row in read("\n".join(lines))] == [("https://a.example/1", "T1"), ("https://a.example/2", "T2")]


def test_addresses_of_pictures_and_sites_are_no_pages() -> None:
    entry = {
        "title": "Tide",
        "url": URL,
        "site": {"url": "https://mirror.example/"},
        "images": [{"url": "https://mirror.example/a.jpg"}],
    }
    assert [row[0] for row in read(json.dumps([entry]))] == [URL]
    with pytest.raises(ParseError, match="no entries with an address"):
        parse_reading_list(json.dumps({"name": "x", "repository": {"url": "https://a.example/"}}).encode())


def test_an_address_of_the_whole_file_hides_no_entries() -> None:
    items = [
        {"url": URL, "title": "Tide", "related": [{"url": "https://mirror.example/2"}]},
        {"url": "https://a.example/1"},
    ]
    for inner in ({"items": items}, {"_embedded": {"items": items}}):
        assert [row[0] for row in read(json.dumps({"url": "https://service.example/export", **inner}))] == [
            URL,
            "https://a.example/1",
        ]
    assert [row[0] for row in read(json.dumps({"url": URL, "images": [{"url": "https://a.example/1.jpg"}]}))] == [URL]


def test_readwise_tags_are_a_list_of_python() -> None:
    text = """Title,URL,Document tags,Saved date,Location\nTide,https://mirror.example/tide,"['sea', ""long 'reads'""]",2019-01-01 00:00:00+00:00,later\n"""
    assert read(text) == [(URL, "Tide", NEW_YEAR, ("sea", "long 'reads'"), "later")]
    assert parse_tags("[sea]") == ("[sea]",)


def test_addresses_with_titles_and_in_markdown() -> None:
    text = "https://a.example/1 The tide, high\n- [Wall (old)](https://a.example/w_(1))\n* <https://a.example/3>\n- [x] https://a.example/4\n"
    assert [row[:2] for row in read(text)] == [
        ("https://a.example/1", "The tide, high"),
        ("https://a.example/w_(1)", "Wall (old)"),
        ("https://a.example/3", ""),
        ("https://a.example/4", ""),
    ]


def test_links_in_markdown_need_no_item_and_addresses_may_hold_commas() -> None:
    text = "[One](https://a.example/1)\n[Two, too](https://a.example/2)\nhttps://a.example/3,4.html\nhttps://a.example/<5>\n"
    assert [row[:2] for row in read(text)] == [
        ("https://a.example/1", "One"),
        ("https://a.example/2", "Two, too"),
        ("https://a.example/3,4.html", ""),
        ("https://a.example/%3C5%3E", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "See https://a.example/1\nand https://a.example/2\n",
        "https://a.example/1,One title,tag\nhttps://a.example/2,Two,tag\n",
        'https://a.example/1;"One title"\n',
        "https://a.example/1\tOne\ttag\n",
    ],
    ids=["prose", "commas", "semicolons", "tabs"],
)
def test_a_text_with_addresses_in_it_is_no_list(text: str) -> None:
    with pytest.raises(ParseError, match="no column"):
        parse_reading_list(text.encode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "the file is empty; give bookmarks"),
        ("name,age\nx,1\n", "no column of the first line is called url"),
        ("{", r"the JSON cannot be read: .*; export the list again"),
        ('[{"a": 1}]', "the JSON holds no entries with an address"),
        ("<html><a href='https://a.example/1'>x</a>", "the HTML holds no dates of saving"),
        ("<opml version='2.0'><body/></opml>", "an OPML file holds feeds"),
        (f'title,url\n"{"x" * (MAX_FIELD_CHARS + 1)}",https://a.example/\n', "line 2 of the CSV cannot be read"),
    ],
    ids=["empty", "other table", "broken JSON", "other JSON", "web page", "OPML", "huge cell"],
)
def test_other_files_are_refused_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_reading_list(text.encode())


@given(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"<!DOCTYPE NETSCAPE-Bookmark-file-1><DL>",
            b"url,tags\n",
            b'[{"url":',
            b'{"children":[{"uri":',
            b"- [x](https://a.example/",
            b'[{"url":"https://a.example/","tags":[',
        ]
    ),
)
def test_any_bytes_give_a_list_or_our_error(data: bytes, start: bytes) -> None:
    try:
        found = parse_reading_list(start + data)
    except ParseError:
        return
    assert all(link.url.startswith(("http://", "https://")) for link in found.links)
