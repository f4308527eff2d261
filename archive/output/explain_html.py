"""An explanation as one HTML page: the article to read, what was taken out struck through in its place, and why beside it.

The page needs nothing else: no script, no picture, no network, as its policy says. Every value is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from archive.output.article import counted, iso, printable
from archive.output.explain_text import signed
from scraper.extraction.explain import ExplainedBlock, Explanation, is_close
from scraper.rules.model import Rule
from scraper.rules.reasons import BUILT_IN_REASONS
from scraper.scoring.attribution import FeatureContribution
from scraper.scoring.feature_labels import meaning
from scraper.types import BODY_KINDS, REMOVAL_KINDS

STYLE: Final = Path(__file__).with_name("explain.css")
KINDS: Final = (*REMOVAL_KINDS, "correction", "embed")
HUES: Final = {kind: place * 137 % 360 for place, kind in enumerate(KINDS)}
"""A colour for each kind, far from those of its neighbours in the table: steps of the golden angle."""

MAX_WEIGHTS: Final = 8
MAX_KINDS: Final = 5


def explain_page(explanation: Explanation, rules: Sequence[Rule], *, source: str) -> str:
    """The whole page. `source` says what was explained: a file, an address."""
    known = {rule.id: rule for rule in rules}
    style = STYLE.read_text(encoding="utf-8") + kind_styles(explanation.blocks)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    title = clean(explanation.metadata.title or source)
    language = clean(explanation.metadata.language)
    parts = [
        "<!doctype html>",
        f'<html lang="{language or "und"}"><head><meta charset="utf-8"><title>{title} — explained</title>',
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<style>{style}</style></head><body>",
        head(explanation, title=title, source=source),
        legend(explanation.blocks),
        "<main>",
        *flow(explanation.blocks, known),
        f"</main><footer>Rules {clean(explanation.extraction.rules_hash)}. Scores are the scorer's, 0 to 1; from 0.5 a block is "
        "body text, and where it was not sure the edge is dashed. What a feature weighs is added to the log-odds: above 0 it speaks for body text.</footer></body></html>",
    ]
    return "\n".join(parts)


def clean(text: object) -> str:
    """A value as HTML text, safe in an attribute too."""
    return escape(printable(str(text)).encode("utf-8", "replace").decode())


def head(explanation: Explanation, *, title: str, source: str) -> str:
    """Title, verdict, and what the page says of itself."""
    quality = explanation.extraction.quality
    ok = " ok" if quality.verdict == "ok" else ""
    rows = "".join(
        f"<dt>{name}</dt><dd>{clean(value)}</dd>" for name, value in facts(explanation, source=source) if value
    )
    return (
        f'<header lang="en"><span class="verdict{ok}">{clean(quality.verdict)}</span> {clean("; ".join(quality.evidence))}'
        f'<h1>{title}</h1><dl class="meta">{rows}</dl></header>'
    )


def facts(explanation: Explanation, *, source: str) -> list[tuple[str, object]]:
    """Names and values of the metadata. The article's own where it has better: a byline's authors."""
    said = explanation.metadata
    article = explanation.extraction.article
    return [
        ("source", source),
        ("canonical", article.canonical_url if article else said.canonical_url),
        ("site", said.site),
        ("authors", ", ".join(article.authors if article else said.authors)),
        ("contributors", ", ".join(article.contributors) if article else ""),
        ("published", iso(said.published)),
        ("modified", iso(said.modified)),
        ("language", said.language),
        ("section", said.section),
        ("tags", ", ".join(said.tags)),
        ("description", said.description),
        ("image", said.image),
        ("free", {True: "yes", False: "no", None: ""}[said.free]),
    ]


# --- kinds --------------------------------------------------------------------------------------------------------


def group_of(block: ExplainedBlock) -> str:
    """What a block counts as in the legend: its kind, or `text` for the body."""
    return "text" if block.verdict == "kept" and block.kind in BODY_KINDS else block.kind


def kind_styles(blocks: Iterable[ExplainedBlock]) -> str:
    """A colour for each kind of the page, and what its box in the legend hides."""
    groups = sorted({group_of(block) for block in blocks})
    hide = "".join(
        f"body:has(#show-{name}:not(:checked)) .row.k-{name}{{display:none}}\n" for name in [*groups, "outside"]
    )
    hide = hide.replace(".row.k-outside", ".chrome")
    return "".join(f".k-{name}{{--hue:{HUES[name]}}}\n" for name in groups if name in HUES) + hide


def legend(blocks: Sequence[ExplainedBlock]) -> str:
    """A box for each kind with its number, and the way to the first."""
    shown = [block for block in blocks if block.verdict != "outside"]
    counts = Counter(map(group_of, shown))
    first = {group: next(block.position for block in shown if group_of(block) == group) for group in counts}
    boxes = [
        f'<span class="k-{group}"><label><input type="checkbox" id="show-{group}" checked>'
        f'<span class="kind">{group}</span> {count}</label> <a href="#b{first[group]}" aria-label="first {group}">↓</a></span>'
        for group, count in counts.most_common()
    ]
    outside = sum(block.verdict == "outside" for block in blocks)
    if outside:
        boxes.append(f'<span><label><input type="checkbox" id="show-outside" checked>outside {outside}</label></span>')
    return f'<nav class="legend" lang="en" aria-label="Kinds of blocks">{"".join(boxes)}</nav>'


# --- blocks -------------------------------------------------------------------------------------------------------


def flow(blocks: Sequence[ExplainedBlock], rules: Mapping[str, Rule]) -> Iterable[str]:
    """The blocks in page order; runs of page chrome folded."""
    following = next_of_kind(blocks)
    for outside, group in groupby(blocks, key=lambda block: block.verdict == "outside"):
        run = list(group)
        rows = "\n".join(row(block, rules, following.get(block.position)) for block in run)
        if not outside:
            yield rows
            continue
        kinds = ", ".join(
            f"{kind} {count}" for kind, count in Counter(block.kind for block in run).most_common(MAX_KINDS)
        )
        label = f"{counted(len(run), 'block')} outside the article: {kinds}"
        yield f'<details class="chrome"><summary lang="en">{label}</summary>\n{rows}</details>'


def next_of_kind(blocks: Sequence[ExplainedBlock]) -> dict[int, int]:
    """For the position of each removed block that of the next of its kind."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for block in blocks:
        if block.verdict != "removed":
            continue
        if block.kind in last:
            found[last[block.kind]] = block.position
        last[block.kind] = block.position
    return found


def row(block: ExplainedBlock, rules: Mapping[str, Rule], following: int | None) -> str:
    """One block with its note."""
    classes = ["row", block.verdict, f"k-{group_of(block)}"]
    if block.verdict == "kept" and block.kind not in BODY_KINDS:
        classes.append("apart")
    if is_close(block.score):
        classes.append("close")
    form = f'class="f-{block.form} l-{min(block.level, 3)}"'
    tag = "del" if block.verdict == "removed" else "div"
    if block.form == "heading" and block.verdict == "kept":
        form += f' role="heading" aria-level="{max(block.level, 2)}"'
    text = f"<{tag} {form}>{clean(block.text)}</{tag}>"
    return f'<div class="{" ".join(classes)}" id="b{block.position}"><div class="text">{text}</div>{note(block, rules, following)}</div>'


def note(block: ExplainedBlock, rules: Mapping[str, Rule], following: int | None) -> str:
    """Kind, rule and score, and behind them the reasons."""
    score = "" if block.score is None else f' <span class="score">{block.score:.2f}</span>'
    kind = "" if group_of(block) == "text" else f'<span class="kind">{block.kind}</span> '
    rule = f"<code>{clean(block.rule_id)}</code>" if block.rule_id else ""
    further = f' <a href="#b{following}" aria-label="next {block.kind}">↓</a>' if following is not None else ""
    place = f"<p>Block {block.position}, <code>{clean(block.place or 'no element')}</code></p>"
    return (
        f'<div class="note" lang="en"><details><summary>{kind}{rule}{score}</summary>{place}{reason(block, rules)}'
        f"{weight_list(block.weights)}</details>{further}</div>"
    )


def reason(block: ExplainedBlock, rules: Mapping[str, Rule]) -> str:
    """Why a block went, or what would have taken it."""
    parts = []
    if rule := rules.get(block.rule_id):
        where = f"{rule.origin}, line {rule.line}" if rule.line else rule.origin
        parts.append(f"<p>{clean(sentence(rule.why))} ({clean(where)}).</p><p><code>{clean(rule.pattern)}</code></p>")
    elif built_in := BUILT_IN_REASONS.get(block.rule_id):
        parts.append(f"<p>{sentence(built_in.why)}.</p>")
    if block.passed:
        ids = ", ".join(f"<code>{clean(rule)}</code>" for rule in block.passed)
        parts.append(f"<p>Known to {ids} too, which did not decide.</p>")
    if block.verdict == "kept" and block.score is not None and block.score < 0.5 and block.kind in BODY_KINDS:
        parts.append("<p>Kept for another witness: the page's JSON-LD or trafilatura.</p>")
    return "".join(parts)


def sentence(why: str) -> str:
    """A reason with a capital letter."""
    return why[:1].upper() + why[1:]


def weight_list(weights: Sequence[FeatureContribution]) -> str:
    """The heaviest features: what each adds, its name and value, what it means."""
    items = [
        f'<li><b class="{"for" if weight.odds > 0 else "against"}">{signed(weight.odds)}</b>'
        f"<span><code>{clean(weight.name)}</code> {weight.value:g}</span><small>{clean(meaning(weight.name))}</small></li>"
        for weight in weights[:MAX_WEIGHTS]
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""
