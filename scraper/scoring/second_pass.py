"""Features of the scorer's second pass: first-pass scores of a block, of its neighbours and of its group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from scraper.blocks.model import PageBlocks
from scraper.blocks.positions import Positions, positions_of
from scraper.scoring.columns import Column, as_columns, distances, shift

FIRST_PASS_COLUMNS: Final = (
    "chars", "words", "link_share", "full_stop", "closed", "sentences", "level", "heading", "name_sum", "name_min", "name_max", "make_plain",
    "make_mean", "make_count", "copies", "seen_before", "densest_share", "char_place", "word_mean", "word_min", "word_first",
    "after_densest", "before_densest", "above_densest", "with_densest", "under_densest", "after_title", "parent_plain", "parent_links",
    "rule_kind", "rule_kind-1", "title_share", "described", "stated", "has_stated", "is_title", "tag_li", "tag_p", "bold_share",
    "italic_share", "capital_share", "digit_share", "in_figure", "in_aside", "in_footer", "page_plain", "page_blocks",
    "running_before", "running_after",
)  # fmt: skip
"""First-pass columns that the second pass reads again, as `own_…`."""
MAX_LOG_ODDS: Final = 8
"""Largest absolute log-odds; scores beyond get the same value."""
MIN_MASS_SCORE: Final = 0.3
"""First-pass score above which a block's characters count as likely body text."""
SURE_SCORES: Final = (0.5, 0.9)
"""First-pass scores above which a long block is body text for the distance features."""
MIN_SURE_CHARS: Final = 80
"""A block up to this length is never counted as surely body text."""
AROUND_BLOCKS: Final = 11
"""Blocks of the window around each block whose scores are added up."""


def second_pass_features(page: PageBlocks, columns: Mapping[str, Column], scores: Column) -> dict[str, Column]:
    """Columns of the second pass. `scores` are the first pass's probabilities, 0 to 1, one for each block."""
    log_odds = np.clip(np.log(scores + 1e-6) - np.log(1 - scores + 1e-6), -MAX_LOG_ODDS, MAX_LOG_ODDS)
    out: dict[str, Any] = {"odds": log_odds}
    for step in (-3, -2, -1, 1, 2, 3):
        out[f"odds{step:+d}"] = shift(log_odds, step)
    chars = columns["chars"]
    out |= group_means(positions_of(page), chars, scores)
    out |= likely_text(chars, scores)
    for floor in SURE_SCORES:
        sure = (scores > floor) & (chars > MIN_SURE_CHARS)
        out[f"sure{floor}_before"], out[f"sure{floor}_after"] = distances(sure)
        out[f"sure{floor}"] = np.full_like(chars, sure.sum())
    return as_columns(out) | {f"own_{name}": columns[name] for name in FIRST_PASS_COLUMNS}


def group_means(at: Positions, chars: Column, scores: Column) -> dict[str, Any]:
    """Mean score of the blocks in the same element, in the next element out, and of the same shape."""
    out: dict[str, Any] = {}
    for name, group in (("parent", at.parent), ("grand", at.grandparent), ("make", at.shape)):
        for weight_name, weight in (("", np.ones_like(chars)), ("_chars", chars)):
            total = np.bincount(group, weights=weight)
            means = np.bincount(group, weights=scores * weight) / np.maximum(total, 1e-9)
            out[f"{name}_odds{weight_name}"] = means[group]
    return out


def likely_text(chars: Column, scores: Column) -> dict[str, Any]:
    """Likely body text around each block, before it, after it and on the whole page."""
    mass = scores * chars * (scores > MIN_MASS_SCORE)
    total = float(mass.sum()) or 1.0
    sums = np.cumsum(mass)
    return {
        "around": np.convolve(scores, np.ones(AROUND_BLOCKS), "same")[-len(chars) :]
        if len(chars) > AROUND_BLOCKS
        else np.full_like(chars, scores.sum()),
        "mass_before": (sums - mass) / total,
        "mass_after": 1 - sums / total,
        "mass": np.full_like(chars, total),
    }
