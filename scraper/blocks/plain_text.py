"""Plain text without markup as title and blocks."""

from __future__ import annotations

import re
from statistics import median
from typing import Final

from scraper.blocks.reader import normalise
from scraper.rules.thresholds import number
from scraper.text.sentences import STATEMENT_END
from scraper.types import Block

MAX_TITLE_LINE_CHARS: Final = number("MAX_TITLE_LINE_CHARS")
WRAP_COLUMNS: Final = range(50, 101)
"""Line lengths at which people and mail programs wrap text."""


def read_text(text: str) -> tuple[str, tuple[Block, ...]]:
    """Title (empty if the first line is none) and the other lines or paragraphs. The first line has position 0."""
    lines = paragraphs(text)
    title = (
        lines[0]
        if len(lines) > 1 and len(lines[0]) <= MAX_TITLE_LINE_CHARS and not STATEMENT_END.search(lines[0])
        else ""
    )
    blocks = tuple(Block("paragraph", line, position) for position, line in enumerate(lines))
    return title, blocks[1:] if title else blocks


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
