"""Statistics of rules (`rules stats`): the blocks that each removes from the newest texts, and those restored by readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from archive.store.archive import Archive
from archive.store.connection import archive_errors
from archive.store.sites import resolve_sites
from scraper.rules.ruleset import RuleSet

_HITS: Final = """
SELECT removals.rule, removals.kind, count(*), count(DISTINCT removals.article_id), sum(length(removals.text))
FROM removals JOIN revisions ON revisions.id = removals.revision_id
JOIN articles ON articles.id = revisions.article_id AND articles.revision = revisions.number
WHERE {condition} GROUP BY removals.rule, removals.kind"""
_VOTES: Final = """
SELECT restores.rule, restores.kind, count(*) FROM restores JOIN articles ON articles.id = restores.article_id
WHERE restores.undone_at IS NULL AND {condition} GROUP BY restores.rule, restores.kind"""


@dataclass(frozen=True, slots=True)
class RuleStats:
    """The removals of one rule. `share` is of the characters of all removed blocks, 0 to 1; `votes` are restored blocks.

    `known`: the rule is one of today's rules. Others were deleted, or are built-in reasons.
    """

    rule: str
    kind: str
    hits: int
    articles: int
    characters: int
    share: float
    votes: int
    known: bool


def rule_stats(archive: Archive, rules: RuleSet, *, site: str = "") -> tuple[RuleStats, ...]:
    """Statistics of each rule that removed a block, the most text first."""
    conn = archive.db.conn
    with archive_errors(archive.path):
        condition, values = resolve_sites(conn, (site,)).condition() if site else ("1", {})
        counts = {
            (rule, kind): numbers for rule, kind, *numbers in conn.execute(_HITS.format(condition=condition), values)
        }
        votes = {
            (rule, kind): number for rule, kind, number in conn.execute(_VOTES.format(condition=condition), values)
        }
    total = sum(characters for _, _, characters in counts.values()) or 1
    known = {rule.id for rule in rules.rules}
    rows = [
        RuleStats(
            rule,
            kind,
            hits,
            articles,
            characters,
            round(characters / total, 4),
            votes.get((rule, kind), 0),
            rule in known,
        )
        for rule, kind in sorted(counts.keys() | votes.keys())
        for hits, articles, characters in (counts.get((rule, kind), (0, 0, 0)),)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.characters, row.rule, row.kind)))


def stats_lines(rows: Sequence[RuleStats]) -> Iterator[str]:
    """The statistics as a table for people."""
    width = max((len(row.rule) for row in rows), default=4)
    yield f"{'rule':<{width}}  {'kind':<10}  {'blocks':>7}  {'articles':>8}  {'share':>6}  restored"
    for row in rows:
        back = f"{row.votes:,} ({row.votes / (row.hits + row.votes):.0%})" if row.votes else "-"
        yield f"{row.rule:<{width}}  {row.kind:<10}  {row.hits:>7,}  {row.articles:>8,}  {row.share:>6.1%}  {back}"
