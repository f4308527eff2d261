"""Source lists: what a good one gives, and the one line that a bad one is worth."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper.errors import ConfigError
from scraper.sources.source_list import SOURCE_KEYS, Defaults, load_sources, parse_sources
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


def test_a_list_gives_its_sources_in_order_with_the_defaults_filled_in() -> None:
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


def test_every_key_reaches_the_source_and_the_defaults_fill_what_is_not_there() -> None:
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
def test_since_is_a_day_a_time_or_how_far_back(written: str, meant: datetime) -> None:
    assert parse_sources(SOURCE + f"since = {written}", now=lambda: NOW).sources[0].since == meant


BAD = [
    ("a misspelt key", SOURCE + 'incldue = ["x"]', "sources.toml: line 5: unknown key 'incldue' in source 'bbc'; did you mean 'include'?"),
    ("a key like nothing", SOURCE + "zzz = 1", "line 5: unknown key 'zzz' in source 'bbc'; known are name, kind"),
    ("the second source", SOURCE + '\n[[source]]\nname = "cnn"\nkind = "fed"\nurl = "https://c.test/"', "line 8: 'kind' is 'fed'; it must be one of feed, sitemap, section, urls in source 'cnn'"),
    ("no name", '[[source]]\nkind = "feed"\nurl = "https://c.test/"', "line 1: 'name' is missing in source '1'"),
    ("no address", '[[source]]\nname = "a"\nkind = "feed"', "line 1: 'url' is missing in source 'a'"),
    ("both addresses", SOURCE + 'urls = ["https://c.test/"]', "either 'url' or 'urls'"),
    ("two addresses of a feed", '[[source]]\nname = "a"\nkind = "feed"\nurls = ["https://c.test/", "https://d.test/"]', "line 4: a source of kind 'feed' has one address"),
    ("no URL", SOURCE.replace("https:", "htps:"), "line 4: 'htps://bbc.test/' is not a valid http or https URL"),
    ("a bad pattern", SOURCE + 'include = ["["]', "line 5: bad pattern '['"),
    ("a wrong type", SOURCE + 'max_pages = "many"', "line 5: 'max_pages' must be a whole number from 1, not 'many' in source 'bbc'"),
    ("a truth value for a number", SOURCE + "max_pages = true", "line 5: 'max_pages' must be"),
    ("not a number", SOURCE + "[defaults]\ndelay = nan", "line 6: 'delay' must be a number of seconds from 0"),
    ("a name twice", SOURCE + "\n" + SOURCE, "line 7: the name 'bbc' is taken by another source"),
    ("a negative delay", SOURCE + "[defaults]\ndelay = -1", "line 6: 'delay' must be a number of seconds from 0, not -1 in [defaults]"),
    ("an unknown table", SOURCE + "[default]\ndelay = 1", "line 5: unknown key 'default'; did you mean 'defaults'?"),
    ("a header injection", SOURCE + '[defaults]\nuser_agent = "a\\r\\nb"', "line 6: 'user_agent' must be printable ASCII"),
    ("broken TOML", SOURCE + "include = [", "sources.toml: line 5: "),
    ("nothing", "", "no [[source]] table"),
    ("a table for a list", "[source]\nname = 'x'", "'source' must be [[source]] tables"),
    ("a list of numbers", "source = [1]", "line 1: write each source as a [[source]] table"),
    ("a day that is none", SOURCE + 'since = "yesterday"', "line 5: 'since' is 'yesterday'; write a day (2026-01-31), a month, a year, a time, or how far back (30d, 12h) in source 'bbc'"),
    ("a day before time began", SOURCE + 'since = 0001-01-01T00:00:00+23:00', "line 5: 'since' is"),
    ("a number for a day", SOURCE + "since = 5", "line 5: 'since' must be a day"),
    ("a schedule that shrinks", SOURCE + 'revisit = ["1d", "1h"]', "line 5: 'revisit' must grow"),
    ("a unit that is none", SOURCE + 'revisit = ["1 moon"]', "line 5: 'revisit' must be seconds or a duration"),
    ("a duration below zero", SOURCE + "revisit = [-1]", "line 5: 'revisit' must be seconds or a duration"),
    ("a schedule of truth values", SOURCE + "revisit = [{}]", "line 5: 'revisit' must be durations"),
    ("an endless pause", SOURCE + "delay = inf", "line 5: 'delay' must be a number"),
    ("an unknown signal", SOURCE + 'honour = ["nofollow"]', "line 5: unknown signal 'nofollow' in 'honour'; known are noarchive,"),
    ("a header that is ours", SOURCE + "headers = { Host = 'x' }", "line 5: the header 'Host' cannot be set: it follows from the address"),
    ("a header with a line break", SOURCE + 'headers = { X = "a\\r\\nb" }', "line 5: the header 'X' must be printable ASCII"),
    ("a header name with a blank", SOURCE + "headers = { 'a b' = 'x' }", "line 5: 'headers' must be a table of names and texts, which 'a b' is not"),
    ("a cookie with a semicolon", SOURCE + "cookies = { a = 'x; b=c' }", "line 5: the cookie 'a' holds"),
    ("a cookie of number", SOURCE + "cookies = { a = 1 }", "line 5: 'cookies' must be a table"),
    ("a host with a path", SOURCE + 'allow_hosts = ["a.test/x"]', "line 5: 'a.test/x' in 'allow_hosts' is not HOST or HOST:PORT"),
    ("a port beyond ports", SOURCE + 'allow_hosts = "a.test:70000"', "line 5: 'a.test:70000' in 'allow_hosts' is not HOST or HOST:PORT"),
    ("a number for a flag", SOURCE + "render = 1", "line 5: 'render' must be true or false, not 1"),
    ("a proxy without a scheme", SOURCE + '[defaults]\nproxy = "user:secret@proxy"', "line 6: 'proxy' must be an address such as http://proxy.example:3128 in [defaults]"),
    ("a proxy that speaks no HTTP", SOURCE + '[defaults]\nproxy = "socks5://proxy.test:1080"', "line 6: 'proxy' must be an address such as http://proxy.example:3128 in [defaults]"),
    ("numbers for patterns", SOURCE + "include = [1]", "line 5: 'include' must be text or a list of texts"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_mistake_is_named_with_its_line_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sources(text, origin="sources.toml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_sources(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a text file"):
        load_sources(binary)
    with pytest.raises(ConfigError, match="directory"):
        load_sources(tmp_path)


def test_the_seed_list_shows_every_key_in_examples_that_load() -> None:
    text = (ROOT / "seeds" / "sources.toml").read_text(encoding="utf-8")
    examples = text[text.index("# The other kinds") :]
    rows = [line[2:] for line in examples.splitlines() if re.match(r"# (?:\[\[|\w+ = )", line)]
    names = [source.name for source in parse_sources("\n".join(rows)).sources]
    assert names == ["a-site", "a-section", "some-pages", "example"]
    assert {row.split(" = ")[0] for row in rows if " = " in row} == set(SOURCE_KEYS)
