"""The archive in Datasette, on this machine only: titles, descriptions, facets, order and search are set up.

Datasette is an extra. It answers whatever Host a request names, so a page elsewhere that points a name at 127.0.0.1
could read the archive through the user's browser (DNS rebinding): other names than this machine's are refused here.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from archive.search import WEIGHTS
from archive.store import Archive
from scraper.errors import ConfigError

HOST: Final = "127.0.0.1"
NAMES: Final = frozenset({"127.0.0.1", "localhost"})

SETTINGS: Final[Mapping[str, Any]] = {
    "default_page_size": 50,
    "truncate_cells_html": 120,
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 1000,
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
        "sort_desc": "published",
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
        "description": "What was stripped most often, by site and kind.",
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
        "sort_desc": "seen_at",
    },
    "links": {
        "title": "Links",
        "description": "Every address that was tried, and what came of it.",
        "label_column": "url",
        "facets": ["state", "source", "error"],
        "sort_desc": "last_seen",
    },
    "pages": {
        "title": "Pages",
        "description": "What the servers sent, compressed with zstd, for extraction again with better rules.",
        "label_column": "url",
        "sort_desc": "fetched_at",
    },
    "runs": {"title": "Runs", "description": "Each run and what it brought.", "sort_desc": "id"},
    "events": {"title": "Events", "description": "Worse extractions that were not taken; pages that were taken down."},
    "aliases": {"title": "Aliases", "hidden": True},
    "tallies": {"title": "Tallies", "hidden": True},
    "_sqlite_migrations": {"hidden": True},
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


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


def make_datasette(path: Path) -> Any:
    """A Datasette on the archive, not yet serving. Raises ConfigError without the extra."""
    try:
        from datasette.app import Datasette
        from datasette.plugins import pm

        from archive import plugin
    except ImportError as exc:
        raise ConfigError("serve needs Datasette: pip install 'cuttings[datasette]'") from exc
    if not pm.is_registered(plugin):
        pm.register(plugin, "cuttings")
    return Datasette(
        files=[str(path)], metadata=metadata(path), settings=dict(SETTINGS), template_dir=str(Path(__file__).parent / "templates")
    )


def address(path: Path) -> str:
    """The path of the archive's page in Datasette, whose addresses have a spelling of their own for odd characters.

    >>> address(Path("my news.db"))
    '/my+news'
    """
    return "/" + quote(path.stem, safe=" ").replace("~", "~7E").replace(".", "~2E").replace("%", "~").replace(" ", "+")


def serve(path: Path, *, port: int = 8001, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve the archive on this machine until interrupted; `ready` gets the address once the port is ours.

    Port 0 takes a free one. Raises ArchiveError, or ConfigError for a missing extra or a port in use.
    """
    Archive.open(path).close()
    app = local_only(make_datasette(path).app())
    import uvicorn

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as exc:
            raise ConfigError(f"port {port} on {HOST} cannot be used ({exc.strerror})") from exc
        listener.listen()
        ready(f"http://{HOST}:{listener.getsockname()[1]}{address(path)}/recent")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def local_only(app: App) -> App:
    """The app, for requests that name this machine as their host."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host(scope) not in NAMES:
            await send({"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]})
            await send(
                {"type": "http.response.body", "body": b"This server answers to 127.0.0.1 and localhost only.\n"}
            )
            return
        await app(scope, receive, send)

    return guarded


def _host(scope: Message) -> str:
    value = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return str(value.decode("latin-1").rsplit(":", 1)[0].lower())
