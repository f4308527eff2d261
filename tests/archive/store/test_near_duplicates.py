"""Near-duplicates: one story on two sites, told in much the same words."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from archive.store.archive import Archive
from archive.store.near_duplicates import STRETCH_BITS, keys_of, likeness, same_story, shingles, shingles_of
from tests.support.visits import article, rows, save, visit

WORDS = (
    "harbour vote county mayor storm wall budget school ferry bridge judge strike rain market union pilot fire".split()
)
LITTLE = "the of and in to a was on for with that by at from said it as is be has".split()


def prose(chance: random.Random, words: int = 300) -> list[str]:
    """Paragraphs of a made-up story: half little words, half rarer ones, each with its number."""
    text = [
        chance.choice(LITTLE) if chance.random() < 0.5 else f"{chance.choice(WORDS)}{chance.randrange(40)}"
        for _ in range(words)
    ]
    return [" ".join(text[at : at + 30]) + "." for at in range(0, words, 30)]


def variants(story: list[str], chance: random.Random) -> Iterator[tuple[str, list[str]]]:
    """Versions of a wire story on other sites."""
    local = prose(chance, 60)
    yield "as it is", story
    yield "cut to 60%", story[: len(story) * 6 // 10]
    yield "with a local paragraph", [*story, *local]
    yield "cut, and a local beginning", [*local, *story[: len(story) // 2]]
    yield "each tenth word changed", [reworded(text, chance) for text in story]


def reworded(text: str, chance: random.Random) -> str:
    return " ".join(word if chance.random() > 0.1 else chance.choice(WORDS) for word in text.split())


def test_every_version_of_a_wire_story_is_found_and_no_other_story(archive: Archive) -> None:
    chance = random.Random(20261122)
    stories = [prose(chance, chance.randrange(150, 500)) for _ in range(60)]
    for number, story in enumerate(stories):
        url = f"https://wire.example/{number}"
        assert save(archive, visit(article(*story, url=url), url=url)) == "new"
    for number, story in enumerate(stories):
        for name, text in variants(story, chance):
            url = f"https://{name.replace(' ', '-').replace('%', '')}.example/{number}"
            assert save(archive, visit(article(*text, url=url, title="Ours"), url=url)) == "duplicate", (number, name)
            linked = rows(archive, "SELECT other_id FROM near JOIN articles ON id = article_id WHERE url = ?", url)
            assert (number + 1,) in linked
    wrong = """
    SELECT one.url, two.url FROM near JOIN articles AS one ON one.id = article_id JOIN articles AS two ON two.id = other_id
    WHERE replace(one.url, rtrim(one.url, '0123456789'), '') <> replace(two.url, rtrim(two.url, '0123456789'), '')"""
    assert rows(archive, wrong) == []
    assert rows(archive, "SELECT count(*) FROM articles") == [(360,)]


def test_a_story_is_found_after_any_number_of_revisions(archive: Archive) -> None:
    story = prose(random.Random(7))
    save(archive, visit(article(*story, url="https://one.example/1"), url="https://one.example/1"))
    for number in (1, 2, 5):  # the next revisions get numbers from there
        filler = {"id": number << STRETCH_BITS, "number": 9 + number}
        columns = [name for (name,) in rows(archive, "SELECT name FROM pragma_table_info('revisions')")]
        copied = ", ".join(f":{name}" if name in filler else name for name in columns)
        archive.db.conn.execute(
            f"INSERT INTO revisions ({', '.join(columns)}) SELECT {copied} FROM revisions WHERE id = 1", filler
        )
        archive.db.conn.commit()
        url = f"https://later{number}.example/1"
        assert save(archive, visit(article(*story, url=url, title="Ours"), url=url)) == "duplicate", number
        found = rows(
            archive, "SELECT other_id FROM near JOIN articles ON id = article_id WHERE url = ? ORDER BY other_id", url
        )
        assert (1,) in found
    assert rows(archive, "SELECT DISTINCT stretch FROM shingles ORDER BY stretch") == [(0,), (1,), (2,), (5,)]


def test_reports_of_one_form_on_one_site_are_not_duplicates(archive: Archive) -> None:
    story = prose(random.Random(1))
    save(archive, visit(article(*story, url="https://quake.example/1"), url="https://quake.example/1"))
    again = article(*story[:-1], "Another end.", url="https://quake.example/2")
    assert save(archive, visit(again, url="https://quake.example/2")) == "new"
    assert rows(archive, "SELECT * FROM near") == []


def test_a_link_is_deleted_if_a_revision_tells_another_story(archive: Archive) -> None:
    chance = random.Random(2)
    story, own = prose(chance), prose(chance)
    save(archive, visit(article(*story, url="https://wire.example/1"), url="https://wire.example/1"))
    url = "https://bay.example/1"
    assert save(archive, visit(article(*story[:6], url=url), url=url)) == "duplicate"
    assert rows(archive, "SELECT article_id, other_id, contained FROM near") == [(2, 1, 1.0)]
    assert save(archive, visit(article(*own, url=url), url=url), 1) == "revised"
    assert rows(archive, "SELECT * FROM near") == []
    assert save(archive, visit(article(*story, url=url), url=url), 2) == "revised"
    assert rows(archive, "SELECT article_id, other_id, similarity FROM near") == [(2, 1, 1.0)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("港の浚渫工事は来春に始まると港湾局が金曜日に発表した。漁師たちは二年前から工事を求めていた。費用は千百万クローネで半分は郡が負担する。", "港湾局の発表。港の浚渫工事は来春に始まると港湾局が金曜日に発表した。漁師たちは二年前から工事を求めていた。費用は千百万クローネで半分は郡が負担する。", True),
        ("港の浚渫工事は来春に始まると港湾局が金曜日に発表した。漁師たちは二年前から工事を求めていた。費用は千百万クローネで半分は郡が負担する。", "市議会は新しい橋の建設を承認し、来年の予算に計上すると述べた。市民からは賛否の声が上がり、議論は深夜まで続いたという。次の会議は火曜日に開かれる。", False),
    ],
)  # fmt: skip
def test_texts_in_scripts_without_spaces_are_compared_by_letters(one: str, other: str, expected: bool) -> None:
    assert same_story(likeness(shingles(one), shingles(other))) is expected


def test_many_texts_at_once_have_the_shingles_of_each_alone() -> None:
    texts = [
        "",
        "one two",
        "a b c d",
        "港の浚渫工事は来春に始まると港湾局が発表した",
        "The harbour, he said, will be dredged in spring.",
        "",
        "x " * 300,
    ]
    texts += [" ".join(prose(random.Random(number))) for number in range(150)]
    for text, hashes in zip(texts, shingles_of(texts), strict=True):
        assert hashes.tolist() == shingles(text).tolist() == sorted(set(hashes.tolist()))
    assert shingles_of([]) == []


def test_shingles_do_not_depend_on_case_spaces_and_punctuation() -> None:
    assert keys_of(shingles("“The harbour”, he SAID — will\n\nbe dredged.")) == keys_of(
        shingles("the harbour he said will be dredged")
    )
    assert len(shingles("three words only")) == 0
    assert len(shingles("")) == 0
    assert len(shingles("\ud800 \0 one two three four five")) > 0
