"""Garbled text: bytes read in the wrong encoding. A wrong encoding gives combinations of characters that no language writes.

Each kind of garbled text is a row. No word list is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scraper.text.patterns import lazy_pattern

MAX_CHECKED_CHARS: Final = 100_000
"""Characters of a text that are searched."""
MIN_GARBLED_CHARS: Final = 8
"""Fewer garbled characters are a slip, a quotation or a list of signs."""

INNER_ASCII: Final = lazy_pattern(r"(?<=[\x00-\x7f])[\x00-\x7f]+(?=[\x00-\x7f])")
"""ASCII characters with ASCII on both sides: most of a text in Latin letters."""
BEYOND_ASCII: Final = lazy_pattern(r"[^\x00-\x7f]")
SPECIAL: Final = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
"""Characters of windows-1252 for the bytes 0x80 to 0x9F, as the inside of a character class."""
WIDE: Final = "\u3400-\u9fff\uac00-\ud7a3\uff61-\uff9f"
"""Chinese characters, Hangul and narrow Kana, as the inside of a character class."""
ASCII_PAIRS: Final = "".join(rf"\u{high:02x}20-\u{high:02x}7e" for high in range(0x34, 0x7F))
"""Chinese characters whose two bytes are both printable ASCII, as the inside of a character class: one in three."""


@dataclass(frozen=True, slots=True)
class Garble:
    """A kind of garbled text: the matches of `garbled` make up `share` of the characters `of`. Both match no ASCII, and look
    at no more than one character beside a match.

    `hit` is such a text, `miss` a text of a language that comes close.
    """

    why: str
    garbled: re.Pattern[str]
    of: re.Pattern[str]
    share: float
    hit: str
    miss: str


GARBLES: Final = (
    Garble(
        "bytes that its encoding does not have",
        lazy_pattern("[\ufffd\ue000-\uf8ff]"),
        BEYOND_ASCII,
        0.3,
        "Gr\ufffd\ufffde aus K\ufffdln, sch\ufffdne T\ufffdge, \ufffdber f\ufffdr M\ufffdller",
        "Größe aus Köln, schöne Tage, über für Müller, Bären, Übung, \ufffd\ufffd\ufffd\ufffd",
    ),
    Garble(
        "UTF-8 read byte by byte",
        lazy_pattern(f"[\u00c2-\u00d9\u00e0-\u00ef][\u0080-\u00bf\ufffd{SPECIAL}]{{1,2}}"),
        BEYOND_ASCII,
        0.5,
        "GrÃ¶ÃŸe, grÃ¶ÃŸer, am grÃ¶ÃŸten: das schÃ¶ne Meer",
        "„Größe“, «où», à 8°, café… São Paulo – ‘Zürich’, à “Lyon”, “İğne”, l’été, “à”…",
    ),
    Garble(
        "another script read as Western European",
        lazy_pattern(r"(?!(.)\1)[¡-ÿ]{4,}"),
        BEYOND_ASCII,
        0.4,
        "Ñîâåò ðåøèë îñòàâèòü ñòàðûé ïðè÷àë åùå íà ãîä",
        "Größe, à l'été, Ünïversität, «¿Où?», ääääääääh, ½¼¾, «ça», façade, ÷÷÷÷÷÷, äöüß",
    ),
    Garble(
        "ASCII read in pairs of bytes, as UTF-16",
        lazy_pattern(f"[{ASCII_PAIRS}]"),
        BEYOND_ASCII,
        0.6,
        b"<p>The council let the old pier stand for another year.</p>\n".decode("utf-16-le"),
        "议会决定将旧码头再保留一年，因为潜水员在春天发现两根柱子已经腐烂。このうたはすてきだねとこえがきこえた。",
    ),
    Garble(
        "Western European read as Chinese or Korean",
        lazy_pattern(f"(?<=[a-z])[{WIDE}\ufffd](?=[a-z])"),
        lazy_pattern(f"[{WIDE}\ufffd]"),
        0.4,
        "M黨ler, sch鰊e T鋑e, f黵 K鰈n, B鋜en, k鰊nen, m黶sen, Gr鲞e, h鰎en, gr黱e, f黨len, Fl黶se, sp鋞er",
        "用Python写的程序比用C写的短，但慢。微信和QQ都可以。我用的是a和b，x或y，p与q，s及t，u或v，e和f，g和h，m和n。",
    ),
    Garble(
        "Western European read as Cyrillic or Greek",
        lazy_pattern("(?<=[A-Za-z])[\u0370-\u04ff]{1,2}(?=[a-z])"),
        lazy_pattern("[\u0370-\u04ff]"),
        0.4,
        "Grцsse, Mьller, schцne Bдren, fьr Kцln, kцnnen, mьssen, Kдse, hцren, Fьhrer, bцse, Tьr",
        "IT-компания Яндекс и её PR-служба: USB-кабель, web-сайт, e-mail, iPhone-ы, C-dur, а-ля Google, вKонтакте, iPhоne; π-meson, α-helix",
    ),
    Garble(
        "Cyrillic read in another Cyrillic encoding",
        lazy_pattern("(?<=[а-яё])[А-ЯЁ]{2,}"),
        lazy_pattern("[а-яёА-ЯЁ]"),
        0.03,
        "уПЧЕФ ВЕТЕЗБ рЕФТБ, бООБ, йЧБО Й нБТЙС рТЙЮБМ",
        "Совет РЖД решил, что ВКонтакте и СберБанк останутся; КамАЗ, МосГорСуд, МинОбрНауки и РосАтом против.",
    ),
)


@dataclass(frozen=True, slots=True)
class Garbled:
    """The finding that a text is garbled: why, and the number of garbled characters."""

    why: str
    chars: int


def find_garbled(text: str) -> Garbled | None:
    """The kind of garbled text that a text is; None for a text that looks written.

    >>> find_garbled("GrÃ¶ÃŸe, grÃ¶ÃŸer, am grÃ¶ÃŸten: das schÃ¶ne Meer")
    Garbled(why='UTF-8 read byte by byte', chars=14)
    """
    text = text[:MAX_CHECKED_CHARS]
    if text.isascii():
        return None
    text = " ".join(INNER_ASCII.split(text))  # which leaves each row a few characters: 204 to 20 µs a page
    for row in GARBLES:
        garbled = sum(match.end() - match.start() for match in row.garbled.finditer(text))
        if garbled < MIN_GARBLED_CHARS:
            continue
        share = garbled / max(garbled, sum(1 for _ in row.of.finditer(text)))
        if share >= row.share:
            return Garbled(row.why, garbled)
    return None
