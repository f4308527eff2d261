"""Pages with their inputs, labels and gold, as arrays: the texts themselves are not kept, so that memory stays small."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from courlan import extract_domain
from selectolax.lexbor import LexborHTMLParser

from scraper.extraction.page_read import PageRead, read_page
from scraper.html.encoding import markup
from scraper.rules.loader import built_in_rules
from scraper.scoring.inputs import PageInputs, read_inputs
from scraper.scoring.network import LABELS
from scraper.scoring.tokens import FIELDS, PageTokens, TokenReader
from scraper.text.words import fold
from scraper.types import Page
from tests.bench.train.gold import gold_shares
from tests.bench.train.labels import NO_LABEL, Labelled, assign, load_labels
from tests.bench.train.made import Part, made_page
from tests.gate.pages import load_pages
from tests.support.gold import Gold
from tests.support.pages import page
from tests.support.token_numbers import TokenNumbers

CORPORA: Final = ("andy-dev", "fundus-dev", "wcxb-dev")
GATE, MADE = "gate", "made"
LABEL_OF_KIND: Final = {
    "paragraph": "body", "quote": "body", "navigation": "nav", "author-box": "byline", "affiliate": "promo", "repeat": "other",
}  # fmt: skip
"""Labels of block kinds and removal kinds that have another name there."""
STARTS: Final = np.cumsum([0, *(field.width for field in FIELDS)])
"""Column of each field's first token."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a page lies, its gold, and its labels if it has any."""

    corpus: str
    file: Path
    gold: dict[str, Any]
    labelled: Labelled | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A page, ready for training.

    `inputs` lacks the tokens: `tokens` has them as a row for each block, fields side by side, filled up with zeros. `gold`
    has for each block its share in the gold text, -1 if the page has no such text.
    """

    source: Source
    site: str
    columns: tuple[str, ...]
    inputs: PageInputs
    tokens: np.ndarray
    sizes: np.ndarray  # in words
    labels: np.ndarray
    sure: np.ndarray  # weight of each label
    gold: np.ndarray

    @property
    def is_labelled(self) -> bool:
        """Whether each of its blocks was labelled; of the gate's pages only those that are no menus are."""
        return self.source.labelled is not None and self.source.corpus != GATE

    @property
    def is_measured(self) -> bool:
        """Whether it is a real page with labels."""
        return self.is_labelled and self.source.corpus != MADE


def load_sources(corpus: Path) -> list[Source]:
    labels = load_labels(corpus)
    return [
        Source(name, corpus / name / "pages" / f"{gold['id']}.html.gz", gold, labels.get((name, gold["id"])))
        for name in CORPORA
        for gold in map(json.loads, (corpus / name / "gold.jsonl").open(encoding="utf-8"))
    ]


def load_samples(corpus: Path, numbers: TokenNumbers) -> list[Sample]:
    """All pages that have blocks, the gate's, and pages made of them; read in a minute. `numbers` gains their tokens."""
    reader = TokenReader(numbers)
    return [
        sample for source, fetched, site in all_pages(corpus) if (sample := make_sample(source, fetched, site, reader))
    ]


def all_pages(corpus: Path) -> Iterator[tuple[Source, Page, str]]:
    """Each page with its site. A language of the gate is a site, so that it is held out as one; a made page has the site of its texts."""
    for own in load_pages():
        gold = {"id": own.key, "url": own.gold.url, "text": own_text(own.gold)}
        yield Source(GATE, Path(), gold, gate_labels(own.gold, own.fetched)), own.fetched, own.key[:2]
    for source in load_sources(corpus):
        fetched, url = read_source(source), source.gold["url"]
        site = extract_domain(url) or url
        yield source, fetched, site
        if source.labelled and (made := made_page(source.gold["id"], site, labelled_texts(source.labelled, fetched))):
            yield Source(MADE, Path(), {"id": source.gold["id"], "url": url, "text": ""}, made[1]), made[0], site


def labelled_texts(labelled: Labelled, fetched: Page) -> list[Part]:
    """The texts of a page's blocks with their labels, without blocks that have none."""
    _, read = parse_page(fetched)
    texts = [block.text for block in read.blocks.blocks]
    labels, _ = assign(labelled, texts)
    return [Part(text, LABELS[label]) for text, label in zip(texts, labels, strict=True) if label != NO_LABEL]


def read_source(source: Source) -> Page:
    return page(gzip.decompress(source.file.read_bytes()), url=source.gold["url"])


def gate_labels(gold: Gold, fetched: Page) -> Labelled:
    """The labels of a page of the gate: of its text, and of removals within it. Its menus have none."""
    _, read = parse_page(fetched)
    known = {fold(text): LABEL_OF_KIND.get(kind, kind) for kind, text in (*gold.removals, *gold.body)}
    keys = tuple(fold(block.text) for block in read.blocks.blocks)
    return Labelled(keys, tuple(known.get(key, "") for key in keys), (False,) * len(keys), has_words=True)


def own_text(gold: Gold) -> str:
    return "\n".join(text for _, text in gold.body)


def parse_page(fetched: Page) -> tuple[LexborHTMLParser, PageRead]:
    tree = LexborHTMLParser(markup(fetched))
    return tree, read_page(tree, built_in_rules(), url=fetched.final_url)


def make_sample(source: Source, fetched: Page, site: str, reader: TokenReader) -> Sample | None:
    _, read = parse_page(fetched)
    texts = [block.text for block in read.blocks.blocks]
    if not texts:
        return None
    gold = source.gold["text"]
    labels, sure = assign(source.labelled, texts) if source.labelled else no_labels(texts)
    names, inputs = read_inputs(read.blocks, read.context, reader)
    none = np.zeros(0, dtype=np.int32)
    return Sample(
        source=source,
        site=site or source.gold["url"],
        columns=names,
        inputs=replace(inputs, tokens=PageTokens(none, none, none)),
        tokens=padded(inputs.tokens),
        sizes=np.array([len(fold(text)) for text in texts], dtype=np.float32),
        labels=labels,
        sure=sure,
        gold=gold_shares(read.blocks, gold) if gold else np.full(len(texts), -1.0),
    )


def padded(tokens: PageTokens) -> np.ndarray:
    """The tokens as a row for each block, fields side by side.

    Raises ValueError if a field has more tokens than its width.
    """
    if (tokens.counts > np.diff(STARTS)).any():
        raise ValueError(f"more tokens than their fields are wide: {tokens.counts.max(axis=0).tolist()}")
    ends = np.cumsum(tokens.sizes)
    within = np.arange(np.diff(STARTS).max())
    places = np.where(within < tokens.sizes[:, None], (ends - tokens.sizes)[:, None] + within, -1)
    lists = np.append(tokens.numbers, 0)[places]
    fields = [lists[tokens.lists[:, place], : field.width] for place, field in enumerate(FIELDS)]
    return np.concatenate(fields, axis=1)


def no_labels(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    return np.full(len(texts), NO_LABEL), np.ones(len(texts), dtype=np.float32)
