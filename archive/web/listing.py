"""Lists of articles and counts that several pages show, and the newest articles of a site.

A page must answer fast on an archive of a million articles, so it reads the newest of a site and not the whole site.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from archive.search.conditions import DATE, NO_CONDITION, Condition
from archive.store.columns import names
from archive.store.sites import SiteFilter

SELECT_LISTED: Final = f"""
SELECT articles.id, title, site, authors, description, words, verdict, duplicate_of, language, {DATE} AS date
FROM articles"""
"""Columns of `Listed`; add a WHERE."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in a list."""

    id: int
    title: str
    site: str
    authors: tuple[str, ...]
    description: str
    words: int
    verdict: str
    duplicate_of: int | None
    language: str
    date: str


@dataclass(frozen=True, slots=True)
class Count:
    """A name with its number of occurrences."""

    name: str
    number: int


def listed(row: dict[str, Any]) -> Listed:
    """An article of a list, from a row with the columns of `SELECT_LISTED`."""
    return Listed(**{**row, "authors": names(row["authors"])})


def newest_of(sites: SiteFilter, *, most: int, dated: Condition = NO_CONDITION) -> Condition:
    """The newest articles of each site name, by date, and of the hosts, by when they were archived; `most` of each.

    `dated` narrows the articles that are counted.
    """
    named = [Condition(f"site = :name_{number}", {f"name_{number}": name}) for number, name in enumerate(sites.names)]
    hosts = Condition("host IN (SELECT value FROM json_each(:hosts))", {"hosts": json.dumps(sites.hosts)})
    parts = [*((condition & dated, f"{DATE} DESC") for condition in named), (hosts & dated, "id DESC")]
    found = " UNION ".join(
        f"SELECT id FROM (SELECT id FROM articles {condition.where} ORDER BY {order} LIMIT {most})"
        for condition, order in parts
    )
    values = {name: value for condition, _ in parts for name, value in condition.values.items()}
    return Condition(f"articles.id IN ({found})", values)
