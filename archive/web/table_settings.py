"""What Datasette shows of an archive's tables: settings, titles, facets, hidden tables, the query `search`.

The plugin gives these to any Datasette that has an archive, so that `datasette archive.db` shows what `serve` shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from archive.search.ranking import WEIGHTS_SQL

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
    "stars": {"title": "Stars", "description": "Articles that a reader starred."},
    "reader_tags": {"title": "Reader's tags", "description": "Tags that a reader gave to articles.", "facets": ["tag"]},
    "reader_notes": {"title": "Notes", "description": "A reader's notes on articles."},
    "searches": {"title": "Saved searches", "description": "Searches that a reader saved; each has a feed."},
    "saved": {"title": "Saved pages", "description": "Pages of reading lists, as their reader saved them."},
    "reading_list": {"title": "Reading list", "description": "Saved pages, and what became of each."},
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
            "exports",
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

QUERIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "search": {
        "title": "Search",
        "description": "Best hits first, with the found words in their context.",
        "sql": SEARCH_SQL,
        "hide_sql": True,
    }
}
"""Queries of Datasette for an archive, by name."""

STARTS: Final = {
    "newest articles": "recent",
    "search": "search",
    "edits": "changes",
    "boilerplate": "boilerplate",
    "health of sources": "health",
}
"""Links above the list of tables: their names, and the table, view or query."""


def database_metadata(base: str) -> dict[str, Any]:
    """Datasette's metadata for a database that is an archive. `base` is the address of its tables."""
    links = " · ".join(f'<a href="{base}/{target}">{name}</a>' for name, target in STARTS.items())
    return {
        "title": "News archive",
        "description_html": f"<p>{links}</p>",
        "tables": {name: dict(table) for name, table in TABLES.items()},
        "queries": {name: dict(query) for name, query in QUERIES.items()},
    }
