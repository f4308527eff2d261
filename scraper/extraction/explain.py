"""Explanations: for each block of a page whether it was kept, by which rule or score, and why.

An explanation judges nothing again: it joins an extraction with the evidence behind it, by position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from scraper.blocks.model import PageBlocks
from scraper.extraction.extract import ScoredExtraction
from scraper.extraction.page_read import PageRead
from scraper.rules.reasons import SCORER
from scraper.scoring.attribution import BlockScore, FeatureContribution, attribute
from scraper.scoring.scorer import load_scorer
from scraper.types import Article, Extraction, Metadata, Removal

BlockVerdict = Literal["kept", "removed", "outside"]
UNSURE_SCORES: Final = (0.2, 0.8)
"""Scores between which the scorer was not sure: a block's weights are then always given."""

MAX_PLACE_ELEMENTS: Final = 4
"""Elements that the place of a block names."""

MAX_PLACE_CLASSES: Final = 3
"""Classes that the place of a block names for each element."""


@dataclass(frozen=True, slots=True)
class ExplainedBlock:
    """One text block of a page.

    `verdict` is `kept` (in the article, or beside the body), `removed` (from within the article) or `outside` (chrome).
    `kind` is a block kind if the block was kept, else a removal kind. `form` and `level` come from the block's tags.
    `rule_id` and `stage` are empty for a kept block. `score` is the scorer's; None for plain text. `weights` are given
    if the scorer decided or was not sure. `place` is the path of elements to the block, outermost first. `passed` are
    ids of rules that match the block but did not decide: they are for another zone, a stronger reason came first, or
    the rule was too greedy.
    """

    position: int
    text: str
    verdict: BlockVerdict
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
    """An extraction, and every block of its page once, in page order."""

    extraction: Extraction
    metadata: Metadata
    blocks: tuple[ExplainedBlock, ...]


def explain(found: ScoredExtraction) -> Explanation:
    """The explanation of a page's extraction."""
    scores = attribute(load_scorer(), found.read.blocks, found.read.context)
    blocks = tuple(with_evidence(block, found.read, scores) for block in explained_blocks(found.extraction))
    return Explanation(found.extraction, found.read.metadata, blocks)


def explain_text(extraction: Extraction) -> Explanation:
    """The explanation of a plain text's extraction; plain text has no scores."""
    return Explanation(extraction, metadata_of_article(extraction.article), explained_blocks(extraction))


def metadata_of_article(article: Article | None) -> Metadata:
    """The metadata of a plain text."""
    return (
        Metadata(title=article.title, authors=article.authors, canonical_url=article.canonical_url)
        if article
        else Metadata()
    )


def explained_blocks(extraction: Extraction) -> tuple[ExplainedBlock, ...]:
    """The blocks of an extraction, by position. A caption or note is kept beside the body too, but appears once, as removed."""
    groups: tuple[tuple[BlockVerdict, tuple[Removal, ...]], ...] = (
        ("removed", extraction.removals),
        ("outside", extraction.chrome),
    )
    gone = [
        ExplainedBlock(row.position, row.text, verdict, row.kind, rule_id=row.rule_id, stage=row.stage)
        for verdict, rows in groups
        for row in rows
    ]
    beside = {block.position for block in gone}
    kept = [
        ExplainedBlock(block.position, block.text, "kept", block.kind, form=block.kind, level=block.level)
        for block in (extraction.article.blocks if extraction.article else ())
        if block.position not in beside
    ]
    return tuple(sorted([*kept, *gone], key=lambda block: block.position))


def with_evidence(block: ExplainedBlock, read: PageRead, scores: tuple[BlockScore, ...]) -> ExplainedBlock:
    """A block with its score, weights and place; unchanged if no element of the page shows the block."""
    if block.position >= len(scores) or read.blocks.blocks[block.position].text != block.text:
        return block
    own = read.blocks.blocks[block.position]
    scored = scores[block.position]
    matching = [own.rule.id] if own.rule else []
    matching += [match.rule.id for match in read.matches[block.position]]
    decided = block.rule_id in {"", SCORER.id} or is_close(scored.score)
    return replace(
        block,
        form=own.kind,
        level=own.level,
        score=scored.score,
        weights=scored.weights if decided else (),
        place=place_of(read.blocks, own.container),
        passed=tuple(rule for rule in dict.fromkeys(matching) if rule != block.rule_id),
    )


def is_close(score: float | None) -> bool:
    """Whether the scorer was not sure."""
    return score is not None and UNSURE_SCORES[0] <= score <= UNSURE_SCORES[1]


def place_of(page: PageBlocks, container: int) -> str:
    """The innermost elements around a block, with their class and id words: `article.story > div.text > p`."""
    parts: list[str] = []
    while container > 0 and len(parts) < MAX_PLACE_ELEMENTS:
        own = page.containers[container]
        parts.append(".".join([own.tag, *own.names.split()[:MAX_PLACE_CLASSES]]))
        container = own.parent
    return " > ".join(reversed(parts))
