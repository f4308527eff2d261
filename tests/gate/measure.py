"""The mistakes of an extraction, compared with its gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from scraper.types import Extraction
from tests.gate.pages import GatePage


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of mistakes on a page.

    `lost`: body blocks that are not kept. `left`: kept blocks that are not body. `apart`: captions and corrections that are
    missing, or that should not be there. `facts`: wrong fields among title, authors, contributors and date. `kinds`: blocks
    that were rightly kept or removed, under the wrong kind.
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
        """The lower figure of both in each field."""
        return Figures(*(min(pair) for pair in zip(astuple(self), astuple(floor), strict=True)))


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The mistakes on a page by the fields of `Figures`, each as a pair of kind (or field name) and text."""

    lost: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]
    apart: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]

    @property
    def figures(self) -> Figures:
        """The number of mistakes in each field."""
        return Figures(*(len(getattr(self, field.name)) for field in fields(Figures)))


def compare(page: GatePage, extraction: Extraction) -> Mistakes:
    """The differences between an extraction and the gold of its page."""
    gold = page.gold
    blocks = extraction.article.blocks if extraction.article else ()
    body: list[tuple[str, str]] = [
        (block.kind, flat(block.text)) for block in (extraction.article.body if extraction.article else ())
    ]
    kept = [pair for pair in body if not gold.standfirst or pair[1] != flat(gold.standfirst)]
    lost = missing_from(kept, gold.body)
    left = missing_from(gold.body, kept)
    apart = [
        pair
        for kind, wanted in (("caption", page.captions), ("correction", gold.corrections))
        for pair in differences(
            [(kind, flat(b.text)) for b in blocks if b.kind == kind], [(kind, text) for text in wanted]
        )
    ]
    return Mistakes(lost, left, tuple(apart), wrong_facts(page, extraction), wrong_kinds(page, extraction, body))


def flat(text: str) -> str:
    """`text` with its lines joined."""
    return " ".join(text.split())


def missing_from(others: Iterable[tuple[str, str]], pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs whose text the others lack; a text that they have once is missing the second time.

    >>> missing_from([("c", "x"), ("a", "y")], [("a", "x"), ("b", "x"), ("a", "y")])
    (('b', 'x'),)
    """
    room = Counter(text for _, text in others)
    found = []
    for pair in pairs:
        if room[pair[1]] > 0:
            room[pair[1]] -= 1
        else:
            found.append(pair)
    return tuple(found)


def differences(found: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The wanted pairs that were not found, then the found pairs that were not wanted."""
    return missing_from(found, wanted) + missing_from(wanted, found)


def wrong_facts(page: GatePage, extraction: Extraction) -> tuple[tuple[str, str], ...]:
    """The facts of the article that differ from the gold, with the values found."""
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
    """Blocks that were rightly kept or removed, under another kind than in the gold. Chrome needs no kind."""
    removed = [(removal.kind, flat(removal.text)) for removal in extraction.removals]
    return tuple(
        (kind, text)
        for gold, own in ((page.gold.removals, removed), (page.gold.body, body))
        for kind, text in gold
        if (kind, text) not in own and text in {found for _, found in own}
    )
