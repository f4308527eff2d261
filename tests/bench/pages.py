"""Measures how much space raw pages take in an archive, and how fast one is read back.

    python -m tests.bench.pages [CORPUS]

CORPUS is a folder with `gold.jsonl` and `pages/ID.html.gz`. Stores the pages of each site that has two or more. For
the pages after a site's first, it prints the stored share of their bytes, compared with plain zstd and with zstd against the
page before. It also prints milliseconds per page to store and to read. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from archive.store.archive import Archive
from archive.store.page_dictionaries import host_of, pack_body
from archive.store.raw_pages import read_body
from scraper.types import Extraction, Fetched, Link, Page, Quality
from tests.support.pages import page

MAX_SHARE: Final = 0.08
MAX_READ_MS: Final = 5.0
AT: Final = datetime(2026, 11, 22, tzinfo=UTC)


def read_sites(corpus: Path) -> dict[str, list[Page]]:
    """The pages of each site that has two or more."""
    sites: dict[str, list[Page]] = defaultdict(list)
    for line in (corpus / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        html = gzip.decompress((corpus / "pages" / f"{row['id']}.html.gz").read_bytes())
        sites[host_of(row["url"])].append(page(html, url=row["url"], fetched_at=AT))
    return {host: pages for host, pages in sites.items() if len(pages) > 1}


def read_ms(archive: Archive, page_id: int) -> float:
    """Milliseconds to read a page and check its hash."""
    begun = time.perf_counter()
    read_body(archive.db, page_id, path="a.db")
    return 1000 * (time.perf_counter() - begun)


def main(corpus: Path) -> int:
    """Print the figures; return the exit code."""
    sites = read_sites(corpus)
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder) / "a.db", create=True) as archive:
        run = archive.start_run(at=AT, sources="bench")
        started = time.process_time()
        for pages in sites.values():
            for found in pages:
                nothing = Extraction(None, (), (), "", Quality("empty"))
                archive.save(Fetched(Link(found.url, "bench"), found, nothing), run=run, at=AT)
        stored_ms = 1000 * (time.process_time() - started) / sum(map(len, sites.values()))
        takes = dict(archive.db.conn.execute("SELECT url, length(body) FROM pages"))
        reads = []
        for (page_id,) in archive.db.conn.execute("SELECT id FROM pages").fetchall():
            reads.append(min(read_ms(archive, page_id) for _ in range(3)))
        (references,) = archive.db.conn.execute("SELECT sum(length(body)) FROM dictionaries").fetchone()
    later = [pair for pages in sites.values() for pair in pairwise(pages)]
    total = sum(len(found.body) for _, found in later)
    share = sum(takes[found.url] for _, found in later) / total
    plain = sum(len(pack_body(found.body, None)) for _, found in later) / total
    before = sum(len(pack_body(found.body, earlier.body)) for earlier, found in later) / total
    reads.sort()
    print(f"{len(sites)} sites, {len(later)} pages after a site's first, {total / 1e6:.1f} MB")
    print(f"stored: {share:.1%} of their bytes (plain zstd {plain:.1%}; against the page before {before:.1%})")
    print(f"the references take {references / 1e6:.1f} MB, once per site")
    print(
        f"save: {stored_ms:.1f} ms of CPU per page; read: median {reads[len(reads) // 2]:.2f} ms, slowest {reads[-1]:.2f} ms (best of three)"
    )
    return int(share > MAX_SHARE or reads[-1] > MAX_READ_MS)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus/andy-dev")))
