"""Packed chrome: it reads back as it was, damage is told, and articles on several pages keep the chrome of each."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.store.chrome import unpack_chrome, with_unpacked_chrome
from scraper.chrome import pack_chrome, with_packed_chrome
from scraper.extraction.extract import extract
from scraper.extraction.multipage import join
from scraper.rules.loader import built_in_rules
from scraper.types import Extraction, Removal
from tests.support.pages import page

MENU = "<ul><li><a href=/a>Harbour</a></li><li><a href=/b>Ferries</a></li></ul>"
FOOT = "<footer>© 2026 The Westmark Herald</footer>"

removals = st.builds(
    Removal,
    rule_id=st.sampled_from(["outside", "scorer", "related.stories.element"]),
    stage=st.sampled_from(["page", "text", "element"]),
    kind=st.sampled_from(["navigation", "related"]),
    position=st.integers(0, 5000),
    text=st.text(st.characters()),
)


def extracted(number: int) -> Extraction:
    text = "".join(
        f"<p>The harbour wall of Westmark {number} will be raised by {size} metres before the winter storms come.</p>"
        for size in range(2, 9)
    )
    return extract(page(f"{MENU}<article><h1>Wall</h1>{text}</article>{FOOT}"), built_in_rules())


@given(st.lists(removals, unique_by=lambda removal: removal.position))
def test_chrome_reads_back_in_page_order(chrome: list[Removal]) -> None:
    in_order = tuple(sorted(chrome, key=lambda removal: removal.position))
    assert unpack_chrome(pack_chrome(chrome)) == in_order
    assert unpack_chrome(pack_chrome(in_order)) == in_order


@given(st.binary(max_size=40))
def test_other_bytes_are_called_damaged(packed: bytes) -> None:
    if packed:
        with pytest.raises(ValueError, match="damaged"):
            unpack_chrome(packed)


def test_a_text_without_partner_is_called_damaged() -> None:
    whole = pack_chrome([Removal("outside", "page", "navigation", 3, "Harbour")])
    rows = json.loads(zlib.decompress(whole))
    rows[0][3].pop()
    with pytest.raises(ValueError, match="damaged"):
        unpack_chrome(zlib.compress(json.dumps(rows).encode()))


def test_a_packed_extraction_unpacks_to_itself() -> None:
    whole = extracted(1)
    packed = with_packed_chrome(whole)
    assert whole.chrome
    assert packed.chrome == ()
    assert with_unpacked_chrome(packed) == whole
    assert with_packed_chrome(replace(whole, chrome=())).packed_chrome == b""


def test_pages_are_joined_alike_whether_their_chrome_is_packed_or_not() -> None:
    parts = [extracted(number) for number in (1, 2, 3)]
    joined, packed = join(parts), join([with_packed_chrome(part) for part in parts])
    assert with_unpacked_chrome(packed) == joined
    assert packed.chrome == ()
    positions = [removal.position for removal in (*joined.removals, *joined.chrome)]
    positions += [block.position for block in joined.article.blocks]  # type: ignore[union-attr]
    assert sorted(positions) == list(range(len(positions)))
    assert [removal.text for removal in joined.chrome].count("Harbour") == 3
