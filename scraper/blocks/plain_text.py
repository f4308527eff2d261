"""Plain text without markup as blocks."""

from __future__ import annotations

import re
from statistics import median
from typing import Final

from scraper.blocks.phrases import normalise
from scraper.types import Block

WRAP_COLUMNS: Final = range(50, 101)
"""Line lengths at which people and mail programs wrap text."""


def read_text(text: str) -> tuple[Block, ...]:
    """The lines or paragraphs of a text."""
    return tuple(Block("paragraph", line, position) for position, line in enumerate(paragraphs(text)))


def paragraphs(text: str) -> list[str]:
    """Non-empty lines; in text wrapped at a fixed width, the paragraphs between blank lines.

    >>> paragraphs("One.\\n\\nTwo\\nthree")
    ['One.', 'Two', 'three']
    """
    groups = [group.splitlines() for group in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))]
    full = [len(line) for group in groups for line in group[:-1]]
    wrapped = len(full) >= 5 and int(median(full)) in WRAP_COLUMNS and max(full) <= WRAP_COLUMNS.stop + 20
    lines = (" ".join(group) for group in groups) if wrapped else (line for group in groups for line in group)
    return [clean for line in lines if (clean := normalise(line))]
