"""The demo: two real scrapes of the newsroom over loopback, and the story that the demo tells."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from archive.cli import demo_story
from archive.cli.demo import DEMO, scrape_newsroom
from archive.cli.demo_story import DemoRun, emphasized, paired
from archive.cli.main import main
from archive.newsroom.articles import PACKAGED_SEEDS, load_newsroom, seeds_folder
from archive.newsroom.server import LoggedRequest, serve_newsroom
from archive.store.archive import Archive
from archive.store.lock import locked
from tests.support.visits import START, article, visit

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Scraped:
    """The newsroom after two runs: the archive, the totals and requests of each run, and the seed article's address."""

    path: Path
    runs: tuple[DemoRun, ...]
    asked: tuple[tuple[LoggedRequest, ...], ...]
    seed: str

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.path) as conn:
            rows = conn.execute(sql).fetchall()
        conn.close()
        return rows


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Scraped:
    folder = tmp_path_factory.mktemp("newsroom")
    path = folder / "news.db"
    with serve_newsroom() as stand:
        sources = stand.write_source_list(folder / "newsroom.toml")
        runs, asked = [], []
        for stand.visit in (1, 2):
            runs.append(scrape_newsroom(sources, path, ago=timedelta(days=2 - stand.visit)))
            asked.append(tuple(stand.requests))
            stand.requests.clear()
        return Scraped(path, tuple(runs), tuple(asked), stand.url("nightdesk", "raqqa-offensive-within-weeks"))


@pytest.fixture(scope="module")
def story(scraped: Scraped, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The command's output and its archive, which takes the place of an earlier demo's."""
    path = tmp_path_factory.mktemp("demo") / "d.db"
    shutil.copy(scraped.path, path)
    result = CliRunner().invoke(main, ["demo", "--db", str(path)])
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout, path


@pytest.fixture
def archive(scraped: Scraped) -> Iterator[Archive]:
    with Archive.open(scraped.path, write=False) as archive:
        yield archive


def test_each_paper_goes_by_its_own_name(scraped: Scraped) -> None:
    assert {name for (name,) in scraped.rows("SELECT DISTINCT site FROM articles")} == {
        site.name for site in load_newsroom()
    }


# --- What two runs archive ----------------------------------------------------------------------------------------


def test_every_article_is_archived_except_the_one_that_robots_disallows(scraped: Scraped) -> None:
    wanted = {story.title for site in load_newsroom() for story in site.stories if not story.private}
    assert {title for (title,) in scraped.rows("SELECT title FROM articles")} == wanted


def test_pages_that_robots_disallows_are_never_fetched(scraped: Scraped) -> None:
    paths = [asked.path for run in scraped.asked for asked in run]
    assert [path for path in paths if "/members/" in path] == []
    assert [failure.kind for failure in scraped.runs[0].failures if "/members/" in failure.link.url] == ["robots"]


def test_the_page_that_failed_is_archived_by_the_second_run(scraped: Scraped) -> None:
    first, second = scraped.runs
    assert [failure.status for failure in first.failures if failure.kind == "status"] == [500]
    assert [failure for failure in second.failures if failure.kind == "status"] == []
    assert second.totals.saved["new"] == 2


def test_pages_with_validators_are_not_sent_twice(scraped: Scraped) -> None:
    unchanged = Counter(asked.site for asked in scraped.asked[1] if asked.status == 304)
    assert unchanged["nightdesk"] >= 6
    assert scraped.runs[1].totals.saved["unchanged"] >= 6


def test_the_seed_article_comes_out_as_expected(scraped: Scraped, archive: Archive) -> None:
    expected = json.loads((seeds_folder() / "nbcnews-raqqa-2016.expected.json").read_text(encoding="utf-8"))
    stored = archive.article(scraped.seed)
    assert stored.article.text == expected["text"]
    assert stored.article.title == expected["title"]
    assert list(stored.article.authors) == expected["authors"]
    assert list(stored.article.contributors) == expected["contributors"]
    taken = [{"kind": removal.kind, "text": removal.text} for removal in archive.removals(stored.id)]
    assert [row for row in taken if row in expected["removed"]] == expected["removed"]


def test_a_changed_article_is_a_revision_and_a_rotating_promo_is_not(scraped: Scraped, archive: Archive) -> None:
    revised = scraped.rows("SELECT title, revision FROM articles WHERE revision > 1")
    assert revised == [("Tessel Bay council approves the tide wall by a single vote", 2)]
    before, after = archive.revisions(scraped.rows("SELECT id FROM articles WHERE revision > 1")[0][0])
    assert (after.added, after.removed) == (2, 2)
    assert "driven in March" in before.text
    assert "driven in June" in after.text
    assert "podcast" not in before.text
    assert "Download it free" not in after.text
    assert scraped.runs[1].totals.saved["same"] >= 5


def test_the_syndicated_article_is_known_as_a_duplicate(scraped: Scraped) -> None:
    rows = scraped.rows("SELECT site, duplicate_of IS NULL FROM articles WHERE title LIKE 'The Marrow crests%'")
    assert {site for site, _ in rows} == {"The Tessel Bay Courier", "Fieldnotes from the Middle Valley"}
    assert sorted(first for _, first in rows) == [0, 1]


def test_the_german_paper_is_read_in_its_own_encoding(scraped: Scraped) -> None:
    (text,) = scraped.rows("SELECT text FROM articles WHERE title LIKE 'Der Mann, der die Stille stimmte%'")[0]
    assert "„Lassen Sie die Leute etwas leiser sein.“" in text


# --- The story -------------------------------------------------------------------------------------------------


def test_the_story_has_all_its_parts(story: tuple[str, Path]) -> None:
    text, path = story
    for part in (
        "THE NEWSROOM",
        "FIRST RUN",
        "BEFORE AND AFTER",
        "REMOVED, BY KIND",
        "SEARCH",
        "SECOND RUN",
        "NEW",
        "REVISION 2",
        "NOW YOU",
    ):
        assert re.search(rf"^{part}", text, re.MULTILINE), part
    assert "  - newsletter  Let our news meet your inbox." in text
    assert "  - credit      The Associated Press and Courtney Kube contributed." in text
    assert "16 paragraphs kept" in text
    assert re.search(r"^  newsletter +\d+  █+$", text, re.MULTILINE)
    assert "[tide] [wall]" in text
    assert "- The wall will cost [61] million" in text
    assert "+ The wall will cost [64] million" in text
    assert 'became "The Courier app:' in text
    assert f"cuttings serve --db {path}" in text
    assert "install" not in text  # Datasette is there


def test_the_last_lines_are_commands_that_work_as_they_stand(
    story: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, path = story
    commands = re.findall(r"^    (cuttings .*)$", text.partition("NOW YOU")[2], re.MULTILINE)
    assert len(commands) == 4
    for command in commands[:3]:
        words = shlex.split(command.partition(" | ")[0])[1:]
        assert CliRunner().invoke(main, words).stdout, command
    (search,) = re.findall(r"^SEARCH  cuttings (.*)$", text, re.MULTILINE)
    assert "tide" in CliRunner().invoke(main, shlex.split(search)).stdout
    monkeypatch.setattr(demo_story, "find_spec", lambda name: None)
    lines = [click.unstyle(line) for line in demo_story.closing_lines(path, 1)]
    assert lines[-3].endswith("[datasette]'")
    assert lines[-1] == f"    {commands[-1]}"


def test_the_story_fits_a_hundred_columns_and_holds_no_colour_off_a_terminal(story: tuple[str, Path]) -> None:
    text, path = story
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if len(line) > 100 and str(path) not in line] == []


def test_the_counts_in_the_story_are_those_of_its_archive(story: tuple[str, Path]) -> None:
    text, path = story
    with Archive.open(path, write=False) as archive:
        printed = {kind: int(count) for kind, count in re.findall(r"^  ([a-z-]+) +(\d+)  █", text, re.MULTILINE)}
        first = "JOIN revisions ON revisions.id = removals.revision_id WHERE revisions.run_id = 1"
        assert printed == dict(archive.db.conn.execute(f"SELECT kind, count(*) FROM removals {first} GROUP BY kind"))
        assert archive.db.conn.execute("SELECT DISTINCT sources FROM runs").fetchall() == [(DEMO,)]


def test_an_earlier_demo_is_replaced(scraped: Scraped, story: tuple[str, Path]) -> None:
    assert scraped.rows("SELECT count(*) FROM runs") == [(2,)]
    with Archive.open(story[1], write=False) as archive:
        assert archive.db.conn.execute("SELECT count(*) FROM runs").fetchone() == (2,)
        own = archive.db.conn.execute("SELECT min(started_at) FROM runs").fetchone()
    assert own > scraped.rows("SELECT min(started_at) FROM runs")[0]


def test_an_archive_that_is_not_a_demo_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    with Archive.open(path, create=True) as archive:
        run = archive.start_run(at=START, sources="sources.toml")
        archive.save(visit(article()), run=run, at=START)
    before = path.read_bytes()
    result = CliRunner().invoke(main, ["demo", "--db", str(path)])
    assert result.exit_code == 5
    assert "it is not a demo archive" in result.output
    assert path.read_bytes() == before


def test_a_file_that_is_not_an_archive_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("a shopping list, long enough to be looked at as a file of its own\n" * 20)
    assert CliRunner().invoke(main, ["demo", "--db", str(path)]).exit_code == 5
    assert path.read_text().startswith("a shopping list")


def test_a_second_demo_on_the_same_file_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path / "d.db"):
        assert CliRunner().invoke(main, ["demo", "--db", str(tmp_path / "d.db")]).exit_code == 3


def test_changed_paragraphs_are_paired_with_their_earlier_text() -> None:
    changes = (
        ("-", "It will cost 61 million crowns."),
        ("-", "Gone for good."),
        ("+", "It will cost 64 million crowns."),
        ("+", "Quite new here."),
    )
    assert list(paired(changes)) == [
        ("It will cost 61 million crowns.", "It will cost 64 million crowns."),
        ("Gone for good.", ""),
        ("", "Quite new here."),
    ]
    assert (
        emphasized("It will cost 64 million crowns.", "It will cost 61 million crowns.")
        == "It will cost [64] million crowns."
    )


def test_seeds_are_found_in_a_package_and_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (seeds_folder() / "newsroom").is_dir()
    monkeypatch.setattr("archive.newsroom.articles.PACKAGED_SEEDS", tmp_path / "archive" / "seeds")
    assert seeds_folder() == tmp_path / "seeds"
    (tmp_path / "archive" / "seeds").mkdir(parents=True)
    assert seeds_folder() == tmp_path / "archive" / "seeds"
    assert PACKAGED_SEEDS.name == "seeds"
