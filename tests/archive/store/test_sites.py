"""One meaning of `--site`: every command and page selects the same articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner

from archive.cli.main import main
from archive.learning.candidates import find_candidates, train_on_archive
from archive.ledger.rule_stats import rule_stats
from archive.output.export import export_articles
from archive.runs.stored_pages import Selection, select_pages
from archive.search.fulltext import search
from archive.store.archive import Archive
from archive.web.boilerplate import read_boilerplate
from archive.web.search import SearchRequest, read_search
from scraper.rules.loader import built_in_rules
from tests.support.visits import START, article, hours, removal, rows, visit

STANDING = "Like what you read? Become a friend of our paper and help us keep these stories free for all readers."
SUBJECTS = ("harbour", "school", "bridge")
HOSTS = (
    ("https://www.herald.example", "Herald"),
    ("https://news.herald.example", "Herald News"),
    ("https://zeitung.example:8443", "Über Zeitung"),
    ("https://coast.example", "coast.example"),
    ("https://badherald.example", "Bad"),
    ("https://xn--mller-kva.example", "Müller"),
)
HERALD, NEWS, ZEITUNG, COAST, BAD, MUELLER = (set(range(1 + 3 * at, 4 + 3 * at)) for at in range(6))

ASKED: dict[str, set[int]] = {
    "herald.example": HERALD | NEWS,
    "www.HERALD.example": HERALD | NEWS,
    "news.herald.example": NEWS,
    "Herald": HERALD,
    "herald news": NEWS,
    "über zeitung": ZEITUNG,
    "ÜBER ZEITUNG": ZEITUNG,
    "u\u0308ber zeitung": ZEITUNG,
    "zeitung.example": ZEITUNG,
    "zeitung.example:8443": ZEITUNG,
    "zeitung.example:1": set(),
    "https://www.zeitung.example:8443/a/story": ZEITUNG,
    "coast.example": COAST,
    "müller.example": MUELLER,
    "xn--mller-kva.example": MUELLER,
    "example": HERALD | NEWS | ZEITUNG | COAST | BAD | MUELLER,
    "nowhere.example": set(),
    "uber zeitung": set(),
    "%": set(),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive.open(tmp_path_factory.mktemp("sites") / "a.db", create=True) as archive:
        run = archive.start_run(at=START, sources="x")
        number = 0
        for host, name in HOSTS:
            for subject in SUBJECTS:
                number += 1
                text = f"The {subject} will be rebuilt by the guild of {name}, a report of {number * 17} pages says."
                url = f"{host}/{subject}"
                found = article(text, STANDING, url=url, site=name, title=f"The {subject} of {name}")
                gone = (removal(f"Read more {number}", rule_id=f"own.{number}"),)
                archive.save(visit(found, url=url, removals=gone), run=run, at=hours(number))
        yield archive


def exported(archive: Archive, site: str) -> set[int]:
    return {stored.id for stored in export_articles(archive, site=site)}


def searched(archive: Archive, site: str) -> set[int]:
    return {hit.id for hit in search(archive, "rebuilt", site=site, limit=100)}


def searched_in_words(archive: Archive, site: str) -> set[int]:
    return {hit.id for hit in search(archive, f'rebuilt site:"{site}"', limit=100)}


def reextracted(archive: Archive, site: str) -> set[int]:
    pages = select_pages(archive, Selection(site=site), rules_hash="other-rules")
    articles = dict(rows(archive, "SELECT id, article_id FROM pages"))
    return {articles[page] for page in pages}


def learned(archive: Archive, site: str) -> set[int]:
    rules = built_in_rules()
    found = find_candidates(archive, rules, train_on_archive(archive, rules), site=site)
    return {seen.article for _, blocks in found for seen in blocks}


def counted(archive: Archive, site: str) -> set[int]:
    return {int(row.rule.removeprefix("own.")) for row in rule_stats(archive, built_in_rules(), site=site)}


def shown(archive: Archive, site: str, **asked: str) -> set[int]:
    found = read_search(archive, SearchRequest(site=site, **asked))  # type: ignore[arg-type]
    return {hit.article.id for hit in found.hits or ()}


def stripped(archive: Archive, site: str) -> set[int]:
    found = read_boilerplate(archive, site=site)
    return {number for row in found.rows or () for number, _ in row.examples}


CONSUMERS: dict[str, Callable[[Archive, str], set[int]]] = {
    "export": exported,
    "search": searched,
    "search, in the query": searched_in_words,
    "reextract": reextracted,
    "learn": learned,
    "rules stats": counted,
    "web search": lambda archive, site: shown(archive, site, query="rebuilt"),
    "web search by date": lambda archive, site: shown(archive, site, query="rebuilt", order="date"),
    "web list": shown,
    "web boilerplate": stripped,
}


COMMANDS = {
    "search": ["search", "rebuilt"],
    "export": ["export"],
    "learn": ["learn", "--quiet"],
    "rules stats": ["rules", "stats"],
    "reextract": ["reextract", "--dry-run", "--jobs", "1"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("asked", "is_known"), [("ÜBER zeitung", True), ("nowhere.example", False)])
def test_a_command_says_if_no_article_is_from_the_site(
    archive: Archive, command: str, asked: str, is_known: bool
) -> None:
    done = CliRunner().invoke(main, [*COMMANDS[command], "--db", str(archive.path), "--site", asked])
    assert done.exit_code in {0, 1}
    assert (f"--site {asked}: no article is from this site" in done.stderr) is not is_known


@pytest.mark.parametrize("consumer", CONSUMERS)
@pytest.mark.parametrize("asked", ASKED)
def test_a_site_means_the_same_articles_everywhere(archive: Archive, asked: str, consumer: str) -> None:
    assert CONSUMERS[consumer](archive, asked) == ASKED[asked]
