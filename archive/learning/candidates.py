"""Candidates for new rules: blocks that repeat across a site's articles and look like boilerplate.

::

    texts and ledger ─► repeated blocks ─► signs of boilerplate ─► rule, tried on all texts of the site ─► proposal
                        (repeats)          (classifier)            (proposals)

Deterministic: the same archive and rules give the same candidates, in the same order. Nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.learning.classifier import MAX_TEXTS, BoilerplateClassifier, train
from archive.learning.repeats import SLOT, Repeat, SeenBlock, even, find_repeats
from archive.newsroom.articles import load_newsroom, plain
from archive.store.archive import Archive
from archive.store.columns import unpack_blocks
from archive.store.connection import archive_errors
from archive.store.sites import resolve_sites
from scraper.rules.reasons import BUILT_IN_REASONS, SCORE_IDS
from scraper.rules.ruleset import RuleSet
from scraper.types import BODY_KINDS, SHOWN_KINDS

_HOSTS: Final = "SELECT host, min(url) FROM articles WHERE {condition} GROUP BY host ORDER BY host"
_TEXTS: Final = """
SELECT articles.id, articles.title, revisions.id, revisions.blocks, articles.text FROM articles
JOIN revisions ON revisions.article_id = articles.id AND revisions.number = articles.revision
WHERE articles.host = :host AND {condition} ORDER BY articles.id"""
_REMOVALS: Final = "SELECT position, rule, kind, text FROM removals WHERE revision_id = ? ORDER BY position, id"

_SAMPLE_BODY: Final = """
SELECT text FROM articles WHERE duplicate_of IS NULL ORDER BY id LIMIT 2000"""
_SAMPLE_REMOVED: Final = """
SELECT DISTINCT kind, text FROM removals
WHERE rule NOT IN (SELECT value FROM json_each(?)) AND stage = 'text' AND length(text) < 300
ORDER BY kind, text LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs that a repeated block is boilerplate. Shares are of the block's occurrences, 0 to 1.

    `odds` is the classifier's score (see `BoilerplateClassifier.odds`). `kept` and `removed` count occurrences. `linked`:
    the whole block is one link; `beside`: it is next to a removed block; `last`: it ends the text. `ubiquity` is the share
    of the site's articles that have the block, see `ubiquity`.
    """

    odds: float
    kept: int
    removed: int
    linked: float
    beside: float
    last: float
    ubiquity: float

    @property
    def weight(self) -> float:
        """All signs in one number, compared with `MIN_WEIGHT`."""
        dropped = self.removed / (self.kept + self.removed)
        return (
            self.odds + 0.5 * self.linked + 0.5 * self.beside + 0.25 * self.last + 0.75 * dropped + 2.0 * self.ubiquity
        )


MIN_SAMPLE_CHARS: Final = 120
"""A paragraph that occurs once and is at least this long is a sample of article text."""
MIN_REPEATED_PARAGRAPH_CHARS: Final = 60
"""A shorter block is a heading, which may occur in each review of a site."""
MIN_SITE_ARTICLES: Final = 5
"""Articles of a site from which a share of them means something."""
MIN_UBIQUITY: Final = 0.5
"""From this share of a site's articles on, a repeated block needs no minimum odds."""

MIN_WEIGHT: Final = 1.5
"""Weight from which a repeated block is proposed."""
MIN_ODDS: Final = 0.75
"""Lower odds mean article text, such as the paragraph that opens each part of a series."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repeated block that looks like boilerplate, its kind and its signs."""

    repeat: Repeat
    kind: str
    signs: Signs


def train_on_archive(archive: Archive, rules: RuleSet) -> BoilerplateClassifier:
    """A classifier trained on the rules' examples and on this archive's blocks."""
    with archive_errors(archive.path):
        removed = archive.db.conn.execute(_SAMPLE_REMOVED, (json.dumps(sorted(BUILT_IN_REASONS)), MAX_TEXTS)).fetchall()
        texts = [text for (text,) in archive.db.conn.execute(_SAMPLE_BODY)]
    counts = Counter(paragraph for text in texts for paragraph in text.split("\n\n"))
    body = [paragraph for paragraph, count in counts.items() if count == 1 and len(paragraph) >= MIN_SAMPLE_CHARS]
    return train(rules.rules, removed, [*body[:MAX_TEXTS], *newsroom_paragraphs()])


def newsroom_paragraphs() -> Iterator[str]:
    """Paragraphs of the demo newsroom: samples of article text for an archive that is still small."""
    for site in load_newsroom():
        for story in site.stories:
            for piece in story.pieces:
                if piece.kind in BODY_KINDS:
                    yield from (plain(line, piece.kind) for line in piece.lines)


def site_blocks(archive: Archive, host: str, condition: str, values: Mapping[str, str | int]) -> Iterator[SeenBlock]:
    """Kept and removed blocks of a site's newest texts, article by article."""
    for article_id, title, revision_id, packed, text in archive.db.conn.execute(
        _TEXTS.format(condition=condition), {**values, "host": host}
    ).fetchall():
        removed = archive.db.conn.execute(_REMOVALS, (revision_id,)).fetchall()
        kept = [block for block in unpack_blocks(packed, text) if block.kind in SHOWN_KINDS]
        around = {position: kind for position, _, kind, _ in removed}
        last = kept[-1].position if kept else -1
        for block in kept:
            beside = tuple(around[at] for at in (block.position - 1, block.position + 1) if at in around)
            linked = block.markup.startswith("[") and block.markup.count("](") == 1 and block.markup.endswith(")")
            yield SeenBlock(article_id, block.text, beside=beside, linked=linked, last=block.position == last)
        for position, rule, kind, own in removed:
            if own != title:
                beside = tuple(around[at] for at in (position - 1, position + 1) if at in around)
                yield SeenBlock(article_id, own, rule, kind, beside)


def find_candidates(
    archive: Archive, rules: RuleSet, classifier: BoilerplateClassifier, *, site: str = "", min_articles: int = 3
) -> Iterator[tuple[Candidate, Sequence[SeenBlock]]]:
    """Repeated blocks that look like boilerplate and that no rule removes yet, each with all blocks of its site."""
    with archive_errors(archive.path):
        condition, values = resolve_sites(archive.db.conn, (site,)).condition() if site else ("1", {})
        hosts = archive.db.conn.execute(_HOSTS.format(condition=condition), values).fetchall()
    for host, url in hosts:
        with archive_errors(archive.path):
            blocks = list(site_blocks(archive, host, condition, values))
        own = rules.for_url(url)
        for repeat in find_repeats(host, blocks, min_articles=min_articles):
            if found := judge(repeat, own, classifier):
                yield found, blocks


def judge(repeat: Repeat, rules: RuleSet, classifier: BoilerplateClassifier) -> Candidate | None:
    """The candidate for a repeated block; None if rules remove the block already, or if it looks like article text."""
    without_rule = [seen for seen in repeat.seen if not seen.rule or seen.rule in SCORE_IDS]
    if 2 * len(without_rule) <= len(repeat.seen) or is_known(repeat.seen[0].text, rules):
        return None
    count = len(repeat.seen)
    signs = Signs(
        odds=sum(classifier.odds(seen.text) for seen in repeat.seen) / count,
        kept=sum(not seen.rule for seen in repeat.seen),
        removed=sum(bool(seen.rule) for seen in repeat.seen),
        linked=sum(seen.linked for seen in repeat.seen) / count,
        beside=sum(bool(seen.beside) for seen in repeat.seen) / count,
        last=sum(seen.last for seen in repeat.seen) / count,
        ubiquity=ubiquity(repeat),
    )
    if (signs.odds < MIN_ODDS and signs.ubiquity < MIN_UBIQUITY) or signs.weight < MIN_WEIGHT:
        return None
    hints = [kind for seen in repeat.seen for kind in (*seen.beside, seen.kind) if kind not in {"", "other"}]
    return Candidate(repeat, classifier.kind(repeat.seen[0].text, hints=hints), signs)


def ubiquity(repeat: Repeat) -> float:
    """Share of a site's articles that have a paragraph word for word.

    0 for a short block, for a site with few articles, and for a block that varies: sites word weather and market reports
    alike.
    """
    if (
        SLOT in repeat.key
        or repeat.of_articles < MIN_SITE_ARTICLES
        or min(len(seen.text) for seen in repeat.seen) < MIN_REPEATED_PARAGRAPH_CHARS
    ):
        return 0.0
    return repeat.stories / repeat.of_articles


def is_known(text: str, rules: RuleSet) -> bool:
    """Whether a text rule removes a block, regardless of its neighbours."""
    line = even(text)
    return any(
        len(line) <= rule.max_chars and rules.compiled[rule.id].search(line)
        for rule in rules.candidates(line)
        if rule.zone == "any" and not rule.min_link_density
    )
