"""Search: a word that is written with joiners, without, or in two parts is found by each of its spellings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.search.fulltext import search
from archive.search.joined_words import spellings
from archive.store.archive import Archive
from tests.support.visits import START, article, visit

TEXTS = {
    "joined": "قایق\u200cها به بندر نمی\u200cخواسته\u200cاند برگردند و دریا آرام بود.",
    "plain": "قایقها به بندر نمیخواستهاند برگردند و دریا آرام بود.",
    "other": "قایق به بندر برگشت و دریا آرام بود.",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("joined") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for name, text in TEXTS.items():
            url = f"https://{name}.example/1"
            archive.save(visit(article(text, url=url, title=name), url=url), run=run, at=START)
        yield archive


def found(archive: Archive, query: str) -> set[str]:
    return {hit.title for hit in search(archive, query) if not hit.partial}


@pytest.mark.parametrize(
    "query",
    ["قایق\u200cها", "قایقها", "نمی\u200cخواسته\u200cاند", "نمیخواستهاند", "نمی\u200cخواستهاند", "قایقها آرام -ابر"],
    ids=["with", "without", "two joiners", "two left out", "one left out", "among other words"],
)
def test_each_spelling_finds_each_spelling(archive: Archive, query: str) -> None:
    assert found(archive, query) == {"joined", "plain"}


WORDS = {
    "Kurdish": "ڕۆژنامە\u200cکان",
    "Uyghur": "ئە\u200cسلى",
    "Pashto": "ښه\u200cې",
    "Persian with digits": "۱۲\u200cام",
    "Syriac": "ܫܠ\u200cܡܐ",
    "N'Ko": "ߒߞ\u200dߏ",
    "Mongolian": "ᠮᠣᠩ\u200dᠭᠣᠯ",
    "Sinhala": "ශ්\u200dරී",
    "Malayalam": "അവന്\u200d",
    "Bengali": "র\u200d্যাব",
    "Nepali": "गर्\u200cयो",
    "Kannada": "ರಾಜ್\u200cಕುಮಾರ್",
    "Burmese": "ကမ္\u200cဘာ",
    "Khmer": "ប្រ\u200cទេស",
}


@pytest.mark.parametrize("joined", WORDS.values(), ids=WORDS.keys())
def test_a_word_of_each_script_is_found_with_joiners_and_without(joined: str, tmp_path: Path) -> None:
    plain = joined.replace("\u200c", "").replace("\u200d", "")
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        for name, word in (("joined", joined), ("plain", plain), ("other", "tide")):
            url = f"https://{name}.example/1"
            archive.save(
                visit(article(f"One {word} two.", url=url, title=f"{name} {word}"), url=url), run=run, at=START
            )
        for query in (joined, plain, f"title:{joined}", f"title:{plain}"):
            assert {title.split()[0] for title in found(archive, query)} == {"joined", "plain"}, query


def test_a_part_of_a_word_is_a_word_of_its_own(archive: Archive) -> None:
    assert found(archive, "قایق") == {"joined", "other"}
    assert found(archive, "دریا -قایقها") == {"other"}
    assert found(archive, "title:قایقها") == set()


def test_only_letters_of_an_arabic_script_are_tried_in_parts() -> None:
    assert list(spellings("harbour")) == ["harbour"]
    assert list(spellings("ක්\u200dරමය")) == ["ක්\u200dරමය", "ක්රමය"]
    assert len(list(spellings("ب" * 16))) == 1 + 15 + 105
    assert len(list(spellings("ب" * 17))) == 1 + 16, "a long word has one joiner"
    assert list(spellings("ب" * 31)) == ["ب" * 31]


def test_the_snippet_marks_a_word_with_joiners(archive: Archive) -> None:
    url = "https://yangon.example/1"
    archive.save(visit(article("ကမ္\u200cဘာ သတင်း.", url=url), url=url), run=1, at=START)
    (hit,) = search(archive, "ကမ္ဘာ")
    assert hit.snippet.startswith("[ကမ္\u200cဘာ]")
