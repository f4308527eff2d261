"""Source lists: values of valid lists, and one-line errors for invalid lists."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper.errors import ConfigError
from scraper.sources.source_list import SOURCE_KEYS, Defaults, load_sources, parse_sources
from scraper.text.date_spans import DATE_FORMS
from scraper.types import Source
from tests.support import ROOT

GOOD = """
[defaults]
delay = 2
max_pages = 30

[[source]]
name = "one"
kind = "feed"
url = "https://one.test/feed.xml"
include = "/news/"

[[source]]
name = "two"
kind = "urls"
urls = ["https://two.test/a", "https://two.test/b"]
max_pages = 5
"""

SOURCE = '[[source]]\nname = "bbc"\nkind = "feed"\nurl = "https://bbc.test/"\n'


def test_a_list_returns_its_sources_in_order_with_the_defaults_filled_in() -> None:
    found = parse_sources(GOOD)
    assert found.defaults == Defaults(delay=2, max_pages=30)
    one, two = found.sources
    assert (one.name, one.kind, one.urls, one.include, one.max_pages) == (
        "one",
        "feed",
        ("https://one.test/feed.xml",),
        ("/news/",),
        30,
    )
    assert (two.urls, two.max_pages) == (("https://two.test/a", "https://two.test/b"), 5)


FULL = """
[defaults]
max_time = "10m"
revisit = ["1h", 7200, "1d"]
proxy = "http://proxy.test:3128"
allow_hosts = "Intranet.Test:8080"
honour = ["noarchive"]
since = 2026-03-01

[[source]]
name = "one"
kind = "feed"
url = "https://one.test/feed.xml"

[[source]]
name = "two"
kind = "section"
url = "https://two.test/"
since = "30d"
headers = { X-Key = "a b" }
cookies = { session = "abc" }
allow_hosts = ["[::1]:80", "127.1"]
delay = 0.5
render = true
full_text = true
honour = []
revisit = []
"""
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_every_key_is_read_and_the_defaults_fill_missing_keys() -> None:
    found = parse_sources(FULL, now=lambda: NOW)
    assert found.defaults == Defaults(
        max_time=600, revisit=(3600, 7200, 86400), proxy="http://proxy.test:3128", allow_hosts=("intranet.test:8080",),
        honour=("noarchive",), since=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    one, two = found.sources
    assert one == Source(
        "one",
        "feed",
        ("https://one.test/feed.xml",),
        honour=("noarchive",),
        revisit=(3600, 7200, 86400),
        since=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert two == Source(
        "two", "section", ("https://two.test/",), since=datetime(2026, 3, 1, 12, tzinfo=UTC), headers=(("X-Key", "a b"),),
        cookies=(("session", "abc"),), allow_hosts=("[::1]:80", "127.0.0.1"), delay=0.5, render=True, full_text=True, revisit=(),
    )  # fmt: skip


DAYS = [('"2026-03-02"', datetime(2026, 3, 2, tzinfo=UTC)), ("2026-03-02T01:00:00+01:00", datetime(2026, 3, 2, tzinfo=UTC)),
        ('"12h"', datetime(2026, 3, 31, tzinfo=UTC)), ('"2w"', datetime(2026, 3, 17, 12, tzinfo=UTC))]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), DAYS)
def test_since_accepts_a_day_a_time_or_a_time_span(written: str, meant: datetime) -> None:
    assert parse_sources(SOURCE + f"since = {written}", now=lambda: NOW).sources[0].since == meant


BAD = [
    ("a misspelt key", SOURCE + 'incldue = ["x"]', "sources.toml: line 5: source 'bbc': unknown key 'incldue'; did you mean 'include'?"),
    ("an unknown key", SOURCE + "zzz = 1", "line 5: source 'bbc': unknown key 'zzz'; known keys are name, kind"),
    ("the second source", SOURCE + '\n[[source]]\nname = "cnn"\nkind = "fed"\nurl = "https://c.test/"', "line 8: source 'cnn': 'kind' is 'fed'; it must be one of feed, sitemap, section, urls"),
    ("no name", '[[source]]\nkind = "feed"\nurl = "https://c.test/"', "line 1: source '1': 'name' is missing; add it"),
    ("no URL", '[[source]]\nname = "a"\nkind = "feed"', "line 1: source 'a': 'url' is missing; add it"),
    ("url and urls", SOURCE + 'urls = ["https://c.test/"]', "write either 'url' or 'urls', not both"),
    ("two URLs of a feed", '[[source]]\nname = "a"\nkind = "feed"\nurls = ["https://c.test/", "https://d.test/"]', "line 4: source 'a': a source of kind 'feed' has one URL; write a source for each"),
    ("an invalid URL", SOURCE.replace("https:", "htps:"), "line 4: source 'bbc': 'htps://bbc.test/' is not a valid http or https URL"),
    ("an invalid pattern", SOURCE + 'include = ["["]', "line 5: source 'bbc': 'include': '[' is not a regular expression"),
    ("a wrong type", SOURCE + 'max_pages = "many"', "line 5: source 'bbc': 'max_pages' must be a whole number from 1, not 'many'"),
    ("true for a number", SOURCE + "max_pages = true", "line 5: source 'bbc': 'max_pages' must be"),
    ("not a number", SOURCE + "[defaults]\ndelay = nan", "line 6: [defaults]: 'delay' must be a number of seconds from 0"),
    ("a repeated name", SOURCE + "\n" + SOURCE, "line 7: another source has the name 'bbc'; names must be unique"),
    ("a negative delay", SOURCE + "[defaults]\ndelay = -1", "line 6: [defaults]: 'delay' must be a number of seconds from 0, not -1"),
    ("an unknown table", SOURCE + "[default]\ndelay = 1", "line 5: unknown key 'default'; did you mean 'defaults'?"),
    ("a line break in the user agent", SOURCE + '[defaults]\nuser_agent = "a\\r\\nb"', "line 6: [defaults]: 'user_agent' must be printable ASCII"),
    ("broken TOML", SOURCE + "include = [", "sources.toml: line 5: "),
    ("an empty list", "", "the list has no [[source]] table; add one"),
    ("a table for a list", "[source]\nname = 'x'", "'source' must be [[source]] tables"),
    ("a list of numbers", "source = [1]", "line 1: write each source as a [[source]] table"),
    ("an invalid day", SOURCE + 'since = "soon"', f"line 5: source 'bbc': 'since' is 'soon'; write {DATE_FORMS}"),
    ("a day out of range", SOURCE + 'since = 0001-01-01T00:00:00+23:00', "line 5: source 'bbc': 'since' is"),
    ("a number for a day", SOURCE + "since = 5", "line 5: source 'bbc': 'since' must be a date"),
    ("a schedule that shrinks", SOURCE + 'revisit = ["1d", "1h"]', "line 5: source 'bbc': the durations of 'revisit' must increase"),
    ("an unknown unit", SOURCE + 'revisit = ["1 moon"]', "line 5: source 'bbc': 'revisit' must be seconds or a duration"),
    ("a negative duration", SOURCE + "revisit = [-1]", "line 5: source 'bbc': 'revisit' must be seconds or a duration"),
    ("a schedule of tables", SOURCE + "revisit = [{}]", "line 5: source 'bbc': 'revisit' must be durations"),
    ("an infinite delay", SOURCE + "delay = inf", "line 5: source 'bbc': 'delay' must be a number"),
    ("an unknown signal", SOURCE + 'honour = ["nofollow"]', "line 5: source 'bbc': unknown signal 'nofollow' in 'honour'; known signals are noarchive,"),
    ("a reserved header", SOURCE + "headers = { Host = 'x' }", "line 5: source 'bbc': the header 'Host' cannot be set: it follows from the URL"),
    ("a header of the protocol", SOURCE + "headers = { Expect = 'x' }", "line 5: source 'bbc': the header 'Expect' cannot be set: the fetcher sets it"),
    ("a header with a line break", SOURCE + 'headers = { X = "a\\r\\nb" }', "line 5: source 'bbc': the value of header 'X' must be printable ASCII"),
    ("a header name with a space", SOURCE + "headers = { 'a b' = 'x' }", "line 5: source 'bbc': 'headers' must be a table of names and texts; 'a b' is not"),
    ("a cookie with a semicolon", SOURCE + "cookies = { a = 'x; b=c' }", "line 5: source 'bbc': the value of cookie 'a' must not contain"),
    ("a number as a cookie", SOURCE + "cookies = { a = 1 }", "line 5: source 'bbc': 'cookies' must be a table"),
    ("a host with a path", SOURCE + 'allow_hosts = ["a.test/x"]', "line 5: source 'bbc': 'a.test/x' in 'allow_hosts' is not a host; write HOST or HOST:PORT"),
    ("a port out of range", SOURCE + 'allow_hosts = "a.test:70000"', "line 5: source 'bbc': 'a.test:70000' in 'allow_hosts' is not a host; write HOST or HOST:PORT"),
    ("a number for a flag", SOURCE + "render = 1", "line 5: source 'bbc': 'render' must be true or false, not 1"),
    ("a proxy without a scheme", SOURCE + '[defaults]\nproxy = "user:secret@proxy"', "line 6: [defaults]: 'proxy' must be a URL such as http://proxy.example:3128"),
    ("a proxy that is not HTTP", SOURCE + '[defaults]\nproxy = "socks5://proxy.test:1080"', "line 6: [defaults]: 'proxy' must be a URL such as http://proxy.example:3128"),
    ("numbers for patterns", SOURCE + "include = [1]", "line 5: source 'bbc': 'include' must be text or a list of texts"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_an_error_names_line_source_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(text, origin="sources.toml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


MANY = """
[defaults]
delay = -1
proxy = "socks5://proxy.test:1080"

[[source]]
name = "one"
kind = "fed"
url = "htps://one.test/"
since = "soon"
incldue = "x"

[[source]]
kind = "feed"
url = "https://two.test/feed"

[[source]]
name = "one"
kind = "feed"
"""


def test_all_faults_of_a_list_are_told_at_once_each_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(MANY, origin="sources.toml")
    told = [fault.removeprefix("sources.toml: line ").split(": ", 1) for fault in caught.value.faults]
    expected = {
        "3": "'delay'",
        "4": "'proxy'",
        "8": "'kind'",
        "9": "not a valid",
        "10": "'since'",
        "11": "'incldue'",
        "13": "'name'",
    }
    assert {line: message for line, message in told if line in expected}.keys() == expected.keys()
    for line, message in told:
        assert expected.get(line, "") in message
    assert [message for line, message in told if line == "17"] == ["source 'one': 'url' is missing; add it"]
    assert [message for line, message in told if line == "18"] == [
        "another source has the name 'one'; names must be unique"
    ]
    assert len(told) == 9


UNCLOSED = {
    "at the end of a line": ('[[source]]\nname = "a\nkind = "feed"', "2"),
    "in single quotes": ("[[source]]\nname = 'a\nkind = 'feed'", "2"),
    "at the end": ("[[source]]\nname = 'a", "2"),
    "of many lines": ('[[source]]\nname = """a\nkind = 1\n', "2"),
}


@pytest.mark.parametrize(("text", "line"), UNCLOSED.values(), ids=UNCLOSED.keys())
def test_a_text_without_a_closing_quote_is_called_that(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(text)
    assert f"sources: line {line}: 'name': a text has no closing quote; add it" in caught.value.faults


BROKEN = """
[[source]]
name = one
kind = "feed"
url = "https://one.test/
include = ["(", "x", "["]
url = "https://one.test/"

[[source]]
name = "two"
kind = "fed"
urls = ["htp://x", "https://two.test/", "nonsense"]
delay = 1 s
since = 'soon
"""


def test_a_line_that_is_no_toml_does_not_hide_faults_of_other_lines_and_items() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(BROKEN, origin="sources.toml")
    told = [fault.removeprefix("sources.toml: line ") for fault in caught.value.faults]
    expected = [
        "3: 'name': the value is no number, date, true or false; put a text in straight quotes",
        "5: 'url': a text has no closing quote; add it",
        "6: .*'include': '\\('",
        "6: .*'include': '\\['",
        "7: 'url': the key stands here for the second time; remove one",
        "11: source 'two': 'kind' is 'fed'",
        "12: source 'two': 'htp://x' is not",
        "12: source 'two': 'nonsense' is not",
        "13: 'delay': something stands behind the value; remove it",
        "14: 'since': a text has no closing quote; add it",
    ]
    assert len(told) == len(expected)
    for message, pattern in zip(told, expected, strict=True):
        assert re.match(pattern, message)


SPOILING = {
    "a header": ("[[source]\nname = 'a'\nkind = 1", "line 1: the name of a table lacks a closing bracket; add it"),
    "a list": (
        "[[source]]\ninclude = [\n'a'\nkind = 1",
        "line 2: 'include': a list lacks a comma or its closing bracket",
    ),
    "a long text": ('[[source]]\ninclude = """a\nb = c\n', "line 2: 'include': a text has no closing quote"),
}


@pytest.mark.parametrize(("text", "message"), SPOILING.values(), ids=SPOILING.keys())
def test_a_fault_that_spoils_other_lines_is_told_alone(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(text)
    assert [fault.startswith(f"sources: {message}") for fault in caught.value.faults] == [True]


def test_an_unreadable_file_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: the file does not exist; pass the path of a source list"):
        load_sources(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"there is no folder .*away; pass the path of a source list"):
        load_sources(tmp_path / "away" / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="the file is not UTF-8 text; save it as UTF-8"):
        load_sources(binary)
    with pytest.raises(ConfigError, match="directory"):
        load_sources(tmp_path)


def test_the_seed_list_has_valid_examples_of_every_key() -> None:
    text = (ROOT / "seeds" / "sources.toml").read_text(encoding="utf-8")
    examples = text[text.index("# The other kinds") :]
    rows = [line[2:] for line in examples.splitlines() if re.match(r"# (?:\[\[|\w+ = )", line)]
    names = [source.name for source in parse_sources("\n".join(rows)).sources]
    assert names == ["a-site", "a-section", "some-pages", "example"]
    assert {row.split(" = ")[0] for row in rows if " = " in row} == set(SOURCE_KEYS)


def test_a_list_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(SOURCE, encoding="utf-8-sig")
    assert load_sources(path) == parse_sources(SOURCE)
    path.write_text(SOURCE.replace("feed", "rss"), encoding="utf-8-sig")
    with pytest.raises(ConfigError, match=r"line 3: source 'bbc': 'kind' is 'rss'"):
        load_sources(path)
