"""Rules tried on the stored pages of their site, one after the other: those that make texts worse are refused.

No gold says what a page's text should be. So a rule is judged by what repeats: a text that stands on several pages of a site is
boilerplate, and a sentence that stands on one page only is the article's. `LIMITS` says how much of it a rule may cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from archive.runs.stored_pages import Selection, StoredPage, read_pages, select_pages
from archive.store.archive import Archive
from scraper.errors import InputError
from scraper.extraction.extract import extract
from scraper.html.encoding import markup
from scraper.rules.matching import mark_elements
from scraper.rules.model import Rule, is_xpath
from scraper.rules.page_links import find_page_link
from scraper.rules.ruleset import RuleSet
from scraper.text.sentences import STATEMENT_END
from scraper.types import BODY_KINDS, Extraction

MAX_TRIED_PAGES: Final = 40
"""Newest pages of a site that rules are tried on."""
MIN_PAGES_OF_REPEAT: Final = 2
"""Pages on which a text stands that is boilerplate."""
JUDGED_KINDS: Final = BODY_KINDS | {"standfirst", "correction"}
"""Kinds of blocks of which the text is made."""
MIN_RUNNING_WORDS: Final = 8
"""Words of a text that reads as a sentence of the article."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much harm a rule may do."""

    page_share: float
    total_share: float
    found_share: float


LIMITS: Final = Limits(page_share=0.10, total_share=0.01, found_share=0.50)
"""Shares of the words of one page, and of all pages; share of a page's words that a removing rule finds, which extraction ignores
there and then. A rule that is meant for boilerplate takes a sentence of an article on some
page in a hundred; the rules of redesigned sites take half of a text and more."""


@dataclass(frozen=True, slots=True)
class TriedPage:
    """A stored page, its elements, and its extraction with the rules so far."""

    stored: StoredPage
    tree: LexborHTMLParser
    extraction: Extraction

    @property
    def kept(self) -> frozenset[str]:
        article = self.extraction.article
        return (
            frozenset(block.text for block in article.blocks if block.kind in JUDGED_KINDS) if article else frozenset()
        )

    @property
    def words(self) -> int:
        return sum(map(words, self.kept))


@dataclass(frozen=True, slots=True)
class Change:
    """Words of a page's text that a rule changes, for worse and for better; `spoils`: its verdict is no longer ok."""

    harm: int = 0
    gain: int = 0
    spoils: bool = False


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """What a rule does on the pages: `found` on how many, `changed` of how many. `refused` is the reason; empty: it may stay."""

    rule: Rule
    pages: int
    found: int = 0
    changed: int = 0
    refused: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the rule belongs into the file. One of kind `body` that finds nothing does not: it changes how menus are read."""
        return not self.refused and (self.found > 0 or self.rule.kind != "body")

    def line(self) -> str:
        """The trial for people."""
        mark = "-" if self.refused else "+" if self.found else " "
        told = self.refused or (f"changes {self.changed:,} of {self.pages:,} pages" if self.found else "finds nothing")
        return f"{mark} {self.rule.id}  {self.rule.kind}  {self.rule.pattern}  ({told})"


def read_site(archive: Archive, host: str, base: RuleSet) -> list[TriedPage]:
    """The newest stored pages of a site with their extractions. Damaged pages are left out."""
    ids = select_pages(archive, Selection(site=host, again=True), rules_hash="")[-MAX_TRIED_PAGES:]
    found = read_pages(archive, ids, rules_paths=(), wanted=lambda stored: True)
    return [
        TriedPage(stored, LexborHTMLParser(markup(stored.page)), extract(stored.page, base))
        for stored in found
        if isinstance(stored, StoredPage)
    ]


def try_rules(
    archive: Archive, rules: Iterable[Rule], pages: Sequence[TriedPage], base: RuleSet
) -> Iterator[RuleTrial]:
    """The trial of each rule, together with those before it that were not refused."""
    current, so_far = list(pages), list(base.rules)
    repeated = repeated_texts(pages)
    known = frozenset(rule.id for rule in base.rules)
    for rule in rules:
        if rule.stage == "link":
            yield try_link(archive, rule, current)
            continue
        alone = RuleSet([replace(rule, hosts=())])
        shares = {place: found for place, page in enumerate(current) if (found := found_share(page, alone)) is not None}
        if not shares:
            yield RuleTrial(rule, len(current))
            continue
        hits = list(shares)
        if rule.kind != "body" and (most := max(shares.values())) > LIMITS.found_share:
            refused = f"refused: it finds {most:.0%} of the text of a page"
            yield RuleTrial(rule, len(current), len(hits), refused=refused)
            continue
        together = RuleSet([*so_far, rule])
        after = {
            place: replace(current[place], extraction=extract(current[place].stored.page, together)) for place in hits
        }
        changes = {place: change(current[place], after[place], repeated, known) for place in hits}
        changed = sum(after[place].kept != current[place].kept for place in hits)
        refused = fault(changes, current)
        yield RuleTrial(rule, len(current), len(hits), changed, refused)
        if not refused:
            so_far.append(rule)
            for place, page in after.items():
                current[place] = page


def found_share(page: TriedPage, alone: RuleSet) -> float | None:
    """Share of a page's words that stand in the elements that a rule finds; None if it finds no element."""
    tree = page.tree
    (rule,) = alone.rules
    if is_xpath(rule.pattern):
        marked = mark_elements(tree, alone).nodes
        nodes = [node for node in tree.css("*") if node.mem_id in marked]
    else:
        nodes = tree.css(rule.pattern)
    texts = [" ".join(node.text(separator=" ").split()) for node in nodes]
    covered = sum(words(text) for text in page.kept if any(" ".join(text.split()) in one for one in texts))
    return covered / max(page.words, 1) if nodes else None


def repeated_texts(pages: Sequence[TriedPage]) -> frozenset[str]:
    """Texts that stand on several pages, kept or removed."""
    counts: Counter[str] = Counter()
    for page in pages:
        removed = (removal.text for removal in (*page.extraction.removals, *page.extraction.chrome))
        counts.update(page.kept.union(removed))
    return frozenset(text for text, count in counts.items() if count >= MIN_PAGES_OF_REPEAT)


def change(before: TriedPage, after: TriedPage, repeated: frozenset[str], known: frozenset[str]) -> Change:
    """What a rule changes in a page's text. `known` are the ids of the rules before it.

    A text that a rule or a sign of boilerplate removed is boilerplate, and so is one that is no sentence. What the classifier
    alone removed counts for better only on a page whose text was not complete.
    """
    outside = (*before.extraction.removals, *before.extraction.chrome)
    removed = {one.text for one in outside if one.rule_id in known or one.kind != "other"}
    was_ok = before.extraction.quality.verdict == "ok"
    harm = gain = 0
    for text in before.kept - after.kept:
        harm += words(text) if text not in repeated and is_running(text) else 0
        gain += words(text) if text in repeated else 0
    for text in after.kept - before.kept:
        is_article = is_running(text) and text not in repeated and text not in removed
        harm += 0 if is_article else words(text)
        gain += words(text) if is_article and not was_ok else 0
    return Change(harm, gain, spoils=was_ok and after.extraction.quality.verdict != "ok")


def words(text: str) -> int:
    """Number of words."""
    return len(text.split())


def is_running(text: str) -> bool:
    """Whether a text reads as a sentence."""
    return words(text) >= MIN_RUNNING_WORDS and STATEMENT_END.search(text) is not None


def fault(changes: dict[int, Change], pages: Sequence[TriedPage]) -> str:
    """Why a rule is refused; empty if it may stay."""
    if spoilt := sum(one.spoils for one in changes.values()):
        return f"refused: the text of {spoilt:,} of {len(pages):,} pages is no longer complete"
    harm = sum(one.harm for one in changes.values())
    gain = sum(one.gain for one in changes.values())
    total = sum(page.words for page in pages)
    most = max((one.harm / max(pages[place].words, 1) for place, one in changes.items()), default=0.0)
    if most > LIMITS.page_share:
        return f"refused: it changes {min(most, 1):.0%} of the text of a page for the worse"
    if harm > gain and harm > LIMITS.total_share * total:
        return f"refused: it costs {harm:,} words of the texts, and mends {gain:,}"
    return ""


def try_link(archive: Archive, rule: Rule, pages: Sequence[TriedPage]) -> RuleTrial:
    """The trial of a rule for links: none may lead to another article of the archive."""
    alone = RuleSet([rule])
    found = 0
    for page in pages:
        address = find_page_link(page.tree, page.stored.page.final_url, alone, rule.kind)
        found += bool(address)
        try:
            other = archive.article(address).id if address else page.stored.article_id
        except InputError:
            continue
        if other != page.stored.article_id:
            return RuleTrial(rule, len(pages), found, refused=f"refused: it leads to another article, {address}")
    return RuleTrial(rule, len(pages), found)
