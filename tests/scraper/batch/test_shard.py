"""One shard to one Parquet file: rows, errors as rows, kills, and what makes a file out of date."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scraper.batch import shard as shard_module
from scraper.batch.results import ShardResult, complete_file, remove_stale
from scraper.batch.rows import extract_row
from scraper.batch.shard import BatchSettings, extract_pairs, extract_shard
from scraper.batch.shards import Shard, find_shards, local_file
from scraper.crawl.capture_task import CaptureTask
from scraper.crawl.worker import rules_at
from scraper.errors import ExtractError, InputError
from scraper.extractor_version import extractor_version
from tests.support import ROOT
from tests.support.captures import capture, http, record, response, write
from tests.support.warm_workers import warm_workers

pytest.importorskip("pyarrow", reason="the extra parquet is not installed")


@pytest.fixture(autouse=True, scope="module")
def share_workers() -> Iterator[None]:
    with warm_workers():
        yield


@pytest.fixture
def settings(tmp_path: Path) -> BatchSettings:
    return BatchSettings(tmp_path / "out", rules_at(()).hash, extractor_version())


def shard(tmp_path: Path, *records: bytes, name: str = "a.warc.gz") -> Shard:
    file = write(tmp_path / name, *records)
    return Shard(str(file), f"{file.name}.parquet")


def rows(result: ShardResult) -> list[dict[str, Any]]:
    from pyarrow.parquet import read_table

    return list(read_table(result.file).to_pylist())


def test_each_page_is_a_row_and_what_is_no_page_is_counted(tmp_path: Path, settings: BatchSettings) -> None:
    empty = response("https://herald.example/x", b"<html><body></body></html>")
    picture = response("https://herald.example/p", b"GIF89a", ("Content-Type", "image/gif"))
    revisit = record("revisit", "https://herald.example/1", http(b""))
    result = extract_shard(shard(tmp_path, capture(1), picture, empty, revisit, capture(2)), settings)
    assert (result.state, result.error, result.pages, result.failed, result.records) == ("done", "", 3, 0, 5)
    assert result.skipped == {"revisit": 1, "type": 1}
    first, textless, second = rows(result)
    assert [first["url"], second["url"]] == ["https://herald.example/1", "https://herald.example/2"]
    assert (first["title"], first["verdict"], first["error"]) == ("Harbour vote 1", "ok", None)
    assert first["text"].startswith("The harbour of Westmark")
    assert first["captured_at"] == datetime(2020, 5, 1, 6, tzinfo=UTC)
    assert [block["kind"] for block in first["blocks"]] == ["paragraph"] * 4
    assert (textless["text"], textless["title"], textless["verdict"]) == (None, None, "empty")


def test_removed_blocks_are_in_the_row(tmp_path: Path, settings: BatchSettings) -> None:
    page = capture(1, "Sign up for our newsletter to get the news of the harbour every morning.")
    (row,) = rows(extract_shard(shard(tmp_path, page), settings))
    (removal,) = [found for found in row["removals"] if found["kind"] == "newsletter"]
    assert removal["text"].startswith("Sign up")
    assert removal["rule"]
    assert "Sign up" not in row["text"]


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path, settings: BatchSettings) -> None:
    source = shard(tmp_path, capture(1))
    first = extract_shard(source, settings)
    written = Path(first.file).stat().st_mtime_ns
    again = extract_shard(source, settings)
    assert again == replace(first, state="present", seconds=0.0)
    assert Path(first.file).stat().st_mtime_ns == written


@pytest.mark.parametrize("change", ["rules", "size", "damage"])
def test_a_file_of_other_rules_of_another_shard_or_a_damaged_one_is_made_again(
    tmp_path: Path, settings: BatchSettings, change: str
) -> None:
    source = shard(tmp_path, capture(1))
    first = extract_shard(source, settings)
    if change == "rules":
        rules = tmp_path / "more.toml"
        example = "Read it on the harbour app of Westmark."
        rules.write_text(
            '[[rule]]\nid = "promo.harbour-app"\nkind = "promo"\nstage = "text"\npattern = "harbour app of Westmark"\n'
            f'why = "an app"\nhit = ["{example}"]\nmiss = ["The harbour of Westmark has an app."]\nlanguages = ["en"]\nwords = ["harbour"]\n'
        )
        settings = replace(settings, rules_paths=(rules,), rules_hash=rules_at((rules,)).hash)
    if change == "size":
        source = shard(tmp_path, capture(1), capture(2))
    if change == "damage":
        Path(first.file).write_bytes(b"PAR1")
    again = extract_shard(source, settings)
    assert (again.state, again.error, again.pages) == ("done", "", 2 if change == "size" else 1)


def test_the_metadata_of_a_file_say_what_made_it(tmp_path: Path, settings: BatchSettings) -> None:
    from pyarrow.parquet import read_metadata

    result = extract_shard(shard(tmp_path, capture(1)), settings)
    facts = json.loads(read_metadata(result.file).metadata[b"cuttings"])
    assert (facts["rules_hash"], facts["extractor"]) == (settings.rules_hash, settings.extractor)
    assert (facts["pages"], facts["failed"], facts["damages"]) == (1, 0, [])


@pytest.mark.parametrize("field", ["extractor", "rules_hash"])
def test_a_machine_that_would_extract_otherwise_makes_no_file(
    tmp_path: Path, settings: BatchSettings, field: str
) -> None:
    result = extract_shard(shard(tmp_path, capture(1)), replace(settings, **{field: "other"}))
    assert result.state == "failed"
    assert "other" in result.error
    assert not Path(result.file).exists()
    assert not list(settings.out.rglob("*.tmp"))


def test_what_stands_before_damage_has_rows_and_the_damage_is_told_again(
    tmp_path: Path, settings: BatchSettings
) -> None:
    source = shard(tmp_path, capture(1), capture(2))
    Path(source.place).write_bytes(Path(source.place).read_bytes()[:-20])
    first, again = extract_shard(source, settings), extract_shard(source, settings)
    assert (first.state, first.pages, again.state) == ("done", 1, "present")
    assert len(first.damages) == 1
    assert first.damages[0].startswith(f"{source.place}: record 2 at byte")
    assert again.damages == first.damages


def test_a_shard_without_records_or_that_is_gone_fails_alone(tmp_path: Path, settings: BatchSettings) -> None:
    text = tmp_path / "notes.warc"
    text.write_text("no records\n")
    found = extract_shard(Shard(str(text), "notes.parquet"), settings)
    gone = extract_shard(Shard(str(tmp_path / "gone.warc"), "gone.parquet"), settings)
    assert (found.state, gone.state) == ("failed", "failed")
    assert "it does not begin with a record" in found.error
    assert "gone.warc" in gone.error
    assert not list(tmp_path.rglob("*.parquet"))


def misbehaving_row(task: CaptureTask) -> tuple[str, dict[str, Any]]:
    """The row of a page; some addresses hang, eat memory or end the worker."""
    if task.url.endswith("/hang"):
        time.sleep(600)
    if task.url.endswith("/hog"):
        bytearray(5 << 30)
    if task.url.endswith("/end"):
        os.kill(os.getpid(), signal.SIGKILL)
    return extract_row(task)


def test_a_page_that_hangs_or_eats_memory_is_an_error_row_among_whole_ones(
    tmp_path: Path, settings: BatchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_module, "extract_row", misbehaving_row)
    names = ("hang", "hog", "end")
    pages = [capture(1), *(capture(2, url=f"https://herald.example/{name}") for name in names), capture(3)]
    result = extract_shard(shard(tmp_path, *pages), replace(settings, deadline=2.0))
    assert (result.state, result.pages, result.failed) == ("done", 5, 3)
    found = {row["url"].rpartition("/")[2]: (row["error"], row["verdict"]) for row in rows(result)}
    assert found == {
        "1": (None, "ok"),
        "hang": ("extract-timeout", None),
        "hog": ("extract-crashed", None),
        "end": ("extract-crashed", None),
        "3": (None, "ok"),
    }


class FirstTimeKilled:
    """A pool whose worker dies as often as it says."""

    def __init__(self, kills: int, kind: str = "extract-crashed") -> None:
        self.kills, self.kind = kills, kind

    def map_ordered(self, task: Any, items: Any) -> Iterator[Any]:
        for item in items:
            self.kills -= 1
            yield ExtractError(item.url, self.kind, "signal 9") if self.kills >= 0 else ("hash", {"url": item.url})


@pytest.mark.parametrize(
    ("pool", "found"),
    [
        (FirstTimeKilled(1), {"url": "https://herald.example/1"}),
        (FirstTimeKilled(2), "extract-crashed"),
        (FirstTimeKilled(1, "extract-timeout"), "extract-timeout"),
    ],
    ids=["killed once", "killed twice", "too slow"],
)
def test_a_page_whose_worker_was_killed_is_tried_once_more(tmp_path: Path, pool: Any, found: Any) -> None:
    from scraper.captures.reader import Capture, CaptureFile

    (page,) = [
        one.page for one in CaptureFile(write(tmp_path / "a.warc", capture(1))).read() if isinstance(one, Capture)
    ]
    ((_, outcome),) = extract_pairs(pool, [CaptureTask(page, (), ())])
    assert (outcome.kind if isinstance(outcome, ExtractError) else outcome[1]) == found


KILLED = """
import sys
from pathlib import Path
from scraper.batch.rows import extract_row
from scraper.batch.shard import BatchSettings, extract_shard
from scraper.batch.shards import Shard
place, out, rules_hash, extractor = sys.argv[1:]
extract_shard(Shard(place, "a.parquet"), BatchSettings(Path(out), rules_hash, extractor))
"""


def test_a_kill_leaves_no_file_and_a_rerun_gives_the_same_rows(tmp_path: Path, settings: BatchSettings) -> None:
    source = replace(shard(tmp_path, *(capture(number) for number in range(1, 151))), result="a.parquet")
    line = [sys.executable, "-c", KILLED, source.place, str(settings.out), settings.rules_hash, settings.extractor]
    process = subprocess.Popen(line, env=os.environ | {"PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + 30
    while not (unfinished := list(settings.out.glob(".a.parquet.*.tmp"))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(unfinished) == 1
    assert remove_stale(settings.out) == []  # its writer still lives
    process.send_signal(signal.SIGKILL)
    process.wait()
    # a worker that was just being forked holds the lock until it is a program of its own
    with unfinished[0].open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
    assert not (settings.out / "a.parquet").exists()
    result = extract_shard(source, settings)
    assert (result.state, result.pages) == ("done", 150)
    assert [path.name for path in settings.out.iterdir()] == ["a.parquet"]
    whole = extract_shard(source, replace(settings, out=tmp_path / "other"))
    assert rows(result) == rows(whole)


def test_an_error_while_writing_leaves_the_older_file(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(b"older")
    with pytest.raises(ValueError, match="closed"), complete_file(file) as out:
        out.close()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.parquet", b"older")]


def test_shards_of_folders_and_lists_are_found(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    one = write(tmp_path / "2024" / "one.warc.gz", capture(1))
    (tmp_path / "notes.md").touch()
    assert find_shards(tmp_path) == [Shard(str(one), "2024/one.warc.gz.parquet")]
    listed = tmp_path / "warc.paths.txt"
    listed.write_text("# a comment\n\n2024/one.warc.gz\nhttps://data.example/b/two.warc.gz?x=1\n")
    assert find_shards(listed) == [
        Shard(str(one), "one.warc.gz.parquet"),
        Shard("https://data.example/b/two.warc.gz?x=1", "two.warc.gz.parquet"),
    ]
    listed.write_text("crawl-data/a.warc.gz\n")
    assert find_shards(listed, "https://data.example/") == [
        Shard("https://data.example/crawl-data/a.warc.gz", "a.warc.gz.parquet")
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a/x.warc\nb/x.warc\n", "would have the name"), ("\n", "no shards"), (None, "no such file")],
    ids=["one name twice", "an empty list", "no list"],
)
def test_lists_that_cannot_be_used_are_refused(tmp_path: Path, text: str | None, fault: str) -> None:
    listed = tmp_path / "list.txt"
    if text is not None:
        listed.write_text(text)
    with pytest.raises(InputError, match=fault):
        find_shards(listed if text is not None else tmp_path / "gone")


def test_a_shard_of_an_address_is_copied_and_the_copy_is_deleted(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="the extra ray is not installed")
    file = write(tmp_path / "a.warc.gz", capture(1))
    with local_file(f"file://{file}") as copy:
        assert copy != file
        assert copy.read_bytes() == file.read_bytes()
    assert not copy.exists()
    with pytest.raises(InputError, match="cannot be copied"), local_file(f"file://{tmp_path}/gone.warc"):
        pass


def test_a_shard_is_copied_over_http_and_one_that_is_gone_is_named(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="the extra ray is not installed")
    pytest.importorskip("aiohttp", reason="the extra ray is not installed")
    (tmp_path / "served").mkdir()
    file = write(tmp_path / "served" / "a.warc.gz", capture(1))
    handler = partial(SimpleHTTPRequestHandler, directory=str(file.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        with local_file(f"{base}/a.warc.gz") as copy:
            assert copy.read_bytes() == file.read_bytes()
        assert not copy.exists()
        with (
            pytest.raises(InputError, match=r"gone\.warc\.gz: the shard cannot be copied"),
            local_file(f"{base}/gone.warc.gz"),
        ):
            pass
        server.shutdown()
