"""Files of captures: which pages and which counts come out of well made, odd and damaged ones."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scraper.captures.reader import Capture, CaptureFile, Revisit
from scraper.captures.records import MAX_BODY_BYTES, REASONS
from scraper.errors import InputError
from tests.support.bombs import BOMBS
from tests.support.captures import AT, capture, http, record, response, story, write

URL = "https://herald.example/1"
PAGE = story(1)
FILLER = tuple(hashlib.sha256(b"%d" % number).hexdigest() for number in range(60))
"""Paragraphs that no compression makes short."""


def read(path: Path) -> tuple[CaptureFile, list[Capture]]:
    """The file after it was read, and its captures."""
    file = CaptureFile(path)
    return file, [found for found in file.read() if isinstance(found, Capture)]


def bodies(path: Path) -> list[bytes]:
    return [found.page.body for found in read(path)[1]]


def reasons(tmp_path: Path, *records: bytes) -> dict[str, int]:
    """Why records give no page; all are read without damage."""
    file, _ = read(write(tmp_path / "a.warc", *records))
    assert file.damages == []
    return dict(file.skipped)


def chunked(body: bytes) -> bytes:
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:40], body[40:])) + b"0\r\n\r\n"


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_the_pages_of_a_file_are_read_in_order(tmp_path: Path, name: str) -> None:
    info = record("warcinfo", "", b"software: hand\r\n")
    file, found = read(write(tmp_path / name, info, capture(1), capture(2)))
    assert [one.page.final_url for one in found] == [URL, "https://herald.example/2"]
    assert [one.page.body for one in found] == [story(1), story(2)]
    assert found[0].page.fetched_at.isoformat() == "2020-05-01T06:00:00+00:00"
    assert found[0].page.headers == (("content-type", "text/html; charset=utf-8"),)
    assert (file.records, file.skipped, file.damages) == (3, {"warcinfo": 1}, [])


def test_a_gzip_file_of_one_member_is_read(tmp_path: Path) -> None:
    path = tmp_path / "single.warc.gz"
    path.write_bytes(gzip.compress(capture(1) + capture(2) + capture(3)))
    assert bodies(path) == [story(1), story(2), story(3)]


def test_a_wacz_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("archive/data.warc.gz", gzip.compress(capture(1)) + gzip.compress(capture(2)))
        whole.writestr("archive/more.warc", capture(3))
        whole.writestr("pages/pages.jsonl", "{}")
        whole.writestr("indexes/data.warc.gz", capture(4))
    assert bodies(path) == [story(1), story(2), story(3)]


@pytest.mark.parametrize("packed", [False, True], ids=["arc", "arc.gz"])
def test_an_arc_file_is_read(tmp_path: Path, packed: bool) -> None:
    info = b"1 0 hand\nURL IP-address Archive-date Content-type Archive-length\n"
    block = http(PAGE)
    parts = [
        b"filedesc://a.arc 0.0.0.0 20050101000000 text/plain %d\n" % len(info) + info + b"\n",
        b"http://herald.example/1 10.0.0.1 20050203040506 text/html %d\n" % len(block) + block + b"\n",
    ]
    path = write(tmp_path / ("a.arc.gz" if packed else "a.arc"), *parts)
    _, found = read(path)
    assert [(one.page.url, one.page.fetched_at.isoformat()) for one in found] == [
        ("http://herald.example/1", "2005-02-03T04:05:06+00:00")
    ]
    assert found[0].page.body == PAGE


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("br", brotli.compress(PAGE)),
        ("zstd", zstandard.compress(PAGE)),
        ("gzip", PAGE),
        ("br", gzip.compress(PAGE)),
        ("", gzip.compress(PAGE)),
        ("identity", PAGE),
        ("gzip, gzip", PAGE),
    ],
    ids=["gzip", "deflate", "br", "zstd", "gzip it is not", "br that is gzip", "unnamed gzip", "none", "two, decoded"],
)
def test_a_body_is_decoded_also_if_its_header_lies(tmp_path: Path, coding: str, body: bytes) -> None:
    path = write(tmp_path / "a.warc.gz", response(URL, body, ("Content-Encoding", coding)))
    assert bodies(path) == [PAGE]


def test_a_body_in_chunks_is_joined_and_one_that_was_joined_already_stays(tmp_path: Path) -> None:
    header = ("Transfer-Encoding", "Chunked")
    path = write(tmp_path / "a.warc", response(URL, chunked(PAGE), header), response(URL, PAGE, header))
    assert bodies(path) == [PAGE, PAGE]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record("request", URL, b"GET /1 HTTP/1.1\r\nHost: herald.example\r\n\r\n"), "request"),
        (record("metadata", URL, b"via: x\r\n"), "metadata"),
        (record("conversion", URL, b"text"), "conversion"),
        (record("screenshot", URL, b"png"), "other"),
        (record("response", "dns:herald.example", b"10.0.0.1"), "address"),
        (response(URL, PAGE, status="404 Not Found"), "status"),
        (response(URL, b"", ("Location", "/2"), status="301 Moved"), "status"),
        (response(URL, PAGE, status="206 Partial Content"), "status"),
        (response(URL, b"{}", ("Content-Type", "application/json")), "type"),
        (response(URL, b"\x89PNG\r\n\x1a\n"), "type"),
        (response(URL, b"\xff\xfe\x00\x01", ("Content-Encoding", "gzip")), "coding"),
        (response(URL, gzip.compress(PAGE)[:-30], ("Content-Encoding", "gzip")), "cut"),
        (response(URL, b" "), "empty"),
        (record("response", URL, http(PAGE), at="2008-10-294T05:21:46-0700"), "date"),
        (record("response", URL, http(PAGE), WARC_Segment_Number="1"), "cut"),
        (record("response", URL, http(PAGE), Cuttings_Part="2", WARC_Concurrent_To="<urn:uuid:1>"), "part"),
        (record("response", URL, http(PAGE), Cuttings_Part="2", WARC_Concurrent_To=" "), "part"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_record_without_a_page_is_counted_by_its_reason(tmp_path: Path, made: bytes, reason: str) -> None:
    assert reasons(tmp_path, made, capture(2)) == {reason: 1}
    assert reason in REASONS


def test_the_servers_clock_dates_a_record_whose_date_cannot_be_read(tmp_path: Path) -> None:
    block = http(PAGE, ("Date", "Fri, 31 Oct 2008 12:21:46 GMT"))
    path = write(tmp_path / "a.warc", record("response", URL, block, at="2008-10-294T05:21:46-0700"))
    assert read(path)[1][0].page.fetched_at.isoformat() == "2008-10-31T12:21:46+00:00"


def test_a_revisit_is_a_visit_without_a_page(tmp_path: Path) -> None:
    block = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    path = write(tmp_path / "a.warc", record("revisit", URL, block), record("revisit", URL, b""))
    found = list(CaptureFile(path).read())
    assert [(type(one), one.url) for one in found if isinstance(one, Revisit)] == [(Revisit, URL)] * 2


@pytest.mark.parametrize("coding", sorted(BOMBS))
def test_a_record_that_decodes_to_a_gigabyte_is_too_large(tmp_path: Path, coding: str) -> None:
    path = write(tmp_path / "a.warc.gz", response(URL, BOMBS[coding](), ("Content-Encoding", coding)), capture(2))
    file, found = read(path)
    assert (dict(file.skipped), len(found)) == ({"too-large": 1}, 1)


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 5 * MAX_BODY_BYTES])
def test_a_record_of_zeros_that_is_small_only_in_its_file_is_too_large(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "a.warc.gz", response(URL, bytes(size)), capture(2))
    tracemalloc.start()
    file, found = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (dict(file.skipped), len(found)) == ({"too-large": 1}, 1)
    assert peak < 3 * MAX_BODY_BYTES


@pytest.mark.parametrize("place", ["record", "response", "between"])
def test_a_header_without_an_end_is_damage_before_it_fills_the_memory(tmp_path: Path, place: str) -> None:
    zeros = bytes(200_000_000)
    made = {
        "record": b"WARC/1.1\r\nWARC-Type: " + zeros,
        "response": record("response", URL, b"HTTP/1.1 200 OK\r\nX: " + zeros),
        "between": capture(1) + zeros,
    }[place]
    path = write(tmp_path / "a.warc.gz", made, capture(2))
    tracemalloc.start()
    file, found = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ([one.page.body for one in found], len(file.damages)) == ([story(2)], 1)
    assert peak < 10_000_000


CUT = capture(1) + capture(2)


@pytest.mark.parametrize("lost", [1, 4, 5, 100, 700, len(capture(2)) - 3, len(capture(2)) - 60])
def test_a_record_that_the_files_end_cuts_is_no_page(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "cut.warc"
    path.write_bytes(CUT[: len(CUT) - lost])
    file, found = read(path)
    whole = lost < 5  # only the blank lines after the record are missing
    assert [one.page.body for one in found] == [story(1), story(2)][: 1 + whole]
    assert len(file.damages) == 1 - whole
    assert whole or f"{path}: record 2 at byte {len(capture(1)):,} is damaged" in file.damages[0]


@pytest.mark.parametrize("lost", [1, 9, 100, 300])
def test_a_compressed_record_that_the_files_end_cuts_is_no_page(tmp_path: Path, lost: int) -> None:
    path = write(tmp_path / "cut.warc.gz", capture(1), capture(2))
    data = path.read_bytes()
    path.write_bytes(data[:-lost])
    file, found = read(path)
    assert [one.page.body for one in found] == [story(1)]
    start = data.index(b"\x1f\x8b\x08", 3)
    assert file.damages == [f"{path}: record 2 at byte {start:,} is damaged (the file ends within the compressed data)"]


@pytest.mark.parametrize("length", [len(http(PAGE)) + 50, len(http(PAGE)) - 50, "x", ""])
def test_a_record_with_a_wrong_length_costs_only_itself_in_a_compressed_file(tmp_path: Path, length: Any) -> None:
    wrong = record("response", URL, http(PAGE), length=str(length or 0))
    path = write(tmp_path / "a.warc.gz", wrong, capture(2))
    file, found = read(path)
    assert [one.page.body for one in found] == [story(2)]
    assert "record 1 at byte 0 is damaged" in file.damages[0]


@pytest.mark.parametrize("place", [12, 200, -200, -5], ids=["at the first block", "early", "late", "in the checksum"])
@pytest.mark.parametrize("number", [1, 2, 40])
def test_damage_within_compressed_data_costs_only_its_record(tmp_path: Path, number: int, place: int) -> None:
    members = [gzip.compress(capture(one, *FILLER), 9) for one in range(1, 61)]
    start = sum(map(len, members[: number - 1]))
    broken = members[number - 1]
    place %= len(broken)
    members[number - 1] = broken[:place] + bytes(4) + broken[place + 4 :]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(members))
    file, found = read(path)
    assert {one.page.url for one in found} == {f"https://herald.example/{one}" for one in range(1, 61) if one != number}
    assert (len(file.damages), file.records) == (1, 59)
    assert f"record {number} at byte {start:,} is damaged" in file.damages[0]


def test_bytes_that_only_look_like_a_member_are_passed_over_after_a_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", capture(1))
    starts = gzip.compress(b"hello") + b"\x1f\x8b\x08" * 30_000
    path.write_bytes(path.read_bytes() + b"rubbish" + starts[:70_000] + gzip.compress(capture(2)))
    file, found = read(path)
    assert ([one.page.body for one in found], len(file.damages)) == ([story(1)], 1)
    path.write_bytes(
        b"".join(map(gzip.compress, [capture(1)])) + b"rubbish" + starts[:9_000] + gzip.compress(capture(2))
    )
    file, found = read(path)
    assert ([one.page.body for one in found], len(file.damages)) == ([story(1), story(2)], 1)


@given(st.integers(0, 9_999), st.binary(min_size=1, max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_read_to_their_end(tmp_path: Path, place: int, rubbish: bytes) -> None:
    path = write(tmp_path / "a.warc.gz", *(capture(number) for number in range(1, 9)))
    whole = path.read_bytes()
    place = 3 + place % (len(whole) - 3)  # without the first bytes it is no gzip file
    path.write_bytes(whole[:place] + rubbish + whole[place + len(rubbish) :])
    assert len(read(path)[1]) >= 5


@pytest.mark.parametrize("flags", [0x04, 0x08, 0x10, 0x1C], ids=hex)
def test_a_header_that_claims_the_members_after_it_costs_only_its_own(tmp_path: Path, flags: int) -> None:
    path = write(tmp_path / "a.warc.gz", *(capture(number) for number in range(1, 4)))
    whole = path.read_bytes()
    path.write_bytes(whole[:3] + bytes([flags]) + whole[4:])
    file, found = read(path)
    assert [one.page.body for one in found][-2:] == [story(2), story(3)]
    assert len(file.damages) == 1


def test_a_record_that_does_not_say_its_length_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", capture(1).replace(b"Content-Length", b"Content-Height"), capture(2))
    file, found = read(path)
    assert [one.page.body for one in found] == [story(2)]
    assert file.damages == [f"{path}: record 1 at byte 0 is damaged (it does not say its length)"]


def test_damage_within_a_plain_file_ends_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", capture(1), b"rubbish\r\n" * 9, capture(2))
    file, found = read(path)
    assert [one.page.body for one in found] == [story(1)]
    assert f"record 2 at byte {len(capture(1)):,} is damaged" in file.damages[0]


def test_rubbish_after_the_members_is_damage_and_zeros_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", capture(1))
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(100_000))
    assert (read(path)[0].damages, len(read(path)[1])) == ([], 1)
    path.write_bytes(whole + b"rubbish" * 9)
    file, found = read(path)
    assert (len(file.damages), len(found)) == (1, 1)
    assert f"at byte {len(whole):,}" in file.damages[0]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello there\nthis is text\n", b"a b c d 5\n", gzip.compress(b"<html>"), b"PK\x03\x04"],
    ids=[
        "nothing",
        "a text",
        "five words",
        "a page in gzip",
        "the start of a zip",
    ],  # gzip's bytes have the time in them
)
def test_a_file_without_records_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "no.warc"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"no\.warc: .*(; give a WARC, ARC or WACZ file|; copy it again)"):
        CaptureFile(path).check()


def test_a_missing_file_and_a_zip_without_records_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as whole:
        whole.writestr("pages/pages.jsonl", "{}")
    for name, fault in (("a.wacz", "no WARC file"), ("none.warc", "No such file"), (".", "Is a directory")):
        with pytest.raises(InputError, match=fault):
            CaptureFile(tmp_path / name).check()


def test_further_pages_of_an_article_follow_their_first(tmp_path: Path) -> None:
    def page(number: int, **more: str) -> bytes:
        return record("response", f"{URL}?page={number}", http(story(number)), **more)

    tie = {"WARC_Concurrent_To": "<urn:uuid:1>"}
    path = write(
        tmp_path / "a.warc",
        page(1, WARC_Record_ID="<urn:uuid:1>"),
        record("request", URL, b"GET / HTTP/1.1\r\n\r\n", **tie),
        page(2, Cuttings_Part="2", **tie),
        record("revisit", URL, b""),
        page(3, Cuttings_Part="3", **tie),
        page(4, WARC_Record_ID="<urn:uuid:2>", **tie),
        page(5, Cuttings_Part="2", **tie),
    )
    file, found = read(path)
    assert [[one.page.url[-1], *(part.url[-1] for part in one.parts)] for one in found] == [["1", "2", "3"], ["4"]]
    assert file.skipped == {"request": 1, "part": 1}


def test_the_parts_of_a_capture_that_is_not_wanted_are_not_read(tmp_path: Path) -> None:
    part = record("response", URL, http(PAGE), Cuttings_Part="2", WARC_Concurrent_To="<urn:uuid:1>")
    path = write(tmp_path / "a.warc", record("response", URL, http(PAGE), WARC_Record_ID="<urn:uuid:1>"), part)
    file = CaptureFile(path, lambda url, at: "site")
    assert (list(file.read()), file.skipped) == ([], {"site": 1, "part": 1})


def test_a_page_keeps_the_status_of_its_answer(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", response(URL, PAGE, status="203 Non-Authoritative Information"))
    assert [one.page.status for one in read(path)[1]] == [203]


def test_our_own_headers_say_that_a_body_is_of_a_feed_or_cut(tmp_path: Path) -> None:
    feed = record("resource", URL, PAGE, Cuttings_From_Feed="1", Content_Type="text/html; charset=utf-8")
    cut = record("response", URL, http(b"<html><p>Half a"), WARC_Truncated="length")
    _, found = read(write(tmp_path / "a.warc", feed, cut))
    assert [(one.page.from_feed, one.page.cut_short) for one in found] == [(True, False), (False, True)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(CUT)), st.binary(max_size=6)).map(
            lambda cut: CUT[: cut[0]] + cut[1] + CUT[cut[0] + 3 :]
        ),
    ),
    packed=st.booleans(),
)
def test_arbitrary_bytes_raise_only_our_errors(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / "any.warc"
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    file = CaptureFile(path)
    try:
        file.check()
        found = list(file.read())
    except InputError:
        return
    assert len(found) <= file.records


def test_the_times_of_records_are_in_utc(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", capture(1, at="2020-05-01T08:00:00+02:00"), capture(1, at="2020-05-01T06:00:00"))
    assert {one.page.fetched_at.isoformat() for one in read(path)[1]} == {AT.replace("Z", "+00:00")}
