"""Marking a kept block as boilerplate: the rule that it would make, tried before it is written.

The trial is a dry run of `reextract` on the articles that have the block: their stored pages are extracted with the rule, and nothing
is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from archive.learning.marking import MarkedBlock, propose_marked
from archive.learning.proposals import as_toml
from archive.learning.repeats import even
from archive.learning.rule_files import append_rules, own_rules_path, read_rules, rule_paths
from archive.runs.chosen_articles import reextract_articles
from archive.runs.reextract import PageResult
from archive.store.archive import Archive
from archive.store.lock import locked
from scraper.rules.ruleset import RuleSet

MAX_TRIED_PAGES: Final = 10
"""Articles whose pages are extracted with the rule: some tenths of a second."""
DEFAULT_KIND: Final = "promo"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the rule does to one article: `removed` is whether the block leaves its text, `also` what else would change."""

    id: int
    title: str
    removed: bool
    why: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The page that shows a rule before it is written."""

    article: int
    position: int
    kind: str
    marked: MarkedBlock
    effects: tuple[Effect, ...]
    toml: str

    @property
    def others(self) -> int:
        """Articles with the block that were not tried."""
        return len(self.marked.articles) - len(self.effects)


def read_preview(archive: Archive, article_id: int, position: int, *, kind: str) -> Preview:
    """The rule for a block, tried. Raises `InputError`."""
    rules = read_rules(rule_paths(archive.path))
    marked = propose_marked(archive, rules, article_id, position, kind=kind)
    tried = marked.articles[:MAX_TRIED_PAGES]
    before = reextract_articles(archive, tried, rules)
    after = reextract_articles(archive, tried, with_rule(rules, marked))
    effects = [effect(archive, number, marked, before.get(number), after.get(number)) for number in tried]
    return Preview(article_id, position, kind, marked, tuple(effects), "\n".join(as_toml(marked.proposal)))


def with_rule(rules: RuleSet, marked: MarkedBlock) -> RuleSet:
    """The rules with the one for the block."""
    return RuleSet([*rules.rules, marked.proposal.rule])


def effect(
    archive: Archive, number: int, marked: MarkedBlock, before: PageResult | None, after: PageResult | None
) -> Effect:
    """What the rule does to one article, compared with the same page without it."""
    title = archive.article(str(number)).article.title
    if before is None or after is None:
        return Effect(number, title, False, "its page is not stored any more, so its text stays as it is")
    if after.outcome != "revised":
        return Effect(number, title, False, after.reason or "its page does not give this block")
    was = paragraphs(before.after or stored_text(archive, number))
    lost = was - paragraphs(after.after)
    removed = lost[marked.text] > 0
    also = tuple(text for text in lost if text != marked.text)
    return Effect(
        number, title, removed, "" if removed else "the block stays, as a sentence that reports its words", also
    )


def stored_text(archive: Archive, number: int) -> str:
    """The newest text of an article."""
    return archive.article(str(number)).article.text


def paragraphs(text: str) -> Counter[str]:
    """The paragraphs of a text, with single spaces."""
    return Counter(even(part) for part in text.split("\n\n"))


def write_mark(path: Path, form: Mapping[str, int], kind: str, at: datetime) -> bool:
    """Write the rule for a block, and extract the tried articles again. Whether the marked article changed.

    Raises `LockedError` while a run writes.
    """
    with locked(path), Archive.open(path) as archive:
        rules = read_rules(rule_paths(path))
        marked = propose_marked(archive, rules, form["article"], form["position"], kind=kind)
        append_rules(own_rules_path(path), [marked.proposal])
        run = archive.start_run(at=at, sources="reextract")
        tried = marked.articles[:MAX_TRIED_PAGES]
        found = reextract_articles(archive, tried, with_rule(rules, marked), run_id=run, clock=lambda: at)
        archive.finish_run(run, at=at, counts=Counter(result.outcome for result in found.values()))
    own = found.get(form["article"])
    return own is not None and own.outcome == "revised"
