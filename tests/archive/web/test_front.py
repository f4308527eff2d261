"""The front page and an article's page: one entry per story, filters, an empty archive, one box per picture, no address as text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import httpx
import pytest

from archive.store.archive import Archive
from archive.web.newest import MAX_ENTRIES, Choice, Entry, read_newest
from archive.web.plots import spark_bars
from scraper.types import Block
from tests.support.datasette_app import ask
from tests.support.visits import BODY, START, article, hours, visit

WIRE = "\n".join(BODY)
"""A text that is long enough for its copies to be known."""


def told(archive: Archive, number: int, text: str, *, site: str = "herald.example", hour: float = 0, language: str = "en") -> None:  # fmt: skip
    """Save an article; its paragraphs are lines."""
    url = f"https://{site}/{number}"
    found = article(*text.split("\n"), url=url, title=f"Story {number}", published=hours(hour), language=language)
    archive.save(visit(found, url=url, source=site.partition(".")[0]), run=1, at=hours(hour))


def listed(archive: Archive, **choice: str) -> list[tuple[int, list[int]]]:
    """The entries: an article, and its copies."""
    return [
        (entry.article.id, [copy.id for copy in entry.copies])
        for entry in read_newest(archive, Choice(**choice)).entries
    ]


def test_copies_stand_under_their_original(archive: Archive) -> None:
    told(archive, 1, WIRE)
    told(archive, 2, "The mill on the Tamar burned for three hours.", hour=1)
    told(archive, 3, WIRE, site="coast.example", hour=2)
    told(archive, 4, WIRE, site="post.example", hour=3)
    assert listed(archive) == [(1, [4, 3]), (2, [])]


def test_an_original_that_is_old_is_read_for_its_copy(archive: Archive) -> None:
    told(archive, 1, WIRE)
    for number in range(2, 70):
        told(archive, number, f"The mill number {number} on the Tamar burned for hours.", hour=number)
    told(archive, 70, WIRE, site="coast.example", hour=90)
    found = listed(archive)
    assert found[0] == (1, [70])
    assert len(found) == MAX_ENTRIES


def test_the_newest_are_chosen_by_source_and_language(archive: Archive) -> None:
    told(archive, 1, WIRE)
    told(archive, 2, "Die Mühle an der Tamar brannte drei Stunden lang.", hour=1, language="de-AT")
    told(archive, 3, "La digue est achevée depuis lundi.", site="coast.example", hour=2, language="fr")
    assert listed(archive, source="herald") == [(2, []), (1, [])]
    assert listed(archive, language="de") == [(2, [])]
    assert listed(archive, source="coast", language="de") == []
    assert listed(archive, source="none") == []
    found = read_newest(archive, Choice())
    assert (found.sources, found.languages) == (("coast", "herald"), ("de", "en", "fr"))
    assert found.entries[0] == Entry(found.entries[0].article)


def test_the_front_page_shows_entries_and_filters(live: httpx.Client) -> None:
    page = live.get("/").text
    assert 'Also: <a href="/-/article/2">coast.example' in page
    narrowed = live.get("/?language=ar&source=").text
    assert re.search(r'<h2 id="newest">Newest in Arabic</h2>', narrowed)
    assert '<option value="ar" selected>Arabic</option>' in narrowed
    assert narrowed.count('<article class="item">') == 1
    assert "Newest from post" in live.get("/?source=post").text
    assert "All sources and languages" in live.get("/?source=nothing").text


def test_an_empty_archive_says_what_to_do(empty_archive: Path, tmp_path: Path) -> None:
    pytest.importorskip("datasette")
    page = ask(Path(shutil.copy(empty_archive, tmp_path / "news.db")), "/").text
    for command in ("add --db news.db https://", "sources add https://", "scrape --db news.db sources.toml"):
        assert f"<code>cuttings {command}" in page


def served(archive: Archive, *blocks: Block, **changes: str) -> str:
    """The page of an article of these blocks."""
    archive.save(visit(article(blocks=blocks, **changes)), run=1, at=START)
    archive.finish_run(1, at=START, counts={})
    return ask(archive.path, "/-/article/1").text


def test_captions_of_one_picture_share_a_box(archive: Archive) -> None:
    pytest.importorskip("datasette")
    blocks = (
        Block("paragraph", BODY[0], 0),
        Block("caption", "The Ingrid on the bank.", 1, image="https://herald.example/a.jpg"),
        Block("caption", "Photo: Lena Holm", 2),
        Block("caption", "The Ingrid afloat.", 3, image="https://herald.example/b.jpg"),
        Block("caption", "Her captain.", 4, image="https://herald.example/b.jpg"),
        Block("paragraph", BODY[1], 5),
    )
    page = served(archive, *blocks)
    boxes = re.findall(r'<aside class="picture".*?</aside>', page, re.DOTALL)
    assert [len(re.findall("<p>", box)) for box in boxes] == [2, 2]
    assert page.count("Picture on herald.example</a>, not loaded") == 2


def test_no_address_is_shown_as_text(live: httpx.Client) -> None:
    for address in ("/-/article/1?revision=1", "/-/article/2"):
        assert "://" not in re.sub(r"<[^>]*>", "", live.get(address).text.partition("<body")[2])


@pytest.mark.parametrize(
    ("description", "shown"),
    [(BODY[0], 0), (f"{BODY[0][:60]}…", 0), ("Work begins in spring.", 1)],
    ids=["whole", "cut short", "another"],
)
def test_a_description_that_opens_the_text_is_not_shown_twice(archive: Archive, description: str, shown: int) -> None:
    pytest.importorskip("datasette")
    page = served(archive, Block("paragraph", BODY[0], 0), Block("paragraph", BODY[1], 1), description=description)
    assert page.count('class="dek"') == shown


@pytest.mark.parametrize(("runs", "width"), [(1, 13.1), (2, 13.1), (8, 13.1), (15, 7.0), (30, 3.5), (60, 3.5)])
def test_the_bars_of_few_runs_are_wide(runs: int, width: float) -> None:
    bars = spark_bars([3] * runs, [1] * runs, label="x")
    assert bars.count(f'stroke-width="{width}"') == 2
    assert bars.count("M") == 1 + 2 * min(runs, 30)
    places = [float(x) for x in re.findall(r"M([\d.]+) ", bars)]
    assert max(places) < 150


@pytest.mark.parametrize(("good", "bad"), [([900], [1]), ([1], [900]), ([1, 900], [0, 0]), ([0], [5])])
def test_every_number_has_a_bar_that_can_be_seen(good: list[int], bad: list[int]) -> None:
    bars = spark_bars(good, bad, label="x")
    ends = [(float(y), float(y) + float(length)) for y, length in re.findall(r" ([\d.]+)v(-?[\d.]+)", bars)]
    assert len(ends) == sum(map(bool, good + bad))
    for start, end in ends:
        assert abs(end - start) >= 3
        assert -2 <= end <= 32
