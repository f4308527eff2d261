"""What a rule changes in stored texts, and from where on that is too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.runs.rule_trial import Change, RuleTrial, TriedPage, fault, read_site, try_rules
from archive.store.archive import Archive
from scraper.rules.community import parse_site_file
from scraper.rules.loader import built_in_rules
from tests.support.reextraction import HOST, TEXT, fetched, harbour_page
from tests.support.visits import hours


def body(number: int, comments: str) -> str:
    """The body of a page, with comments below it."""
    text = "".join(f"<p>{paragraph.format(n=number + 5)}</p>" for paragraph in TEXT)
    return f"{text}<div class=comments><h3>Comments on vote {number}</h3>{comments}</div>"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two articles, each with comments of its own."""
    opened = Archive.open(tmp_path / "a.db", create=True)
    run = opened.start_run(at=hours(0), sources="test")
    for number in (1, 2):
        comments = "".join(f"<p>Reader {number}{item}: what a waste of money, close it</p>" for item in range(6))
        opened.save(fetched(harbour_page(number, body=body(number, comments))), run=run, at=hours(1))
    return opened


def trial(archive: Archive, line: str) -> RuleTrial:
    rules = parse_site_file(line.encode(), name="x.txt", host=HOST.removeprefix("https://")).rules
    (found,) = try_rules(archive, rules, read_site(archive, "herald.example", built_in_rules()), built_in_rules())
    return found


def test_a_body_rule_that_brings_comments_into_the_text_is_refused(archive: Archive) -> None:
    found = trial(archive, "body: //div[@class]")
    assert (found.found, found.changed) == (2, 2)
    assert found.refused.startswith("refused: it changes ")
    archive.close()


def test_a_body_rule_that_changes_nothing_is_kept(archive: Archive) -> None:
    found = trial(archive, "body: //article/p")
    assert (found.found, found.changed, found.refused, found.is_kept) == (2, 0, "", True)
    archive.close()


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (Change(), ""),
        (Change(spoils=True), "no longer complete"),
        (Change(harm=10), "for the worse"),
        (Change(harm=9), "it costs 9 words"),
        (Change(harm=9, gain=9), ""),
        (Change(harm=1), ""),
    ],
    ids=["nothing", "a verdict", "a tenth of a page", "more than a hundredth", "as much gained", "a hundredth"],
)
def test_a_rule_may_do_little_harm(archive: Archive, change: Change, refused: str) -> None:
    class Page(TriedPage):
        """A page of so many words."""

        words = 90  # type: ignore[assignment]

    (page, _) = read_site(archive, "herald.example", built_in_rules())
    tried = Page(page.stored, page.tree, page.extraction)
    told = fault({0: change}, [tried, tried])
    assert refused in told
    assert bool(refused) == bool(told)
    archive.close()
