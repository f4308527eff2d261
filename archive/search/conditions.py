"""Conditions over `articles` as SQL: of which sites, from when to when.

A condition carries its named parameters. The caller gives a prefix for their names, so that a query's own conditions
and an export's filters can be in one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from archive.store.columns import iso
from archive.store.sites import resolve_sites

DATE: Final = "coalesce(articles.published, articles.first_seen)"
"""Date of an article: of publication, or else of the first visit."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as SQL, and its named parameters; empty when it holds for every article."""

    sql: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        """Both conditions."""
        parts = [condition.sql for condition in (self, other) if condition.sql]
        return Condition(" AND ".join(parts), {**self.values, **other.values})

    @property
    def where(self) -> str:
        """The WHERE clause."""
        return f"WHERE {self.sql}" if self.sql else ""


NO_CONDITION: Final = Condition()


def narrow(
    db: Database,
    *,
    prefix: str,
    sites: Sequence[str] = (),
    other_sites: Sequence[str] = (),
    since: datetime | None = None,
    before: datetime | None = None,
) -> Condition:
    """Articles of one of `sites` and of none of `other_sites`, dated `since` (inclusive) to `before` (exclusive)."""
    found = NO_CONDITION
    if sites:
        found &= Condition(*resolve_sites(db.conn, sites).condition(f"{prefix}on_"))
    if other_sites:
        sql, values = resolve_sites(db.conn, other_sites).condition(f"{prefix}off_")
        found &= Condition(f"NOT {sql}", values)
    if since is not None:
        found &= Condition(f"{DATE} >= :{prefix}since", {f"{prefix}since": iso(since)})
    if before is not None:
        found &= Condition(f"{DATE} < :{prefix}before", {f"{prefix}before": iso(before)})
    return found
