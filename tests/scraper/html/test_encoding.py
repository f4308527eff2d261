"""Decoding of pages: labels that lie, unsafe characters, arbitrary bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.html.encoding import decode, markup, replace_unsafe
from tests.support.pages import page


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param("Größe".encode(), "text/html; charset=utf-8", "Größe", id="the header's label"),
        pytest.param("Größe".encode("latin-1"), "text/html; charset=ISO-8859-1", "Größe", id="latin-1 by label"),
        pytest.param(
            "“Größe”".encode("cp1252"),
            "text/html; charset=latin1",
            "“Größe”",
            id="latin-1 means windows-1252 on the web",
        ),
        pytest.param("Größe".encode(), "text/html", "Größe", id="no label, valid UTF-8"),
        pytest.param("Größe".encode("latin-1"), "text/html", "Größe", id="no label, not UTF-8"),
        pytest.param(
            "Größe, größer, am größten ".encode() * 20 + b"\xff",
            "text/html",
            "Größe, größer, am größten " * 20 + "\ufffd",
            id="one bad byte",
        ),
        pytest.param(
            b'<meta charset="shift_jis">' + "記事".encode("shift_jis"),
            "text/html",
            '<meta charset="shift_jis">記事',
            id="meta",
        ),
        pytest.param(
            '<meta charset="gb2312">记者在会场内外采访'.encode(),
            "text/html",
            '<meta charset="gb2312">记者在会场内外采访',
            id="meta lies about UTF-8",
        ),
        pytest.param(
            "Größe, größer, am größten".encode(),
            "text/html; charset=iso-8859-1",
            "Größe, größer, am größten",
            id="header lies, few letters",
        ),
        pytest.param(
            b"\xef\xbb\xbfa\xc3\xa9", "text/html; charset=latin1", "aé", id="a byte order mark outranks the header"
        ),
        *(
            pytest.param("Größe".encode(), f"text/html; charset={label}", "Größe", id=f"no charset: {label}")
            for label in ("rot13", "idna", "hex", "x-none")
        ),
        pytest.param(
            b'<meta charset="rot13">ab', "text/html; charset=idna", '<meta charset="rot13">ab', id="both labels lie"
        ),
        pytest.param(
            b"a\x00b\x0bc&#11;d&#x1b;e",
            "text/html; charset=utf-8",
            "a\ufffdb\ufffdc\ufffdd\ufffde",
            id="control characters",
        ),
    ],
)
def test_a_page_is_decoded_by_the_rules_of_the_web(body: bytes, content_type: str, text: str) -> None:
    assert decode(page(body, content_type=content_type)) == text


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_fails_and_leaves_no_unsafe_character(body: bytes, label: str) -> None:
    text = decode(page(body, content_type=f"text/html; charset={label}"))
    assert replace_unsafe(text) == text


CLEAN = "<p>Größe, größer, am größten: 1 < 2 &#160; &#x2014;"


@pytest.mark.parametrize(
    "more", ["", "\x0b", "\x00", "\x7f", "&#11;", "&#X1B;", "\uffff", "\ufeff", "<i>" * 30_000, "\n\t\f\r"]
)
def test_the_parser_reads_the_same_from_bytes_and_from_decoded_text(more: str) -> None:
    for body in ((CLEAN + more).encode(), (more + CLEAN).encode(), (CLEAN + more).encode("cp1252", "ignore")):
        assert LexborHTMLParser(markup(page(body))).html == LexborHTMLParser(decode(page(body))).html


def test_clean_bytes_are_not_decoded_for_the_parser() -> None:
    assert isinstance(markup(page(CLEAN.encode())), bytes)


@given(st.text(max_size=50))
def test_bytes_for_the_parser_have_no_unsafe_character(text: str) -> None:
    found = markup(page((CLEAN + text).encode("utf-8", "replace")))
    assert isinstance(found, str) or replace_unsafe(found.decode()) == found.decode()
