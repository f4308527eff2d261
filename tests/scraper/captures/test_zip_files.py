"""ZIP files with captures in them, and files in a compression that is not read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from scraper.captures.reader import Capture, CaptureFile
from scraper.errors import InputError
from tests.support.captures import capture, story


def bodies(path: Path) -> list[bytes]:
    return [found.page.body for found in CaptureFile(path).read() if isinstance(found, Capture)]


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file with these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as whole:
        for name, body in files.items():
            whole.writestr(name, body)
    return data.getvalue()


MANY = {"archive/a.warc": capture(1), "archive/b.warc.gz": gzip.compress(capture(2))}
FOLDER = {f"crawl/{name}": body for name, body in MANY.items()}
ZIPS = {
    "a WACZ": MANY | {"indexes/c.warc.gz": capture(3), "more.wacz": b"x"},
    "the zipped folder of a WACZ": FOLDER | {"__MACOSX/crawl/archive/._a.warc": b"x"},
    "only WARC files": {"a.warc": capture(1), "more/b.warc.gz": gzip.compress(capture(2)), "notes.txt": b"x"},
    "WARC files in several folders": {"x/archive/a.warc": capture(1), "y/b.warc.gz": gzip.compress(capture(2))},
}


@pytest.mark.parametrize("files", ZIPS.values(), ids=ZIPS)
def test_the_warc_files_of_any_zip_file_are_read(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = tmp_path / "crawls.zip"
    path.write_bytes(zipped(files))
    CaptureFile(path).check()
    assert bodies(path) == [story(1), story(2)]


REFUSED = {
    "no records": ({"notes.txt": b"x", "__MACOSX/._a.warc": b"x"}, "no WARC file"),
    "WACZ files": ({"crawls/a.wacz": zipped(MANY)}, "holds WACZ files; unpack it"),
    "WACZ files beside WARC files": ({"a.warc": capture(1), "b.wacz": zipped(MANY)}, "holds WACZ files; unpack it"),
}


@pytest.mark.parametrize(("files", "message"), REFUSED.values(), ids=REFUSED)
def test_a_zip_file_that_is_not_read_is_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    path = tmp_path / "crawls.zip"
    path.write_bytes(zipped(files))
    with pytest.raises(InputError, match=message):
        CaptureFile(path).check()


PACKERS = [(zstandard.compress, "zstd -d"), (bz2.compress, "bunzip2"), (lzma.compress, "unxz")]


@pytest.mark.parametrize(("pack", "program"), PACKERS, ids=["zstd", "bzip2", "xz"])
def test_a_compression_that_is_not_read_is_named_with_its_remedy(
    tmp_path: Path, pack: Callable[[bytes], bytes], program: str
) -> None:
    path = tmp_path / "a.warc.packed"
    path.write_bytes(pack(capture(1)))
    with pytest.raises(InputError, match=f"unpack it with `{program}`"):
        CaptureFile(path).check()
