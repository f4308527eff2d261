"""An explanation as text or JSON: each block of a page in order, kept or removed, and the reason."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from typing import Any, Final

import click

from archive.output.article import counted, one_line, printable
from archive.output.markdown import block_markdown
from scraper.extraction.explain import ExplainedBlock, Explanation, is_close
from scraper.rules.reasons import SCORER
from scraper.scoring.attribution import FeatureContribution

COLOURS: Final = {"kept": "green", "removed": "red", "outside": "red"}
KIND_WIDTH: Final = 11  # "newsletter", "correction"
RULE_WIDTH: Final = 26
MIN_TEXT_COLUMNS: Final = 40
"""Columns for the text on a narrow terminal."""

MAX_WEIGHTS: Final = 8
"""Weights that are given for one block."""
MAX_LINE_WEIGHTS: Final = 4
"""Weights that fit on a line."""


def as_dict(block: ExplainedBlock, markdown: str | None = None) -> dict[str, Any]:
    """A block as `--explain --json` prints it. `markdown` is None unless the article has the block."""
    return {
        "position": block.position,
        "verdict": block.verdict,
        "kind": block.kind,
        "form": block.form,
        "rule": block.rule_id or None,
        "stage": block.stage or None,
        "score": block.score,
        "weights": [
            {"feature": weight.name, "value": weight.value, "odds": weight.odds}
            for weight in block.weights[:MAX_WEIGHTS]
        ],
        "passed": list(block.passed),
        "place": block.place,
        "text": block.text,
        "markdown": markdown,
        "level": block.level,
    }


def as_rows(explanation: Explanation) -> dict[str, Any]:
    """The part of a document that `--explain --json` prints in another way: every block of the page."""
    article = explanation.extraction.article
    markdown = {block.position: block_markdown(block) for block in article.blocks} if article else {}
    return {"blocks": [as_dict(block, markdown.get(block.position)) for block in explanation.blocks]}


def signed(value: float) -> str:
    """A weight with its sign.

    >>> signed(-2.1), signed(0.5)
    ('−2.1', '+0.5')
    """
    return f"{'−' if value < 0 else '+'}{abs(value):g}"


def weight_text(weight: FeatureContribution) -> str:
    """One feature with its value and weight.

    >>> weight_text(FeatureContribution("link_share", 0.92, -2.1))
    'link_share 0.92 −2.1'
    """
    return f"{weight.name} {weight.value:g} {signed(weight.odds)}"


def shows_weights(block: ExplainedBlock) -> bool:
    """Whether to print a block's weights: the scorer removed the block, or was unsure."""
    return bool(block.weights) and (block.rule_id == SCORER.id or is_close(block.score))


def explain_line(block: ExplainedBlock, *, width: int = 0) -> str:
    """A block: verdict, kind, reason, score, text, and below them the weights. With a `width` the text is wrapped."""
    score = "" if block.score is None else f"{block.score:.2f} "
    head = f"{block.verdict:<7}  {block.kind:<{KIND_WIDTH}} {block.rule_id or '-':<{RULE_WIDTH}} {score}"
    text = one_line(printable(block.text))
    margin = " " * len(head)
    if width:
        room = max(width - len(head), MIN_TEXT_COLUMNS)
        text = f"\n{margin}".join(textwrap.wrap(text, room) or [""])
    line = click.style(head, fg=COLOURS[block.verdict], dim=block.verdict == "outside") + click.style(
        text, dim=block.verdict != "kept"
    )
    if not shows_weights(block):
        return line
    weights = ", ".join(map(weight_text, block.weights[:MAX_LINE_WEIGHTS]))
    return f"{line}\n{margin}{click.style(f'weights: {weights}', fg='blue')}"


def explain_lines(explanation: Explanation, *, terminal: bool) -> list[str]:
    """The whole page, block by block, wrapped on a terminal. `click.echo` drops the colours if needed."""
    width = shutil.get_terminal_size().columns if terminal else 0
    return [explain_line(block, width=width) for block in explanation.blocks]


def explain_summary(explanation: Explanation) -> str:
    """Counts of kept and removed blocks in one line."""
    verdicts = Counter(block.verdict for block in explanation.blocks)
    kinds = Counter(block.kind for block in explanation.blocks if block.verdict == "removed")
    removed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    quality = explanation.extraction.quality
    evidence = f" ({'; '.join(quality.evidence)})" if quality.evidence else ""
    return (
        f"{counted(verdicts['kept'], 'block')} kept, {verdicts['removed']:,} removed{f' ({removed})' if removed else ''}, "
        f"{verdicts['outside']:,} outside the article; quality: {quality.verdict}{evidence}"
    )
