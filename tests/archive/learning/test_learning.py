"""Rules proposed from an archive: boilerplate that repeats, and never a sentence of an article."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from archive.cli.learn import find_proposals
from archive.cli.main import main
from archive.learning.candidates import is_known
from archive.learning.proposals import Proposal, as_toml, pattern_of
from archive.learning.repeats import SLOT, SeenBlock, find_repeats, skeleton, stories
from archive.learning.rule_files import own_rules_path, read_rules
from archive.newsroom.articles import load_newsroom, plain
from archive.newsroom.pages import article_page, story_path
from archive.store.archive import Archive
from scraper.extraction.extract import extract
from scraper.rules.loader import built_in_rules, parse_rules
from scraper.types import BODY_KINDS, Block, Fetched, Link, Removal
from tests.support.pages import page
from tests.support.visits import START, article, hours, rows, visit

HOST = "https://herald.example"
SUBJECTS = ("harbour", "school", "bridge", "market", "library", "ferry", "orchard", "quarry")
STANDING = "Like what you read? Become a friend of the Herald and help us keep our stories free for all readers."
VARIED = "This story was free for you thanks to {n} friends like you."
REFRAIN = "A spokesman for the council did not answer calls on Friday."


def paper(archive: Archive, count: int = 8, *, extra: Any = lambda number: ()) -> None:
    """Articles that share only the extra blocks."""
    for number, subject in enumerate(SUBJECTS[:count]):
        own = [
            f"The {subject} of ward {number * 7} will be rebuilt by the {word} after the flood, a report of {part + number * 11} pages says."
            for part, word in enumerate(("county", "town", "guild"))
        ]
        url = f"{HOST}/{subject}"
        found = article(*own[:2], *extra(number), own[2], url=url, title=f"The {subject}")
        assert archive.save(visit(found, url=url), run=1, at=hours(number)) in {"new", "duplicate"}


def learned(archive: Archive, **options: Any) -> list[Proposal]:
    return find_proposals(archive, built_in_rules(), **{"site": "", "min_articles": 3} | options)


def test_a_repeated_appeal_is_proposed_with_its_evidence_and_effect(archive: Archive) -> None:
    paper(archive, extra=lambda number: [STANDING] if number != 3 else [])
    (found,) = learned(archive)
    row = found.as_dict()
    assert (row["site"], row["articles"], row["of_articles"], row["kept"]) == ("herald.example", 7, 8, 7)
    assert (row["takes_blocks"], row["takes_from_articles"], row["samples"]) == (7, 7, [STANDING])
    assert re.search(found.rule.pattern, STANDING)
    assert not re.search(found.rule.pattern, found.rule.miss[0])
    assert found.rule.hosts == ("herald.example",)
    assert "7 of 8 articles" in found.rule.why


def test_a_repeated_appeal_in_the_place_of_the_standfirst_is_proposed(archive: Archive) -> None:
    for number, subject in enumerate(SUBJECTS):
        own = (
            f"The {subject} of ward {number * 7} will be rebuilt after the flood, a report of {number * 11} pages says."
        )
        url = f"{HOST}/{subject}"
        blocks = (Block("standfirst", STANDING, 1), Block("paragraph", own, 2))
        archive.save(visit(article(blocks=blocks, url=url, title=f"The {subject}"), url=url), run=1, at=hours(number))
    (found,) = learned(archive)
    assert re.search(found.rule.pattern, STANDING)


def test_a_block_that_varies_in_numbers_and_names_is_one_rule(archive: Archive) -> None:
    paper(archive, extra=lambda number: [VARIED.format(n=number * 13 + 5)])
    (found,) = learned(archive)
    assert "with other numbers and names" in found.rule.why
    assert re.search(found.rule.pattern, VARIED.format(n=99_999))
    assert not re.search(found.rule.pattern, VARIED.format(n="many"))


def test_a_sentence_that_many_articles_have_is_not_boilerplate(archive: Archive) -> None:
    paper(archive, extra=lambda number: [REFRAIN, "The council will meet again in spring."])
    assert learned(archive) == []


def test_a_story_told_twice_is_one_story(archive: Archive) -> None:
    pitch = STANDING
    shared = [
        "The harbour wall broke on Friday night and let the sea into the lower town.",
        "Nine boats were lost, the harbour master said when the morning had come.",
    ]
    for number in range(4):
        url = f"{HOST}/update/{number}"
        archive.save(
            visit(article(*shared, f"Update number {number}.", pitch, url=url), url=url), run=1, at=hours(number)
        )
    assert learned(archive) == []
    blocks = [SeenBlock(number, text) for number in range(3) for text in shared]
    assert stories(blocks) == {0: 0, 1: 0, 2: 0}


def test_a_block_that_the_scorer_removes_often_becomes_a_rule_without_effect(archive: Archive) -> None:
    for number, subject in enumerate(SUBJECTS):
        url = f"{HOST}/{subject}"
        gone = (Removal("scorer", "text", "other", 5, "Tap the star to keep this story in your list"),)
        text = f"The {subject} of ward {number * 7} will be rebuilt after the flood, a report says."
        archive.save(visit(article(text, url=url), url=url, removals=gone), run=1, at=hours(number))
    (found,) = learned(archive)
    assert (found.as_dict()["kept"], found.takes, found.as_dict()["removed_without_rule"]) == (0, 0, 8)
    before = list(archive.path.parent.iterdir())
    for arguments in ([], ["--apply"]):
        done = CliRunner().invoke(main, ["learn", *arguments, "--db", str(archive.path)])
        assert (done.exit_code, done.stdout) == (0, "")
        assert (
            done.stderr
            == "no repeated block in stored texts looks like boilerplate; --all adds 1 rule for blocks already removed by the scorer\n"
        )
    assert list(archive.path.parent.iterdir()) == before
    done = CliRunner().invoke(main, ["learn", "--all", "--apply", "--db", str(archive.path)])
    assert done.stdout.startswith("# changes no stored text: 8 blocks already removed by the scorer\n")
    assert read_rules((own_rules_path(archive.path),)).compiled[found.rule.id]


def test_a_block_that_a_rule_already_removes_is_not_proposed(archive: Archive) -> None:
    line = "Sign up for our newsletter"
    assert is_known(line, built_in_rules())
    paper(archive, extra=lambda number: [line])  # as an older version left it
    assert learned(archive) == []


def test_few_articles_and_other_sites_give_no_proposal(archive: Archive) -> None:
    paper(archive, 2, extra=lambda number: [STANDING])
    assert learned(archive) == []
    assert len(learned(archive, min_articles=2)) == 1
    assert learned(archive, min_articles=2, site="coast.example") == []
    assert len(learned(archive, min_articles=2, site="www.herald.example")) == 1


def test_the_same_archive_gives_the_same_proposals(archive: Archive) -> None:
    paper(archive, extra=lambda number: [STANDING, VARIED.format(n=number)])
    first, second = (["\n".join(as_toml(one)) for one in learned(archive)] for _ in range(2))
    assert first == second
    assert len(first) == 2


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["Read on (free)."], r"^Read on \(free\)\.$"),
        (["Read 3 of 5 stories", "Read 4 of 5 stories"], r"^Read \d[\d.,:/]* of 5 stories$"),
        (["More of Ann Lee today", "More of Bob Ray today"], "^More of [^.!?]{1,60} today$"),
    ],
)
def test_a_pattern_matches_the_whole_block_with_slots_where_it_varies(texts: list[str], pattern: str) -> None:
    assert pattern_of(texts) == pattern
    assert all(re.search(pattern, text) for text in texts)


def test_a_capital_at_the_beginning_of_a_sentence_is_not_a_name() -> None:
    assert skeleton("Read the story. Then tell Ann Lee.") == f"Read the story. Then tell {SLOT}"


def test_a_phrase_of_common_words_repeats_by_chance() -> None:
    drawn = random.Random(5)
    blocks = [
        SeenBlock(number, " ".join(drawn.choices(("was", "then", "there", "nothing"), k=4))) for number in range(200)
    ]
    assert Counter(seen.text for seen in blocks).most_common(1)[0][1] >= 3
    assert find_repeats("h", blocks, min_articles=3) == []
    pitch = [SeenBlock(number, "become a friend of the herald") for number in range(3)]
    assert [repeat.key for repeat in find_repeats("h", [*blocks, *pitch], min_articles=3)] == [pitch[0].text]


def test_a_block_in_a_script_without_spaces_can_be_learned(archive: Archive) -> None:
    line = "会員登録すると続きをお読みいただけます"
    texts = (
        "港の防波堤は春に改修されると市長が金曜日に述べた。",
        "図書館の屋根は嵐で壊れたが来月には直るという。",
        "新しい渡し船は朝の七時から夜の九時まで走る。",
        "果樹園の収穫は去年の半分だったと農家は話した。",
    )
    for number, text in enumerate(texts):
        url = f"{HOST}/ja/{number}"
        archive.save(visit(article(text, line, url=url), url=url), run=1, at=hours(number))
    found = learned(archive)
    assert [one.samples for one in found] in ([(line,)], [])  # found only where its pairs of signs speak for it
    for one in found:
        assert built_in_rules().candidates(line) is not None
        assert one.rule.words[0] in line


# --- the demo newsroom --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """All stories of the newsroom as they are at the second visit, extracted and archived without a network."""
    with Archive.open(tmp_path_factory.mktemp("learn") / "news.db", create=True) as archive:
        run = archive.start_run(at=START, sources="newsroom")
        for site in load_newsroom():
            base = f"https://{site.key}.example"
            for story in site.at_visit(2):
                url = base + story_path(site, story)
                html = article_page(site, story, base=base, visit=2)
                sent = page(html, url=url, content_type=f"text/html; charset={site.encoding}", fetched_at=START)
                archive.save(Fetched(Link(url, site.key), sent, extract(sent, built_in_rules())), run=run, at=START)
        yield archive


def body_lines() -> set[str]:
    """Every line of every article's own text."""
    pieces = (piece for site in load_newsroom() for story in site.stories for piece in (*story.pieces, *story.below))
    return {plain(line, piece.kind) for piece in pieces if piece.kind in BODY_KINDS for line in piece.lines}


@pytest.mark.parametrize("min_articles", [2, 3])
def test_no_sentence_of_the_newsroom_is_proposed(newsroom: Archive, min_articles: int) -> None:
    lines = body_lines()
    found = learned(newsroom, min_articles=min_articles)
    assert not [line for one in found for line in lines if re.search(one.rule.pattern, line, re.IGNORECASE)]
    assert not [sample for one in found for sample in one.samples if sample in lines]


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_proposes_and_applies_a_rule_once(archive: Archive) -> None:
    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(main, [*arguments, "--db", str(archive.path)])
        assert done.exit_code == 0, done.output
        return done

    paper(archive, extra=lambda number: [STANDING])
    shown = run("learn")
    assert shown.stderr.startswith("1 rule proposed: 8 blocks of stored texts would be removed")
    (rule,) = parse_rules(shown.stdout, origin="stdout")
    assert rule.hit == (STANDING,)
    assert not own_rules_path(archive.path).exists()
    assert json.loads(run("learn", "--json", "-q").stdout)[0]["id"] == rule.id
    assert str(own_rules_path(archive.path)) in run("learn", "--apply").stderr
    own = own_rules_path(archive.path).read_text(encoding="utf-8")
    assert read_rules((own_rules_path(archive.path),)).compiled[rule.id]
    assert "no repeated block" in run("learn", "--apply").stderr
    assert own_rules_path(archive.path).read_text(encoding="utf-8") == own
    assert {file.name for file in archive.path.parent.iterdir()} == {"a.db", "a.db-wal", "a.db-shm", "a.rules.toml"}
    assert rows(archive, "SELECT count(*) FROM revisions") == [(8,)]  # texts change by `reextract` alone


def test_own_rules_are_kept_when_learned_rules_are_added(archive: Archive) -> None:
    paper(archive, extra=lambda number: [STANDING])
    path = own_rules_path(archive.path)
    path.write_text(
        '# mine\n[[rule]]\nid = "mine.x"\nstage = "element"\nkind = "ad"\npattern = ".x"\nwhy = "w"\nhit = ["<div class=x>A</div>"]\nmiss = ["<div>A</div>"]\n'
    )
    done = CliRunner().invoke(main, ["learn", "--apply", "--db", str(archive.path)])
    assert done.exit_code == 0, done.output
    assert path.read_text().startswith("# mine")
    assert len(read_rules((path,)).rules) == len(built_in_rules().rules) + 2
