"""Rules that an archive teaches: its blocks that repeat, that look like no article, and what a rule for each would cost.

::

    texts and ledger ─► repeats of a site ─► signs of boilerplate ─► a rule ─► tried on all texts of the site ─► proposal
                        (learn_blocks)        (learn_words)           (learn_rules)

Deterministic: the same archive and rules give the same proposals, in the same order. Nothing is written here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.learning.classifier import TEXTS, BoilerplateClassifier, train
from archive.learning.repeats import SLOT, Repeat, Seen, even, repeats
from archive.newsroom.articles import load_newsroom, plain
from archive.store.archive import Archive
from archive.store.columns import unpack_blocks
from archive.store.connection import archive_errors
from archive.store.sites import resolve_sites
from scraper.rules.reasons import BUILT_IN_REASONS, SCORE_IDS
from scraper.rules.ruleset import RuleSet
from scraper.types import BODY_KINDS

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
    """What speaks for a block being boilerplate. Shares are of the times it was seen, 0 to 1.

    `odds` is how it sounds (see `Sound.odds`), `kept` how often it stands in a text. `standing` is the share of the site's
    articles that have it, for a whole paragraph on a site with enough of them; a heading may stand in each review.
    """

    odds: float
    kept: int
    removed: int
    linked: float
    beside: float
    last: float
    standing: float

    @property
    def weight(self) -> float:
        """All of it in one number; see `BAR`."""
        dropped = self.removed / (self.kept + self.removed)
        return (
            self.odds + 0.5 * self.linked + 0.5 * self.beside + 0.25 * self.last + 0.75 * dropped + 2.0 * self.standing
        )


RUNNING: Final = 120
"""Characters from which a paragraph that stands once is running text, for what articles sound like."""
PARAGRAPH: Final = 60
"""Characters from which a block that stands in most articles of a site can be nothing but a standing text."""
ENOUGH: Final = 5
"""Articles of a site from which "most" means something."""

BAR: Final = 1.5
"""Weight from which a repeated block is proposed."""
SOUND: Final = 0.75
"""Odds below which no other sign helps unless half of the articles have it: it reads like an article, such as the paragraph that opens each part of a series."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repeated block that looks like boilerplate, of which kind, and why."""

    repeat: Repeat
    kind: str
    signs: Signs


def listen(archive: Archive, rules: RuleSet) -> BoilerplateClassifier:
    """How boilerplate and articles of this archive sound."""
    with archive_errors(archive.path):
        removed = archive.db.conn.execute(_SAMPLE_REMOVED, (json.dumps(sorted(BUILT_IN_REASONS)), TEXTS)).fetchall()
        texts = [text for (text,) in archive.db.conn.execute(_SAMPLE_BODY)]
    counts = Counter(paragraph for text in texts for paragraph in text.split("\n\n"))
    body = [paragraph for paragraph, count in counts.items() if count == 1 and len(paragraph) >= RUNNING][:TEXTS]
    return train(rules.rules, removed, [*body, *newsroom_body()])


def newsroom_body() -> Iterator[str]:
    """The paragraphs of the embedded newsroom, so that a small archive knows more of how articles sound than it holds."""
    for site in load_newsroom():
        for story in site.stories:
            for piece in story.pieces:
                if piece.kind in BODY_KINDS:
                    yield from (plain(line, piece.kind) for line in piece.lines)


def site_blocks(archive: Archive, host: str, condition: str, values: Mapping[str, str]) -> Iterator[Seen]:
    """Each block of a site's newest texts, and what was taken out of them, article by article."""
    for article_id, title, revision_id, packed, text in archive.db.conn.execute(
        _TEXTS.format(condition=condition), {**values, "host": host}
    ).fetchall():
        gone = archive.db.conn.execute(_REMOVALS, (revision_id,)).fetchall()
        kept = [block for block in unpack_blocks(packed, text) if block.kind in BODY_KINDS]
        around = {position: kind for position, _, kind, _ in gone}
        last = kept[-1].position if kept else -1
        for block in kept:
            beside = tuple(around[at] for at in (block.position - 1, block.position + 1) if at in around)
            linked = block.markup.startswith("[") and block.markup.count("](") == 1 and block.markup.endswith(")")
            yield Seen(article_id, block.text, beside=beside, linked=linked, last=block.position == last)
        for position, rule, kind, own in gone:
            if own != title:
                beside = tuple(around[at] for at in (position - 1, position + 1) if at in around)
                yield Seen(article_id, own, rule, kind, beside)


def candidates(
    archive: Archive, rules: RuleSet, sound: BoilerplateClassifier, *, site: str = "", least: int = 3
) -> Iterator[tuple[Candidate, Sequence[Seen]]]:
    """Repeated blocks that look like boilerplate and that no rule names yet, each with all blocks of its site."""
    with archive_errors(archive.path):
        condition, values = resolve_sites(archive.db.conn, (site,)).condition() if site else ("1", {})
        hosts = archive.db.conn.execute(_HOSTS.format(condition=condition), values).fetchall()
    for host, url in hosts:
        with archive_errors(archive.path):
            blocks = list(site_blocks(archive, host, condition, values))
        own = rules.for_url(url)
        for repeat in repeats(host, blocks, least=least):
            if found := weigh(repeat, own, sound):
                yield found, blocks


def weigh(repeat: Repeat, rules: RuleSet, sound: BoilerplateClassifier) -> Candidate | None:
    """The candidate that a repeat is; None when rules know it already, or when it reads like an article."""
    unnamed = [seen for seen in repeat.seen if not seen.rule or seen.rule in SCORE_IDS]
    if 2 * len(unnamed) <= len(repeat.seen) or is_known(repeat.seen[0].text, rules):
        return None
    many = len(repeat.seen)
    signs = Signs(
        odds=sum(sound.odds(seen.text) for seen in repeat.seen) / many,
        kept=sum(not seen.rule for seen in repeat.seen),
        removed=sum(bool(seen.rule) for seen in repeat.seen),
        linked=sum(seen.linked for seen in repeat.seen) / many,
        beside=sum(bool(seen.beside) for seen in repeat.seen) / many,
        last=sum(seen.last for seen in repeat.seen) / many,
        standing=standing(repeat),
    )
    if (signs.odds < SOUND and signs.standing < 0.5) or signs.weight < BAR:
        return None
    hints = [kind for seen in repeat.seen for kind in (*seen.beside, seen.kind) if kind not in {"", "other"}]
    return Candidate(repeat, sound.kind(repeat.seen[0].text, hints=hints), signs)


def standing(repeat: Repeat) -> float:
    """The share of a site's articles that have a paragraph word for word; 0 for a shorter text, or on a site with few.

    One that varies may be how a site words its reports of weather and markets.
    """
    if SLOT in repeat.key or repeat.of_articles < ENOUGH or min(len(seen.text) for seen in repeat.seen) < PARAGRAPH:
        return 0.0
    return repeat.stories / repeat.of_articles


def is_known(text: str, rules: RuleSet) -> bool:
    """Whether a text rule would take a block out as it is."""
    line = even(text)
    return any(
        len(line) <= rule.max_chars and rules.compiled[rule.id].search(line)
        for rule in rules.candidates(line)
        if rule.zone == "any" and not rule.min_link_density
    )
