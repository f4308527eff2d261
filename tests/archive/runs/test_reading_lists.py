"""`add --from`: pages of reading lists wait in the frontier, keep dates and tags, and are told apart when they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from tests.support.loopback import Server
from tests.support.scraping import rows

HEADER = "title,url,time_added,tags,status\n"


def pocket(folder: Path, *lines: str) -> Path:
    """A file of Pocket with these rows."""
    path = folder / "pocket.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def add(folder: Path, *arguments: str | Path) -> Result:
    """Run `add` on the archive of a folder, with private addresses allowed."""
    own = ["--db", str(folder / "archive.db"), "--delay", "0", "--allow-private"]
    return CliRunner().invoke(main, ["add", *map(str, arguments), *own])


def test_pages_of_a_list_are_archived_with_date_and_tags(tmp_path: Path, site: Server) -> None:
    path = pocket(
        tmp_path,
        f"A,{site.url('/a.html')}?utm_source=x,1546300800,sea|walls,unread",
        f",{site.url('/a.html')},1546300700,tide,",
    )
    result = add(tmp_path, "--from", path, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["new"]) == (0, 1)
    assert found["lists"] == [
        {"file": str(path), "format": "CSV", "links": 1, "duplicates": 1, "not_web": 0, "private": 0}
    ]
    assert found["reading_list"] == {"archived": 1, "failed": 0, "gone": 0, "refused": 0, "waiting": 0}
    shown = json.loads(CliRunner().invoke(main, ["show", "1", "--json", "--db", str(tmp_path / "archive.db")]).stdout)
    assert (shown["saved_at"], shown["saved_tags"]) == ("2018-12-31T23:58:20Z", ["sea", "walls", "tide"])
    text = CliRunner().invoke(main, ["show", "1", "--db", str(tmp_path / "archive.db")]).stdout
    assert "\nSaved 2018-12-31T23:58:20Z under sea, walls, tide\n" in text


def test_dead_links_exit_1_and_are_told_each_time(tmp_path: Path, site: Server) -> None:
    path = pocket(tmp_path, f",{site.url('/a.html')},,,", f",{site.url('/nowhere.html')},,,")
    result = add(tmp_path, "--from", path)
    assert result.exit_code == 1
    assert f"cuttings: {site.url('/nowhere.html')}: HTTP 404; it is not tried again\n" in result.stderr
    assert result.stderr.endswith("of 2 links: 1 archived, 1 gone\n")
    site.seen.clear()
    again = add(tmp_path, "--from", path, "-q")
    assert (again.exit_code, site.seen) == (1, [])


def test_links_that_a_run_does_not_reach_wait_for_the_next(tmp_path: Path, site: Server) -> None:
    path = pocket(tmp_path, *(f"{name},{site.url(f'/{name}.html')},,," for name in "ab"))
    result = add(tmp_path, "--from", path, "--max-pages", "1")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        0,
        "of 2 links: 1 archived, 1 waiting for `cuttings scrape`, or for this command again",
    )
    assert rows(tmp_path, "SELECT title, state, source FROM links ORDER BY title") == [
        ("a", "done", "add"),
        ("b", "new", "add"),
    ]
    again = add(tmp_path, "--from", path)
    assert again.stderr.endswith("of 2 links: 2 archived\n")
    assert site.seen.count("/a.html") == 1


def test_a_second_list_adds_tags_and_never_takes_one_away(tmp_path: Path, site: Server) -> None:
    add(tmp_path, "--from", pocket(tmp_path, f"Mine,{site.url('/a.html')},1546300800,sea,"))
    add(tmp_path, "--from", pocket(tmp_path, f",{site.url('/a.html')},1546300900,walls,"))
    assert rows(tmp_path, "SELECT at, title, tags, run_id FROM saved") == [
        ("2019-01-01T00:00:00Z", "Mine", '["sea","walls"]', 1)
    ]
    assert rows(tmp_path, "SELECT state, article_id FROM reading_list") == [("archived", 1)]


def test_private_addresses_and_other_schemes_are_counted_and_not_fetched(tmp_path: Path, site: Server) -> None:
    path = pocket(
        tmp_path, f",{site.url('/a.html')},,,", ",javascript:1,,,", ",http://router.lan/x,,,", ",http://127.1/x,,,"
    )
    result = CliRunner().invoke(main, ["add", "--from", str(path), "--db", str(tmp_path / "archive.db")])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        f"{path}: CSV, 0 links; 1 not http or https; 3 private (--allow-private fetches them)"
    )
    assert (site.seen, (tmp_path / "archive.db").exists()) == ([], False)
    host = site.base.removeprefix("http://")
    allowed = CliRunner().invoke(
        main, ["add", "--from", str(path), "--db", str(tmp_path / "archive.db"), "--allow-host", host, "--delay", "0"]
    )
    assert (allowed.exit_code, site.seen) == (0, ["/robots.txt", "/a.html"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name\nx\n", "no reading list: no column of the first line is called url"),
        (None, "the file cannot be read (No such file"),
    ],
    ids=["other file", "missing file"],
)
def test_a_file_that_is_no_reading_list_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    result = add(tmp_path, "--from", path)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith(f"cuttings: {path}: {message}")


def test_addresses_and_lists_do_not_mix() -> None:
    for arguments in (["add"], ["add", "https://a.example/", "--from", "x"]):
        assert CliRunner().invoke(main, arguments).exit_code == 2
