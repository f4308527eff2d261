"""The step of a datatrove pipeline, within datatrove's own executor."""

from __future__ import annotations

import gzip
import json
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from scraper.errors import ConfigError
from scraper.extras import install_command
from tests.support.captures import capture, response, write
from tests.support.extras import hide_package


def test_without_datatrove_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "scraper.batch.datatrove_step", raising=False)
    hide_package(monkeypatch, "datatrove")
    with pytest.raises(ConfigError, match=re.escape(install_command("datatrove"))):
        import_module("scraper.batch.datatrove_step")


@pytest.mark.filterwarnings("ignore")  # of datatrove and the packages that it loads
def test_documents_become_articles_and_others_are_written_apart(tmp_path: Path) -> None:
    pytest.importorskip("datatrove", reason="the extra datatrove is not installed")
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import JsonlWriter

    from scraper.batch.datatrove_step import CuttingsExtractor

    empty = response("https://herald.example/x", b"<html><head><title>x</title></head><body></body></html>")
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.warc.gz", capture(1), empty, capture(2))
    step = CuttingsExtractor(exclusion_writer=JsonlWriter(str(tmp_path / "dropped")))
    LocalPipelineExecutor(
        pipeline=[WarcReader(str(tmp_path / "in")), step, JsonlWriter(str(tmp_path / "out"))],
        logging_dir=str(tmp_path / "logs"),
    ).run()
    first, second = read(tmp_path / "out")
    (dropped,) = read(tmp_path / "dropped")
    assert [first["metadata"]["url"], second["metadata"]["url"]] == [f"https://herald.example/{n}" for n in (1, 2)]
    assert first["text"].startswith("The harbour of Westmark")
    assert (first["metadata"]["title"], first["metadata"]["verdict"]) == ("Harbour vote 1", "ok")
    assert dropped["metadata"]["url"] == "https://herald.example/x"
    assert dropped["metadata"]["filter_reason"] == "empty"


def read(folder: Path) -> list[dict[str, dict[str, str]]]:
    texts = [gzip.decompress(file.read_bytes()).decode() for file in sorted(folder.glob("*.gz"))]
    return [json.loads(line) for text in texts for line in text.splitlines()]
