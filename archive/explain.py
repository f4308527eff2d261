"""Every text block of a page in order, kept or removed, by which rule: what `clean --explain` shows."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import click

from archive.render import one_line, printable
from scraper.types import Extraction

COLOURS: Final = {"kept": "green", "removed": "red"}
KIND_WIDTH: Final = 11  # "newsletter", "correction"
RULE_WIDTH: Final = 26
NARROWEST: Final = 40
"""Columns left for the text on however small a terminal."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One block of a page. `rule` is empty for a kept one; `outside` marks page chrome: not of the article's region."""

    position: int
    kept: bool
    kind: str
    rule: str
    text: str
    outside: bool = False

    @property
    def fate(self) -> str:
        return "kept" if self.kept else "removed"

    def as_dict(self) -> dict[str, Any]:
        """The row as `--explain --format json` prints it."""
        return {"position": self.position, "kept": self.kept, "kind": self.kind, "rule": self.rule or None, "text": self.text}


def page_blocks(extraction: Extraction) -> tuple[Shown, ...]:
    """All blocks of the page by position. A caption, kept beside the article too, is shown once, as removed."""
    taken = [
        Shown(removal.position, False, removal.kind, removal.rule_id, removal.text, outside)
        for removals, outside in ((extraction.removals, False), (extraction.chrome, True))
        for removal in removals
    ]
    seen = {(shown.position, shown.text) for shown in taken if shown.kind == "caption"}
    blocks = extraction.article.blocks if extraction.article else ()
    kept = [
        Shown(block.position, True, block.kind, "", block.text)
        for block in blocks
        if block.kind != "caption" or (block.position, block.text) not in seen
    ]
    return tuple(sorted([*kept, *taken], key=lambda shown: shown.position))


def explain_line(shown: Shown, *, width: int = 0) -> str:
    """One block as a line: fate, kind, rule, text. With a `width` the text is wrapped under itself."""
    head = f"{shown.fate:<7}  {shown.kind:<{KIND_WIDTH}} {shown.rule or '-':<{RULE_WIDTH}} "
    text = one_line(printable(shown.text))
    if width:
        room = max(width - len(head), NARROWEST)
        text = f"\n{' ' * len(head)}".join(textwrap.wrap(text, room) or [""])
    return click.style(head, fg=COLOURS[shown.fate], dim=shown.outside) + click.style(text, dim=not shown.kept)


def explain_lines(extraction: Extraction, *, terminal: bool) -> list[str]:
    """The whole page, a block a line; wrapped to the window on a terminal. Colours are for `click.echo` to keep or drop."""
    width = shutil.get_terminal_size().columns if terminal else 0
    return [explain_line(shown, width=width) for shown in page_blocks(extraction)]


def explain_summary(extraction: Extraction) -> str:
    """One line of counts, for people."""
    shown = page_blocks(extraction)
    kinds = Counter(block.kind for block in shown if not block.kept and not block.outside)
    removed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    outside = sum(block.outside for block in shown)
    evidence = f" ({'; '.join(extraction.quality.evidence)})" if extraction.quality.evidence else ""
    return (
        f"{sum(block.kept for block in shown)} blocks kept, {kinds.total()} removed{f' ({removed})' if removed else ''}, "
        f"{outside} outside the article; quality: {extraction.quality.verdict}{evidence}"
    )
