"""Source lists: what a good one gives, and the one line that a bad one is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from scraper.errors import ConfigError
from scraper.sources import Defaults, load_sources, parse_sources

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
    assert (one.name, one.kind, one.urls, one.include, one.max_pages) == ("one", "feed", ("https://one.test/feed.xml",), ("/news/",), 30)
    assert (two.urls, two.max_pages) == (("https://two.test/a", "https://two.test/b"), 5)


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
