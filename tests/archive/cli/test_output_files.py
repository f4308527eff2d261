"""Files that commands write: complete or absent, and never over another file without `--force`."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.cli.output_files import check_free, new_file
from scraper.errors import InputError
from tests.archive.cli.test_clean import PAGE
from tests.support.commands import run

LIST = '[[source]]\nname = "bay"\nkind = "feed"\nurl = "https://bay.example/rss"\n'


@pytest.fixture
def writers(path: Path, tmp_path: Path) -> dict[str, list[str]]:
    """Each command that writes a file, but for the file's name."""
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "sources.toml").write_text(LIST)
    return {
        "clean": ["clean", str(tmp_path / "page.html"), "-o"],
        "export": ["export", "--db", str(path), "-o"],
        "sources export": ["sources", "export", str(tmp_path / "sources.toml"), "-o"],
    }


@pytest.mark.parametrize("name", ["clean", "export", "sources export"])
def test_a_file_that_exists_is_replaced_only_by_force(writers: dict[str, list[str]], name: str, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    assert run(*writers[name], str(out)).exit_code == 0
    written = out.read_text()
    out.write_text("mine")
    refused = run(*writers[name], str(out))
    assert (refused.exit_code, refused.stdout, out.read_text()) == (2, "", "mine")
    assert refused.stderr == f"cuttings: {out}: the file exists; name another, or replace it with --force\n"
    assert run(*writers[name], str(out), "--force").exit_code == 0
    assert out.read_text().splitlines()[:2] == written.splitlines()[:2]
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_appears_while_another_is_written_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"

    def write() -> None:
        with new_file(out, is_text=True, force=False) as file:
            file.write("ours")
            out.write_text("mine")

    with pytest.raises(InputError, match="the file exists"):
        write()
    assert out.read_text() == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["out.txt"]


def test_a_file_that_was_not_finished_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"

    def write() -> None:
        with new_file(out, is_text=False, force=True) as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_always_free() -> None:
    check_free(Path("/dev/null"), force=False)
    with new_file(Path("/dev/null"), is_text=True, force=False) as out:
        out.write("x")
    assert Path("/dev/null").is_char_device()


def test_a_folder_of_articles_keeps_files_with_another_content(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    wanted = ["export", "--format", "markdown", "-o", str(folder), "--db", str(path)]
    assert run(*wanted).exit_code == run(*wanted).exit_code == 0
    first, second = sorted(folder.iterdir())
    before = first.read_text()
    first.write_text("mine")
    second.unlink()
    result = run(*wanted)
    assert (result.exit_code, first.read_text(), second.exists()) == (2, "mine", True)
    assert f"1 article written; 1 file with another content kept, such as {first.name}" in result.stderr
    assert run(*wanted, "--force").exit_code == 0
    assert first.read_text() == before


@pytest.mark.parametrize("name", ["clean", "export"])
def test_a_name_with_a_slash_at_its_end_is_a_folder(writers: dict[str, list[str]], name: str, tmp_path: Path) -> None:
    assert run(*writers[name], f"{tmp_path}/new.d/").exit_code == 0
    assert len(list((tmp_path / "new.d").iterdir())) == (2 if name == "export" else 1)
