"""Private hosts that a command may fetch from, and the settings of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.cli.run_plan import RunOptions, make_settings
from scraper.fetch.addresses import is_local_name, parse_allow_host
from scraper.sources.source_list import Defaults
from scraper.types import Source
from tests.support.loopback import Server
from tests.support.news_server import news_server, story

OPTIONS = RunOptions(
    delay=None,
    per_host=None,
    allow_private=False,
    jobs=1,
    rules_paths=(),
    quiet=True,
    as_json=False,
    allow_hosts=("a.test",),
)


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with news_server({"/story.html": story("Petrel")}) as server:
        yield server


@pytest.mark.parametrize("spelled", ["127.0.0.1", "127.1", "127.0.0.1:{port}", "0x7f.1:{port}", "LOCALHOST"])
def test_a_host_that_is_allowed_is_fetched_from(site: Server, spelled: str) -> None:
    host = "localhost" if "local" in spelled.lower() else "127.0.0.1"
    result = CliRunner().invoke(
        main, ["clean", "--allow-host", spelled.format(port=site.port), f"http://{host}:{site.port}/story.html"]
    )
    assert result.exit_code == 0, result.output
    assert "Petrel" in result.stdout


@pytest.mark.parametrize("spelled", ["127.0.0.2", "127.0.0.1:1", "localhost"])
def test_another_private_host_than_the_allowed_one_is_refused(site: Server, spelled: str) -> None:
    result = CliRunner().invoke(main, ["clean", "--allow-host", spelled, site.url("/story.html")])
    assert result.exit_code == 4
    assert "127.0.0.1 is a private or loopback address; pass --allow-host 127.0.0.1 or --allow-private" in result.stderr


@pytest.mark.parametrize("spelled", ["http://a.test/", "", "a.test:99999", "a b", "user@a.test", "a\\\\b"])
def test_a_malformed_host_is_a_usage_error(spelled: str) -> None:
    result = CliRunner().invoke(main, ["clean", "--allow-host", spelled, "http://a.test/"])
    assert result.exit_code == 2
    assert "HOST" in result.stderr


def test_an_allowed_host_stays_apart_from_its_port_80() -> None:
    assert [parse_allow_host(text) for text in ("a.test", "a.test:80", "a.test:443", "::1", "[::1]:443")] == [
        "a.test",
        "a.test:80",
        "a.test:443",
        "[::1]",
        "[::1]:443",
    ]


def test_a_page_that_is_allowed_cannot_redirect_to_a_host_that_is_not(site: Server) -> None:
    with news_server({}) as inner:
        site.routes["/away"] = lambda exchange: exchange.send("", 302, Location=inner.url("/story.html"))
        result = CliRunner().invoke(main, ["clean", "--allow-host", f"127.0.0.1:{site.port}", site.url("/away")])
        assert result.exit_code == 4
        assert inner.connections == 0


def test_settings_come_from_options_defaults_and_sources() -> None:
    sources = (
        Source("one", "feed", ("https://www.one.test/feed",), delay=5.0, allow_hosts=("b.test:8000",)),
        Source("two", "feed", ("https://two.test/feed",)),
    )
    settings = make_settings(sources, OPTIONS, Defaults(proxy="http://proxy.test:3128", allow_hosts=("c.test",)))
    assert settings.delays == (("one.test", 5.0),)
    assert settings.allow_hosts == ("a.test", "c.test", "b.test:8000")
    assert settings.proxy == "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("head", "warns"), [("", True), ('[defaults]\nuser_agent = "mine (+https://mine.test/)"\n', False)]
)
def test_a_source_list_without_a_contact_address_is_reported(tmp_path: Path, head: str, warns: bool) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text(f'{head}[[source]]\nname = "a"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"\n')
    command = ["scrape", str(sources), "--db", str(tmp_path / "a.db"), "--jobs", "1"]
    assert ("user_agent" in CliRunner().invoke(main, command).stderr) is warns
    assert "user_agent" not in CliRunner().invoke(main, [*command, "-q"]).stderr


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "10.0.0.7",
        "localhost",
        "a.localhost",
        "printer.local",
        "intranet",
        "db.internal",
        "64:ff9b::a00:1",
    ],
)
def test_a_host_that_is_private_by_its_spelling_needs_no_resolver(host: str) -> None:
    assert is_local_name(host)


@pytest.mark.parametrize(
    "host", ["example.org", "93.184.216.34", "local.example", "2606:2800:220:1:248:1893:25c8:1946"]
)
def test_a_host_that_is_not_private_by_its_spelling_needs_the_resolver(host: str) -> None:
    assert not is_local_name(host)
