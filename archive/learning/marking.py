"""A rule for a block that a reader marked as boilerplate, with the articles of the site that have the same block."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from archive.learning.candidates import Candidate, Signs, site_blocks
from archive.learning.proposals import Proposal, propose
from archive.learning.repeats import MAX_REPEAT_CHARS, Repeat, even
from archive.output.article import counted
from archive.store.archive import Archive
from archive.store.connection import archive_errors
from scraper.errors import InputError
from scraper.extraction.rule_check import faults
from scraper.rules.ruleset import RuleSet
from scraper.types import REMOVAL_KINDS

MAX_TRIED_ARTICLES: Final = 1000
"""Newest articles of a site that a rule is tried on."""
_NEWEST: Final = (
    "articles.id IN (SELECT id FROM articles WHERE host = :host ORDER BY id DESC LIMIT :most) OR articles.id = :marked"
)


@dataclass(frozen=True, slots=True)
class MarkedBlock:
    """The proposed rule. `articles` have the block in their text, the marked one first; `tried` articles were looked at."""

    proposal: Proposal
    text: str
    articles: tuple[int, ...]
    tried: int


def propose_marked(archive: Archive, rules: RuleSet, article_id: int, position: int, *, kind: str) -> MarkedBlock:
    """The rule that removes the block at a position of an article's text, word for word, from all articles of its site.

    Raises `InputError` if there is no such block, or if no rule can tell it.
    """
    if kind not in REMOVAL_KINDS:
        raise InputError(f"there is no kind {kind!r}; kinds are {', '.join(REMOVAL_KINDS)}")
    body = archive.article(str(article_id)).article.body
    text = next((even(block.text) for block in body if block.position == position), "")
    if not text:
        raise InputError(f"article {article_id} has no block at {position}; load its page again")
    if len(text) > MAX_REPEAT_CHARS:
        raise InputError(f"the block has {len(text):,} characters; a rule can tell one of at most {MAX_REPEAT_CHARS}")
    with archive_errors(archive.path):
        (host,) = archive.db.conn.execute("SELECT host FROM articles WHERE id = ?", (article_id,)).fetchone()
        values = {"most": MAX_TRIED_ARTICLES, "marked": article_id}
        blocks = list(site_blocks(archive, host, f"({_NEWEST})", values))
    seen = tuple(one for one in blocks if even(one.text) == text)
    having = sorted({one.article for one in seen if not one.rule}, key=lambda number: (number != article_id, -number))
    tried = len({one.article for one in blocks})
    repeat = Repeat(host, text, seen, len(having), len(having), tried)
    signs = Signs(odds=0.0, kept=len(seen), removed=0, linked=0.0, beside=0.0, last=0.0, ubiquity=0.0)
    found = propose(Candidate(repeat, kind, signs), blocks, taken_ids={rule.id for rule in rules.rules})
    if found is None or not re.search(r"\w", text):
        raise InputError("the block has no word that a rule could look for")
    why = f"marked by a reader: the same in {counted(len(having), 'article')} of the site"
    rule = replace(found.rule, why=why, origin="marked")
    if fault := next(faults([rule]), None):
        raise InputError(f"no rule can tell this block from others: {fault}")
    return MarkedBlock(replace(found, rule=rule), text, tuple(having), tried)
