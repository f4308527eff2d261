"""Page + rules → Extraction: pure, deterministic, never silent.

::

    decode → parse → read metadata → mark elements → read blocks → weigh evidence → strip → article, verdict
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import lxml.html
from selectolax.lexbor import LexborHTMLParser
from trafilatura import bare_extraction
from trafilatura.settings import Document

from scraper.blocks import SKIPPED, PageBlock, PageBlocks, read_blocks
from scraper.decode import decode, scrub
from scraper.features import PageContext
from scraper.metadata import read_byline, read_metadata
from scraper.rules import RuleSet
from scraper.strip import Candidate, Match, Stripped, mark_elements, match_rules, repeat_key, strip_blocks
from scraper.types import Article, Block, Extraction, Metadata, Page, Quality

WORD: Final = re.compile(r"\w+")
ARTICLE_BODY: Final = re.compile(r'"articleBody"\s*:\s*("(?:[^"\\]|\\.)*")')
TAG: Final = re.compile(r"<[^<>]*>")
SHORT_TEXT: Final = 400
"""Characters of body below which an extraction is called short."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page taken apart: what it says of itself, its text blocks, and what the rules know of each."""

    metadata: Metadata
    blocks: PageBlocks
    matches: tuple[tuple[Match, ...], ...]
    context: PageContext


def extract(page: Page, rules: RuleSet) -> Extraction:
    """The article of a page, every other text block with the reason it went, and how far to trust the result."""
    tree = LexborHTMLParser(decode(page))
    read = read_tree(tree, rules, url=page.final_url)
    scores = agreement(tree, read.blocks)
    stripped = strip_blocks(candidates(read, scores), start=title_position(read.blocks, read.metadata.title))
    return build(page, read, stripped, rules)


def read_page(page: Page, rules: RuleSet) -> PageRead:
    """A page taken apart, nothing judged yet."""
    return read_tree(LexborHTMLParser(decode(page)), rules, url=page.final_url)


def read_tree(tree: LexborHTMLParser, rules: RuleSet, *, url: str) -> PageRead:
    """The same of a parsed page."""
    metadata = read_metadata(tree, url)
    blocks = read_blocks(tree, mark_elements(tree, rules))
    matches = tuple(match_rules(block.text, block.kind, link_share(block), rules) for block in blocks.blocks)
    context = PageContext(
        title=metadata.title,
        description=metadata.description,
        article_body=stated_body(tree),
        authors=metadata.authors,
        rule_kinds=tuple(own[0].rule.kind if own else "" for own in matches),
    )
    return PageRead(metadata, blocks, matches, context)


def link_share(block: PageBlock) -> float:
    """Share of a block's characters that are link text, 0 to 1."""
    return min(1.0, block.link_chars / len(block.text))


def stated_body(tree: LexborHTMLParser) -> str:
    """The longest `articleBody` (schema.org) in the page's JSON-LD, without markup; empty where there is none.

    Found by pattern, for much JSON-LD is broken elsewhere. It is evidence, not text to keep: it may be cut, or hold
    the promos too.
    """
    found = []
    for node in tree.css('script[type*="ld+json" i]'):
        for match in ARTICLE_BODY.finditer(node.text()):
            try:
                found.append(str(json.loads(match[1], strict=False)))
            except ValueError:
                continue
    return TAG.sub(" ", html.unescape(max(found, key=len, default="")))


def candidates(read: PageRead, scores: Sequence[float]) -> list[Candidate]:
    """What the stripper judges."""
    return [
        Candidate(
            position=block.position,
            kind=block.kind,
            text=block.text,
            share=link_share(block),
            element=block.rule,
            matches=matches,
            score=score,
        )
        for block, matches, score in zip(read.blocks.blocks, read.matches, scores, strict=True)
    ]


def agreement(tree: LexborHTMLParser, blocks: PageBlocks) -> list[float]:
    """For each block the share of its word triples that stand in what trafilatura takes for the article."""
    tree.strip_tags(sorted(SKIPPED - {"head"}))
    text = ""
    if (markup := tree.html) and (parsed := lxml.html.fromstring(scrub(markup))) is not None:
        found = bare_extraction(parsed, fast=True, include_comments=False, with_metadata=False)
        text = (found.text if isinstance(found, Document) else "") or ""
    known = set(triples(text))
    return [share_known(block.text, known) for block in blocks.blocks]


def triples(text: str) -> list[tuple[str, ...]]:
    words = WORD.findall(text.lower())
    return [tuple(words[at : at + 3]) for at in range(len(words) - 2)] or [tuple(words)]


def share_known(text: str, known: set[tuple[str, ...]]) -> float:
    own = triples(text)
    return sum(triple in known for triple in own) / len(own)


def title_position(blocks: PageBlocks, title: str) -> int:
    """Position of the heading that shows the article's title, or 0."""
    key = repeat_key(title)
    return next((b.position for b in blocks.blocks if b.kind == "heading" and key and repeat_key(b.text) == key), 0)


def build(page: Page, read: PageRead, stripped: Stripped, rules: RuleSet) -> Extraction:
    """The extraction of a page whose blocks have been judged."""
    metadata = read.metadata
    captions = {removal.position for removal in stripped.removals if removal.kind == "caption"}
    keep = set(stripped.kept)
    kept = tuple(
        make_block(block, caption=block.position in captions)
        for block in read.blocks.blocks
        if block.position in keep or block.position in captions
    )
    names = read_names(stripped)
    body = sum(len(block.text) for block in kept if block.kind != "caption")
    quality = Quality("ok" if body >= SHORT_TEXT else "short" if body else "empty", (f"body of {body} characters",))
    article = Article(
        url=page.url,
        canonical_url=metadata.canonical_url or page.final_url,
        site=metadata.site,
        title=metadata.title,
        authors=metadata.authors or names["authors"],
        contributors=names["contributors"],
        published=metadata.published,
        modified=metadata.modified,
        language=metadata.language,
        description=metadata.description,
        section=metadata.section,
        tags=metadata.tags,
        image=metadata.image,
        free=metadata.free,
        blocks=kept,
    )
    return Extraction(article if body else None, stripped.removals, stripped.chrome, rules.hash, quality)


def make_block(block: PageBlock, *, caption: bool) -> Block:
    return Block(
        kind="caption" if caption else block.kind,
        text=block.text,
        position=block.position,
        level=block.level if block.kind in {"heading", "list"} else 0,
        image=block.image,
    )


def read_names(stripped: Stripped) -> dict[str, tuple[str, ...]]:
    """Authors and contributors that bylines and credits of the body named."""
    found: dict[str, list[str]] = {"authors": [], "contributors": []}
    for group, words in stripped.names:
        for name in read_byline(words):
            if name not in found[group]:
                found[group].append(name)
    return {group: tuple(names) for group, names in found.items()}
