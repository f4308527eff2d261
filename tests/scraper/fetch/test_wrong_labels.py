"""Responses whose labels are wrong: the page is read if its bytes say what it is, and refused otherwise."""

from __future__ import annotations

import gzip
import random
import time
from dataclasses import replace

import brotli
import pytest
import zstandard

from scraper.errors import FetchError
from scraper.fetch.body import Body
from scraper.fetch.html_types import SNIFFED_BYTES, looks_html
from tests.support.behaviours import raw
from tests.support.fetching import OPEN, answer, fetched, refused
from tests.support.loopback import Exchange

PAGE = b"<!DOCTYPE html><html><head><title>Storm</title></head><body><p>The storm hit the coast.</p></body></html>"
XHTML = b'<?xml version="1.0"?>\n<!-- made by hand -->\n<html xmlns="http://www.w3.org/1999/xhtml"><body>Storm</body></html>'

TYPES = [
    "text/html, text/html; charset=utf-8", "text/plain, text/html", "html", "text/htm", "text/x-html", "charset=utf-8", "*/*", "unknown/unknown",
    "text/plain", "text/xml", "application/xml", "application/octet-stream", "application/x-httpd-php", '"text/html"',
]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_a_page_of_a_type_that_may_be_a_mistake_is_read(kind: str) -> None:
    assert fetched({"/a": answer(PAGE, kind=kind)})[0].body == PAGE


def test_of_several_types_one_that_says_nothing_does_not_count() -> None:
    fragment = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\n\r\n<div class=story>Storm</div>"
    )
    assert fetched({"/a": raw(fragment)})[0].body == b"<div class=story>Storm</div>"


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "text/html"])
def test_a_long_page_in_gzip_without_a_label_is_read(kind: str) -> None:
    page = PAGE.replace(b"coast", random.Random(1).randbytes(30_000).hex().encode())
    assert len(gzip.compress(page)) > SNIFFED_BYTES
    assert fetched({"/a": answer(gzip.compress(page), kind=kind)})[0].body == page


def test_of_several_types_the_last_valid_one_counts() -> None:
    both = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Type: %s\r\n\r\n<p>Storm</p>"
    assert fetched({"/a": raw(both % b"broken")})[0].body == b"<p>Storm</p>"
    assert refused({"/a": raw(both % b"image/png")}).kind == "type"


OTHERS = {
    "a text": ("text/plain", b"The storm hit the <html> coast."),
    "a feed": ("text/xml", b"<?xml version='1.0'?><rss version='2.0'/>"),
    "a download": ("application/octet-stream", b"MZ\x90\x00"),
    "a long download in gzip": ("application/octet-stream", gzip.compress(random.Random(1).randbytes(30_000))),
    "a script": ("text/javascript", PAGE),
    "JSON": ("application/json", PAGE),
    "a picture": ("image/png", PAGE),
    "no type that is valid": ("oops", b"The storm hit the coast."),
}


@pytest.mark.parametrize(("kind", "body"), OTHERS.values(), ids=OTHERS)
def test_a_document_of_another_type_is_refused(kind: str, body: bytes) -> None:
    error = refused({"/a": answer(body, kind=kind)})
    assert error.kind == "type"
    assert kind in error.detail


def test_a_large_download_is_not_received_to_its_end() -> None:
    async def download(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
        for _ in range(200):
            await exchange.raw(b"x" * 100_000)

    settings = replace(OPEN, max_body_bytes=20_000_000, max_wire_bytes=20_000_000)
    with pytest.raises(FetchError) as caught:
        fetched({"/a": download}, settings=settings)
    assert caught.value.kind == "type"


ENCODINGS = {
    "plain, said to be gzip": ("gzip", PAGE),
    "plain, said to be deflate": ("deflate", PAGE),
    "plain, said to be brotli": ("br", PAGE),
    "plain, said to be zstd": ("zstd", b"\n" + PAGE),
    "no encoding": ("none", PAGE),
    "a charset": ("UTF-8", PAGE),
    "a type": ("text/html", PAGE),
    "gzip and no encoding": ("gzip, identity", gzip.compress(PAGE)),
    "gzip with a weight": ("gzip;q=1.0", gzip.compress(PAGE)),
    "gzip without a label": ("", gzip.compress(PAGE)),
    "gzip twice, labelled once": ("gzip", gzip.compress(gzip.compress(PAGE))),
}


@pytest.mark.parametrize(("label", "body"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_page_with_a_wrong_encoding_is_read(label: str, body: bytes) -> None:
    assert fetched({"/a": answer(body, Content_Encoding=label)})[0].body.strip() == PAGE


@pytest.mark.parametrize("label", ["gzip", "br", "deflate", "zstd"])
def test_the_pieces_of_a_plain_body_may_be_small(label: str) -> None:
    body = Body("u", label, max_wire_bytes=1_000, max_body_bytes=1_000)
    for at in range(len(PAGE)):
        body.add(PAGE[at : at + 1])
    assert body.finish() == PAGE


UNREADABLE = {
    "an encoding that exists": ("compress", PAGE, "decode"),
    "a chain": ("br, gzip", gzip.compress(brotli.compress(PAGE)), "decode"),
    "another encoding than it says": ("gzip", brotli.compress(PAGE), "decode"),
    "noise": ("gzip", b"\xff" + PAGE, "decode"),
    "a cut gzip without a label": ("", gzip.compress(PAGE)[:-9], "truncated"),
    "a bomb in gzip": ("gzip", gzip.compress(gzip.compress(bytes(1_000_000))), "too-large"),
    "zstd, said to be none": ("none", zstandard.compress(bytes(range(256)) * 9), "type"),
}


@pytest.mark.parametrize(("label", "body", "kind"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_document_stays_an_error(label: str, body: bytes, kind: str) -> None:
    assert refused({"/a": answer(body, Content_Encoding=label)}).kind == kind


def test_xhtml_begins_as_a_page_after_its_declaration_and_comments() -> None:
    assert looks_html(XHTML)
    assert looks_html(b"\xef\xbb\xbf\n<!-- a -- b ---><meta charset=utf-8><title>Storm</title>")
    assert not looks_html(b"<?xml version='1.0'?><feed><title>Storm</title></feed>")


def test_many_comments_take_no_time() -> None:
    started = time.process_time()
    assert not looks_html(b"<!---->" * 500 + b"x")
    assert not looks_html(b"<!--" * 1_000)
    assert time.process_time() - started < 1  # each comment doubled the time before
