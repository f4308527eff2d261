"""Answers for agents: bounded, typed, with clear errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.agents.answers import UNTRUSTED, get_article, get_removals, list_sources, search_articles
from archive.store.archive import Archive
from scraper.errors import ArchiveError, InputError
from scraper.types import Block
from tests.support.visits import BODY, START, URL, article, removal, visit

OTHER = "https://coast.example/long"
LONG = tuple(f"Paragraph {number} of the long report on the ferry." for number in range(20))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agents") / "a.db"
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(
            visit(article(), removals=(removal(), removal("Share\x1b[31m this", position=10))), run=run, at=START
        )
        archive.save(visit(article(*LONG, url=OTHER, title="Long"), url=OTHER), run=run, at=START)
    return path


def test_search_gives_articles_and_says_that_texts_are_untrusted(path: Path) -> None:
    found = search_articles(path, "dredged")
    assert [(one.id, one.url, one.title, one.published, one.partial) for one in found.articles] == [
        (1, URL, "Harbour to be dredged", "2026-11-19T17:30:00Z", False)
    ]
    assert "[dredged]" in found.articles[0].snippet
    assert (found.suggestion, found.note) == ("", UNTRUSTED)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"site": "coast.example"}, [2]),
        ({"since": "2026-11-20"}, []),
        ({"until": "2026-11-19"}, [1, 2]),
        ({"until": "2026-11-18"}, []),
        ({"limit": 1}, 1),
    ],
)
def test_search_is_narrowed(path: Path, options: dict[str, object], ids: list[int] | int) -> None:
    found = [one.id for one in search_articles(path, "the", **options).articles]  # type: ignore[arg-type]
    assert len(found) == ids if isinstance(ids, int) else sorted(found) == ids


def test_a_search_that_finds_nothing_suggests(path: Path) -> None:
    assert search_articles(path, "harbuor").suggestion == "harbour"


@pytest.mark.parametrize(
    ("query", "options", "said"),
    [
        ("", {}, "the query is empty"),
        ("tide", {"since": "soon"}, "since: 'soon' is no date"),
        ("tide", {"until": "soon"}, "until: 'soon' is no date"),
        ("tide", {"limit": 0}, "limit: 0 is not from 1 to 50"),
        ("tide", {"limit": 51}, "limit: 51 is not from 1 to 50"),
    ],
)
def test_a_wrong_question_is_told(path: Path, query: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        search_articles(path, query, **options)  # type: ignore[arg-type]


def test_an_article_comes_in_parts_that_make_the_whole(path: Path) -> None:
    texts, start = [], 0
    while True:
        part = get_article(path, OTHER, start_block=start, max_chars=200)
        assert len(part.text) <= 200 + 2 * 4
        texts.append(part.text)
        if part.next_block is None:
            break
        assert part.next_block > start
        start = part.next_block
    assert "\n\n".join(texts) == "\n\n".join(LONG)
    assert len(texts) > 3


def test_the_text_is_that_of_exports_and_blocks_have_the_numbers_of_chunks(tmp_path: Path) -> None:
    blocks = (
        Block("standfirst", "The wall is late.", position=1),
        Block("caption", "The wall in May.", position=2),
        Block("paragraph", "Masons went home on Friday.", position=3),
        Block("list", "sand", position=4),
        Block("list", "lime", position=5),
        Block("caption", "The wall in June.", position=6),
    )
    with Archive.open(tmp_path / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        archive.save(visit(article(blocks=blocks)), run=run, at=START)
        stored = archive.article("1")
    whole = get_article(archive.path, "1")
    assert whole.text == stored.article.text == "The wall is late.\n\nMasons went home on Friday.\n\nsand\nlime"
    assert (whole.blocks, whole.first_block, whole.next_block) == (6, 0, None)
    first = get_article(archive.path, "1", max_chars=20)
    assert (first.text, first.next_block) == ("The wall is late.", 2)
    rest = get_article(archive.path, "1", start_block=1)
    assert (rest.text[:6], rest.first_block, rest.next_block) == ("Masons", 2, None)
    assert get_article(archive.path, "1", start_block=5).text == ""


def test_a_block_is_never_cut(path: Path) -> None:
    part = get_article(path, "1", max_chars=1)
    assert (part.text, part.next_block, part.blocks, part.authors) == (BODY[0], 1, 3, ["Ada Quill", "José Ríos"])


@pytest.mark.parametrize(
    ("article", "options", "said"),
    [
        ("99", {}, "^no article '99'; find one with search_articles$"),
        ("1", {"start_block": 3}, "start_block: 3 is not from 0 to 2"),
        ("1", {"start_block": -1}, "start_block"),
        ("1", {"max_chars": 0}, "max_chars"),
    ],
)
def test_a_missing_article_or_block_is_told(path: Path, article: str, options: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        get_article(path, article, **options)


def test_removals_tell_rule_and_kind_without_control_characters(path: Path) -> None:
    found = get_removals(path, "1")
    assert [(one.number, one.kind, one.rule, one.text, one.restored) for one in found.removed] == [
        (1, "newsletter", "newsletter.signup.en", "Sign up for our newsletter", False),
        (2, "newsletter", "newsletter.signup.en", "Share[31m this", False),
    ]
    assert found.more == 0


def test_sources_are_counted(path: Path) -> None:
    found = list_sources(path, at=START)
    assert (found.articles, found.sites) == (2, 2)
    assert [one.articles for one in found.sources] == [2]


def test_a_missing_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        list_sources(tmp_path / "none.db")
