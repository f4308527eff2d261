"""WARC files of stored pages: what other tools read in them, and what an import makes of them."""

from __future__ import annotations

import gzip
import json
import shutil
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from archive.cli.main import main
from archive.formats.warc import write_warc
from archive.maintenance.integrity import check_archive
from archive.output.export import export_articles
from archive.store.archive import Archive
from archive.store.columns import Visit
from archive.store.raw_pages import insert_page, pack_page
from scraper.extraction.extract import extract
from scraper.extraction.multipage import join
from scraper.rules.loader import built_in_rules
from scraper.types import Fetched, Link, Page
from tests.support.captures import story
from tests.support.visits import START, hours, rows

HOST = "https://herald.example"
SENT = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-encoding", "br"),
    ("transfer-encoding", "chunked"),
    ("content-length", "7"),
    ("x-place", "Bücher\r\nX-Made: up"),
    ("not a name", "x"),
)


def sent(number: int, *more: str, url: str = "", at: float = 0, **facts: Any) -> Page:
    """A page with the article of `story`, as the fetcher returned it."""
    url = url or f"{HOST}/{number}"
    body = facts.pop("body", story(number, *more))
    return Page(url, url, 200, SENT, body, hours(at), **facts)


def save(archive: Archive, page: Page, *parts: Page, source: str = "herald") -> str:
    found = [extract(one, built_in_rules()) for one in (page, *parts)]
    extraction = join(found) if parts else found[0]
    fetched = Fetched(Link(f"{HOST}/link{page.url[-1]}", source), page, extraction, parts=parts)
    return archive.save(fetched, run=1, at=page.fetched_at)


@pytest.fixture
def archive(archive: Archive) -> Archive:
    """An article with three texts, one of three pages, one from its feed, one that was cut, and a page without a text."""
    for place, line in enumerate(("in April", "in May", "in June, after the herring")):
        assert save(archive, sent(1, f"The work begins {line}, the harbour master said.", at=9 * place)) != "failed"
    tables = [sent(20 + number, url=f"{HOST}/2?page={number}") for number in (2, 3)]
    assert save(archive, sent(2), *tables) != "failed"
    assert save(archive, sent(3, from_feed=True)) != "failed"
    assert save(archive, sent(4, cut_short=True, body=story(4).replace(b"</body></html>", b""))) != "failed"
    assert save(archive, sent(5, body=b"<html><body></body></html>")) == "failed"
    return archive


def write(archive: Archive, tmp_path: Path, *arguments: str) -> Path:
    path = tmp_path / "a.warc.gz"
    done = CliRunner().invoke(
        main, ["export", "--db", str(archive.path), "--format", "warc", "--output", str(path), "--force", *arguments]
    )
    assert done.exit_code == 0, done.output
    return path


def texts(archive: Archive) -> list[tuple[Any, ...]]:
    """Every text of an archive with what belongs to it."""
    return rows(
        archive,
        """SELECT articles.url, revisions.number, revisions.seen_at, revisions.title, revisions.text, revisions.blocks, added, removed,
        first_seen, last_seen, pages.sha256, pages.from_feed, pages.cut_short, (SELECT count(*) FROM page_parts WHERE page_id = pages.id)
        FROM revisions JOIN articles ON articles.id = revisions.article_id JOIN pages ON pages.id = revisions.page_id ORDER BY articles.id, number""",
    )


def check(path: Path) -> int:
    """The exit code of `warcio check`."""
    with pytest.raises(SystemExit) as ended:
        warcio(["check", str(path)])
    return int(ended.value.code or 0)


def records(path: Path) -> list[Any]:
    """The records of a file: type, address, status and body, as warcio reads them."""
    with path.open("rb") as file:
        return [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(file)
        ]


def test_an_export_is_imported_as_the_same_texts_all_of_them(
    archive: Archive, tmp_path: Path, empty_archive: Path
) -> None:
    path = write(archive, tmp_path)
    copy = shutil.copy(empty_archive, tmp_path / "b.db")
    done = CliRunner().invoke(main, ["import", str(path), "--db", str(copy), "--jobs", "1", "--json", "-q"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["records"] == 9
    with Archive.open(copy) as again:
        assert len(texts(again)) == 6
        assert texts(again) == texts(archive)
    assert check_archive(copy).problems == ()


def test_other_tools_check_the_file_and_read_the_pages(archive: Archive, tmp_path: Path) -> None:
    path = write(archive, tmp_path)
    assert check(path) == 0
    found = records(path)
    assert [(kind, url) for kind, url, _ in found] == [
        ("warcinfo", None),
        *[("response", f"{HOST}/1")] * 3,
        ("response", f"{HOST}/2"),
        ("response", f"{HOST}/2?page=2"),
        ("response", f"{HOST}/2?page=3"),
        ("resource", f"{HOST}/3"),
        ("response", f"{HOST}/4"),
    ]
    assert found[4][2] == story(2)
    assert b"software: Cuttings/" in found[0][2]


def test_the_digests_tell_a_page_that_was_changed(archive: Archive, tmp_path: Path) -> None:
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(write(archive, tmp_path).read_bytes()))
    assert check(plain) == 0
    plain.write_bytes(plain.read_bytes().replace(b"a vote of 3", b"a vote of 9", 1))
    assert check(plain) == 1


def test_headers_hold_for_the_stored_body_and_cannot_make_others(archive: Archive, tmp_path: Path) -> None:
    with write(archive, tmp_path).open("rb") as file:
        record = list(ArchiveIterator(file))[1]
    sent_headers = dict(record.http_headers.headers)
    body = story(1, "The work begins in April, the harbour master said.")
    assert sent_headers == {
        "content-type": "text/html; charset=utf-8",
        "x-place": "B%C3%BCcher%20X-Made%3A%20up",
        "content-length": str(len(body)),
    }
    assert record.http_headers.protocol == "HTTP/1.1"
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.rec_headers.get_header("WARC-Date") == "2026-11-20T06:00:00Z"


def test_each_record_is_a_gzip_member_of_its_own(archive: Archive, tmp_path: Path) -> None:
    data, members = write(archive, tmp_path).read_bytes(), 0
    while data:
        member = zlib.decompressobj(31)
        assert member.decompress(data).startswith(b"WARC/1.1\r\n")
        data, members = member.unused_data, members + 1
    assert members == 9


def test_the_same_archive_gives_the_same_bytes_and_only_what_is_asked_for(archive: Archive) -> None:
    files = [BytesIO(), BytesIO(), BytesIO()]
    for file in files[:2]:
        assert write_warc(archive, export_articles(archive), file, at=START) == (4, 0)
    assert files[0].getvalue() == files[1].getvalue()
    assert write_warc(archive, export_articles(archive, site="coast.example"), files[2], at=START) == (0, 0)
    assert len([1 for _ in ArchiveIterator(BytesIO(files[2].getvalue()))]) == 1


def test_articles_without_a_stored_page_are_told_and_not_counted(archive: Archive, tmp_path: Path) -> None:
    arguments = ["export", "--db", str(archive.path), "--format", "warc", "--force", "--output"]
    archive.db.conn.execute("UPDATE pages SET body = x'' WHERE url LIKE '%/4' OR url LIKE '%/3'")
    done = CliRunner().invoke(main, [*arguments, str(tmp_path / "a.warc.gz")])
    left_out, written = done.stderr.splitlines()
    assert left_out == "warc: 2 articles left out, because the raw page is no longer stored"
    assert written.startswith("2 articles written to ")
    archive.db.conn.execute("UPDATE pages SET body = x''")
    assert "\n0 articles written to " in CliRunner().invoke(main, [*arguments, str(tmp_path / "b.warc.gz")]).stderr


def test_a_pruned_page_and_a_page_whose_text_was_refused_are_left_out(archive: Archive, tmp_path: Path) -> None:
    insert_page(archive.db, pack_page(sent(1, at=50)), Visit(1, "2026-11-22"), link_id=1, article_id=1, used=False)
    archive.db.conn.execute("UPDATE pages SET body = x'' WHERE url LIKE '%/4'")
    assert [url for _, url, _ in records(write(archive, tmp_path))].count(f"{HOST}/1") == 3
    assert f"{HOST}/4" not in [url for _, url, _ in records(write(archive, tmp_path))]


def test_parts_of_texts_cannot_be_chosen(archive: Archive, tmp_path: Path) -> None:
    arguments = ["--db", str(archive.path), "--format", "warc", "--output", str(tmp_path / "a.warc.gz")]
    done = CliRunner().invoke(main, ["export", *arguments, "--with", "captions"])
    assert (done.exit_code, done.stderr) == (
        2,
        "cuttings: --with and --without: warc holds whole pages; leave these options out\n",
    )
