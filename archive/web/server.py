"""The archive served by Datasette: our pages, and every table with a description.

The server listens on this machine only, unless `--host` says otherwise. Datasette is an extra. `archive.web.policy` says which
requests are answered; `archive.web.limits` bounds what one may cost.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from archive.search.ranking import WEIGHTS_SQL
from archive.store.archive import Archive
from scraper.errors import ConfigError

HOST: Final = "127.0.0.1"

SETTINGS: Final[Mapping[str, Any]] = {
    "default_page_size": 50,
    "truncate_cells_html": 120,
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 1000,
    "suggest_facets": False,  # each would be a query per column when a table opens; every column's menu offers it
    "allow_download": False,  # a copy of a live WAL database would lack its log
}

SEARCH_SQL: Final = f"""
select articles.id, articles.title, articles.site, coalesce(articles.published, articles.first_seen) as date,
       snippet(articles_fts, 1, '[', ']', '…', 24) as snippet, articles.url
from articles_fts join articles on articles.id = articles_fts.rowid
where articles_fts match match_expression(:query)
order by bm25(articles_fts, {WEIGHTS_SQL}) limit 100""".strip()
"""The ranking of `search`. The SQL function makes an FTS5 query of any text."""

TABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "articles": {
        "title": "Articles",
        "description": "One row per article: its newest text without boilerplate. Search covers titles, texts and authors.",
        "label_column": "title",
        "sort_desc": "id",
        "facets": ["site", "section", "source"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
        "columns": {
            "source": "The source that listed it first",
            "verdict": "How reliable the extraction is",
            "duplicate_of": "The earlier article with the same text",
        },
    },
    "recent": {
        "title": "Newest articles",
        "description": "Newest publication first; an article without a date counts by its first visit.",
        "facets": ["site"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
    },
    "changes": {
        "title": "Edited articles",
        "description": "Articles whose text or headline changed after the first visit, with counts of added and removed paragraphs.",
        "facets": ["site"],
    },
    "boilerplate": {
        "title": "Boilerplate",
        "description": "The most frequent removed blocks by site and kind, among the last 30,000; the table removals has all of them.",
        "facets": ["site", "kind"],
    },
    "health": {
        "title": "Health",
        "description": "One row per source: does it still answer, and are its texts complete?",
    },
    "removals": {
        "title": "Removals",
        "description": "The ledger: each block that was removed from an article, the rule that removed it, and its position.",
        "facets": ["kind", "rule"],
        "size": 100,
    },
    "revisions": {
        "title": "Revisions",
        "description": "Every text that an article has had.",
        "label_column": "title",
        "sort_desc": "id",
    },
    "links": {
        "title": "Links",
        "description": "Every address that was tried, and the result.",
        "label_column": "url",
        "facets": ["state", "source", "error"],
        "sort_desc": "id",
    },
    "pages": {
        "title": "Pages",
        "description": "Raw pages as the servers sent them, compressed with zstd, so that better rules can extract them again.",
        "label_column": "url",
        "sort_desc": "id",
    },
    "page_parts": {
        "title": "Further pages",
        "description": "Second and further pages of articles in several parts, as the servers sent them.",
    },
    "runs": {"title": "Runs", "description": "Each run and its results.", "sort_desc": "id"},
    "events": {
        "title": "Events",
        "description": "Worse texts that were rejected; pages that were deleted by their site.",
    },
    "alarms": {
        "title": "Alarms",
        "description": "Problems of a source, each until the source recovered.",
        "sort_desc": "id",
    },
    "restores": {
        "title": "Restores",
        "description": "Removed blocks that a reader restored; each is a vote against its rule.",
    },
    "near": {"title": "Near-duplicates", "description": "Pairs of articles that share their text, or most of it."},
    "vitals": {"title": "Source metrics", "description": "For each run and source: how complete its pages were."},
    "hosts": {"title": "Hosts", "description": "Hosts that are paused, and why."},
    **dict.fromkeys(
        (
            "_sqlite_migrations",
            "aliases",
            "article_counts",
            "captures",
            "chrome",
            "dictionaries",
            "page_parts",
            "reextractions",
            "samples",
            "shingles",
            "tallies",
            "unindexed",
            "unspaced",
            "unspaced_texts",
        ),
        MappingProxyType({"hidden": True}),
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Address to serve at. `names` are further host names to answer to if `host` is open to a network."""

    host: str = HOST
    port: int = 8001
    names: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach the server."""
        return self.host not in {"localhost", "::1"} and not self.host.startswith("127.")


def metadata(path: Path) -> dict[str, Any]:
    """Datasette's metadata for the archive at this path."""
    base = address(path)
    links = {
        "newest articles": f"{base}/recent",
        "search": f"{base}/search",
        "edits": f"{base}/changes",
        "boilerplate": f"{base}/boilerplate",
        "health of sources": f"{base}/health",
    }
    start = " · ".join(f'<a href="{target}">{name}</a>' for name, target in links.items())
    return {
        "title": "Cuttings",
        "description_html": f"<p>An archive of news articles. {start}</p>",
        "databases": {
            path.stem: {
                "title": "News archive",
                "description_html": f"<p>{start}</p>",
                "tables": {name: dict(table) for name, table in TABLES.items()},
                "queries": {
                    "search": {
                        "title": "Search",
                        "description": "Best hits first, with the found words in their context.",
                        "sql": SEARCH_SQL,
                        "hide_sql": True,
                    }
                },
            }
        },
    }


def make_datasette(path: Path, *, is_open: bool = False) -> Any:
    """A Datasette on the archive, not yet serving. An open one allows no SQL. Raises ConfigError without the extra."""
    try:
        from datasette.app import Datasette
        from datasette.plugins import pm

        from archive.web import plugin
    except ImportError as exc:
        if (exc.name or "").startswith(("archive", "scraper")):  # a fault of ours, which no installing mends
            raise
        raise ConfigError("serve: Datasette is not installed; run pip install 'cuttings[datasette]'") from exc
    if not pm.is_registered(plugin):
        pm.register(plugin, "cuttings")
    settings = {**SETTINGS, "default_allow_sql": not is_open}
    return Datasette(files=[str(path)], metadata=metadata(path), settings=settings)


def guard(app: Any, place: Place) -> Any:
    """The app behind its policy: only reading requests, only our own host names, policy headers on every page."""
    from archive.web.policy import is_loopback_name, named, open_names, read_only, with_headers

    app = read_only(with_headers(app))
    if not place.is_open:
        return named(app, is_loopback_name, answers_to="127.0.0.1 and localhost")
    names = {place.host, *place.names}
    return named(app, open_names(names), answers_to=f"addresses, this machine's name, and {', '.join(sorted(names))}")


def address(path: Path) -> str:
    """The path of the archive's tables in Datasette, which encodes special characters in its own way.

    >>> address(Path("my news.db"))
    '/my+news'
    """
    return "/" + quote(path.stem, safe=" ").replace("~", "~7E").replace(".", "~2E").replace("%", "~").replace(" ", "+")


def opens(path: Path, place: Place) -> Sequence[str]:
    """Lines that warn what a server open to a network exposes; none for a server on this machine only."""
    if not place.is_open:
        return ()
    return (
        f"{place.host} is open to the network: anyone who reaches it can read all of {path} without a password:",
        "every article and revision, the ledger, the sources with their addresses, and the raw pages.",
        "Nothing can be changed, and SQL queries are off. The default, 127.0.0.1, is reachable from this machine only.",
    )


def serve(path: Path, place: Place | None = None, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve the archive until interrupted. `ready` gets the address once the port is bound.

    Port 0 picks a free port. Raises ArchiveError, or ConfigError for a missing extra, a port in use, an unknown host.
    """
    place = place or Place()
    Archive.open(path).close()
    app = guard(make_datasette(path, is_open=place.is_open).app(), place)
    import uvicorn

    from archive.web.limits import limit_heap

    limit_heap()
    with listen(place) as listener:
        port = listener.getsockname()[1]
        host = {"0.0.0.0": HOST, "::": "::1"}.get(place.host, place.host)
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[listener])


def listen(place: Place) -> socket.socket:
    """A socket that listens there. Raises ConfigError."""
    listener = None
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen()
    except OSError as exc:
        if listener:
            listener.close()
        raise ConfigError(
            f"{place.host}:{place.port}: the port cannot be used ({exc.strerror}); pass another --port or --host"
        ) from exc
    return listener
