"""An explanation as one HTML page: the article with removed blocks struck through in place, and the reasons beside them.

The page loads nothing: no script, no picture, no network, as its policy says. Every value is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from jinja2 import Template
from markupsafe import Markup

from archive.output.article import counted, iso
from archive.output.explain_text import MAX_WEIGHTS, signed
from archive.output.templates import environment
from scraper.extraction.explain import ExplainedBlock, Explanation, is_close
from scraper.extraction.strip import MIN_BODY_SCORE
from scraper.rules.model import Rule
from scraper.rules.reasons import BUILT_IN_REASONS, Reason
from scraper.scoring.evidence import meaning
from scraper.types import BODY_KINDS, REMOVAL_KINDS

STYLE: Final = Path(__file__).with_name("explain.css")
KINDS: Final = (*REMOVAL_KINDS, "correction", "embed", "standfirst")
HUES: Final = {kind: place * 137 % 360 for place, kind in enumerate(KINDS)}
"""Hue of each kind in degrees. Steps of the golden angle keep neighbours in the table far apart."""

MAX_KINDS: Final = 5
"""Kinds that the label of a run of page chrome names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One block ready to show. `following` is the position of the next removed block of its kind."""

    block: ExplainedBlock
    group: str
    classes: str
    following: int | None
    rule: Rule | None
    built_in: Reason | None

    @property
    def confirmed(self) -> bool:
        """Whether a low score was outweighed by another extractor."""
        block = self.block
        low = block.score is not None and block.score < MIN_BODY_SCORE
        return low and block.verdict == "kept" and block.kind in BODY_KINDS


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring blocks. `label` names a run of page chrome, which is folded; empty inside the article."""

    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A group of blocks with its size and the position of the first block."""

    group: str
    count: int
    first: int


def explain_page(explanation: Explanation, rules: Sequence[Rule], *, source: str) -> str:
    """The whole page. `source` names the file or address that was explained."""
    blocks = explanation.blocks
    style = STYLE.read_text(encoding="utf-8") + kind_styles(blocks)
    html = template().render(
        title=explanation.metadata.title or source,
        language=explanation.metadata.language,
        style=Markup(style),
        digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        quality=explanation.extraction.quality,
        facts=[(name, value) for name, value in facts(explanation, source=source) if value],
        legend=legend(blocks),
        outside=sum(block.verdict == "outside" for block in blocks),
        runs=list(runs(blocks, {rule.id: rule for rule in rules})),
        rules_hash=explanation.extraction.rules_hash,
        max_weights=MAX_WEIGHTS,
    )
    return html.encode("utf-8", "replace").decode()


@cache
def template() -> Template:
    """The page's template, read once per process."""
    env = environment(Path(__file__).with_name("templates"))
    env.filters |= {"sentence": sentence, "signed": signed, "meaning": meaning}
    return env.get_template("explain.html")


def facts(explanation: Explanation, *, source: str) -> list[tuple[str, str]]:
    """Names and values of the metadata. The article's own value comes first: its authors may come from a byline."""
    said = explanation.metadata
    article = explanation.extraction.article
    return [
        ("source", source),
        ("canonical", article.canonical_url if article else said.canonical_url),
        ("site", said.site),
        ("authors", ", ".join(article.authors if article else said.authors)),
        ("contributors", ", ".join(article.contributors) if article else ""),
        ("published", iso(said.published) or ""),
        ("modified", iso(said.modified) or ""),
        ("language", said.language),
        ("section", said.section),
        ("tags", ", ".join(said.tags)),
        ("description", said.description),
        ("image", said.image),
        ("free", {True: "yes", False: "no", None: ""}[said.free]),
    ]


# --- kinds --------------------------------------------------------------------------------------------------------


def group_of(block: ExplainedBlock) -> str:
    """The legend's group of a block: its kind, or `text` for the body."""
    return "text" if block.verdict == "kept" and block.kind in BODY_KINDS else block.kind


def kind_styles(blocks: Iterable[ExplainedBlock]) -> str:
    """A colour for each kind on the page, and a rule for each box of the legend that hides rows."""
    groups = sorted({group_of(block) for block in blocks})
    hidden = {**{name: f".row.k-{name}" for name in groups}, "outside": ".chrome"}
    return "".join(
        [
            *(f".k-{name}{{--hue:{HUES[name]}}}\n" for name in groups if name in HUES),
            *(f"body:has(#show-{name}:not(:checked)) {rows}{{display:none}}\n" for name, rows in hidden.items()),
        ]
    )


def legend(blocks: Sequence[ExplainedBlock]) -> list[LegendEntry]:
    """The groups of the blocks inside the article, largest first."""
    shown = [block for block in blocks if block.verdict != "outside"]
    first = {group_of(block): block.position for block in reversed(shown)}
    return [LegendEntry(group, count, first[group]) for group, count in Counter(map(group_of, shown)).most_common()]


# --- blocks -------------------------------------------------------------------------------------------------------


def runs(blocks: Sequence[ExplainedBlock], rules: Mapping[str, Rule]) -> Iterator[Run]:
    """The blocks in page order, runs of page chrome apart."""
    following = next_of_kind(blocks)
    for outside, group in groupby(blocks, key=lambda block: block.verdict == "outside"):
        run = list(group)
        rows = tuple(show_block(block, rules, following.get(block.position)) for block in run)
        yield Run(chrome_label(run) if outside else "", rows)


def chrome_label(run: Sequence[ExplainedBlock]) -> str:
    """Size of a run of page chrome, and its most frequent kinds."""
    counts = Counter(block.kind for block in run).most_common(MAX_KINDS)
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in counts)
    return f"{counted(len(run), 'block')} outside the article: {kinds}"


def next_of_kind(blocks: Sequence[ExplainedBlock]) -> dict[int, int]:
    """For the position of each removed block, the position of the next one of its kind."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for block in blocks:
        if block.verdict != "removed":
            continue
        if block.kind in last:
            found[last[block.kind]] = block.position
        last[block.kind] = block.position
    return found


def show_block(block: ExplainedBlock, rules: Mapping[str, Rule], following: int | None) -> Row:
    """A block with its CSS classes and its reason."""
    group = group_of(block)
    classes = ["row", block.verdict, f"k-{group}"]
    if block.verdict == "kept" and block.kind not in BODY_KINDS:
        classes.append("apart")
    if is_close(block.score):
        classes.append("close")
    rule = rules.get(block.rule_id)
    return Row(block, group, " ".join(classes), following, rule, None if rule else BUILT_IN_REASONS.get(block.rule_id))


def sentence(why: str) -> str:
    """A reason with a capital letter."""
    return why[:1].upper() + why[1:]
