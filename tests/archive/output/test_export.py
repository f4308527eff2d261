"""Export: every format read back with another program's reader."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
import yaml

from archive.output.export import (
    FORMATS,
    export_articles,
    file_stem,
    write_csv,
    write_folder,
)
from archive.output.text_choice import DEFAULT, TextChoice
from archive.store.archive import Archive
from archive.store.reader import set_tags
from scraper.errors import InputError
from scraper.types import Block
from tests.support.visits import START, article, hours, visit

BLOCKS = (
    Block("heading", "What it costs", 0, level=2),
    Block("paragraph", "See the plan.", 1, markup="See [the plan](https://herald.example/plan)."),
    Block("list", "one", 2, level=1),
    Block("list", "two", 3, level=1),
    Block("quote", "We waited.", 4),
    Block("caption", "The quay", 5, image="https://herald.example/q.jpg", credit="A. Quill"),
    Block("correction", "An earlier version said ten.", 6),
)


@pytest.fixture
def archive(archive: Archive) -> Archive:
    first = article(blocks=BLOCKS, contributors=("The Wire",))
    archive.save(visit(first), run=1, at=START)
    for number, day in ((2, 5), (3, 7)):
        url = f"https://coast.example/{number}"
        found = article(f'Number {number}, with "quotes"\n and a break.', url=url, title=f"=SUM({number})")
        found = article(
            *found.text.split("\n\n"), url=url, title=found.title, published=datetime(2026, 11, day, tzinfo=UTC)
        )
        archive.save(visit(found, url=url), run=1, at=hours(number))
    return archive


def written(archive: Archive, form: str, choice: TextChoice = DEFAULT) -> str:
    out = io.StringIO(newline="")
    assert FORMATS[form](export_articles(archive), out, choice) == 3
    return out.getvalue()


def test_json_lines_hold_everything(archive: Archive) -> None:
    first, second, _ = map(json.loads, written(archive, "jsonl").splitlines())
    assert first["text"] == "What it costs\n\nSee the plan.\n\none\ntwo\n\nWe waited."
    assert first["authors"] == ["Ada Quill", "José Ríos"]
    assert first["contributors"] == ["The Wire"]
    assert first["captions"] == [{"text": "The quay", "image": "https://herald.example/q.jpg", "credit": "A. Quill"}]
    assert first["corrections"] == ["An earlier version said ten."]
    assert first["published"] == "2026-11-19T17:30:00Z"
    assert second["title"] == "=SUM(2)"
    assert "José" in written(archive, "jsonl")


def test_markdown_keeps_links_lists_captions_and_the_address(archive: Archive) -> None:
    captions = TextChoice(added=frozenset({"caption"}))
    assert "The quay" not in written(archive, "markdown")
    first, *rest = written(archive, "markdown", captions).split("\n---\n")
    assert first.startswith("# Harbour to be dredged\n")
    for piece in ("[the plan](https://herald.example/plan)", "- one\n- two", "> We waited.", "The quay", "The Wire"):
        assert piece in first
    assert "<https://herald.example/2026/harbour>" in first
    assert len(rest) == 2


def test_front_matter_has_the_readers_tags_too_and_stands_before_each_article(archive: Archive) -> None:
    set_tags(archive, 1, "to read, harbour", at=START)
    shown = written(archive, "markdown", TextChoice(front_matter=True))
    parts = shown.split("---\n")[1::2]
    facts = [yaml.safe_load(part) for part in parts]
    assert [fact["title"] for fact in facts] == ["Harbour to be dredged", "=SUM(2)", "=SUM(3)"]
    assert facts[0]["tags"] == ["harbour", "to read"]
    assert facts[0]["url"] == "https://herald.example/2026/harbour"


def test_csv_reads_back_and_guards_spreadsheets(archive: Archive) -> None:
    rows = list(csv.DictReader(io.StringIO(written(archive, "csv"), newline="")))
    assert rows[0]["authors"] == "Ada Quill; José Ríos"
    assert rows[1]["text"] == 'Number 2, with "quotes"\n and a break.'
    assert [row["title"] for row in rows[1:]] == ["'=SUM(2)", "'=SUM(3)"]
    assert rows[0]["free"] == rows[0]["duplicate_of"] == ""


def exported_title(archive: Archive, title: str) -> str:
    """The title of an article as CSV writes it."""
    url = "https://coast.example/cell"
    archive.save(visit(article("Text.", url=url, title=title), url=url), run=1, at=START)
    out = io.StringIO(newline="")
    write_csv(export_articles(archive, site="coast.example", query="Text"), out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    return row["title"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1+1", " ＋1", "－1", "＠x", "﹦1"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(archive: Archive, cell: str) -> None:
    assert exported_title(archive, cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["1=1", "~1", "—1", "ー1"])
def test_a_cell_that_begins_with_another_sign_is_left_as_it_is(archive: Archive, cell: str) -> None:
    assert exported_title(archive, cell) == cell


def test_csv_can_be_written_as_it_is(archive: Archive) -> None:
    out = io.StringIO(newline="")
    write_csv(export_articles(archive), out, guarded=False)
    assert [row["title"] for row in csv.DictReader(io.StringIO(out.getvalue(), newline=""))][1] == "=SUM(2)"


@pytest.mark.parametrize(("form", "suffix"), [("markdown", ".md"), ("jsonl", ".json"), ("csv", ".csv")])
def test_a_folder_gets_one_file_per_article(archive: Archive, tmp_path: Path, form: str, suffix: str) -> None:
    folder = tmp_path / "new" / "folder"
    assert write_folder(export_articles(archive), folder, form=form).written == 3
    names = sorted(file.name for file in folder.iterdir())
    assert names == [
        f"2026-11-05-sum-2-2{suffix}",
        f"2026-11-07-sum-3-3{suffix}",
        f"2026-11-19-harbour-to-be-dredged-1{suffix}",
    ]
    assert all((folder / name).stat().st_size > 50 for name in names)


@pytest.mark.parametrize(
    "title", ["", "../../etc/passwd", "CON", "a/b\\c:d*e?", "Привет мир", "x" * 400, "\ufffd", ".hidden", "Zoë’s “day”"]
)
def test_any_title_makes_a_safe_file_name(archive: Archive, title: str) -> None:
    url = "https://coast.example/name"
    archive.save(visit(article(url=url, title=title), url=url), run=1, at=START)
    stem = file_stem(archive.article(url))
    assert stem.startswith("2026-11-19")
    assert stem.endswith("-4")
    assert len(stem) < 100
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def ids(archive: Archive, **conditions: object) -> list[int]:
    return [stored.id for stored in export_articles(archive, **conditions)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"site": "coast.example"}, [2, 3]),
        ({"since": datetime(2026, 11, 7, tzinfo=UTC)}, [1, 3]),
        ({"until": datetime(2026, 11, 7, tzinfo=UTC)}, [2]),
        ({"query": "plan"}, [1]),
        ({"query": "number", "site": "herald.example"}, []),
        ({"query": "+++"}, []),
    ],
)
def test_filters_select_articles(archive: Archive, conditions: dict[str, object], expected: list[int]) -> None:
    assert ids(archive, **conditions) == expected


def test_an_empty_query_is_an_error(archive: Archive) -> None:
    with pytest.raises(InputError):
        ids(archive, query=" ")


def test_more_articles_than_one_batch_come_once_each_in_order(archive: Archive) -> None:
    many = [f"https://bulk.example/{number}" for number in range(450)]
    visits = [visit(article(f"Text of {url}.", url=url), url=url) for url in many]
    archive.save_many(visits, run=1, at=START)
    assert [stored.article.url for stored in export_articles(archive, site="bulk.example")] == many


def test_an_export_does_not_block_a_checkpoint(archive: Archive) -> None:
    taken = export_articles(archive)
    first = list(islice(taken, 1))
    url = "https://coast.example/late"
    archive.save(visit(article("Late.", url=url), url=url), run=1, at=START)
    other = sqlite3.connect(archive.path, timeout=0)
    (busy, _, _) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()
    assert not busy
    assert [stored.id for stored in (*first, *taken)] == [1, 2, 3, 4]
