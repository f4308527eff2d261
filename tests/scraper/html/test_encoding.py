"""Decoding of pages: labels that lie, unsafe characters, arbitrary bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from w3lib.encoding import to_unicode

from scraper.html.charset import ENCODINGS, declared_encodings
from scraper.html.encoding import UNSAFE, decode, markup, replace_raw, replace_unsafe
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
            "ab\ufffdc\ufffdd\ufffde",
            id="control characters",
        ),
    ],
)
def test_a_page_is_decoded_by_the_rules_of_the_web(body: bytes, content_type: str, text: str) -> None:
    assert decode(page(body, content_type=content_type)) == text


CLEAN = "<p>Größe, größer, am größten: 1 < 2 &#160; &#x2014;"
RUSSIAN = "<title>Причал</title><p>Совет решил оставить старый причал ещё на год, потому что водолазы нашли весной две гнилые опоры.</p>"
GERMAN = "<p>Größe und Schönheit: die Müllers wählten für die Bären größere Käfige, grün und schön, und hörten böse Wörter.</p>"
JAPANESE = "<p>市議会は古い桟橋をもう一年残すことに決めた。春に潜水士が二本の柱の腐敗を見つけたためである。</p>"
FRENCH = (
    "<p>Des plongeurs ont trouvé près du môle, où les pêcheurs débarquent, deux poteaux pourris ; l'été, à la fête, ça gênait déjà.</p>"
    * 4
)
PADDING = "<!--" + "x" * 5_000 + "-->"

DECLARED = {
    "a declaration behind a long comment": (PADDING + "<meta charset=windows-1251>" + RUSSIAN, "cp1251", ""),
    "a declaration behind a long script": ("<script>" + "a<b;" * 2_000 + "</script><meta charset=koi8-r>" + RUSSIAN, "koi8-r", ""),
    "a declaration in a comment": ("<!-- <meta charset=big5> --><meta charset=windows-1251>" + RUSSIAN, "cp1251", ""),
    "a declaration in a script": ("<script>w('<meta charset=big5>')</script><meta charset=windows-1251>" + RUSSIAN, "cp1251", ""),
    "a declaration in an attribute": ("<p title='<meta charset=big5>'><meta charset=koi8-r>" + RUSSIAN, "koi8-r", ""),
    "a bogus declaration first": ("<meta charset=none><meta charset='rot13'><meta charset=koi8-r>" + RUSSIAN, "koi8-r", ""),
    "a content without its pragma": ("<meta content='charset=big5'><meta charset=koi8-r>" + RUSSIAN, "koi8-r", ""),
    "a pragma": ("<META content='text/html; charset=\"koi8-r\"' http-equiv=Content-Type>" + RUSSIAN, "koi8-r", ""),
    "a label of old": ("<meta charset=x-cp1251>" + RUSSIAN, "cp1251", ""),
    "an XML declaration": ("<?xml version='1.0' encoding='koi8-r'?>" + RUSSIAN, "koi8-r", ""),
    "UTF-16 declared in ASCII": ("<meta charset=utf-16>" + GERMAN, "cp1252", ""),
    "UTF-16 declared by the server": (GERMAN, "cp1252", "utf-16"),
    "UTF-16 without a mark": ("<!doctype html>" + RUSSIAN, "utf-16-le", ""),
    "Latin-1 declared for Russian": ("<meta charset=iso-8859-1>" + RUSSIAN, "koi8-r", ""),
    "Chinese declared for German": ("<meta charset=gb2312>" + GERMAN * 2, "cp1252", ""),
    "UTF-8 declared for Russian": ("<meta charset=utf-8>" + RUSSIAN, "cp1251", ""),
    "nothing declared, Russian": (RUSSIAN, "cp1251", ""),
    "nothing declared, old Russian": (RUSSIAN, "koi8-r", ""),
    "nothing declared, Japanese": (JAPANESE, "euc_jp", ""),
    "nothing declared, French": (FRENCH, "cp1252", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "encoding", "label"), DECLARED.values(), ids=DECLARED.keys())
def test_the_first_declaration_that_gives_a_text_decides(text: str, encoding: str, label: str) -> None:
    content_type = f"text/html; charset={label}" if label else "text/html"
    assert decode(page(text.encode(encoding), content_type=content_type)) == text


def test_a_nul_is_dropped_from_a_text_and_replaced_in_a_tag() -> None:
    body = ("Gr\x00öße, größer, am größten <b\x00 id=a>" + CLEAN).encode()
    assert decode(page(body)) == "Größe, größer, am größten <b\ufffd id=a>" + CLEAN


@pytest.mark.parametrize(
    "part", [b'<a "', b"<meta ", b"<script>", b"<!--", b"<meta charset='", b"<?xml encoding=", b"\x00<"]
)
def test_a_search_for_declarations_is_linear(part: bytes) -> None:
    started = time.process_time()
    assert len(list(declared_encodings(part * (1_000_000 // len(part))))) <= 1
    assert time.process_time() - started < 5  # 0.4 s at most; quadratic in the parts it would take minutes


@pytest.mark.parametrize("mark", [b"/", b" ", b"=", b" = ", b"a='", b'a="', b"a /"])
def test_the_attributes_of_a_declaration_are_read_in_linear_time(mark: bytes) -> None:
    many = mark * (100_000 // len(mark))
    started = time.process_time()
    assert list(declared_encodings(b"<meta x" + many + b" charset=koi8-r>")) in (["koi8-r"], [])
    assert list(declared_encodings(b"<meta charset=koi8-r " + many + b"=>"))[:1] in (["koi8-r"], [])
    assert time.process_time() - started < 1  # 0.1 s at most; a search from each slash took 8 s


@pytest.mark.parametrize(
    "attributes",
    [
        b"async charset=koi8-r",
        b"/charset=koi8-r/",
        b"=a=b charset = koi8-r",
        b"a='1'charset=koi8-r",
        b"a=1 / charset='koi8-r'",
        b"charset=koi8-r charset=big5",
    ],
)
def test_the_attributes_of_a_declaration_are_parted_as_browsers_do(attributes: bytes) -> None:
    expected = [] if attributes.endswith(b"/") else ["koi8-r"]
    assert list(declared_encodings(b"<meta " + attributes + b">")) == expected


@given(st.binary(max_size=300), st.text(max_size=30))
def test_decoding_never_fails_and_leaves_no_unsafe_character(body: bytes, label: str) -> None:
    text = decode(page(body, content_type=f"text/html; charset={label}"))
    assert replace_unsafe(text) == text


@given(st.binary(max_size=300), st.sampled_from(sorted(ENCODINGS)))
def test_every_unsafe_character_that_a_decoder_gives_is_replaced(body: bytes, encoding: str) -> None:
    text = to_unicode(body, encoding)
    assert replace_raw(text) == UNSAFE.sub("\ufffd", text)


@pytest.mark.parametrize(
    "more", ["", "\x0b", "\x00", "\x7f", "&#11;", "&#X1B;", "\uffff", "\ufeff", "<i>" * 30_000, "\n\t\f\r"]
)
def test_the_parser_reads_the_same_from_bytes_and_from_decoded_text(more: str) -> None:
    for body in ((CLEAN + more).encode(), (more + CLEAN).encode(), (CLEAN + more).encode("cp1252", "ignore")):
        assert LexborHTMLParser(markup(page(body))).html == LexborHTMLParser(decode(page(body))).html


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(CLEAN.encode(), "", id="many letters beyond ASCII"),
        pytest.param(b"<p>Tide", "text/html; charset=utf-16", id="ASCII, whatever the label"),
        pytest.param("<p>Größe".encode(), "text/html; charset=utf-8", id="two letters, by the header"),
        pytest.param('<meta charset="utf-8"><p>Größe'.encode(), "", id="two letters, by the markup"),
    ],
)
def test_clean_bytes_are_not_decoded_for_the_parser(body: bytes, content_type: str) -> None:
    assert markup(page(body, content_type=content_type)) == body


@pytest.mark.parametrize(("body", "label"), [("<p>Größe".encode(), "windows-1252"), (b"Tide", "utf-16le")])
def test_few_bytes_that_a_label_reads_in_another_way_are_decoded(body: bytes, label: str) -> None:
    labelled = page(body, content_type=f"text/html; charset={label}")
    assert markup(labelled) == decode(labelled) != body.decode()


ONCE_IN_A_WHILE = st.text(st.one_of(st.characters(codec="ascii"), st.sampled_from("<#&é–\ufffe\x7f\x0b")), max_size=20)


@given(
    ONCE_IN_A_WHILE,
    ONCE_IN_A_WHILE,
    st.sampled_from(["", *sorted(ENCODINGS)]),
    st.sampled_from(["", "<meta charset=utf-8>", "<meta charset=gbk>"]),
)
def test_bytes_that_are_not_decoded_are_the_decoded_text(before: str, after: str, label: str, meta: str) -> None:
    body = f"{before}{meta}{'tide ' * 1_000}{after}".encode()
    given_page = page(body, content_type=f"text/html; charset={label}")
    assert markup(given_page) in {body, decode(given_page)}
    if isinstance(markup(given_page), bytes):
        assert decode(given_page) == body.decode()


def test_a_letter_cut_off_before_an_ascii_part_is_no_utf8() -> None:
    body = b"<p>caf\xc3 " + b"tide " * 2_000 + b"\xa9" + "é".encode() * 4
    assert markup(page(body)) == decode(page(body))


@given(st.text(max_size=50))
def test_bytes_for_the_parser_have_no_unsafe_character(text: str) -> None:
    found = markup(page((CLEAN + text).encode("utf-8", "replace")))
    assert isinstance(found, str) or replace_unsafe(found.decode()) == found.decode()
