"""`clean` over many documents: files, folders, patterns and URLs, into a folder or one stream."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from archive.cli.clean_input import MAX_BYTES
from archive.cli.clean_targets import expand, names_one
from scraper.errors import InputError
from tests.support.commands import run
from tests.support.news_server import news_server, publish, status, story


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder of three pages in two folders, a text, and a file that is no document."""
    folder = tmp_path / "pages"
    (folder / "2026").mkdir(parents=True)
    (folder / "tern.html").write_text(story("Tern"))
    (folder / "2026" / "gull.html").write_text(story("Gull"))
    (folder / "2026" / "gull.HTM").write_text(story("Skua"))
    (folder / "2026" / "style.css").write_text("a {}")
    return folder


def titles(folder: Path) -> dict[str, str]:
    """The title in the front matter of each file of a folder, by its path."""
    return {
        str(file.relative_to(folder)): yaml.safe_load(file.read_text().split("---\n")[1])["title"]
        for file in sorted(folder.rglob("*.md"))
    }


def test_a_folder_of_pages_becomes_a_folder_of_notes(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes"
    result = run("clean", str(pages), "--front-matter", "-o", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"3 documents cleaned, written to {out}\n"
    assert titles(out) == {
        "2026/gull.md": "The Skua to sail again",
        "2026/gull.html.md": "The Gull to sail again",
        "tern.md": "The Tern to sail again",
    }
    assert len(list(out.rglob("*.*"))) == 3


def test_a_second_time_nothing_changes_and_a_changed_note_is_kept_unless_forced(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes"
    wanted = ("clean", str(pages), "--front-matter", "-o", str(out))
    run(*wanted)
    note = out / "tern.md"
    before = note.read_text()
    assert run(*wanted).exit_code == 0
    note.write_text("mine")
    kept = run(*wanted)
    assert (kept.exit_code, note.read_text()) == (1, "mine")
    assert "1 file with another content kept, such as tern; replace them with --force" in kept.stderr
    assert run(*wanted, "--force").exit_code == 0
    assert note.read_text() == before


def test_what_an_earlier_call_wrote_into_the_folder_is_not_read(pages: Path) -> None:
    wanted = ("clean", str(pages), "-o", str(pages / "texts"))
    assert run(*wanted).stderr == run(*wanted).stderr
    assert len(list((pages / "texts").rglob("*.txt"))) == 3


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_a_stream_of_json_is_in_the_order_of_the_arguments(pages: Path, form: str) -> None:
    tern, gull = str(pages / "tern.html"), str(pages / "2026" / "gull.html")
    result = run("clean", tern, gull, "--format", form, "--jobs", "2")
    rows = json.loads(result.stdout) if form == "json" else list(map(json.loads, result.stdout.splitlines()))
    assert [row["title"] for row in rows] == ["The Tern to sail again", "The Gull to sail again"]
    if form == "jsonl":
        assert [row["id"] for row in rows] == [tern, gull]


def test_a_pattern_in_quotes_is_searched_and_its_folders_are_kept(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("clean", f"{pages}/**/g*.html", "-o", str(out)).exit_code == 0
    assert [str(file.relative_to(out)) for file in out.rglob("*.txt")] == ["2026/gull.txt"]
    assert run("clean", f"{pages}/*.xml").exit_code == 2


def test_one_bad_document_is_reported_and_the_others_are_cleaned(pages: Path, tmp_path: Path) -> None:
    (pages / "big.html").write_bytes(b"<p>" + b"x" * MAX_BYTES)
    (pages / "empty.html").write_text("")
    (pages / "menu.html").write_text("<nav><a href='/'>Home</a></nav>")
    missing = str(pages / "none.html")
    result = run("clean", str(pages), missing, "--front-matter", "-o", str(tmp_path / "out"))
    assert result.exit_code == 1
    told = [line.partition(": ")[2].removeprefix(f"{pages}/") for line in result.stderr.splitlines()[:-1]]
    assert [line.partition(":")[0] for line in told] == ["big.html", "empty.html", "menu.html", "none.html"]
    assert result.stderr.splitlines()[-1].startswith("3 documents cleaned")
    assert len(titles(tmp_path / "out")) == 3


def test_pages_of_a_site_and_files_are_cleaned_in_one_call(pages: Path, tmp_path: Path) -> None:
    with news_server({"/gone.html": status(404)}) as site:
        publish(site, skua="Skua")
        host = site.base.removeprefix("http://")
        urls = [f"{site.base}/skua.html", f"{site.base}/gone.html"]
        out = tmp_path / "out"
        result = run("clean", *urls, str(pages / "tern.html"), "--front-matter", "-o", str(out), "--allow-host", host)
    assert (result.exit_code, "gone.html" in result.stderr) == (1, True)
    assert sorted(titles(out).values()) == ["The Skua to sail again", "The Tern to sail again"]
    [skua] = [file for file in out.iterdir() if "skua" in file.name]
    assert f'url: "{urls[0]}"' in skua.read_text()


def test_standard_input_can_have_the_pages_address(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from archive.cli.main import main

    url = "https://bay.example/2026/tern.html"
    shown = CliRunner().invoke(main, ["clean", "--url", url, "--json"], input=story("Tern"))
    assert json.loads(shown.stdout)["url"] == url
    for words in (["a.html", "b.html", "--url", url], ["--url", "bay"], [url, "--url", url]):
        assert CliRunner().invoke(main, ["clean", *words], input=story("Tern")).exit_code == 2


def test_one_document_goes_into_a_folder_that_exists(pages: Path, tmp_path: Path) -> None:
    assert run("clean", str(pages / "tern.html"), "-o", str(tmp_path)).exit_code == 0
    assert (tmp_path / "tern.txt").read_text().startswith("The Tern to sail again")


def test_explanations_of_several_pages_go_into_a_folder(pages: Path, tmp_path: Path) -> None:
    assert run("clean", str(pages), "--explain", "--html", "-o", str(tmp_path / "why")).exit_code == 0
    assert "<del" in (tmp_path / "why" / "tern.html").read_text()


def test_a_text_stream_names_each_document(pages: Path) -> None:
    files = [str(pages / "tern.html"), str(pages / "2026" / "gull.html")]
    lines = run("clean", *files).stdout.splitlines()
    assert [line for line in lines if line.startswith("==>")] == [f"==> {file} <==" for file in files]


def test_only_a_folder_a_pattern_or_several_arguments_are_several_documents(pages: Path) -> None:
    (pages / "odd[1].html").write_text(story("Tern"))
    assert names_one((str(pages / "odd[1].html"),))
    assert names_one(("https://bay.example/?q=*",))
    assert not names_one((str(pages),))
    assert not names_one((str(pages / "*.html"),))
    with pytest.raises(InputError, match="no file matches"):
        expand([str(pages / "*.xml")])


def test_a_terminal_sees_how_many_documents_are_done(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.html").write_text(story(f"Tern {number}"))
    terminal, end = os.openpty()
    call = [sys.executable, "-m", "archive", "clean", str(folder), "--jobs", "1", "-o", str(tmp_path / "out")]
    with subprocess.Popen(call, stderr=end) as process:
        os.close(end)
        shown = b""
        with suppress(OSError):  # the end of a terminal is an error
            while piece := os.read(terminal, 4096):
                shown += piece
    os.close(terminal)
    assert process.returncode == 0
    assert re.search(rb"clean: documents, \d+ of 150 \(\d+%\)", shown)
    assert b"150 documents cleaned" in shown
