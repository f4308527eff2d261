"""Articles are found by their address as a reader types or copies it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.store.archive import Archive
from archive.store.typed_address import meant_addresses
from scraper.errors import InputError
from tests.support.visits import START, article, visit

ADDRESSES = ("https://www.herald.example/2026/mill", "http://coast.example/tide/", "https://coast.example/page?id=3")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("typed") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for number, url in enumerate(ADDRESSES):
            archive.save(visit(article(f"The text of number {number}.", url=url), url=url), run=run, at=START)
        yield archive


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://www.herald.example/2026/mill", ADDRESSES[0]),
        ("www.herald.example/2026/mill", ADDRESSES[0]),
        ("herald.example/2026/mill", ADDRESSES[0]),
        ("HTTP://Herald.example/2026/mill/?utm_source=x#top", ADDRESSES[0]),
        (" https://www.herald.example/2026/mill\n", ADDRESSES[0]),
        ("https://coast.example/tide", ADDRESSES[1]),
        ("coast.example/tide/", ADDRESSES[1]),
        ("coast.example/page?id=3&fbclid=x", ADDRESSES[2]),
        ("coast.example/page/?id=3", ADDRESSES[2]),
    ],
)
def test_an_address_is_found_as_it_is_typed(archive: Archive, typed: str, url: str) -> None:
    assert archive.article(typed).article.url == url


@pytest.mark.parametrize(
    "typed",
    ["herald.example/2026", "coast.example/page?id=4", "coast.example/page", "coast.example/Tide", "mill", "http://[", "", "mailto:a@b.example", "\ud800"],
)  # fmt: skip
def test_another_address_is_not(archive: Archive, typed: str) -> None:
    with pytest.raises(InputError, match="no article"):
        archive.article(typed)


def test_a_front_page_has_one_path() -> None:
    assert set(meant_addresses("herald.example")) == {
        "herald.example",
        *(f"{scheme}://{www}herald.example/" for scheme in ("http", "https") for www in ("", "www.")),
    }
