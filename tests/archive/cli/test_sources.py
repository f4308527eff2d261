"""`cuttings sources` as a user runs it: against a real server, with real files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.cli.main import main
from archive.cli.source_files import add_feeds, source_block
from scraper.discovery.opml import Outline, parse_opml, write_opml
from scraper.errors import ConfigError, ParseError
from scraper.sources.source_list import load_sources, parse_sources
from tests.support.loopback import Route
from tests.support.news_server import news_server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPML = b"""<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>Mine</title></head><body>
<outline text="World"><outline text="Wires"><outline type="rss" text="The Daily &amp; Co" xmlUrl="https://daily.test/feed?a=1&amp;b=2" htmlUrl="https://daily.test/"/></outline>
<outline type="rss" title="Presse du matin" text="x" XMLURL="https://matin.test/rss"/></outline>
<outline text="The Daily &amp; Co" xmlUrl="feed://other.test/atom.xml"/><outline text="again" xmlUrl="https://matin.test/rss/"/>
<outline text="no address" type="rss"/><outline text="bad" xmlUrl="javascript:alert(1)"/></body></opml>"""


def run(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(main, ["sources", *arguments], **options)


def test_opml_gives_its_feeds_with_their_folders() -> None:
    outlines, unused = parse_opml(OPML)
    assert [(outline.title, outline.url, outline.folder) for outline in outlines] == [
        ("The Daily & Co", "https://daily.test/feed?a=1&b=2", "World \u2013 Wires"),
        ("Presse du matin", "https://matin.test/rss", "World"),
        ("The Daily & Co", "http://other.test/atom.xml", ""),
    ]
    assert unused == 2


NO_OPML = [
    b"",
    b"hello",
    b"<rss/>",
    b"<html></html>",
    b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>',
    b"\x00" * 50,
]


@pytest.mark.parametrize("body", NO_OPML)
def test_a_file_that_is_not_opml_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_opml(body)


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [OPML, OPML[:300], b"<opml><body>", b"<outline xmlUrl='https://a.test/'", b"/>", b"</opml>"]
            ),
            st.binary(max_size=30),
        )
    ).map(b"".join)
)
def test_arbitrary_bytes_give_feeds_or_our_error(body: bytes) -> None:
    with suppress(ParseError):
        parse_opml(body)


texts = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.lists(
        st.builds(Outline, texts, st.integers(0, 99).map("https://a.test/{}".format), st.just(""), texts),
        max_size=6,
        unique_by=lambda one: one.url,
    )
)
def test_opml_that_is_written_can_be_read_again(outlines: list[Outline]) -> None:
    found, unused = parse_opml(write_opml(outlines, title="t", at=NOON).encode())
    assert {one.url for one in found} == {one.url for one in outlines}
    assert unused == 0


@given(texts, texts)
def test_a_feed_of_any_name_and_folder_makes_a_list_that_loads(title: str, folder: str) -> None:
    block = source_block(title or "x", Outline(title, "https://a.test/", folder=folder))
    if title.strip():
        assert parse_sources(block).sources[0].name == title


MINE = '# my list\n[[source]]\nname = "the-daily-co"   # best\nkind = "feed"\nurl = "https://www.matin.test/rss"'


def test_import_appends_new_feeds_and_changes_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(MINE, encoding="utf-8")
    path.chmod(0o640)
    (tmp_path / "feeds.opml").write_bytes(OPML)
    result = run("import", str(tmp_path / "feeds.opml"), "--to", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "added 2 feeds to" in result.stderr
    assert "skipped 1 feed already in the list" in result.stderr
    assert path.read_text(encoding="utf-8").startswith(MINE + "\n")
    assert [source.name for source in load_sources(path).sources] == [
        "the-daily-co",
        "the-daily-co-2",
        "the-daily-co-3",
    ]
    assert "# World \u2013 Wires" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes()
    assert "added 0 feeds" in run("import", str(tmp_path / "feeds.opml"), "--to", str(path)).stderr
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["feeds.opml", "sources.toml"]


def test_import_makes_a_list_and_export_gives_the_same_feeds(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    result = run("import", "-", "--to", str(path), "--json", input=OPML)
    assert json.loads(result.stdout)["added"] == ["the-daily-co", "presse-du-matin", "the-daily-co-2"]
    exported = run("export", str(path)).stdout
    assert {outline.url for outline in parse_opml(exported.encode())[0]} == {
        source.urls[0] for source in load_sources(path).sources
    }
    assert '<opml version="2.0">' in exported
    assert run("export", str(path), "--output", str(tmp_path / "x.opml")).stdout == ""
    assert (tmp_path / "x.opml").read_text(encoding="utf-8").startswith("<?xml")


def test_import_into_defaults_alone_and_into_a_broken_list(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text("[defaults]\ndelay = 2\n", encoding="utf-8")
    assert len(add_feeds(path, parse_opml(OPML)[0]).sources) == 3
    assert load_sources(path).defaults.delay == 2
    for broken in ("[[source]]\nnam = 'x'\n", "[[source]\n", "source = []\n[defaults]\ndelay = -1\n"):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"sources\.toml"):
            add_feeds(path, parse_opml(OPML)[0])
        assert path.read_text(encoding="utf-8") == broken


def test_an_import_of_another_file_is_one_line_and_code_2(tmp_path: Path) -> None:
    result = run("import", "-", "--to", str(tmp_path / "x.toml"), input=b"hello")
    assert (result.exit_code, result.stderr.count("\n"), (tmp_path / "x.toml").exists()) == (2, 1, False)


def test_list_shows_sources_and_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        '[[source]]\nname = "a"\nkind = "urls"\nurls = ["https://a.test/1", "https://a.test/2"]\nheaders = { X-Key = "hush" }\n',
        encoding="utf-8",
    )
    assert run("list", str(path)).stdout == "a  urls     https://a.test/1 and 1 more\n"
    (row,) = json.loads(run("list", str(path), "--json").stdout)
    assert row["headers"] == ["X-Key"]
    assert "hush" not in run("list", str(path), "--json").stdout


def test_list_as_json_gives_every_setting_of_each_source(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    own = 'delay = 3\npages = 7\nrevisit = ["2h"]\nallow_hosts = "10.0.0.1"\nrender = true\nhonour = []\nmax_pages = 4\nsince = 2026-01-31\nfull_text = true\n'
    path.write_text(
        '[defaults]\nrevisit = "1d"\nallow_hosts = "intra.test:8080"\nhonour = "noarchive"\nproxy = "http://me:hush@proxy.test:3128"\nuser_agent = "me"\n'
        f'[[source]]\nname = "a"\nkind = "feed"\nurl = "https://a.test/"\n[[source]]\nname = "b"\nkind = "section"\nurl = "https://b.test/"\n{own}',
        encoding="utf-8",
    )
    one, two = json.loads(run("list", str(path), "--json").stdout)
    common = {
        "include": [],
        "exclude": [],
        "headers": [],
        "cookies": [],
        "per_host": 2,
        "user_agent": "me",
        "proxy": "http://\u2026@proxy.test:3128",
    }
    assert one == common | {
        "name": "a", "kind": "feed", "urls": ["https://a.test/"], "since": None, "max_pages": None, "pages": 3, "delay": 1.0, "revisit": [86400.0],
        "allow_hosts": ["intra.test:8080"], "honour": ["noarchive"], "render": False, "full_text": False,
    }  # fmt: skip
    assert two == common | {
        "name": "b", "kind": "section", "urls": ["https://b.test/"], "since": "2026-01-31T00:00:00Z", "max_pages": 4, "pages": 7, "delay": 3.0, "revisit": [7200.0],
        "allow_hosts": ["10.0.0.1", "intra.test:8080"], "honour": [], "render": True, "full_text": True,
    }  # fmt: skip


LONG = "<p>" + "The council met and voted to repair the old bridge. " * 60 + "</p>"
ROUTES: dict[str, Route] = {
    "/robots.txt": "User-agent: *\nDisallow: /private/\nSitemap: /map.xml\n",
    "/feed": f"<rss version='2.0'><channel><item><title>Storm hits coast</title><link>/news/storm</link><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate><description><![CDATA[{LONG}]]></description></item>"
    "<item><title>A film</title><link>/video/x</link></item></channel></rss>",
    "/closed": "<rss version='2.0'><channel><item><link>/private/a</link></item></channel></rss>",
    "/map.xml": "<urlset><url><loc>/news/one-two-three</loc><lastmod>2026-02-01</lastmod></url></urlset>",
    "/": '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body><h2><a href="/2026/03/storm-hits-coast">Storm hits the coast again</a></h2></body></html>',
    "/void": "<rss version='2.0'><channel></channel></rss>",
    "/bad": "this is no feed",
}  # fmt: skip
KINDS = {
    "good": 'kind = "feed"\nurl = "{}/feed"\nexclude = ["/video/"]', "home": 'kind = "feed"\nurl = "{}/"', "site": 'kind = "sitemap"\nurl = "{}/"\nsince = 2026-02-15',
    "page": 'kind = "section"\nurl = "{}/?x=1"', "closed": 'kind = "feed"\nurl = "{}/closed"', "void": 'kind = "feed"\nurl = "{}/void"',
    "bad": 'kind = "feed"\nurl = "{}/bad"', "gone": 'kind = "feed"\nurl = "{}/gone"', "given": 'kind = "urls"\nurls = ["{}/news/a", "{}/private/b"]',
}  # fmt: skip


def checked(tmp_path: Path, kinds: Mapping[str, str], *more: str) -> tuple[Result, list[str]]:
    """The command's result for sources of one server, and the paths that were requested."""

    with news_server(ROUTES) as server:
        path = tmp_path / "sources.toml"
        path.write_text(
            "".join(
                f'[[source]]\nname = "{name}"\n{text.replace("{}", server.base)}\n' for name, text in kinds.items()
            ),
            encoding="utf-8",
        )
        return run("check", str(path), "--allow-private", "--delay", "0", *more), list(server.seen)


def test_check_shows_what_each_source_gives(tmp_path: Path) -> None:
    done, seen = checked(tmp_path, KINDS, "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert {name: row["status"] for name, row in rows.items()} == {
        "good": "ok", "home": "ok", "site": "ok", "page": "ok", "closed": "ok", "void": "empty", "bad": "parse", "gone": "status", "given": "ok",
    }  # fmt: skip
    assert [name for name, row in rows.items() if row["broken"]] == ["closed", "void", "bad", "gone"]
    good, home, site, page, given = (rows[name] for name in ("good", "home", "site", "page", "given"))
    assert (good["what"], good["found"], good["wanted"], good["newest"], good["full_text"]) == (
        "RSS 2.0",
        2,
        1,
        "2026-03-01T12:00:00Z",
        True,
    )
    assert good["examples"][0]["title"] == "Storm hits coast"
    assert (home["what"], home["feeds"][0].endswith("/feed")) == ("a page that announces feeds, then RSS 2.0", True)
    assert (site["found"], site["wanted"]) == (1, 0)
    assert (page["found"], page["feeds"][0].endswith("/feed")) == (1, True)
    assert rows["closed"]["robots"] == {"asked": 1, "forbidden": 1}
    assert (given["found"], given["robots"]["forbidden"]) == (2, 1)
    assert not [path for path in seen if path.startswith(("/news/", "/2026/", "/private/"))]
    assert seen.count("/robots.txt") == 1


def test_check_prints_for_people_and_ends_with_0_if_no_source_is_broken(tmp_path: Path) -> None:
    done, _ = checked(tmp_path, {"good": KINDS["good"], "site": KINDS["site"]})
    assert done.exit_code == 0
    assert re.search(
        r"^ok      good  feed  RSS 2\.0: 2 links, 1 wanted, newest 2026-03-01 12:00$", done.stdout, re.MULTILINE
    )
    assert "full_text = true" in done.stdout
    assert "include, exclude and since reject all of its links" in done.stdout
    assert done.stderr == "2 sources, none broken\n"


def test_check_of_unreachable_sources_ends_with_4(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[[source]]\nname = "a"\nkind = "feed"\nurl = "http://127.0.0.1:1/feed"\n', encoding="utf-8")
    assert run("check", str(path), "--allow-private").exit_code == 4
