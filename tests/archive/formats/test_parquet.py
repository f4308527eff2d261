"""Parquet, read back by pyarrow, pandas and DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from archive.formats import parquet
from archive.formats.parquet import write_parquet
from archive.output.export import export_articles
from archive.output.rows import article_row
from archive.output.text_choice import TextChoice
from archive.store.archive import Archive
from archive.store.records import StoredArticle
from scraper.batch import parquet_file
from scraper.batch.parquet_file import MAX_GROUP_ROWS
from scraper.errors import ConfigError
from scraper.extras import install_command
from scraper.types import Block
from tests.support.commands import run
from tests.support.extras import hide_package
from tests.support.visits import START, article, hours, visit

NEEDED = "the extra parquet is not installed"
BLOCKS = (
    Block("heading", "What it costs", 0, level=2),
    Block("paragraph", "See the plan.", 1, markup="See [the plan](https://herald.example/plan)."),
    Block("list", "one", 2, level=1, marker="1."),
    Block("caption", "The quay", 4, image="https://herald.example/q.jpg", credit="A. Quill"),
    Block("caption", "The mole", 5),
    Block("note", "Ada Quill sails.", 6),
    Block("embed", "Look!", 7, source="https://post.example/1"),
)


@pytest.fixture
def archive(archive: Archive) -> Archive:
    """Two articles: one with everything, one with next to nothing."""
    archive.save(visit(article(blocks=BLOCKS, contributors=("The Wire",), free=True)), run=1, at=START)
    url = "https://coast.example/2"
    bare = article("Text.", url=url, authors=(), published=None, tags=(), language="", description="")
    archive.save(visit(bare, url=url, source="coast"), run=1, at=hours(2))
    return archive


@pytest.fixture
def file(archive: Archive, tmp_path: Path) -> Path:
    pytest.importorskip("pyarrow", reason=NEEDED)
    path = tmp_path / "a.parquet"
    with path.open("wb") as out:
        assert write_parquet(export_articles(archive), out) == 2
    return path


def test_each_field_of_the_json_lines_comes_back_with_its_type(archive: Archive, file: Path) -> None:
    from pyarrow.parquet import read_table

    rows = read_table(file).to_pylist()
    expected = [article_row(stored) for stored in export_articles(archive)]
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for row, lines in zip(rows, expected, strict=True):
        times = {name: datetime.fromisoformat(lines[name]) for name in parquet.TIMES if lines[name]}
        blocks = [dict.fromkeys(("marker", "image", "credit", "source")) | block for block in lines["blocks"]]
        assert row == lines | times | {"blocks": blocks}
    assert rows[0]["published"] == datetime(2026, 11, 19, 17, 30, tzinfo=UTC)
    assert (rows[1]["published"], rows[1]["authors"], rows[1]["free"]) == (None, [], None)


def test_the_choice_of_parts_holds_for_the_text(archive: Archive, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason=NEEDED)
    from pyarrow.parquet import read_table

    with (tmp_path / "a.parquet").open("wb") as out:
        write_parquet(export_articles(archive), out, TextChoice(added=frozenset({"note"})))
    assert read_table(tmp_path / "a.parquet")["text"][0].as_py().endswith("Ada Quill sails.")


def test_few_columns_have_dictionaries_and_all_have_a_page_index(file: Path) -> None:
    from pyarrow.parquet import ParquetFile

    group = ParquetFile(file).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    assert {column.path_in_schema for column in columns if "RLE_DICTIONARY" in column.encodings} == set(
        parquet.REPEATED
    )
    assert all(column.compression == "ZSTD" and column.has_column_index for column in columns)


def test_pandas_reads_it(file: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    import pandas

    frame = pandas.read_parquet(file)
    assert list(frame["id"]) == [1, 2]
    assert str(frame["published"].dt.tz) == "UTC"
    assert list(frame["captions"][0][0].values()) == ["The quay", "https://herald.example/q.jpg", "A. Quill"]


def test_duckdb_reads_it(file: Path) -> None:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    import duckdb

    query = f"SELECT id, authors[1], captions[1].credit, epoch(published) FROM '{file}' ORDER BY id"
    moment = datetime(2026, 11, 19, 17, 30, tzinfo=UTC).timestamp()
    assert duckdb.sql(query).fetchall() == [(1, "Ada Quill", "A. Quill", moment), (2, None, None, None)]


def test_an_export_of_nothing_is_a_valid_file_with_all_columns(archive: Archive, file: Path, tmp_path: Path) -> None:
    from pyarrow.parquet import read_schema, read_table

    empty = tmp_path / "empty.parquet"
    with empty.open("wb") as out:
        assert write_parquet((), out) == 0
    assert read_table(empty).num_rows == 0
    assert read_schema(empty) == read_schema(file)


def test_row_groups_hold_a_thousand_articles_or_fewer_long_ones(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow", reason=NEEDED)
    first, second = export_articles(archive)

    def groups(articles: Iterator[StoredArticle]) -> list[int]:
        from pyarrow.parquet import ParquetFile

        with (tmp_path / "many.parquet").open("wb") as out:
            write_parquet(articles, out)
        metadata = ParquetFile(tmp_path / "many.parquet").metadata
        return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]

    assert groups(second for _ in range(2 * MAX_GROUP_ROWS + 5)) == [MAX_GROUP_ROWS, MAX_GROUP_ROWS, 5]
    monkeypatch.setattr(parquet_file, "MAX_GROUP_CHARS", 10 * len(first.article.text))
    assert groups(first for _ in range(25)) == [10, 10, 5]


def test_the_command_writes_the_same_file_to_a_pipe_and_to_its_name_while_a_run_writes(
    archive: Archive, file: Path, tmp_path: Path
) -> None:
    archive.start_run(at=START, sources="x")
    named = tmp_path / "b.parquet"
    named.write_bytes(b"older")
    wanted = ("export", "--format", "parquet", "--db", str(archive.path))
    assert run(*wanted, "-o", str(named), "--force").stderr == f"2 articles written to {named}\n"
    assert run(*wanted).stdout_bytes == named.read_bytes() == file.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_is_refused_in_one_line(archive: Archive, tmp_path: Path) -> None:
    result = run("export", "--format", "parquet", "--db", str(archive.path), "--output", str(tmp_path))
    assert result.exit_code == 2
    assert f"--output {tmp_path}: parquet is one file and this is a folder; name a file" in result.stderr


def test_without_the_extra_the_error_names_it_and_an_older_file_stays(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_package(monkeypatch, "pyarrow")
    with pytest.raises(ConfigError, match=re.escape(install_command("parquet"))):
        write_parquet((), BytesIO())
    older = tmp_path / "a.parquet"
    older.write_bytes(b"older")
    result = run("export", "--format", "parquet", "--db", str(archive.path), "--output", str(older), "--force")
    assert (result.exit_code, len(result.stderr.splitlines()), older.read_bytes()) == (2, 1, b"older")
