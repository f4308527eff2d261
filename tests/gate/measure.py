"""An extraction beside the gold: which blocks were lost, which left, what came out otherwise than it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from scraper.types import Extraction
from tests.gate.pages import GatePage


@dataclass(frozen=True, slots=True)
class Figures:
    """How much of a page went wrong.

    `lost` counts body blocks that are not kept, `left` kept ones that are not body; `apart` captions and corrections that are not
    kept beside the body, or wrongly; `facts` wrong ones among title, authors, contributors and date; `kinds` kept or removed blocks under another kind.
    """

    lost: int = 0
    left: int = 0
    apart: int = 0
    facts: int = 0
    kinds: int = 0

    def worse_than(self, floor: Figures) -> bool:
        """Whether any figure is above that of `floor`."""
        return any(own > allowed for own, allowed in zip(astuple(self), astuple(floor), strict=True))

    def tightened(self, floor: Figures) -> Figures:
        """The lower of both, figure by figure."""
        return Figures(*(min(pair) for pair in zip(astuple(self), astuple(floor), strict=True)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a page: under each name of `Figures` the texts, as pairs of kind (or field) and text."""

    lost: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]
    apart: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]

    @property
    def figures(self) -> Figures:
        """Their numbers."""
        return Figures(*(len(getattr(self, field.name)) for field in fields(Figures)))


def compare(page: GatePage, extraction: Extraction) -> Wrong:
    """What of an extraction is not as the gold has it."""
    gold = page.gold
    blocks = extraction.article.blocks if extraction.article else ()
    body: list[tuple[str, str]] = [
        (block.kind, flat(block.text)) for block in (extraction.article.body if extraction.article else ())
    ]
    kept = [pair for pair in body if not gold.standfirst or pair[1] != flat(gold.standfirst)]
    lost = beyond(gold.body, kept)
    left = beyond(kept, gold.body)
    apart = [
        pair
        for kind, wanted in (("caption", page.captions), ("correction", gold.corrections))
        for pair in different(
            [(kind, flat(b.text)) for b in blocks if b.kind == kind], [(kind, text) for text in wanted]
        )
    ]
    return Wrong(lost, left, tuple(apart), wrong_facts(page, extraction), wrong_kinds(page, extraction, body))


def flat(text: str) -> str:
    """`text` with its lines joined."""
    return " ".join(text.split())


def beyond(these: Iterable[tuple[str, str]], those: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs whose text is not among those, each as often as it is too many.

    >>> beyond([("a", "x"), ("b", "x"), ("a", "y")], [("c", "x"), ("a", "y")])
    (('b', 'x'),)
    """
    room = Counter(text for _, text in those)
    found = []
    for pair in these:
        if room[pair[1]] > 0:
            room[pair[1]] -= 1
        else:
            found.append(pair)
    return tuple(found)


def different(these: list[tuple[str, str]], those: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What only one of both holds."""
    return beyond(those, these) + beyond(these, those)


def wrong_facts(page: GatePage, extraction: Extraction) -> tuple[tuple[str, str], ...]:
    """The article's facts that differ, with what came out."""
    if not (article := extraction.article):
        return (("article", str(extraction.quality)),)
    gold = page.gold
    facts = (
        ("title", flat(article.title), flat(gold.title)),
        ("authors", article.authors, gold.authors),
        ("contributors", article.contributors, page.contributors),
        ("published", article.published, gold.published),
    )
    return tuple((name, str(own)) for name, own, wanted in facts if own != wanted)


def wrong_kinds(page: GatePage, extraction: Extraction, body: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Blocks that went where they should, but under another kind than the gold's. What lies outside the article needs no kind."""
    removed = [(removal.kind, flat(removal.text)) for removal in extraction.removals]
    return tuple(
        (kind, text)
        for gold, own in ((page.gold.removals, removed), (page.gold.body, body))
        for kind, text in gold
        if (kind, text) not in own and text in {found for _, found in own}
    )
