"""The article of a page whose blocks have been judged."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from scraper.beside import is_note
from scraper.blocks.credits import embed_source, picture_credit
from scraper.blocks.inline_markdown import block_markdown, resolve
from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.reader import read_blocks
from scraper.extraction.page_read import PageRead
from scraper.extraction.strip import Stripped, remove
from scraper.extraction.tag_lines import with_shown_tags
from scraper.html.encoding import markup
from scraper.metadata.bylines import read_byline, unique
from scraper.metadata.contributors import split_contributors
from scraper.rules.reasons import NO_BODY
from scraper.types import Article, Block, BlockKind, Extraction, Page, Quality
from scraper.urls.variants import believable_amp, believable_canonical


def build_article(page: Page, read: PageRead, stripped: Stripped) -> Article:
    """The article of a page; without body blocks if none was kept."""
    metadata = read.metadata
    beside = kinds_beside(stripped)
    keep = {*stripped.kept, *beside}
    names = read_names(stripped)
    return Article(
        url=page.url,
        canonical_url=believable_canonical(page.final_url, metadata.canonical_url),
        site=metadata.site,
        title=metadata.title,
        authors=metadata.authors or names["authors"],
        contributors=names["contributors"],
        published=metadata.published,
        modified=metadata.modified,
        language=metadata.language,
        description=metadata.description,
        section=metadata.section,
        tags=with_shown_tags(metadata.tags, stripped, read.blocks.blocks),
        image=metadata.image,
        free=metadata.free,
        blocks=tuple(
            make_block(read.blocks, block, kind=beside.get(block.position) or body_kind(block), url=page.final_url)
            for block in map(read.blocks.blocks.__getitem__, sorted(keep))
        ),
        amp_url=believable_amp(page.final_url, metadata.amp_url),
    )


def finish_extraction(article: Article, stripped: Stripped, *, rules_hash: str, quality: Quality) -> Extraction:
    """The extraction of a page. Without a body there is no article: its other blocks become chrome."""
    if article.body:
        return Extraction(article, stripped.removals, stripped.chrome, rules_hash, quality)
    gone = {removal.position for removal in stripped.removals}
    beside = (remove(block, NO_BODY) for block in article.blocks if block.position not in gone)
    return Extraction(None, stripped.removals, (*stripped.chrome, *beside), rules_hash, quality)


def kinds_beside(stripped: Stripped) -> dict[int, BlockKind]:
    """The kinds of blocks that are kept beside the body, by position. Captions and notes are removals too."""
    kinds: dict[int, BlockKind] = dict.fromkeys(stripped.corrections, "correction")
    kinds |= dict.fromkeys(stripped.embeds, "embed")
    kinds |= dict.fromkeys(stripped.standfirsts, "standfirst")
    kinds |= dict.fromkeys((removal.position for removal in stripped.removals if is_note(removal)), "note")
    return kinds | dict.fromkeys(stripped.captions, "caption")


def read_names(stripped: Stripped) -> dict[str, tuple[str, ...]]:
    """Authors and contributors that the bylines and credits of the text name."""
    found: dict[str, list[str]] = {"authors": [], "contributors": []}
    for group, words in stripped.names:
        found[group].extend(read_byline(words) if group == "authors" else split_contributors(words))
    return {group: unique(names) for group, names in found.items()}


def body_kind(block: PageBlock) -> BlockKind:
    """The kind of a block in the body. The text of a figure becomes a paragraph there."""
    return "paragraph" if block.kind == "caption" else block.kind


def make_block(page: PageBlocks, block: PageBlock, *, kind: BlockKind, url: str) -> Block:
    """A block of the page as the article keeps it."""
    return Block(
        kind,
        block.text,
        block.position,
        block_markdown(block, base=url),
        level=block.level if kind in {"heading", "list"} else 0,
        image=resolve(block.image, url) if kind == "caption" else "",
        credit=picture_credit(block.text) if kind == "caption" else "",
        source=embed_source(page.blocks, block.position) if kind == "embed" else "",
        marker=block.marker if kind in {"list", "table"} else "",
    )


def page_blocks(page: Page) -> tuple[Block, ...]:
    """Every text block of a page as an article would keep it, without any judgement."""
    found = read_blocks(LexborHTMLParser(markup(page)))
    return tuple(make_block(found, block, kind=body_kind(block), url=page.final_url) for block in found.blocks)
