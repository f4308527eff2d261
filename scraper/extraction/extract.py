"""Page + rules → Extraction: pure, deterministic, never silent.

::

    decode → parse → read metadata → mark elements → read blocks → match rules → score → strip → article, verdict
                                                                     ▲ thin? ask trafilatura, then JSON-LD
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.blocks.credits import embed_source, picture_credit
from scraper.blocks.inline_markdown import block_markdown, resolve
from scraper.blocks.model import PageBlock, PageBlocks
from scraper.blocks.plain_text import read_text
from scraper.blocks.reader import read_blocks
from scraper.extraction.embedded_text import plain, scripted_body, stated_blocks, stated_body
from scraper.extraction.fallback import ask_trafilatura, densest
from scraper.extraction.quality import MIN_ARTICLE_CHARS, PageEvidence, assess
from scraper.extraction.strip import SURE_SCORE, Candidate, Stripped, remove, strip_blocks
from scraper.html.encoding import markup
from scraper.metadata.bylines import read_byline, split_contributors, unique
from scraper.metadata.facts import gather
from scraper.metadata.metadata import metadata_of
from scraper.rules.matching import Match, mark_elements, match_rules, matcher
from scraper.rules.reasons import NO_BODY, TITLE
from scraper.rules.ruleset import RuleSet
from scraper.scoring.class_hints import suggest_kinds
from scraper.scoring.inputs import PageContext
from scraper.scoring.scorer import load_scorer
from scraper.scoring.teaser_cards import find_teasers
from scraper.text.scripts import UNSPACED
from scraper.text.words import fold
from scraper.types import Article, Block, BlockKind, Extraction, Metadata, Page, Quality, Removal, RemovalKind
from scraper.urls.variants import believable_amp, believable_canonical

MENU_ITEM: Final = 25
"""Characters below which what is all link is a menu's, and no teaser's."""
MIN_TITLE_CHARS: Final = 15
MAX_KICKER_CHARS: Final = 40
"""Letters of a title that a heading may end in, and of what may stand before it there."""
ALL_LINK: Final = 0.9
"""Share of link text from which a block is a teaser or a menu's."""
MAX_LINK_CHARS: Final = 300
"""Characters up to which such a block is that, whatever other extractors take it for; more may be an article in an element for menus."""
MIN_LONG_MENU_CHARS: Final = 1_000
"""Characters from which a block of a menu that is nearly all link is one, whatever its score."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page taken apart: what it says of itself, its text blocks, and what the rules know of each.

    `host` is its address's, `types` are what it calls itself (Open Graph), `scripts` its JSON-LD.
    """

    metadata: Metadata
    blocks: PageBlocks
    matches: tuple[tuple[Match, ...], ...]
    context: PageContext
    host: str
    types: tuple[str, ...]
    scripts: tuple[str, ...]


def extract(page: Page, rules: RuleSet) -> Extraction:
    """The article of a page, every other text block with the reason it went, and how far to trust the result."""
    tree = LexborHTMLParser(markup(page))
    read = read_tree(tree, rules, url=page.final_url)
    scores = load_scorer().score(read.blocks, read.context).tolist()
    start = title_position(read.blocks, read.metadata.title)
    stripped = strip_blocks(candidates(read, scores), start=start)
    if body_size(read.blocks, stripped) < MIN_ARTICLE_CHARS:
        read, stripped = try_fallbacks(tree, read, scores, rules)
    quality = assess(seen_page(page, tree, read, stripped))
    return build(page, read, stripped, rules, quality)


def seen_page(page: Page, tree: LexborHTMLParser, read: PageRead, stripped: Stripped) -> PageEvidence:
    """What the verdict on a page is decided from."""
    return PageEvidence(
        title=read.metadata.title,
        body="\n\n".join(read.blocks.blocks[position].text for position in stripped.kept),
        removals=(*stripped.removals, *stripped.chrome),
        shown=read.blocks.blocks,
        kept=stripped.kept,
        url=page.final_url,
        status=page.status,
        free=read.metadata.free,
        stated=read.context.article_body,
        cut=read.blocks.cut,
        open_ended=page.cut_short,
        tree=tree,
        types=read.types,
        scripts=read.scripts,
    )


def try_fallbacks(
    tree: LexborHTMLParser, read: PageRead, scores: Sequence[float], rules: RuleSet
) -> tuple[PageRead, Stripped]:
    """What other witnesses make of a page of which too little was found, the first that finds enough; else the most.

    They are the page's JSON-LD and trafilatura, for what is shown; then JSON-LD and scripts, for what is not; at last
    the element that holds most running paragraphs.
    """
    start = title_position(read.blocks, read.metadata.title)
    found = [(read, strip_blocks(candidates(read, scores), start=start))]
    for other, own in chain(
        other_scores(tree, read, scores), other_bodies(tree, read, scores, rules), dense_scores(read, scores)
    ):
        found.append((other, strip_blocks(candidates(other, own), start=start)))
        if body_size(other.blocks, found[-1][1]) >= MIN_ARTICLE_CHARS:
            return found[-1]
    return max(found, key=lambda pair: body_size(pair[0].blocks, pair[1]))


def read_page(page: Page, rules: RuleSet) -> PageRead:
    """A page taken apart, nothing judged yet."""
    return read_tree(LexborHTMLParser(markup(page)), rules, url=page.final_url)


def read_tree(tree: LexborHTMLParser, rules: RuleSet, *, url: str) -> PageRead:
    """The same of a parsed page."""
    rules = rules.for_url(url)
    facts = gather(tree, url)
    metadata = metadata_of(facts)
    blocks = read_blocks(tree, mark_elements(tree, rules))
    match = matcher(rules)
    matches = tuple(
        () if is_menu_item(block) else match(block.text, block.kind, link_share(block)) for block in blocks.blocks
    )
    context = PageContext(
        title=metadata.title,
        description=metadata.description,
        article_body=plain(stated_body(facts.scripts)),
        authors=metadata.authors,
        rule_kinds=tuple(own[0].rule.kind if own else "" for own in matches),
    )
    return PageRead(
        metadata, blocks, matches, context, urlsplit(url).netloc, facts.meta.get("og:type", ()), facts.scripts
    )


def is_menu_item(block: PageBlock) -> bool:
    """Whether a block is a short list item that is all link: two in five blocks of a news page, and no rule's business."""
    return block.kind == "list" and len(block.text) < MENU_ITEM and block.link_chars >= 0.9 * len(block.text)


def is_long_menu(block: PageBlock, hint: RemovalKind, *, share: float) -> bool:
    """Whether a block is a menu longer than any that the scorer was trained on, which it could take for a long paragraph."""
    return hint == "navigation" and len(block.text) >= MIN_LONG_MENU_CHARS and share >= 0.8


def link_share(block: PageBlock) -> float:
    """Share of a block's characters that are link text, 0 to 1."""
    return min(1.0, block.link_chars / len(block.text))


def candidates(read: PageRead, scores: Sequence[float]) -> list[Candidate]:
    """What the stripper judges."""
    said = said_elsewhere(read.metadata)
    title = "".join(fold(read.metadata.title))
    containers = read.blocks.containers
    around = suggest_kinds(containers, [block.container for block in read.blocks.blocks])
    teasers = find_teasers(read.blocks, scores, host=read.host)
    found = []
    for block, matches, score, hint in zip(read.blocks.blocks, read.matches, scores, around, strict=True):
        own = is_named_body(block, matches)
        share = link_share(block)
        found.append(
            Candidate(
                block.position,
                block.kind,
                block.text,
                share,
                None if own else block.rule,
                tuple(match for match in matches if match.rule.kind != "body") if matches else (),
                1.0 if own else 0.0 if is_long_menu(block, hint, share=share) else score,
                hint_of_block(block, hint, share=share),
                said.get(fold(block.text), "")
                or ("title" if block.kind == "heading" and ends_in(block.text, title) else ""),
                max(containers[block.container].parent, 0),
                not own and block.position in teasers,
            )
        )
    return found


def is_bare_link(block: PageBlock) -> bool:
    """Whether a block is a teaser, or a few of them in a row."""
    return len(block.text) <= MAX_LINK_CHARS and link_share(block) >= ALL_LINK


def ends_in(text: str, title: str) -> bool:
    """Whether a heading is the title (its words run together) with a kicker before it, which templates put in one element."""
    words = "".join(fold(text))
    return len(title) >= MIN_TITLE_CHARS and words.endswith(title) and len(words) - len(title) <= MAX_KICKER_CHARS


def said_elsewhere(metadata: Metadata) -> dict[tuple[str, ...], str]:
    """The fields that a block may repeat by their words; what has no words, or a single one for a name, repeats nothing."""
    names = (words for words in map(fold, metadata.authors) if len(words) > 1 or UNSPACED.search("".join(words)))
    said = {form: "author" for words in names for form in (words, ("".join(words),))}
    said |= {fold(metadata.description): "description", fold(metadata.title): "title"}
    said.pop((), None)
    return said


def is_named_body(block: PageBlock, matches: Sequence[Match]) -> bool:
    """Whether a rule says that a block is the article's own, by its element or its text."""
    if block.rule is not None and block.rule.kind == "body":
        return True
    return bool(matches) and any(match.rule.kind == "body" for match in matches)


def hint_of_block(block: PageBlock, around: RemovalKind, *, share: float) -> RemovalKind:
    """What a block's surroundings make of it, and where they say nothing its form: a headline that is all link is a teaser."""
    if block.kind == "caption":
        return "caption"
    return "related" if around == "other" and len(block.text) >= MENU_ITEM and share >= ALL_LINK else around


def other_scores(
    tree: LexborHTMLParser, read: PageRead, scores: Sequence[float]
) -> Iterator[tuple[PageRead, list[float]]]:
    """The page's own blocks, scored by what its JSON-LD says and by what trafilatura takes."""
    if len(read.context.article_body) >= MIN_ARTICLE_CHARS:
        yield read, agreeing(read, scores, read.context.article_body)
    if len(text := ask_trafilatura(tree)) >= MIN_ARTICLE_CHARS:
        yield read, agreeing(read, scores, text)


def dense_scores(read: PageRead, scores: Sequence[float]) -> Iterator[tuple[PageRead, list[float]]]:
    """The page's own blocks, raised where running text stands densest."""
    if dense := densest(read.blocks):
        yield read, [max(score, 0.9 * (position in dense)) for position, score in enumerate(scores)]


def agreeing(read: PageRead, scores: Sequence[float], text: str) -> list[float]:
    """The scores, raised for blocks that stand in a text."""
    lines = {fold(line) for line in text.splitlines()}
    whole = " ".join(fold(text))
    keys = [fold(block.text) for block in read.blocks.blocks]
    found = any(score >= SURE_SCORE for score in scores)  # where nothing is body text, links may be all that a page has
    agreed = [
        not (found and is_bare_link(block)) and (key in lines or (len(key) > 4 and " ".join(key) in whole))
        for block, key in zip(read.blocks.blocks, keys, strict=True)
    ]
    return [max(score, 0.9 * known) for score, known in zip(scores, agreed, strict=True)]


def other_bodies(
    tree: LexborHTMLParser, read: PageRead, scores: Sequence[float], rules: RuleSet
) -> Iterator[tuple[PageRead, list[float]]]:
    """The page with a body that its data states and no element shows, its blocks behind the page's own."""
    witnesses: tuple[Callable[[], str], ...] = (lambda: stated_body(read.scripts), lambda: scripted_body(tree))
    for witness in witnesses:
        markup = witness()
        if len(markup) < MIN_ARTICLE_CHARS:
            continue
        blocks = stated_blocks(markup, after=read.blocks)
        said = blocks.blocks[len(read.blocks.blocks) :]
        matches = tuple(match_rules(block.text, block.kind, link_share(block), rules) for block in said)
        yield (
            replace(read, blocks=blocks, matches=(*read.matches, *matches)),
            [*(0.0 for _ in scores), *(0.9 for _ in said)],
        )


def body_size(page: PageBlocks, stripped: Stripped) -> int:
    """Characters of what was kept."""
    return sum(len(page.blocks[position].text) for position in stripped.kept)


def title_position(page: PageBlocks, title: str) -> int:
    """Position of the heading that shows the article's title, or 0."""
    key = fold(title)
    return next(
        (block.position for block in page.blocks if block.kind == "heading" and key and fold(block.text) == key), 0
    )


def build(page: Page, read: PageRead, stripped: Stripped, rules: RuleSet, quality: Quality) -> Extraction:
    """The extraction of a page whose blocks have been judged."""
    metadata = read.metadata
    apart: dict[int, BlockKind] = dict.fromkeys(stripped.corrections, "correction")
    apart |= dict.fromkeys(stripped.embeds, "embed")
    apart |= {removal.position: "caption" for removal in stripped.removals if removal.kind == "caption"}
    keep = set(stripped.kept)
    blocks = tuple(
        make_block(read.blocks, block, kind=apart.get(block.position) or body_kind(block), url=page.final_url)
        for block in read.blocks.blocks
        if block.position in keep or block.position in apart
    )
    names = read_names(stripped)
    article = Article(
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
        tags=metadata.tags,
        image=metadata.image,
        free=metadata.free,
        blocks=blocks,
        amp_url=believable_amp(page.final_url, metadata.amp_url),
    )
    return finish_extraction(article, stripped.removals, stripped.chrome, rules, quality)


def finish_extraction(
    article: Article, removals: tuple[Removal, ...], chrome: tuple[Removal, ...], rules: RuleSet, quality: Quality
) -> Extraction:
    """The extraction; where there is no body there is no article, and what stood beside it is accounted for as outside."""
    if article.body:
        return Extraction(article, removals, chrome, rules.hash, quality)
    beside = (remove(block, NO_BODY) for block in article.blocks if block.kind != "caption")
    return Extraction(None, removals, (*chrome, *beside), rules.hash, quality)


def body_kind(block: PageBlock) -> BlockKind:
    """What a block is in the body. A figure's text that counts as body is a paragraph."""
    return "paragraph" if block.kind == "caption" else block.kind


def make_block(page: PageBlocks, block: PageBlock, *, kind: BlockKind, url: str) -> Block:
    """A block as the article keeps it."""
    return Block(
        kind=kind,
        text=block.text,
        position=block.position,
        markup=block_markdown(block, base=url),
        level=block.level if kind in {"heading", "list"} else 0,
        image=resolve(block.image, url) if kind == "caption" else "",
        credit=picture_credit(block.text) if kind == "caption" else "",
        source=embed_source(page.blocks, block.position) if kind == "embed" else "",
    )


def page_blocks(page: Page) -> tuple[Block, ...]:
    """Every text block of a page as an article would keep it; nothing is judged, and no rule asked."""
    found = read_blocks(LexborHTMLParser(markup(page)))
    return tuple(make_block(found, block, kind=body_kind(block), url=page.final_url) for block in found.blocks)


def read_names(stripped: Stripped) -> dict[str, tuple[str, ...]]:
    """Authors and contributors that bylines and credits of the body named."""
    found: dict[str, list[str]] = {"authors": [], "contributors": []}
    for group, words in stripped.names:
        found[group].extend(read_byline(words) if group == "authors" else split_contributors(words))
    return {group: unique(names) for group, names in found.items()}


def aside(block: Block, kind: BlockKind | None) -> Block:
    """A block of a dirty text, as what it is when it stands apart."""
    if kind is None:
        return block
    return replace(block, kind=kind, credit=picture_credit(block.text) if kind == "caption" else "")


def extract_text(text: str, rules: RuleSet, *, url: str = "") -> Extraction:
    """The same for dirty text: an article that was scraped long ago, its boilerplate with it.

    The first line is the title when it is short and no sentence; every other line or paragraph is a block.
    """
    title, blocks = read_text(text)
    rules = rules.for_url(url)
    found = strip_blocks([
        Candidate(position=block.position, kind=block.kind, text=block.text, matches=match_rules(block.text, block.kind, 0.0, rules))
        for block in blocks
    ])  # fmt: skip
    apart: dict[int, BlockKind] = dict.fromkeys(found.corrections, "correction")
    apart |= {removal.position: "caption" for removal in found.removals if removal.kind == "caption"}
    keep = {*found.kept, *apart}
    names = read_names(found)
    article = Article(
        url=url,
        canonical_url=url,
        site="",
        title=title,
        authors=names["authors"],
        contributors=names["contributors"],
        published=None,
        modified=None,
        language="",
        description="",
        section="",
        tags=(),
        image="",
        free=None,
        blocks=tuple(aside(block, apart.get(block.position)) for block in blocks if block.position in keep),
    )
    removals = tuple(sorted((*found.removals, *found.chrome), key=lambda removal: removal.position))
    quality = assess(PageEvidence(title=title, body=article.text, removals=removals, kept=found.kept, url=url))
    chrome = (remove(Block("heading", title), TITLE),) if title else ()
    return finish_extraction(article, removals, chrome, rules, quality)
