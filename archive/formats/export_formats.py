"""The table of formats: how each is written, and whether it can be a folder with a file per article."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from archive.formats.parquet import write_parquet
from archive.output.export import FORMATS as TEXT_FORMATS
from archive.output.export import Writer, export_articles
from archive.output.text_choice import TextChoice

if TYPE_CHECKING:
    from archive.store.archive import Archive


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What a format is asked for: filters of the articles (see `export_articles`), and what a text holds."""

    choice: TextChoice
    conditions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that is one file. `write` returns the number of articles. `is_text`: lines for a terminal or a pipe."""

    write: Callable[[Archive, Any, ExportRequest], int]
    is_text: bool = False
    has_folders: bool = False


def text_format(writer: Writer) -> ExportFormat:
    """A format of `archive.output.export`."""

    def write(archive: Archive, out: TextIO, request: ExportRequest) -> int:
        return writer(export_articles(archive, **request.conditions), out, request.choice)

    return ExportFormat(write, is_text=True, has_folders=True)


def parquet(archive: Archive, out: BinaryIO, request: ExportRequest) -> int:
    return write_parquet(export_articles(archive, **request.conditions), out, request.choice)


EXPORT_FORMATS: Final[Mapping[str, ExportFormat]] = {
    **{name: text_format(writer) for name, writer in TEXT_FORMATS.items()},
    "parquet": ExportFormat(parquet),
}
"""Formats by name, in the order of the help."""
