"""Everything that is known of each block of a page: what became of it, by which rule or score, and why.

What is told is what `extract` did, not a second opinion: its result is joined with the evidence by position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from scraper.blocks.model import PageBlocks
from scraper.extraction.extract import PageRead, extract, extract_text, read_page
from scraper.rules.reasons import SCORER
from scraper.rules.ruleset import RuleSet
from scraper.scoring.attribution import BlockScore, FeatureContribution, attribute
from scraper.scoring.scorer import load_scorer
from scraper.types import Article, Extraction, Metadata, Page, Removal

Fate = Literal["kept", "removed", "outside"]
UNDECIDED: Final = (0.2, 0.8)
"""Scores between which the scorer was not sure: shown with their weights whatever decided."""

PLACE_DEPTH: Final = 4
"""Elements named of the way to a block."""
PLACE_NAMES: Final = 3
"""Classes named of each."""


@dataclass(frozen=True, slots=True)
class ExplainedBlock:
    """One text block of a page.

    `verdict` is `kept` (in the article, or beside it), `removed` (from within it) or `outside` (page chrome). `kind` is
    what it is: a block kind when kept, otherwise a removal kind. `form` and `level` are what its tags make of it.
    `rule_id` and `stage` are empty for a kept block. `score` is the scorer's, None for dirty text. `weights` are given
    where the scorer decided or was near to it. `place` is the way to it, outermost first. `passed` are ids of rules
    that know the block but did not decide: for another zone, after a stronger reason, or refused.
    """

    position: int
    text: str
    verdict: Fate
    kind: str
    form: str = "paragraph"
    level: int = 0
    rule_id: str = ""
    stage: str = ""
    score: float | None = None
    weights: tuple[FeatureContribution, ...] = ()
    place: str = ""
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page's extraction, and every block of the page in order, each once."""

    extraction: Extraction
    metadata: Metadata
    blocks: tuple[ExplainedBlock, ...]


def explain(page: Page, rules: RuleSet) -> Explanation:
    """What `extract` makes of a page, and why."""
    extraction = extract(page, rules)
    read = read_page(page, rules)
    looks = attribute(load_scorer(), read.blocks, read.context)
    blocks = tuple(with_evidence(block, read, looks) for block in told(extraction))
    return Explanation(extraction, read.metadata, blocks)


def explain_text(text: str, rules: RuleSet, *, url: str = "") -> Explanation:
    """The same of a dirty text, which has no scores."""
    extraction = extract_text(text, rules, url=url)
    return Explanation(extraction, metadata_of(extraction.article), told(extraction))


def metadata_of(article: Article | None) -> Metadata:
    """What a dirty text says of itself."""
    return (
        Metadata(title=article.title, authors=article.authors, canonical_url=article.canonical_url)
        if article
        else Metadata()
    )


def told(extraction: Extraction) -> tuple[ExplainedBlock, ...]:
    """The page's blocks by position, as the extraction tells of them. A caption, kept beside the article too, is told once, as removed."""
    groups: tuple[tuple[Fate, tuple[Removal, ...]], ...] = (
        ("removed", extraction.removals),
        ("outside", extraction.chrome),
    )
    taken = [
        ExplainedBlock(row.position, row.text, verdict, row.kind, rule_id=row.rule_id, stage=row.stage)
        for verdict, rows in groups
        for row in rows
    ]
    beside = {block.position for block in taken if block.kind == "caption"}
    kept = [
        ExplainedBlock(block.position, block.text, "kept", block.kind, form=block.kind, level=block.level)
        for block in (extraction.article.blocks if extraction.article else ())
        if block.kind != "caption" or block.position not in beside
    ]
    return tuple(sorted([*kept, *taken], key=lambda block: block.position))


def with_evidence(block: ExplainedBlock, read: PageRead, looks: tuple[BlockScore, ...]) -> ExplainedBlock:
    """A block with its score, its weights, and where it stands; as it is when the page does not show it."""
    if block.position >= len(looks) or read.blocks.blocks[block.position].text != block.text:
        return block
    own = read.blocks.blocks[block.position]
    seen = looks[block.position]
    known = [own.rule.id] if own.rule else []
    known += [match.rule.id for match in read.matches[block.position]]
    decided = block.rule_id in {"", SCORER.id} or is_close(seen.score)
    return replace(
        block,
        form=own.kind,
        level=own.level,
        score=seen.score,
        weights=seen.weights if decided else (),
        place=place_of(read.blocks, own.container),
        passed=tuple(rule for rule in dict.fromkeys(known) if rule != block.rule_id),
    )


def is_close(score: float | None) -> bool:
    """Whether the scorer was not sure."""
    return score is not None and UNDECIDED[0] <= score <= UNDECIDED[1]


def place_of(page: PageBlocks, container: int) -> str:
    """The innermost elements around a block, with their class and id words: `article.story > div.text > p`."""
    parts: list[str] = []
    while container > 0 and len(parts) < PLACE_DEPTH:
        own = page.containers[container]
        parts.append(".".join([own.tag, *own.names.split()[:PLACE_NAMES]]))
        container = own.parent
    return " > ".join(reversed(parts))
