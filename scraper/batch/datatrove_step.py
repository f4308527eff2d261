"""The step of a datatrove pipeline that turns documents of HTML into documents of clean text.

datatrove's own extractors see the text of a document alone; ours needs the address, for rules of sites and for links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from scraper.batch.shard import extract_pairs
from scraper.crawl.capture_task import CaptureTask
from scraper.crawl.worker_pool import DEADLINE_SECONDS, ExtractPool
from scraper.errors import ConfigError, ExtractError
from scraper.extras import install_command
from scraper.types import UNKNOWN_TIME, Page

try:
    from datatrove.data import Document
    from datatrove.pipeline.base import PipelineStep
except ImportError as exc:
    raise ConfigError(f"datatrove_step: datatrove is not installed; run {install_command('datatrove')}") from exc

NOT_METADATA: Final = frozenset({"url", "captured_at", "text", "error", "error_detail"})
"""Fields of a row that a document holds elsewhere."""


class CuttingsExtractor(PipelineStep):  # type: ignore[misc]
    """Extracts documents whose text is HTML, with `url` and perhaps `date` in their metadata, such as `WarcReader` gives.

    The text becomes the article's. Its title, authors, dates, verdict, blocks and removals are added to the metadata, times as
    ISO 8601. A document without an article, or whose extraction failed, goes to `exclusion_writer` with `filter_reason`: the
    verdict or the kind of the error. `jobs` processes extract, each page within `deadline` seconds.
    """

    name = "Cuttings"
    type = "🛢 - EXTRAC"

    def __init__(
        self,
        *,
        jobs: int = 1,
        deadline: float = DEADLINE_SECONDS,
        rules_paths: Sequence[Path] = (),
        exclusion_writer: Any = None,
    ) -> None:
        super().__init__()
        self.jobs = jobs
        self.deadline = deadline
        self.rules_paths = tuple(Path(path).absolute() for path in rules_paths)
        self.exclusion_writer = exclusion_writer

    def run(self, data: Iterable[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """The documents with an article, in order."""
        waiting: list[Document] = []

        def tasks() -> Iterator[CaptureTask]:
            for document in data:
                waiting.append(document)
                yield CaptureTask(page_of(document), (), self.rules_paths)

        pool = ExtractPool(
            self.jobs, deadline=self.deadline, rules_paths=self.rules_paths, preload=("scraper.batch.rows",)
        )
        with pool, self.exclusion_writer or nullcontext() as writer:
            for _, found in extract_pairs(pool, tasks()):
                document = waiting.pop(0)
                self.stat_update("total")
                reason = fill(document, found)
                if not reason:
                    self.stat_update("forwarded")
                    self.update_doc_stats(document)
                    yield document
                    continue
                self.stat_update("dropped", f"dropped_{reason}")
                if writer is not None:
                    document.metadata["filter_reason"] = reason
                    writer.write(document, rank)


def page_of(document: Document) -> Page:
    """The page of a document. Its text is decoded already, whatever charset it names."""
    try:
        at = datetime.fromisoformat(str(document.metadata.get("date") or ""))
    except ValueError:
        at = UNKNOWN_TIME
    url = str(document.metadata.get("url") or "")
    return Page.from_html(
        document.text, url=url, fetched_at=at if at.tzinfo else at.replace(tzinfo=UNKNOWN_TIME.tzinfo)
    )


def fill(document: Document, found: tuple[str, dict[str, Any]] | ExtractError) -> str:
    """Put an extraction into its document. Returns why the document is dropped; empty if it is not."""
    if isinstance(found, ExtractError):
        document.metadata["error_detail"] = found.detail
        return found.kind
    rules_hash, row = found
    fields = {name: iso(value) for name, value in row.items() if name not in NOT_METADATA}
    document.metadata |= fields | {"rules_hash": rules_hash}
    if not row["text"]:
        return str(row["verdict"])
    document.text = row["text"]
    return ""


def iso(value: Any) -> Any:
    """A time as ISO 8601, which every writer of datatrove can hold; other values as they are."""
    return value.isoformat() if isinstance(value, datetime) else value
