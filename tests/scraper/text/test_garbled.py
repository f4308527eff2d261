"""Garbled text is known by combinations of characters that no language writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.text.garbled import GARBLES, INNER_ASCII, Garble, find_garbled

WRITTEN = {
    "Russian": "Совет решил оставить старый причал ещё на год; РЖД и СберБанк против.",
    "German": "Größe und Schönheit: die Müllers wählten für die Bären größere Käfige.",
    "French": "Où l’été a-t-il déjà été ? « Ça, c’était la première œuvre », dit-elle à Noël.",
    "Turkish": "Meclis eski iskeleyi bir yıl daha bırakmaya karar verdi, çünkü çürümüş.",
    "Vietnamese": "Hội đồng quyết định giữ lại cầu tàu cũ thêm một năm nữa vì thợ lặn tìm thấy cọc mục.",
    "Chinese": "议会决定将旧码头再保留一年，因为潜水员在春天发现两根柱子已经腐烂。",
    "Japanese": "市議会は古い桟橋をもう一年残すことに決めた。このうたはすてきだねとこえがきこえた。",
    "Korean": "시의회는 낡은 부두를 한 해 더 남겨 두기로 했다. IT기업도 반대했다.",
    "Arabic": "قرر المجلس ترك الرصيف القديم سنة أخرى لأن الغواصين وجدوا عمودين متعفنين.",
    "signs": "½ ¾ «¿Qué?» —— …… °°°° ÷÷÷÷ •••• ©®™ §§ ¶¶ ××××",
}


@pytest.mark.parametrize("row", GARBLES, ids=lambda row: row.why)
def test_each_kind_is_found_and_its_near_miss_is_not(row: Garble) -> None:
    found = find_garbled(row.hit)
    assert found is not None
    assert found.why == row.why
    assert row.garbled.search(row.miss), "the miss comes close"
    assert find_garbled(row.miss) is None


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_no_language_is_garbled(text: str) -> None:
    assert find_garbled(text) is None


@pytest.mark.parametrize("name", ["Russian", "German", "French", "Turkish", "Chinese", "Japanese", "Korean", "Arabic"])
def test_any_language_is_garbled_when_its_utf8_is_read_byte_by_byte(name: str) -> None:
    assert find_garbled(WRITTEN[name].encode().decode("cp1252", "replace")) is not None


def test_a_few_garbled_characters_are_a_slip() -> None:
    assert find_garbled("GrÃ¶ÃŸe") is None


SIGNS = st.sampled_from("ab Zé\x7fÃ¶ŸÄ’цЦёЁαπ木村겧䄴\ufffd\ue000¿×")
PIECES = st.text(SIGNS, max_size=12) | st.sampled_from([row.hit for row in GARBLES] + [row.miss for row in GARBLES])


@pytest.mark.parametrize("row", GARBLES, ids=lambda row: row.why)
@given(pieces=st.lists(PIECES, max_size=4))
def test_no_row_needs_more_than_the_ascii_beside_other_characters(row: Garble, pieces: list[str]) -> None:
    text = "".join(pieces)
    short = " ".join(INNER_ASCII.split(text))
    for pattern in (row.garbled, row.of):
        assert pattern.findall(short) == pattern.findall(text)
