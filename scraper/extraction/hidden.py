"""Hidden bodies: pages that show most of their article only once a script has run, or a reader has paid or clicked."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from scraper.extraction.candidates import Candidate
from scraper.rules.thresholds import share

MAX_HIDDEN_SHARE: Final = share("MAX_HIDDEN_SHARE")


def show_hidden_body(candidates: list[Candidate], *, floor: float) -> list[Candidate]:
    """The candidates; if most of what looks like the article is hidden, nothing counts as hidden."""
    total = hidden = 0
    for block in candidates:
        if block.score < floor or block.element or block.matches:
            continue
        total += len(block.text)
        hidden += len(block.text) * block.unseen
    if not hidden or hidden <= MAX_HIDDEN_SHARE * total:
        return candidates
    return [replace(block, unseen=False) if block.unseen else block for block in candidates]
