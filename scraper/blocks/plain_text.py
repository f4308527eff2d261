"""Dirty plain text as title and blocks."""

from __future__ import annotations

import re
from statistics import median
from typing import Final

from scraper.blocks.reader import normalise
from scraper.types import Block

TITLE_CHARS: Final = 200
SENTENCE: Final = re.compile(r"[.!…。！][\"'”’»)]*$")
WRAP_COLUMNS: Final = range(50, 101)
"""Line lengths at which text was commonly wrapped by hand or by a mailer."""


def read_text(text: str) -> tuple[str, tuple[Block, ...]]:
    """Title (empty when the first line is no title) and the other lines or paragraphs; the first line has position 0."""
    lines = paragraphs(text)
    title = lines[0] if len(lines) > 1 and len(lines[0]) <= TITLE_CHARS and not SENTENCE.search(lines[0]) else ""
    blocks = tuple(Block("paragraph", line, position) for position, line in enumerate(lines))
    return title, blocks[1:] if title else blocks


def paragraphs(text: str) -> list[str]:
    """Non-empty lines; where lines were wrapped at a width, the paragraphs between blank lines.

    >>> paragraphs("One.\\n\\nTwo\\nthree")
    ['One.', 'Two', 'three']
    """
    groups = [group.splitlines() for group in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))]
    full = [len(line) for group in groups for line in group[:-1]]
    wrapped = len(full) >= 5 and int(median(full)) in WRAP_COLUMNS and max(full) <= WRAP_COLUMNS.stop + 20
    lines = (" ".join(group) for group in groups) if wrapped else (line for group in groups for line in group)
    return [clean for line in lines if (clean := normalise(line))]
