"""The archive in Datasette, on this machine only unless told otherwise: our pages, and every table described.

Datasette is an extra. What it is asked, and what it answers, is bounded: see `archive.web.policy` and `.limits`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from archive.search.fulltext import WEIGHTS
from archive.store.archive import Archive
from scraper.errors import ConfigError

HOST: Final = "127.0.0.1"

SETTINGS: Final[Mapping[str, Any]] = {
    "default_page_size": 50,
    "truncate_cells_html": 120,
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 1000,
    "suggest_facets": False,  # a query a column each time a table is opened; every column's menu offers its facet
    "allow_download": False,  # of a live WAL database: a copy without its log
}

SEARCH_SQL: Final = """
select articles.id, articles.title, articles.site, coalesce(articles.published, articles.first_seen) as date,
       snippet(articles_fts, 1, '[', ']', '…', 24) as snippet, articles.url
from articles_fts join articles on articles.id = articles_fts.rowid
where articles_fts match match_expression(:query)
order by bm25(articles_fts, {weights}) limit 100""".strip().format(weights=WEIGHTS)
"""As `search` ranks, with its way of taking any text for a query as a SQL function."""

TABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "articles": {
        "title": "Articles",
        "description": "One row an article: its newest text without what is not the article. Search looks in titles, "
        "texts and authors.",
        "label_column": "title",
        "sort_desc": "id",
        "facets": ["site", "section", "source"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
        "columns": {
            "source": "The source that first named it",
            "verdict": "How far the extraction can be trusted",
            "duplicate_of": "The article that had the same text first",
        },
    },
    "recent": {
        "title": "Newest articles",
        "description": "By date of publication, or else of the first visit.",
        "facets": ["site"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
    },
    "changes": {
        "title": "Edited articles",
        "description": "Texts and headlines that changed after they were first seen, with paragraphs added and removed.",
        "facets": ["site"],
    },
    "boilerplate": {
        "title": "Boilerplate",
        "description": "What was stripped most often, by site and kind, of the last 30,000 blocks; Removals has all.",
        "facets": ["site", "kind"],
    },
    "health": {"title": "Health", "description": "One row a source: is it alive, and is what comes from it whole?"},
    "removals": {
        "title": "Removals",
        "description": "The ledger: each block that was stripped from an article, by which rule, and where it stood.",
        "facets": ["kind", "rule"],
        "size": 100,
    },
    "revisions": {
        "title": "Revisions",
        "description": "Every text an article ever had.",
        "label_column": "title",
        "sort_desc": "id",
    },
    "links": {
        "title": "Links",
        "description": "Every address that was tried, and what came of it.",
        "label_column": "url",
        "facets": ["state", "source", "error"],
        "sort_desc": "id",
    },
    "pages": {
        "title": "Pages",
        "description": "What the servers sent, compressed with zstd, for extraction again with better rules.",
        "label_column": "url",
        "sort_desc": "id",
    },
    "page_parts": {
        "title": "Further pages",
        "description": "The second and further pages of articles that go on, as the servers sent them.",
    },
    "runs": {"title": "Runs", "description": "Each run and what it brought.", "sort_desc": "id"},
    "events": {"title": "Events", "description": "Worse extractions that were not taken; pages that were taken down."},
    "alarms": {
        "title": "Alarms",
        "description": "What went wrong with a source, until it was well again.",
        "sort_desc": "id",
    },
    "restores": {
        "title": "Restores",
        "description": "Removed blocks that a reader put back; each is a vote against its rule.",
    },
    "near": {"title": "The same story", "description": "Articles that share their text, or most of it."},
    "vitals": {"title": "Vitals", "description": "What each run saw of each source: how whole its pages were."},
    "hosts": {"title": "Hosts", "description": "Hosts that are left alone for a while, and why."},
    **dict.fromkeys(
        (
            "_sqlite_migrations",
            "aliases",
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
    """Where to serve. `names` are further host names to answer to, when `host` is open to a network."""

    host: str = HOST
    port: int = 8001
    names: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
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
                        "description": "Best first, with the words in place.",
                        "sql": SEARCH_SQL,
                        "hide_sql": True,
                    }
                },
            }
        },
    }


def make_datasette(path: Path, *, is_open: bool = False) -> Any:
    """A Datasette on the archive, not yet serving; one that is open takes no SQL. Raises ConfigError without the extra."""
    try:
        from datasette.app import Datasette
        from datasette.plugins import pm

        from archive.web import plugin
    except ImportError as exc:
        raise ConfigError("serve needs Datasette: pip install 'cuttings[datasette]'") from exc
    if not pm.is_registered(plugin):
        pm.register(plugin, "cuttings")
    settings = {**SETTINGS, "default_allow_sql": not is_open}
    return Datasette(files=[str(path)], metadata=metadata(path), settings=settings)


def guard(app: Any, place: Place) -> Any:
    """The app, answering only what reads, only to names that are ours, and with a policy for the browser on every page."""
    from archive.web.policy import is_loopback_name, named, open_names, read_only, with_headers

    app = read_only(with_headers(app))
    if not place.is_open:
        return named(app, is_loopback_name, answers_to="127.0.0.1 and localhost")
    names = {place.host, *place.names}
    return named(app, open_names(names), answers_to=f"addresses, this machine's name, and {', '.join(sorted(names))}")


def address(path: Path) -> str:
    """The path of the archive's tables in Datasette, whose addresses have a spelling of their own for odd characters.

    >>> address(Path("my news.db"))
    '/my+news'
    """
    return "/" + quote(path.stem, safe=" ").replace("~", "~7E").replace(".", "~2E").replace("%", "~").replace(" ", "+")


def opens(path: Path, place: Place) -> Sequence[str]:
    """What a server that is open to a network gives away, a line each; nothing of one that is not."""
    if not place.is_open:
        return ()
    return (
        f"{place.host} is open to the network: whoever reaches it can read all of {path} without a password -",
        "every article and revision, the ledger, the sources with their addresses, and the stored pages as they were sent.",
        "It only shows: nothing can be changed, and queries of one's own in SQL are off. 127.0.0.1, the default, is for you alone.",
    )


def serve(path: Path, place: Place | None = None, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve the archive until interrupted; `ready` gets the address once the port is ours.

    Port 0 takes a free one. Raises ArchiveError, or ConfigError for a missing extra, a port in use, an unknown host.
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
        raise ConfigError(f"port {place.port} on {place.host} cannot be used ({exc.strerror})") from exc
    return listener
