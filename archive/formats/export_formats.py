"""The table of formats: how each is written, by which options, and whether it can be a folder with a file per article."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from archive.formats.chunks import write_chunks
from archive.formats.epub import write_epub
from archive.formats.feeds import FeedFacts, write_atom, write_jsonfeed
from archive.formats.newest import collection_id, newest_articles
from archive.formats.parquet import write_parquet
from archive.formats.tokens import fits_estimated, fits_exactly
from archive.formats.warc import write_warc
from archive.output.article import counted
from archive.output.export import (
    Writer,
    export_articles,
    export_revisions,
    write_csv,
    write_json,
    write_jsonl,
    write_markdown,
)
from archive.output.text_choice import TextChoice
from scraper.errors import ConfigError

if TYPE_CHECKING:
    from archive.store.archive import Archive
    from archive.store.records import StoredArticle

MAX_CHUNK_TOKENS: Final = 512
"""Tokens of a chunk unless told: most embedding models read no more."""


MAX_FEED_ENTRIES: Final = 50
"""Entries of a feed unless told."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What a format is asked for: filters of the articles (see `export_articles`), what a text holds, and the format's own
    options, of which only given ones are present. `revisions`: all texts of the articles, see `export_revisions`. `note` tells
    the user what is not in the file.
    """

    choice: TextChoice
    conditions: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    revisions: bool = False
    note: Callable[[str], None] = lambda message: None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that is one file. `write` returns the number of articles. `is_text`: lines for a terminal or a pipe.

    `options` are the names of options that no format without them takes.
    """

    write: Callable[[Archive, Any, ExportRequest], int]
    is_text: bool = False
    has_folders: bool = False
    options: frozenset[str] = frozenset()


def text_format(writer: Writer) -> ExportFormat:
    """A format of `archive.output.export`."""

    def write(archive: Archive, out: TextIO, request: ExportRequest) -> int:
        return writer(texts(archive, request), out, request.choice)

    return ExportFormat(write, is_text=True, has_folders=writer is not write_json)


def texts(archive: Archive, request: ExportRequest) -> Iterator[StoredArticle]:
    """The articles, or all of their texts."""
    return (export_revisions if request.revisions else export_articles)(archive, **request.conditions)


def parquet(archive: Archive, out: BinaryIO, request: ExportRequest) -> int:
    return write_parquet(export_articles(archive, **request.conditions), out, request.choice)


def chunks(archive: Archive, out: TextIO, request: ExportRequest) -> int:
    max_tokens, model = request.options.get("max_tokens", MAX_CHUNK_TOKENS), request.options.get("tokens_of")
    fits = fits_exactly(max_tokens, model) if model else fits_estimated(max_tokens)
    return write_chunks(export_articles(archive, **request.conditions), out, request.choice, fits=fits)


def newest_first(write_file: Callable[..., int], count: int | None) -> ExportFormat:
    """A file of the `count` newest articles, or all, unless told."""

    def write(archive: Archive, out: BinaryIO, request: ExportRequest) -> int:
        most = count if request.conditions.get("ids") is None else None  # the new ones are all of them
        found = newest_articles(archive, request.conditions, request.options.get("newest", most))
        words = [str(request.conditions.get(name) or "") for name in ("site", "query")]
        facts = FeedFacts(title_of(request.conditions), collection_id(archive, *words))
        return write_file(found, out, request.choice, facts=facts)

    return ExportFormat(write, options=frozenset({"newest"}))


def title_of(conditions: Mapping[str, Any]) -> str:
    """A title for a collection: its site and query.

    >>> title_of({"site": "coast.example", "query": "ferry"}), title_of({})
    ('Cuttings: coast.example, ferry', 'Cuttings')
    """
    return ": ".join(filter(None, ("Cuttings", ", ".join(filter(None, map(conditions.get, ("site", "query")))))))


def warc(archive: Archive, out: BinaryIO, request: ExportRequest) -> int:
    if request.choice.changes:
        raise ConfigError("--with and --without: warc holds whole pages; leave these options out")
    found = write_warc(archive, export_articles(archive, **request.conditions), out, at=datetime.now(UTC))
    if found.pageless:
        request.note(f"warc: {counted(found.pageless, 'article')} left out, because the raw page is no longer stored")
    return found.written


EXPORT_FORMATS: Final[Mapping[str, ExportFormat]] = {
    "jsonl": text_format(write_jsonl),
    "json": text_format(write_json),
    "markdown": text_format(write_markdown),
    "csv": text_format(write_csv),
    "parquet": ExportFormat(parquet),
    "chunks": ExportFormat(chunks, is_text=True, options=frozenset({"max_tokens", "tokens_of"})),
    "atom": newest_first(write_atom, MAX_FEED_ENTRIES),
    "jsonfeed": newest_first(write_jsonfeed, MAX_FEED_ENTRIES),
    "epub": newest_first(write_epub, None),
    "warc": ExportFormat(warc),
}
"""Formats by name, in the order of the help."""


def misplaced_options(form: str, given: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Given options that a format does not take, each with the formats that do."""
    names = sorted(set(given) - EXPORT_FORMATS[form].options)
    return [(name, [other for other, row in EXPORT_FORMATS.items() if name in row.options]) for name in names]
