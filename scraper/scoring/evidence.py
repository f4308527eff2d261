"""Kinds of evidence: columns and tokens that tell of the same thing, with its meaning for the readers of an explanation.

Single columns say little: a link shows in ten of them. So evidence is told, and left out, by its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from scraper.scoring.context_features import CONTEXT_COLUMNS
from scraper.scoring.link_features import LINK_COLUMNS
from scraper.scoring.tokens import FIELDS

NEIGHBOUR: Final = re.compile(r"[+-]\d$|^running_")
AROUND: Final = "around"


class Evidence(NamedTuple):
    """A kind of evidence. `shown` is the column or field of which an explanation tells the value.

    `columns` are the names of its columns, or beginnings that end with `_`; `fields` its fields of tokens.
    """

    name: str
    meaning: str
    shown: str
    columns: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()


EVIDENCE: Final = (
    Evidence("words", "the words of its text (value: how many of the first are known)", "first_words", fields=frozenset({"first_words", "last_words", "word_pairs"})),
    Evidence("names", "tags, classes and ids of the elements around it (value: names nearby that are known)", "near_names", frozenset({"in_", "tag_", "depth", "hidden", "marked"}), frozenset({"near_names", "far_names"})),
    Evidence("links", "its links and where they lead (value: share of its text inside links)", "link_share", frozenset({"link_share", *LINK_COLUMNS}), frozenset({"linked_words", "link_addresses"})),
    Evidence("rule", "the kind that a text rule gives it (value: number of the kind)", "rule_kind", frozenset({"rule_kind"})),
    Evidence("facts", "its likeness to the page's title, description, authors and stated text (value: share of its words in the title)", "title_share", frozenset(CONTEXT_COLUMNS)),
    Evidence("copies", "other blocks with its text or its beginning (value: blocks with its text)", "copies", frozenset({"copies", "begun", "seen_before"})),
    Evidence("site", "whether it and its page name the site (value: times that it names the host)", "names_host", frozenset({"names_", "named_share"})),
    Evidence("element", "text and links of its element, and of blocks of its shape (value: characters per block in its element)", "parent_mean", frozenset({"parent_", "grand_", "make_", "own_blocks", "with_densest", "under_densest", "above_densest", "densest_share"})),
    Evidence("neighbours", "length, links and ends of the blocks next to it (value: blocks since the last long sentence)", "running_before"),
    Evidence("form", "length, signs and style of its text (value: characters)", "chars"),
)  # fmt: skip
"""The kinds of evidence. Columns that no other kind names are of the last one."""


def evidence_of_column(name: str) -> str:
    """The kind of evidence that a column is.

    >>> evidence_of_column("within_share"), evidence_of_column("in_aside"), evidence_of_column("chars"), evidence_of_column("chars+1")
    ('links', 'names', 'form', 'neighbours')
    """
    if NEIGHBOUR.search(name):
        return "neighbours"
    prefix = name.partition("_")[0] + "_"
    return next((kind.name for kind in EVIDENCE if name in kind.columns or prefix in kind.columns), EVIDENCE[-1].name)


def columns_by_evidence(columns: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the columns of each kind of evidence."""
    found: dict[str, list[int]] = {kind.name: [] for kind in EVIDENCE}
    for number, name in enumerate(columns):
        found[evidence_of_column(name)].append(number)
    return found


def fields_of(kind: Evidence) -> list[int]:
    """The numbers of its fields of tokens."""
    return [number for number, field in enumerate(FIELDS) if field.name in kind.fields]


def meaning(name: str) -> str:
    """The meaning of a kind of evidence; empty for an unknown name.

    >>> meaning("around"), meaning("colour")
    ('the blocks around it and on the whole page (value: their number)', '')
    """
    if name == AROUND:
        return "the blocks around it and on the whole page (value: their number)"
    return next((kind.meaning for kind in EVIDENCE if kind.name == name), "")
