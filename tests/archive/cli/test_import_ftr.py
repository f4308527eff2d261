"""`rules import-ftr`: rules of the community as a rule file, tried on stored pages, refused where they make texts worse."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.cli.main import main
from archive.store.archive import Archive
from scraper.extraction.extract import extract
from scraper.rules.loader import load_rules, parse_rules
from tests.support.reextraction import HOST, PROMO, TEXT, fetched, harbour_page
from tests.support.visits import hours

FILE = """title: //h1
body: //article | //section
strip: //p[@class='body']
strip: //p[starts-with(., 'The Westmark Almanac')]
strip: //div[@class='gone']
next_page_link: //a[@rel='next']
surprise: 1
strip: //p[contains(., 'Fishermen')]
body: //section
"""


def story(number: int) -> str:
    """A body with a promo, and a link to the next article."""
    text = [paragraph.format(n=number + 5) for paragraph in TEXT]
    rows = "".join(f"<p class=body>{line}</p>" for line in text)
    return f"{rows}<p>{PROMO}</p><a rel=next href='/{number + 1}'>Next story</a>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of three articles of a site, and the site's file."""
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=hours(0), sources="test")
        for number in (1, 2, 3):
            archive.save(fetched(harbour_page(number, body=story(number))), run=run, at=hours(1))
    (tmp_path / "herald.example.txt").write_text(FILE)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", "import-ftr", *arguments, "--db", str(folder / "a.db")])


def test_rules_that_make_the_stored_pages_worse_are_refused(folder: Path) -> None:
    out = folder / "herald.toml"
    result = run(folder, str(folder / "herald.example.txt"), "-o", str(out))
    assert result.exit_code == 0, result.output
    kept = parse_rules(out.read_text(), origin="x")
    assert [rule.id for rule in kept] == [f"ftr.herald-example.{line}" for line in (2, 4, 5)]
    lines = result.stderr.splitlines()
    assert lines[0] == "cuttings: herald.example.txt: line 7: unknown directive: surprise: 1"
    assert lines[1].startswith("cuttings: herald.example.txt: line 3: refused: ")
    assert lines[2].startswith(f"cuttings: herald.example.txt: line 6: refused: it leads to another article, {HOST}/")
    assert lines[3].startswith("cuttings: herald.example.txt: line 8: refused: it changes ")
    assert lines[4] == (
        "herald.example.txt: 7 rules; tried on 3 stored pages: 3 refused, 2 found nothing; "
        "1 line without use here (1 title); 1 line not understood"
    )
    page = harbour_page(1, body=story(1))
    assert PROMO not in extract(page, load_rules(out)).text


def test_a_dry_run_shows_what_each_rule_does_and_writes_nothing(folder: Path) -> None:
    out = folder / "herald.toml"
    result = run(folder, str(folder / "herald.example.txt"), "--dry-run", "-o", str(out))
    marks = [(line[0], line[2:].split("  ")[0]) for line in result.stdout.splitlines()]
    assert marks == [
        (mark, f"ftr.herald-example.{line}")
        for mark, line in (("+", 2), ("-", 3), ("+", 4), (" ", 5), ("-", 6), ("-", 8), (" ", 9))
    ]
    assert "(changes 3 of 3 pages)" in result.stdout.splitlines()[2]
    assert not out.exists()


def test_a_host_is_looked_up_in_a_folder_or_an_archive(folder: Path) -> None:
    packed = folder / "collection.tar.gz"
    with tarfile.open(packed, "w:gz") as out:
        out.add(folder / "herald.example.txt", "ftr/herald.example.txt")
    for collection in (folder, packed):
        result = run(folder, "www.herald.example", "--collection", str(collection), "--dry-run")
        assert "herald.example.txt: 7 rules; tried on 3" in result.stderr
        assert run(folder, "news.herald.example", "--collection", str(collection)).exit_code == 0
    missing = run(folder, "other.example", "--collection", str(packed))
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    assert "has no file for this host" in missing.stderr


def test_a_file_of_another_kind_is_refused_in_one_line(folder: Path) -> None:
    other = folder / "pages.example"
    other.write_bytes(b"PAR1\x00\x1b[31m\nnotes: \xff\xfe\n" * 50)
    result = run(folder, str(other), "-o", str(folder / "pages.toml"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "cuttings: pages.example: no line of it is a directive of ftr-site-config; give a file such as example.com.txt\n"
    )
    assert not (folder / "pages.toml").exists()


def test_lines_that_are_not_understood_are_printed_without_control_characters(folder: Path) -> None:
    (folder / "b.example.txt").write_bytes(b"body: //p[1]\nbad \x08line\n")
    assert "no directive: bad line\n" in run(folder, str(folder / "b.example.txt")).stderr
    assert "no directive: bad line\n" in run(folder, str(folder)).stdout


def test_a_file_of_one_broken_directive_is_one_of_ours(folder: Path) -> None:
    (folder / "b.example.txt").write_text("body: //p[\nwibble: 1\n")
    result = run(folder, str(folder / "b.example.txt"))
    assert (result.exit_code, len(result.stderr.splitlines())) == (0, 3)


def test_a_collection_is_read_as_a_whole(folder: Path) -> None:
    (folder / "b.example.txt").write_bytes(b"body: //p[1]\r\nbad \xff\x00line\r\n")
    result = run(folder, str(folder))
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    assert result.stderr == "2 files: 8 rules (5 as CSS, 3 as XPath), 1 line without use here, 2 lines not understood\n"


def test_without_stored_pages_every_rule_is_written_untried(folder: Path) -> None:
    result = run(folder, str(folder / "herald.example.txt"), "--host", "WWW.other.example")
    assert len(parse_rules(result.stdout, origin="x")) == 7
    assert 'hosts = ["other.example"]' in result.stdout
    assert f"not tried: {folder / 'a.db'} has no page of the host" in result.stderr
    (folder / "a.db").unlink()
    result = run(folder, str(folder / "herald.example.txt"), "--host", "other.example")
    assert len(parse_rules(result.stdout, origin="x")) == 7
    assert f"not tried: there is no archive {folder / 'a.db'}" in result.stderr


def test_a_file_that_is_there_stays(folder: Path) -> None:
    out = folder / "herald.toml"
    out.write_text("mine")
    source = str(folder / "herald.example.txt")
    assert run(folder, source, "-o", str(out)).exit_code == 2
    assert out.read_text() == "mine"
    assert run(folder, source, "-o", str(out), "--force").exit_code == 0
