"""The encodings that a page declares, as browsers look for them (HTML, 13.2.3.2: "prescan a byte stream").

Beyond the standard's first 1,024 bytes a browser's parser still finds a declaration, but none in a script or a title. So the
search goes on, and skips the content of such elements. A declaration that names no encoding is passed over.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from w3lib.encoding import resolve_encoding

from scraper.text.patterns import lazy_pattern

MAX_SEARCHED_BYTES: Final = 1_000_000
"""Bytes of a page that are searched for a declaration."""
MAX_GUESSED_BYTES: Final = 10_000
"""Bytes of words beyond ASCII from which an encoding is guessed."""
MIN_GUESSED_BYTES: Final = 30
"""Bytes beyond ASCII that tell an encoding. With fewer the guess is chance."""
MAX_DECLARATIONS: Final = 10
"""Declarations of a page that are read."""

ENCODINGS: Final = frozenset(
    "utf-8 cp866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 "
    "iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 gb18030 "
    "big5hkscs euc_jp iso2022_jp cp932 cp949 utf-16 utf-16-le utf-16-be".split()
)
"""Python's codecs for the encodings of the web (WHATWG Encoding, 4.2)."""
LABELS: Final = {
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"), "utf-8"),
    **dict.fromkeys(("dos-874", "iso8859-11", "iso-8859-11"), "cp874"),
    **{f"x-cp125{number}": f"cp125{number}" for number in range(9)},
    **dict.fromkeys(("x-gbk", "chinese", "csgb2312", "csiso58gb231280", "iso-ir-58"), "gb18030"),
    **dict.fromkeys(("x-x-big5", "cn-big5", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("x-euc-jp", "cseucpkdfmtjapanese"), "euc_jp"),
    **dict.fromkeys(("sjis", "ms932", "ms_kanji", "csshiftjis"), "cp932"),
    **dict.fromkeys(
        (
            "korean",
            "cseuckr",
            "ks_c_5601-1987",
            "ks_c_5601-1989",
            "ksc5601",
            "ksc_5601",
            "windows-949",
            "csksc56011987",
            "iso-ir-149",
        ),
        "cp949",
    ),
    **dict.fromkeys(("koi", "koi8", "cskoi8r"), "koi8-r"),
    "koi8-ru": "koi8-u",
    **dict.fromkeys(("logical", "iso-8859-8-i", "csiso88598i", "visual", "iso-8859-8-e", "csiso88598e"), "iso8859-8"),
    **dict.fromkeys(("x-mac-roman", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    "sun_eu_greek": "iso8859-7",
    "x-user-defined": "cp1252",
    **dict.fromkeys(("unicode", "ucs-2", "iso-10646-ucs-2", "csunicode", "unicodefeff"), "utf-16-le"),
    "unicodefffe": "utf-16-be",
}
"""Labels of the standard that Python does not know."""

WESTERN: Final = "cp1252"
"""The encoding of a page without a declaration, in most of the world (HTML, 13.2.3.2)."""
GUESSED: Final = "utf_8 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 koi8_r gb18030 big5 euc_jp cp932 cp949".split()
"""Encodings that pages without a declaration are written in."""
HIGH_BYTES: Final = bytes(range(0x80, 0x100))
LABEL: Final = lazy_pattern(r"[\w.:+-]{1,40}", re.ASCII)
MARKUP: Final = lazy_pattern(rb"<[^<>]*+>|[\x00-\x40]++")
"""What of a page stands between words."""
RAW: Final = rb"script|style|title|textarea|xmp|iframe|noembed|noframes"
"""Elements whose content is no markup."""
STEP: Final = lazy_pattern(
    rb"<(?:!--(?P<comment>)|(?P<meta>meta)(?=[\s/>])|(?P<raw>"
    + RAW
    + rb")(?=[\s/>])|(?P<tag>/?[a-z])|(?P<bogus>[!/?]))",
    re.IGNORECASE,
)
TAG_END: Final = lazy_pattern(rb"""(?:[^>"']|"[^"]*+"|'[^']*+')*+>""")
ATTRIBUTE: Final = lazy_pattern(
    rb"""(?<![\s/])[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)))?"""
)
"""An attribute and what parts it from the one before. It starts where that part starts: a search from each of 50,000 slashes
took 2 s. A name may begin with an equals sign (HTML, 13.2.3.2)."""
CONTENT_CHARSET: Final = lazy_pattern(rb"""charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))""", re.IGNORECASE)
XML_DECLARATION: Final = lazy_pattern(rb"""<\?xml\s[^>]*?encoding\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")


def declared_encodings(body: bytes) -> Iterator[str]:
    """The encodings that a page declares in its markup, as Python's codecs, in page order.

    >>> list(declared_encodings(b'<!-- <meta charset=gbk> --><script>"<meta charset=big5>"</script><meta charset=none><meta charset=koi8-r>'))
    ['koi8-r']
    """
    head = body[:MAX_SEARCHED_BYTES]
    labels = (label for attributes in metas(head) if (label := declared_label(attributes)))
    left = MAX_DECLARATIONS
    xml = XML_DECLARATION.match(head)
    for label in [xml[1] or xml[2] or b""] if xml else []:
        if found := in_markup(label):
            yield found
    for label in labels:
        if found := in_markup(label):
            yield found
        left -= 1
        if not left:
            return


def in_markup(label: bytes) -> str:
    """The encoding of a label in markup, which was read as ASCII: UTF-16 means UTF-8 there (HTML, 13.2.3.2)."""
    found = encoding_of(label.decode("latin-1"))
    return "utf-8" if found.startswith("utf-16") else found


@lru_cache(maxsize=256)
def encoding_of(label: str) -> str:
    """Python's codec for a label of an encoding; empty if the web has no such encoding.

    >>> encoding_of(" Latin1"), encoding_of("x-sjis"), encoding_of("rot13"), encoding_of("")
    ('cp1252', 'cp932', '', '')
    """
    label = label.strip("\t\n\f\r ").lower()
    if not LABEL.fullmatch(label):
        return ""
    found = LABELS.get(label) or resolve_encoding(label) or ""
    if not found:
        return ""
    try:
        name = codecs.lookup(found).name
    except LookupError:
        return ""
    return name if name in ENCODINGS else ""


def metas(head: bytes) -> Iterator[bytes]:
    """The attributes of each `meta` tag that a browser reads, as bytes."""
    at = 0
    lost: set[bytes] = set()
    while step := STEP.search(head, at):
        at = step.end()
        if step["comment"] is not None:
            end = head.find(b"-->", at - 2)
            at = len(head) if end < 0 else end + 3
            continue
        tag = TAG_END.match(head, at) if step["bogus"] is None else None
        end = tag.end() if tag else head.find(b">", at) + 1
        if not end:
            return
        if step["meta"]:
            yield head[at : end - 1]
        at = end
        name = (step["raw"] or b"").lower()
        if name and name not in lost:
            closed = re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE).search(head, at)
            at = closed.start() if closed else at
            lost |= set() if closed else {name}


def declared_label(attributes: bytes) -> bytes:
    """The label that the attributes of a `meta` tag declare; empty if they declare none."""
    found: dict[bytes, bytes] = {}
    for name, *values in ATTRIBUTE.findall(attributes):
        found.setdefault(name.lower(), b"".join(values))
    if label := found.get(b"charset"):
        return label
    is_pragma = found.get(b"http-equiv", b"").strip().lower() == b"content-type"
    match = CONTENT_CHARSET.search(found.get(b"content", b"")) if is_pragma else None
    return (match[1] or match[2] or match[3] or b"") if match else b""


def guess_encoding(body: bytes) -> str:
    """The encoding of a page by the frequency of its letters; empty if the page has too few beyond ASCII.

    Western European letters in the places of Central European ones are as frequent; not the other way round.
    """
    words = MARKUP.sub(b" ", body[:MAX_SEARCHED_BYTES]).split()
    sample = b" ".join(word for word in words if not word.isascii())[:MAX_GUESSED_BYTES]
    if len(sample) - len(sample.translate(None, delete=HIGH_BYTES)) < MIN_GUESSED_BYTES:
        return ""
    from charset_normalizer import from_bytes  # at first use: few pages need a guess

    found = from_bytes(sample, cp_isolation=GUESSED)
    best = found.best()
    if best is None:
        return ""
    is_western = best.encoding == "cp1250" and any(match.encoding == WESTERN for match in found)
    return WESTERN if is_western else encoding_of(best.encoding)
